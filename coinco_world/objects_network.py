"""The demo network: found where a run left it, else in the user's cache, else trained on the spot.

It has 17.5 MB of weights, too many to ship beside the models that take hours to train; this one takes a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory

from coinco_core.cache import cache_folder
from coinco_core.errors import InputError, MissingError
from coinco_core.files import digest, replace_folder, sha256_file
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.network.checkpoints import BEST, read_record
from coinco_core.objects_from_context.network.fitting import train
from coinco_core.objects_from_context.network.heads import PUBLISHED_HEAD
from coinco_core.objects_from_context.network.model import INPUTS
from coinco_core.objects_from_context.network.recipe import TrainingRecipe
from coinco_world.dataset import make_world

LEFT_BY = "coinco.demo_networks"  # entry points: functions that return a folder with a network, and its origin in words

Say = Callable[[str], None]
Candidate = tuple[Path, str]
"""A folder that may hold a network, and where that network came from, in words."""


@dataclass(frozen=True)
class NetworkPlan:
    """How the demo network is trained: on how many drawn scenes, from which seed, by which recipe."""

    images: int = 1500
    seed: int = 11
    recipe: TrainingRecipe = TrainingRecipe(epochs=20)
    train_share: float = 0.9


DEMO_TRAINING = NetworkPlan()  # smaller than the notebook's, for a short wait


def demo_network(
    encoder: Encoder, say: Say, training: NetworkPlan = DEMO_TRAINING, left: Iterable[Candidate] | None = None
) -> Candidate:
    """The folder of a network for that autoencoder and where it came from in words; trained now when there is none.

    `left` are folders in which runs may have left one, by default those that installed packages name. A network that
    does not fit is left aside; `say` receives a line for it.
    """
    cached = cached_folder(encoder, training)
    candidates = [*(left_by_runs() if left is None else left), (cached, "the one trained here before")]
    for folder, origin in candidates:
        if not (folder / BEST).is_file():
            continue
        reason = _misfit(folder, encoder, training)
        if not reason:
            say(f"The demo network is {origin} ({folder}).")
            return folder, origin
        say(f"The network in {folder} is left aside: {reason}.")
    say(f"There is no demo network yet; training one on {training.images} drawn scenes, about a minute, in {cached}.")
    _train_into(cached, encoder, training, say)
    return cached, "the one trained just now"


def left_by_runs() -> list[Candidate]:
    """Where other installed packages leave a network of the demo; each names itself by an entry point."""
    return [point.load()() for point in entry_points(group=LEFT_BY)]


def cached_folder(encoder: Encoder, training: NetworkPlan = DEMO_TRAINING) -> Path:
    """Where the network trained here for that autoencoder is kept; another one, or another training, has another."""
    return cache_folder() / f"objects-{digest([encoder.facts, asdict(training)])[:12]}"


def _misfit(folder: Path, encoder: Encoder, training: NetworkPlan) -> str:
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
        return "its images were prepared otherwise"
    if record.get("head") != PUBLISHED_HEAD or record.get("inputs") != INPUTS:
        return "it is not the published network on the latents of image and mask"
    epochs, least = record.get("epochs"), training.recipe.epochs
    if not isinstance(epochs, int) or epochs < least:
        return f"it was trained for fewer than {least} epochs"
    return "" if record.get("sha256") == sha256_file(folder / BEST) else "its weights are not those of its record"


def _train_into(folder: Path, encoder: Encoder, training: NetworkPlan, say: Say) -> None:
    """Train beside the folder and put the network there when it is finished, unless another call did meanwhile."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
        made = train_network(encoder, Path(beside), training, say)
        if _is_finished(folder, encoder, training):
            return
        try:
            replace_folder(made, folder)
        except OSError:  # another call put its own there in this very moment
            if not _is_finished(folder, encoder, training):
                raise


def _is_finished(folder: Path, encoder: Encoder, training: NetworkPlan) -> bool:
    return (folder / BEST).is_file() and not _misfit(folder, encoder, training)


def train_network(encoder: Encoder, scratch: Path, training: NetworkPlan, say: Say) -> Path:
    """The folder within `scratch` that now holds a network trained on a few drawn scenes."""
    fractions = {"train": training.train_share, "validation": 1 - training.train_share}
    samples = make_world(scratch / "world", n=training.images, seed=training.seed, fractions=fractions)
    store = encode_samples(samples, scratch / "world", encoder, scratch / "latents", say)
    learnt, held_out = (store.examples(samples, split) for split in fractions)
    recipe, facts = training.recipe, encoder.facts
    train(learnt, held_out, scratch / "network", seed=training.seed, recipe=recipe, made_with=facts, say=say)
    return scratch / "network"
