"""A store of what the frozen vision tower made of each boxed image, shared by epochs, students and evaluations.

The three students stand on one base and none of them changes its vision tower (section 5.1), so an image is seen once.
Entries are named by the image's bytes and box: a store can be killed, filled by several processes at once, and never
holds another image's features. Features are read from disk as they are needed (memory-mapped): COCO's images take about
1.6 MB each at the size of Qwen2.5-VL-3B. They are not held against their digests, which would read all of them before
a training that begins with the end of each (`collator.image_mark`); features that a record names are on the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from coinco_core.ahead import ahead
from coinco_core.distillation.levels import from_levels, to_levels
from coinco_core.engines import encoding, vision
from coinco_core.engines.encoding import FEATURES, Pixels
from coinco_core.engines.processors import describe_backend
from coinco_core.errors import InputError
from coinco_core.files import digest, read_json, write_json
from coinco_core.provenance import differences, package_versions
from coinco_core.samples import Sample, boxed_image, image_path
from coinco_core.store.file_digests import file_digests
from coinco_core.store.journals import Record, RecordStore, StoredArrays, StoredRecord
from coinco_core.versions import versions

log = logging.getLogger(__name__)
MADE_WITH = "made_with.json"  # in a store's folder: the packages with which it was begun
PIXELS, LEVELS, WHICH = "pixel_values", "pixel_levels", "pixel_which"  # the last two in place of the first
PART = 256  # images that are seen again at most when the work is killed
Say = Callable[[str], None]


@dataclass
class FeatureStore:
    """Features of images by one model's vision tower in one folder; `failures` holds why an image is unusable."""

    folder: Path
    model: Any
    processor: Any
    failures: dict[str, str] = field(default_factory=dict)

    def of(
        self, samples: Sequence[Sample], images: str | Path, say: Say | None = None, share: tuple[int, int] = (0, 1)
    ) -> dict[str, Pixels]:
        """Each sample's image with its box, as the language model meets it, by sample_id; new ones are computed.

        `images` is the folder of the samples' table. Of several processes with the same store each computes its own
        `share` (index, number of processes). An image that cannot be read is left out and noted in `failures`.
        FEATURES are a tensor in the model's dtype (shape: see `Pixels`), the other arrays as `pixel_parts` makes them.
        """
        keys = self._keys(samples, Path(images))
        known = self._read()
        missing = {keys[s.sample_id]: s for s in samples if keys.get(s.sample_id, "") not in {"", *known}}
        mine = [item for item in missing.items() if int(item[0], 16) % share[1] == share[0]]
        if say is not None and mine and not vision.takes_features(self.model):
            say(vision.why_pixels(self.model))
        for done in self._fill(mine, Path(images)):
            if say is not None:
                say(f"{done:,} of {len(mine):,} new images seen")
        stored = self._read()
        return {sample_id: stored[key] for sample_id, key in keys.items() if key in stored}

    def _keys(self, samples: Sequence[Sample], folder: Path) -> dict[str, str]:
        """The name of each sample's entry: the digest of its image's bytes and of its box."""
        paths = {sample.sample_id: image_path(folder, sample) for sample in samples}
        known, keys = file_digests(paths.values()), dict[str, str]()
        for sample in samples:
            if sha256 := known.get(paths[sample.sample_id]):
                box = [sample.box.x, sample.box.y, sample.box.w, sample.box.h]
                keys[sample.sample_id] = digest([sha256, box])[:24]
            else:
                self.failures[sample.sample_id] = f"There is no image {sample.image}."
        return keys

    def _fill(self, new: Sequence[tuple[str, Sample]], folder: Path) -> Iterator[int]:
        looked = ahead(lambda item: (item[0], self._pixels(item[1], folder)), new)
        with RecordStore(self.folder).writer(sync_rows=1) as writer:
            for start in range(0, len(new), PART):
                arrays = {key: pixels for key, pixels in islice(looked, PART) if pixels}
                seen = vision.see(self.model, self.processor, list(arrays.values()))
                if seen:
                    writer.append(_packed(key, one) for key, one in zip(arrays, seen, strict=True))
                yield min(start + PART, len(new))

    def _pixels(self, sample: Sample, folder: Path) -> Pixels | None:
        try:
            return encoding.pixel_parts(self.processor, boxed_image(folder, sample))
        except (InputError, OSError, ValueError) as error:
            self.failures[sample.sample_id] = f"The image {sample.image} cannot be used: {error}"
            return None

    def _read(self) -> dict[str, Pixels]:
        """Everything in the store, of which nothing is read before it is used."""
        return {key: _Seen(record) for key, record in RecordStore(self.folder).merged().items()}


