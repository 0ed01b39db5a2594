"""Networks and the autoencoders they go with: a folder of ours, the authors' checkpoint, or the demo's.

A network only understands the latents that it has learnt; what made them stands in its record and is compared here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from coinco_core.demo import DEMO, demo_world
from coinco_core.errors import CheckError, InputError
from coinco_core.objects_from_context.latents.encoder import Encoder, load_encoder
from coinco_core.objects_from_context.latents.mirrors import SD21, SD21_DIGEST
from coinco_core.objects_from_context.network.authors import load_authors_network
from coinco_core.objects_from_context.network.checkpoints import load_network, read_record
from coinco_core.objects_from_context.network.model import INPUTS
from coinco_core.objects_from_context.use.saving import VAE

DEMO_WARNING = "The demo network has seen only drawn scenes; for a photograph its answer means little."
OTHER_VAE_WARNING = (
    "The authors' network has learnt the latents of Stable Diffusion 2.1's autoencoder; this one is not known to be it."
)

Say = Callable[[str], None]
Loaded = tuple[Encoder, Any, str, str, dict[str, Any]]
"""The encoder, the network on its device, where the network came from in words, a warning or '', and its record."""


def load_demo(vae: str | Path | None, device: str | None, say: Say) -> Loaded:
    """The demo network, trained now when there is none yet, with the shipped autoencoder."""
    if vae is not None and str(vae) != DEMO:
        raise InputError("The demo network goes with the demo's autoencoder alone; leave the autoencoder out.")
    encoder = load_encoder(DEMO, device)
    folder, origin = demo_world("objects_network").demo_network(encoder, say)
    return encoder, load_network(folder).to(encoder.device), origin, DEMO_WARNING, read_record(folder)


def load_own(folder: Path, vae: str | Path | None, device: str | None) -> Loaded:
    """A network of `train` with the autoencoder and the preparation of its record; `vae` names another copy of it.

    Raises InputError when it has learnt something else than the latents of image and mask, CheckError when the
    autoencoder is another than its record says, or when the record says nothing and none is named.
    """
    network, record = load_network(folder), read_record(folder)
    if record.get("inputs", INPUTS) != INPUTS:
        raise InputError(
            f"The network in {folder} has learnt {record['inputs']} numbers a sample, not the {INPUTS} of the latents "
            "of image and mask, so it cannot be asked about an image."
        )
    source = vae or (folder / VAE if (folder / VAE).is_dir() else record.get("vae_source"))
    if source is None:
        raise CheckError(
            f"The record of the network in {folder} names no autoencoder; name the one it was trained with."
        )
    encoder = load_encoder(source, device, record.get("preparation"))
    if record.get("vae", encoder.digest) != encoder.digest:
        raise CheckError(f"The network in {folder} was trained on another autoencoder's latents; train it again.")
    warning = DEMO_WARNING if encoder.name == DEMO else ""
    return encoder, network.to(encoder.device), f"the network in {folder}", warning, record


def load_authors(path: Path, vae: str | Path | None, device: str | None) -> Loaded:
    """The authors' network of a file, with Stable Diffusion 2.1's autoencoder or the one that is named.

    Their file does not say which latents it has learnt, so an autoencoder that is not known to be that of Stable
    Diffusion 2.1 is taken with a warning.
    """
    network, facts = load_authors_network(path)
    encoder = load_encoder(vae or SD21, device)
    epoch = f" of epoch {facts['epoch']}" if "epoch" in facts else ""
    warning = "" if encoder.digest == SD21_DIGEST else OTHER_VAE_WARNING
    return encoder, network.to(encoder.device), f"the authors' network{epoch} in {path}", warning, {}
