"""What an index of COinCO means: which of COCO's images it is, and in which pool.

A `coco_index` is the 0-based position of an image among the ASCENDING image ids of its COCO split, images without
annotations included (the order of torchvision's CocoDetection). The order of the annotation file is another one, and
gives another image. The pools count separately, so the same number means two images: a sample's id carries the
pool.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from coinco_core.errors import InputError, did_you_mean
from coinco_core.files import read_json

POOLS = {"training": "train", "testing": "test"}  # the authors' word -> the split of a sample
POOL_SIZES = {"training": 118_287, "testing": 5_000}  # images in COCO's train2017 and val2017


def sample_id(pool: str, coco_index: int) -> str:
    """The id of a released image, 'training-004512': unlike the bare index it is unique over both pools."""
    return f"{pool}-{coco_index:06d}"


def check_pool(pool: str) -> None:
    """Raises InputError unless the pool is 'training' or 'testing'."""
    if pool not in POOLS:
        raise InputError(f"The pool must be training or testing, not '{pool}'.{did_you_mean(pool, POOLS)}")


@dataclass(frozen=True)
class CocoIndices:
    """The indices of one pool: `image_ids` are COCO's, ascending, so that a place in it is a coco_index."""

    pool: str
    image_ids: tuple[int, ...]

    def image_id(self, coco_index: int) -> int:
        """COCO's id of the image with that index; an InputError when there is none."""
        if not 0 <= coco_index < len(self.image_ids):
            raise InputError(f"The {self.pool} pool has no index {coco_index}; it ends at {len(self.image_ids) - 1}.")
        return self.image_ids[coco_index]

    def coco_index(self, image_id: int) -> int:
        """The index of the image with that COCO id; an InputError when the pool does not have it."""
        place = bisect_left(self.image_ids, image_id)
        if place == len(self.image_ids) or self.image_ids[place] != image_id:
            raise InputError(f"COCO's image {image_id} is not in the {self.pool} pool.")
        return place

    def sample_id(self, image_id: int) -> str:
        """The id here of COCO's image, such as 'testing-000004' for 776 of val2017."""
        return sample_id(self.pool, self.coco_index(image_id))


def coco_indices(source: str | os.PathLike[str] | Iterable[int], pool: str) -> CocoIndices:
    """The indices of a pool, from COCO's instances_train2017.json or instances_val2017.json, or from image ids.

    A file has to list every image of the split, or the places would be wrong: an InputError otherwise. Ids given
    directly may be the lowest ones only; their order does not matter.
    """
    check_pool(pool)
    size, from_file = POOL_SIZES[pool], isinstance(source, str | os.PathLike)
    ids = _listed_ids(source) if isinstance(source, str | os.PathLike) else list(map(int, source))
    if len(set(ids)) != len(ids) or len(ids) > size or (from_file and len(ids) < size):
        raise InputError(f"The {pool} pool has {size:,} images, each once; {len(ids):,} are listed. Give all of them.")
    return CocoIndices(pool, tuple(sorted(ids)))


def _listed_ids(path: str | os.PathLike[str]) -> list[int]:
    content = read_json(path)
    if not isinstance(content, dict) or "images" not in content:
        raise InputError(f"{path} does not hold COCO instance annotations (images, annotations, categories).")
    return [int(image["id"]) for image in content["images"]]