class _Seen(StoredArrays):
    """An image's arrays in the store, with FEATURES as a tensor of the dtype that the vision tower gave it.

    `mark` identifies the image without its being read.
    """

    def __init__(self, record: StoredRecord) -> None:
        super().__init__(record.arrays.path, record.arrays.places)
        self._dtype = record.row.get("dtype")

    @property
    def mark(self) -> str:
        """The digest of the digests with which its arrays were written."""
        return digest({name: place["sha256"] for name, place in self.places.items()})

    def __getitem__(self, name: str) -> Any:
        if name == PIXELS and name not in self.places:
            return from_levels(super().__getitem__(LEVELS), super().__getitem__(WHICH))
        array = super().__getitem__(name)
        return torch.from_numpy(array).view(getattr(torch, self._dtype)) if name == FEATURES else array

    def __iter__(self) -> Iterator[str]:
        names = [name for name in self.places if name not in (LEVELS, WHICH)]
        return iter([*names, PIXELS] if LEVELS in self.places else names)

    def __len__(self) -> int:
        return len(list(iter(self)))


def _packed(key: str, pixels: Pixels) -> Record:
    """An image's arrays as a record; features as bytes with the name of their dtype, for numpy has no bfloat16."""
    arrays = {name: np.asarray(value) for name, value in pixels.items() if name != FEATURES}
    if FEATURES not in pixels:
        if (levels := to_levels(arrays[PIXELS])) is not None:
            del arrays[PIXELS]
            arrays |= {LEVELS: levels[0], WHICH: levels[1]}
        return Record(key, {}, arrays)
    features = pixels[FEATURES].contiguous()
    as_bytes = {FEATURES: features.view(torch.uint8).numpy()}
    return Record(key, {"dtype": str(features.dtype).removeprefix("torch.")}, arrays | as_bytes)


def feature_store(folder: str | Path, model: Any, processor: Any) -> FeatureStore:
    """The store of this model's vision tower below `folder`.

    Another tower or dtype has its own, and so has whatever prepares images otherwise: settings, or another version of
    the method. With which packages it was begun is recorded in it, and another one is named in the log.
    """
    images = [processor.image_processor.to_json_string(), describe_backend(processor)]
    key = digest([vision.tower_digest(model), str(model.dtype), images, versions("boxed images", "model inputs")])
    home, made_with = Path(folder) / key[:16], package_versions(("torch", "transformers", "pillow"))
    if not (home / MADE_WITH).is_file():
        write_json(home / MADE_WITH, made_with)
    if told := differences(read_json(home / MADE_WITH), made_with):
        log.warning("The features in %s were begun with other packages: %s.", home, told)
    return FeatureStore(home, model, processor)


def boxed_pixels(
    model: Any, processor: Any, folder: Path, samples: Sequence[Sample], store: str | Path
) -> dict[str, Pixels]:
    """Each boxed image's `Pixels` with features (tokens, width), by sample_id; kept in `store`, which students share.

    An image that cannot be read has no entry and is named in the log.
    """
    features = feature_store(store, model, processor)
    seen = features.of(samples, folder, log.info)
    for sample_id, reason in features.failures.items():
        log.warning("%s is left out. %s", sample_id, reason)
    return seen
