"""The demo network: found where a run of the notebook left it, else in the user's cache, else trained on the spot.

It has 17.5 MB of weights, too many to ship beside the models that take hours to train; this one takes a minute.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import coinco_core
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.network.checkpoints import BEST, RECORD, read_record
from coinco_core.objects_from_context.network.recipe import Recipe
from coinco_core.objects_from_context.network.training import train
from coinco_core.world.dataset import make_world

CACHE = "COINCO_CACHE"  # the folder to keep the network in; by default the user's cache folder
RUN = Path("runs/demo/objects_from_context/network")  # where the notebook leaves it, below a checkout
PICTURES, EPOCHS, SEED = 1500, 20, 11  # a smaller training than the notebook's, for a short wait
_FRACTIONS = {"train": 0.9, "validation": 0.1}


def demo_network(encoder: Encoder, say: Callable[[str], None]) -> tuple[Path, str]:
    """The folder of a network for that autoencoder, and where it came from in words; trained now when there is none."""
    for folder, origin in _places(encoder):
        if (folder / RECORD).is_file() and (folder / BEST).is_file():
            if read_record(folder)["vae"] == encoder.digest:
                say(f"The demo network is {origin} ({folder}).")
                return folder, origin
            say(f"The network in {folder} is of another autoencoder, so it is left aside.")
    folder = cache_folder() / f"objects-{encoder.digest[:12]}"
    say(f"There is no demo network yet; training one on {PICTURES} drawn scenes, about a minute, kept in {folder}.")
    train_demo(encoder, folder, say, PICTURES, EPOCHS)
    return folder, "the one trained just now"


def train_demo(encoder: Encoder, folder: Path, say: Callable[[str], None], pictures: int, epochs: int) -> Path:
    """The folder, which now holds a network trained on a few drawn scenes."""
    with TemporaryDirectory() as scratch:
        world = Path(scratch) / "world"
        samples = make_world(world, n=pictures, seed=SEED, fractions=_FRACTIONS)
        store = encode_samples(samples, world, encoder, Path(scratch) / "latents", say)
        train(
            store.examples(samples, "train"),
            store.examples(samples, "validation"),
            folder,
            seed=SEED,
            recipe=Recipe(epochs=epochs),
            made_with=encoder.facts,
            say=say,
        )
    return folder


def cache_folder() -> Path:
    """Where the companion keeps what it makes for a user: COINCO_CACHE, else `coinco` in the user's cache folder."""
    chosen = os.environ.get(CACHE)
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coinco"


def _places(encoder: Encoder) -> Iterator[tuple[Path, str]]:
    checkout = Path(coinco_core.__file__).resolve().parents[1]
    yield checkout / RUN, "the one of the notebook's last run"
    yield cache_folder() / f"objects-{encoder.digest[:12]}", "the one trained here before"
