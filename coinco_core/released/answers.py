"""The released answers of the three LVLMs (coco_index, response), one row per sample."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core.errors import InputError
from coinco_core.files import read_table
from coinco_core.released.catalogue import check_was_released
from coinco_core.released.duplicates import first_rows
from coinco_core.released.indices import check_pool, sample_id
from coinco_core.released.table_checks import described

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class ReleasedAnswers:
    """One model's answers, one row per sample, and how many rows repeat an index (`conflicting`: with another answer).

    Columns of `table`: sample_id, coco_index, model, text. `duplicates` holds every row of a repeated index, in the
    columns coco_index, response, part (the file's position among those given, from 0) and counts (bool, whether it is
    the row that counts; see `duplicates.first_rows`).
    """

    table: pandas.DataFrame
    repeated: int
    conflicting: int
    duplicates: pandas.DataFrame


def read_answers(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], model: str, pool: str = "training"
) -> ReleasedAnswers:
    """The answers in the released layout, in one file or in parts, one row per sample.

    Columns sample_id, coco_index, model, text. The first row of an index counts. An answer that is empty in the file is
    the empty text, which the parser then finds unreadable. Raises MissingError when a file is absent, with a note where
    it was never released (the test answers of Molmo and InternVL); InputError when a file is not as described.
    """
    check_pool(pool)
    paths = [Path(path)] if isinstance(path, str | os.PathLike) else [Path(part) for part in path]
    if not paths:
        raise InputError(f"No file with the answers of {model} was given.")
    if not any(part.exists() for part in paths):
        check_was_released(model, pool)
    parts = [described(read_table(part), ("coco_index", "response"), part, pool) for part in paths]
    resolved = first_rows([part[["coco_index", "response"]] for part in parts], "response")
    answers = resolved.table.assign(
        sample_id=[sample_id(pool, int(index)) for index in resolved.table["coco_index"]],
        model=model,
        text=resolved.table["response"].fillna("").astype(str),
    )
    table = answers[["sample_id", "coco_index", "model", "text"]]
    return ReleasedAnswers(table, resolved.repeated, resolved.conflicting, resolved.duplicates)
