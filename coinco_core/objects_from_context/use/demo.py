"""The demo network: found where a run of the notebook left it, else in the user's cache, else trained on the spot.

It has 17.5 MB of weights, too many to ship beside the models that take hours to train; this one takes a minute.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import coinco_core
from coinco_core.errors import InputError, MissingError
from coinco_core.files import digest, replace_folder, sha256_file
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.network.checkpoints import BEST, read_record
from coinco_core.objects_from_context.network.heads import PUBLISHED
from coinco_core.objects_from_context.network.model import INPUTS
from coinco_core.objects_from_context.network.recipe import Recipe
from coinco_core.objects_from_context.network.training import train
from coinco_core.world.dataset import make_world

CACHE = "COINCO_CACHE"  # the folder to keep the network in; by default the user's cache folder
RUN = Path("runs/demo/objects/network")  # where the notebook leaves it, below a checkout
PICTURES, SEED, RECIPE = 1500, 11, Recipe(epochs=20)  # a smaller training than the notebook's, for a short wait
_FRACTIONS = {"train": 0.9, "validation": 0.1}

Say = Callable[[str], None]


def demo_network(encoder: Encoder, say: Say) -> tuple[Path, str]:
    """The folder of a network for that autoencoder, and where it came from in words; trained now when there is none.

    A network that does not fit is left aside, which is said.
    """
    run, cached = Path(coinco_core.__file__).resolve().parents[1] / RUN, cached_folder(encoder)
    for folder, origin in ((run, "the one of the notebook's last run"), (cached, "the one trained here before")):
        if not (folder / BEST).is_file():
            continue
        reason = _misfit(folder, encoder)
        if not reason:
            say(f"The demo network is {origin} ({folder}).")
            return folder, origin
        say(f"The network in {folder} is left aside: {reason}.")
    say(f"There is no demo network yet; training one on {PICTURES} drawn scenes, about a minute, kept in {cached}.")
    _train_into(cached, encoder, say)
    return cached, "the one trained just now"


def cached_folder(encoder: Encoder) -> Path:
    """Where the network trained here for that autoencoder is kept; another one, or another training, has another."""
    made_from = digest([encoder.facts, PICTURES, SEED, _FRACTIONS, asdict(RECIPE)])
    return cache_folder() / f"objects-{made_from[:12]}"


def cache_folder() -> Path:
    """Where the companion keeps what it makes for a user: COINCO_CACHE, else `coinco` in the user's cache folder."""
    chosen = os.environ.get(CACHE)
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coinco"


def _misfit(folder: Path, encoder: Encoder) -> str:
    """Why the network in a folder cannot be the demo's for that autoencoder; '' when it can."""
    try:
        record = read_record(folder)
    except (InputError, MissingError, OSError):
        return "its record cannot be read"
    if not isinstance(record, dict):
        return "its record cannot be read"
    if record.get("vae") != encoder.digest:
        return "it is of another autoencoder"
    if record.get("preparation") != encoder.facts["preparation"]:
        return "its pictures were prepared otherwise"
    if record.get("head") != PUBLISHED or record.get("inputs") != INPUTS:
        return "it is not the published network on the latents of picture and mask"
    epochs = record.get("epochs")
    if not isinstance(epochs, int) or epochs < RECIPE.epochs:
        return f"it was trained for fewer than {RECIPE.epochs} epochs"
    return "" if record.get("sha256") == sha256_file(folder / BEST) else "its weights are not those of its record"


def _train_into(folder: Path, encoder: Encoder, say: Say) -> None:
    """Train beside the folder and put the network there when it is finished, unless another call did meanwhile."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
        made = _train(encoder, Path(beside), say)
        if _is_finished(folder, encoder):
            return
        try:
            replace_folder(made, folder)
        except OSError:  # another call put its own there in this very moment
            if not _is_finished(folder, encoder):
                raise


def _is_finished(folder: Path, encoder: Encoder) -> bool:
    return (folder / BEST).is_file() and not _misfit(folder, encoder)


def _train(encoder: Encoder, scratch: Path, say: Say) -> Path:
    """The folder within `scratch` that now holds a network trained on a few drawn scenes."""
    samples = make_world(scratch / "world", n=PICTURES, seed=SEED, fractions=_FRACTIONS)
    store = encode_samples(samples, scratch / "world", encoder, scratch / "latents", say)
    training, validation = (store.examples(samples, split) for split in ("train", "validation"))
    train(training, validation, scratch / "network", seed=SEED, recipe=RECIPE, made_with=encoder.facts, say=say)
    return scratch / "network"
