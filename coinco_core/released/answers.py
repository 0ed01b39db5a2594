"""The released answers of the three LVLMs (coco_index, response), one row a sample."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core.files import read_table
from coinco_core.released.catalogue import check_pool, described, sample_id

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class ReleasedAnswers:
    """One model's answers, a row a sample, and how many rows repeated an index (`conflicting`: otherwise)."""

    table: pandas.DataFrame
    repeated: int
    conflicting: int


def read_answers(path: str | os.PathLike[str], model: str, pool: str = "training") -> ReleasedAnswers:
    """The answers in the released layout (coco_index, response) as columns sample_id, model, text.

    The authors joined parts of runs without looking for repeats; here the first row of an index counts and
    the rest are counted. An answer that is empty in the file is the empty text, which the parser then finds
    unreadable.
    """
    check_pool(pool)
    source = Path(path)
    table = described(read_table(source), ("coco_index", "response"), source)
    different = table.drop_duplicates(["coco_index", "response"])
    first = table.drop_duplicates("coco_index")
    answers = first.assign(
        sample_id=[sample_id(pool, int(index)) for index in first["coco_index"]],
        model=model,
        text=first["response"].fillna("").astype(str),
    )
    repeated, conflicting = len(table) - len(first), len(different) - len(first)
    return ReleasedAnswers(answers[["sample_id", "model", "text"]].reset_index(drop=True), repeated, conflicting)
