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
from pathlib import Path
from typing import Any

import numpy as np
import torch

import coinco_core.images
from coinco_core.engines import encoding, vision
from coinco_core.engines.encoding import FEATURES, Pixels
from coinco_core.engines.processors import describe_backend
from coinco_core.errors import InputError
from coinco_core.files import digest, sha256_file
from coinco_core.provenance import package_versions
from coinco_core.samples import Sample, boxed_image, image_path
from coinco_core.store.journals import Record, RecordStore, StoredArrays, StoredRecord

log = logging.getLogger(__name__)
PART = 256  # images that are seen again at most when the work is killed
Say = Callable[[str], None]


@dataclass
class FeatureStore:
    """Features (tokens, width) of one model's vision tower in one folder; `failures` holds why an image is unusable."""

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
        FEATURES are a (tokens, hidden size) tensor in the model's dtype, the other arrays as `pixel_parts` makes them.
        """
        keys = {s.sample_id: key for s in samples if (key := self._key(s, Path(images)))}
        known = self._read()
        missing = {keys[s.sample_id]: s for s in samples if keys.get(s.sample_id, "") not in {"", *known}}
        mine = [item for item in missing.items() if int(item[0], 16) % share[1] == share[0]]
        for done in self._fill(mine, Path(images)):
            if say is not None:
                say(f"{done:,} of {len(mine):,} new images seen")
        stored = self._read()
        return {sample_id: stored[key] for sample_id, key in keys.items() if key in stored}

    def _key(self, sample: Sample, folder: Path) -> str:
        path = image_path(folder, sample)
        if not path.is_file():
            self.failures[sample.sample_id] = f"There is no image {sample.image}."
            return ""
        return digest([sha256_file(path), [sample.box.x, sample.box.y, sample.box.w, sample.box.h]])[:24]

    def _fill(self, new: Sequence[tuple[str, Sample]], folder: Path) -> Iterator[int]:
        with RecordStore(self.folder).writer(sync_rows=1) as writer:
            for start in range(0, len(new), PART):
                arrays = {key: pixels for key, s in new[start : start + PART] if (pixels := self._pixels(s, folder))}
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
    """An image's arrays in the store, with FEATURES as a tensor of the dtype that the vision tower gave it."""

    def __init__(self, record: StoredRecord) -> None:
        super().__init__(record.arrays.path, record.arrays.places)
        self._dtype = record.row.get("dtype")

    def __getitem__(self, name: str) -> Any:
        array = super().__getitem__(name)
        return torch.from_numpy(array).view(getattr(torch, self._dtype)) if name == FEATURES else array


def _packed(key: str, pixels: Pixels) -> Record:
    """An image's arrays as a record; features as bytes with the name of their dtype, for numpy has no bfloat16."""
    arrays = {name: np.asarray(value) for name, value in pixels.items() if name != FEATURES}
    if FEATURES not in pixels:
        return Record(key, {}, arrays)
    features = pixels[FEATURES].contiguous()
    as_bytes = {FEATURES: features.view(torch.uint8).numpy()}
    return Record(key, {"dtype": str(features.dtype).removeprefix("torch.")}, arrays | as_bytes)


def feature_store(folder: str | Path, model: Any, processor: Any) -> FeatureStore:
    """The store of this model's vision tower below `folder`.

    Another tower or dtype has its own, and so has whatever prepares images otherwise: settings, code, versions.
    """
    images = [processor.image_processor.to_json_string(), describe_backend(processor)]
    code = [sha256_file(str(module.__file__)) for module in (coinco_core.images, encoding, vision)]
    made_with = package_versions(("torch", "transformers", "pillow"))
    key = digest([vision.tower_digest(model), str(model.dtype), images, code, made_with])
    return FeatureStore(Path(folder) / key[:16], model, processor)


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
