"""The released inpainted images and box masks as samples."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.ahead import ahead
from coinco_core.categories import category
from coinco_core.errors import InputError, MissingError
from coinco_core.files import read_table
from coinco_core.images import Box, image_size, open_image
from coinco_core.released.indices import POOLS, check_pool, sample_id
from coinco_core.released.table_checks import described
from coinco_core.samples import Sample

if TYPE_CHECKING:
    import pandas


def released_samples(
    table_path: str | os.PathLike[str],
    image_dir: str | os.PathLike[str],
    *,
    pool: str,
    mask_dir: str | os.PathLike[str] | None = None,
    boxes: Mapping[int, Box] | None = None,
    objects: pandas.DataFrame | None = None,
) -> list[Sample]:
    """The samples of inpainted images INDEX.png listed in a table with the columns coco_index and replacement_object.

    A box (pixels) comes from `boxes` (by index), else from the white part of the mask INDEX.png in `mask_dir`;
    MissingError when neither has it. Where the table has no column class_name, the original object is ''. The split is
    the pool's (train or test), or with the table `objects` of `read_objects` the authors' (validation too); InputError
    when that does not list an image.
    """
    check_pool(pool)
    source = Path(table_path)
    rows = described(read_table(source), ("coco_index", "replacement_object"), source, pool).to_dict("records")
    splits = None if objects is None else dict(zip(objects["sample_id"], objects["split"], strict=True))

    def sample_of(row: Mapping[Hashable, Any]) -> Sample:
        index = int(row["coco_index"])
        box = (boxes or {}).get(index) or _box_of_mask(mask_dir, index)
        return _sample(row, Path(image_dir) / f"{index}.png", box, pool, splits)

    return list(ahead(sample_of, rows))


def _sample(row: Mapping[Hashable, Any], path: Path, box: Box, pool: str, splits: Mapping[str, str] | None) -> Sample:
    width, height = image_size(path)
    name = sample_id(pool, int(row["coco_index"]))
    if splits is not None and name not in splits:
        raise InputError(f"The authors' tables for Objects-from-Context do not list {name}; leave the split out.")
    return Sample(
        sample_id=name, image=str(path.resolve()), width=width, height=height, box=box.check(width, height),
        object=category(str(row["replacement_object"])).name,
        original_object=category(str(row["class_name"])).name if "class_name" in row else "",
        split=splits[name] if splits is not None else POOLS[pool], source="coinco", modified=True,
    )  # fmt: skip


def _box_of_mask(mask_dir: str | os.PathLike[str] | None, index: int) -> Box:
    if mask_dir is None:
        raise MissingError(f"Image {index} has no box; give its box or the folder with the released masks.")
    white = open_image(Path(mask_dir) / f"{index}.png").convert("L").point(lambda value: 255 if value > 127 else 0)
    corners = white.getbbox()
    if corners is None:
        raise InputError(f"The mask of image {index} is empty.")
    left, top, right, bottom = corners
    return Box(left, top, right - left, bottom - top)
