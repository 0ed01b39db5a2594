"""The authors' split of Objects-from-Context (section 5.2): which image is for what, and what stood in its box."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core.categories import NAMES
from coinco_core.released.catalogue import SPLIT_PARTS, released_file
from coinco_core.released.duplicates import first_rows
from coinco_core.released.indices import sample_id
from coinco_core.released.table_checks import read_released

if TYPE_CHECKING:
    import pandas


def read_objects(folder: Path) -> pandas.DataFrame:
    """One row per image: columns sample_id, coco_index, split (train, validation, test), original_object (a name).

    `folder` is the data folder. The first row of an index counts within a pool, so that an image listed for training
    and for validation is for training. Raises MissingError when one of the three tables is absent, InputError when one
    is not as described.
    """
    import pandas

    tables = {part: _rows(part, folder) for part in SPLIT_PARTS}
    training = first_rows([tables["training"], tables["validation"]], "label").table
    testing = first_rows([tables["testing"]], "label").table
    both = pandas.concat([training, testing], ignore_index=True)
    both["original_object"] = [NAMES[label] for label in both["label"]]
    return both[["sample_id", "coco_index", "split", "original_object"]]


def _rows(part: str, folder: Path) -> pandas.DataFrame:
    entry = released_file(f"objects-{part}")
    rows = read_released(entry, folder)[["coco_index", "label"]]
    return rows.assign(
        sample_id=[sample_id(entry.pool, int(index)) for index in rows["coco_index"]], split=SPLIT_PARTS[part]
    )
