"""What the chapter learns from, at every profile: drawn scenes, images of a table, or the authors' latents.

The authors released the latents of all their images. With them nothing has to be encoded and no image is needed;
where images, boxes or COCO's annotations are here too, what can be shown or asked with them is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_book.checkout import find_checkout
from coinco_core import released
from coinco_core.categories import NAMES
from coinco_core.demo import DEMO
from coinco_core.errors import CheckError, InputError, MissingError, did_you_mean
from coinco_core.objects_from_context.baselines import area_shares
from coinco_core.objects_from_context.context_lists import Names, others_in_released
from coinco_core.objects_from_context.examples import Examples, first_examples
from coinco_core.objects_from_context.latents.authors import convert_latents
from coinco_core.objects_from_context.latents.encoder import Encoder, load_encoder
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.latents.store import LatentStore, Say
from coinco_core.samples import SPLITS, TABLE_NAME, Sample, read_samples
from coinco_world.dataset import make_world
from coinco_world.neighbours import others_in_world

if TYPE_CHECKING:
    import pandas as pd

NETWORK = Path("objects/network")  # below a profile's runs: where the chapter leaves the network that it trained
SOURCES = ("images", "authors")  # what latents are made of, or whose they are


@dataclass(frozen=True)
class ObjectsData:
    """Latents and labels of each split, and what is known of their images.

    `samples` finds an image and its box by the example's id; it is empty where only latents are here. `encoder` is
    None where the autoencoder is not here. `annotations` is the folder of COCO's annotations, '' without.
    """

    parts: dict[str, Examples]
    store: LatentStore
    samples: dict[str, Sample]
    folder: Path
    encoder: Encoder | None
    annotations: str = ""

    def samples_of(self, split: str) -> list[Sample]:
        """The samples of a split's examples, in their order; none unless every one of them is here."""
        ids = self.parts[split].sample_ids
        return [self.samples[i] for i in ids] if all(i in self.samples for i in ids) else []

    @property
    def has_images(self) -> bool:
        """Whether every example has its image and box here."""
        return all(self.samples_of(split) for split in self.parts)

    def answers(self, split: str, method: str, probabilities: np.ndarray) -> pd.DataFrame:
        """A method's probabilities (n, 80) for a split as a table, a row an example.

        Columns method, split, sample_id, label (0..79), box_share (of the image; missing where the box is not
        known) and probabilities (a list of 80).
        """
        import pandas as pd

        part, owners = self.parts[split], self.samples_of(split)
        shares = area_shares(owners) if owners else np.full(len(part), np.nan)
        return pd.DataFrame({
            "method": method, "split": split, "sample_id": part.sample_ids, "label": part.labels,
            "box_share": shares, "probabilities": list(probabilities),
        })  # fmt: skip

    def others(self, split: str) -> list[Names]:
        """The names of the objects beside each example's box; none where nobody lists them.

        Drawn scenes list their own objects, COinCO's images those of COCO's annotations.
        """
        if (self.folder / "truth.parquet").is_file():
            return others_in_world(self.folder, self.samples_of(split))
        part = self.parts[split]
        boxed = {i: NAMES[label] for i, label in zip(part.sample_ids, part.labels, strict=True)}
        return others_in_released(self.annotations, boxed) if self.annotations else []


def load_data(settings: Mapping[str, Any], home: Path, seed: int, say: Say) -> ObjectsData:
    """The data of a profile's settings; what is made for it (drawn scenes, latents) lies in `home`.

    Splits have at most n_train, n_validation and n_test examples, the first ones. Raises MissingError when something
    is not here that cannot be made.
    """
    source, sizes = str(settings["latents"]), {split: int(settings[f"n_{split}"]) for split in SPLITS}
    if source not in SOURCES:
        hint = did_you_mean(source, SOURCES)
        raise InputError(f"'{source}' is not a source of latents; use {' or '.join(SOURCES)}.{hint}")
    if source == "authors":
        return _authors_data(settings, sizes, home, say)
    folder, samples = _images(settings, sizes, home, seed)
    encoder = load_encoder(settings["vae"])
    store = encode_samples(samples, folder, encoder, home / "latents", say, settings["dtype"])
    parts = {split: first_examples(store.examples(samples, split), n) for split, n in sizes.items()}
    return ObjectsData(parts, store, {s.sample_id: s for s in samples}, folder, encoder, settings["annotations"])


def _images(settings: Mapping[str, Any], sizes: Mapping[str, int], home: Path, seed: int) -> tuple[Path, list[Sample]]:
    """The folder and the samples of images: drawn ones, or those of a table."""
    if settings["data"] == DEMO:
        n = sum(sizes.values())
        fractions = {split: size / n for split, size in sizes.items()}
        return home / "world", make_world(home / "world", n=n, seed=seed, fractions=fractions, workers=2)
    folder = Path(settings["data"])
    return folder, read_samples(folder)


def _authors_data(settings: Mapping[str, Any], sizes: Mapping[str, int], home: Path, say: Say) -> ObjectsData:
    """The authors' latents and split; the images, boxes and autoencoder as far as they are here."""
    base, folder = released.data_folder(), Path(settings["data"])
    rows = released.read_objects(base)
    store = convert_latents(base, home / "latents", say, settings["dtype"])
    failed = {sample_id for sample_id, _ in store.failures}
    parts = {}
    for split, n in sizes.items():
        own = rows[(rows["split"] == split) & ~rows["sample_id"].isin(failed)].head(n)
        parts[split] = store.labelled(own["sample_id"].tolist(), own["original_object"].tolist())
    found = _images_of(rows, folder, say) if (folder / TABLE_NAME).is_file() else {}
    return ObjectsData(parts, store, found, folder, _encoder(settings["vae"], say), settings["annotations"])


def _images_of(rows: pd.DataFrame, folder: Path, say: Say) -> dict[str, Sample]:
    """The samples of a table that are in the authors' tables too; CheckError when the two do not agree."""
    found = {s.sample_id: s for s in read_samples(folder)}
    listed = dict(zip(rows["sample_id"], zip(rows["split"], rows["original_object"], strict=True), strict=True))
    for name, sample in found.items():
        wanted = listed.get(name)
        if wanted is not None and (sample.split, sample.original_object) != wanted:
            raise CheckError(
                f"{folder} has '{name}' as {sample.split}, {sample.original_object}; the authors' tables say "
                f"{wanted[0]}, {wanted[1]}. Make it again with --objects-split."
            )
    missing = len(listed.keys() - found.keys())
    if missing:
        say(f"{missing:,} of {len(listed):,} images are not in {folder}; what needs all of a split's is left out.")
    return found


def _encoder(source: str, say: Say) -> Encoder | None:
    """The autoencoder where it is here; the authors' latents can be learnt from without it."""
    try:
        return load_encoder(source)
    except (MissingError, CheckError) as error:
        say(f"Without the autoencoder no image of one's own can be asked about: {error}")
        return None


def notebook_network() -> tuple[Path, str]:
    """Where the chapter's last demo run in this checkout left its network, and what to call it.

    `coinco_world.objects_network` finds it by the entry point `coinco.demo_networks`. Outside a checkout it is nowhere.
    """
    try:
        runs = find_checkout().runs(DEMO)
    except MissingError:
        runs = Path()
    return runs / NETWORK, "the one of the notebook's last run"
