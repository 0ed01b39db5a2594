"""The released inpainted pictures and box masks as samples."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from coinco_core.categories import category
from coinco_core.errors import InputError, MissingError
from coinco_core.files import read_table
from coinco_core.pictures import Box, open_image
from coinco_core.released.catalogue import POOLS, check_pool, described, sample_id
from coinco_core.samples import Sample


def released_samples(
    table_path: str | os.PathLike[str],
    image_dir: str | os.PathLike[str],
    *,
    pool: str,
    mask_dir: str | os.PathLike[str] | None = None,
    boxes: Mapping[int, Box] | None = None,
) -> list[Sample]:
    """The samples of inpainted pictures INDEX.png listed in a table with coco_index and replacement_object.

    A box comes from `boxes` (by index), else from the white part of the mask INDEX.png in `mask_dir`;
    MissingError when neither has it. Where the table has no class_name, the original object is ''.
    """
    check_pool(pool)
    source = Path(table_path)
    rows = described(read_table(source), ("coco_index", "replacement_object"), source).to_dict("records")
    samples = []
    for row in rows:
        index, path = int(row["coco_index"]), Path(image_dir) / f"{row['coco_index']}.png"
        width, height = open_image(path).size
        box = (boxes or {}).get(index) or _box_of_mask(mask_dir, index)
        original = category(str(row["class_name"])).name if "class_name" in row else ""
        samples.append(Sample(
            sample_id=sample_id(pool, index), image=str(path.resolve()), width=width, height=height,
            box=box.check(width, height), object=category(str(row["replacement_object"])).name,
            original_object=original, split=POOLS[pool], source="coinco", modified=True,
        ))  # fmt: skip
    return samples


def _box_of_mask(mask_dir: str | os.PathLike[str] | None, index: int) -> Box:
    if mask_dir is None:
        raise MissingError(f"Picture {index} has no box; give its box or the folder with the released masks.")
    white = open_image(Path(mask_dir) / f"{index}.png").convert("L").point(lambda value: 255 if value > 127 else 0)
    corners = white.getbbox()
    if corners is None:
        raise InputError(f"The mask of picture {index} is empty.")
    left, top, right, bottom = corners
    return Box(left, top, right - left, bottom - top)
