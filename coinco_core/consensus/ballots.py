"""One model's answers, from a table or from its files, in whichever layout they come."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core import released
from coinco_core.consensus.codes import CodedAnswers, joined, read_texts, reading_of
from coinco_core.errors import InputError
from coinco_core.files import read_table
from coinco_core.judgements import QUESTIONS
from coinco_core.labelling.findings import read_answers as run_answers

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Ballot:
    """One model's answers, one entry per sample: ids (n,) as strings, and codes (n, questions) in `reading`.

    Of the `repeated` rows, left out because their sample had one already, `conflicting` held another answer.
    """

    model: str
    sample_ids: pd.Index
    reading: CodedAnswers
    repeated: int = 0
    conflicting: int = 0


def ballot(model: str, answers: pd.DataFrame) -> Ballot:
    """One model's ballot from a table of answers or of findings, one row per sample.

    Answers have the columns sample_id and text; findings have sample_id and the four verdicts (True, False or missing).
    An answer with an `error`, or without a text, is unread. Raises InputError for a row without a sample and for a
    sample that occurs twice.
    """
    import pandas as pd

    if answers["sample_id"].isna().any():
        raise InputError(f"The answers of '{model}' have a row without a sample; remove it or give it its id.")
    ids = pd.Index(answers["sample_id"].astype(str))
    if not ids.is_unique:
        raise InputError(f"The answers of '{model}' hold a sample twice; keep one row of each.")
    if set(QUESTIONS) <= set(answers):
        return Ballot(model, ids, reading_of(answers))
    return Ballot(model, ids, read_texts(_texts(answers)))


def _texts(answers: pd.DataFrame) -> pd.Series:
    return answers["text"].mask(answers["error"].notna()) if "error" in answers else answers["text"]


def read_ballot(model: str, paths: Sequence[str | os.PathLike[str]], pool: str | None = None) -> Ballot:
    """One model's ballot from its files, whose rows are taken together; a sample's first row counts.

    CSV or Parquet, in the released layout (coco_index, response), or with sample_id and text or the four verdicts; or a
    folder of `coinco label`. In the released layout an index alone does not identify an image, so `pool` names its
    pool, 'training' or 'testing'; None goes by the file's name, which ends in '_testing' for the latter.
    """
    return _joined([_read_part(model, Path(path), pool) for path in paths])


def model_name(path: str | os.PathLike[str]) -> str:
    """The model that a file or folder of answers is about: 'qwen' for context_reasoning_qwen.csv or runs/qwen."""
    source = Path(path)
    if source.is_dir():
        return source.resolve().name
    stem = source.parent.name if source.stem in ("answers", "findings") else source.stem
    return stem.removeprefix("context_reasoning_").removesuffix("_testing")


def _read_part(model: str, source: Path, pool: str | None) -> Ballot:
    """One file, or one folder of `coinco label`."""
    if {"coco_index", "response"} <= _columns(source):
        named = "testing" if source.stem.endswith("_testing") else "training"
        found = released.read_answers(source, model, pool or named)
        return replace(ballot(model, found.table), repeated=found.repeated, conflicting=found.conflicting)
    table = run_answers(source) if source.is_dir() else read_table(source)
    said = list(QUESTIONS) if set(QUESTIONS) <= set(table) else ["text"]
    if not {"sample_id", *said} <= set(table):
        raise InputError(f"'{source}' holds no answers: it needs the columns coco_index and response.")
    if table.empty:
        raise InputError(f"'{source}' holds no rows.")
    first, different = table.drop_duplicates("sample_id"), table.drop_duplicates(["sample_id", *said])
    repeated, conflicting = len(table) - len(first), len(different) - len(first)
    return replace(ballot(model, first), repeated=repeated, conflicting=conflicting)


def _columns(source: Path) -> set[str]:
    """A table's columns; none where it cannot be read, of which `read_table` then says why."""
    from pyarrow import parquet

    try:
        if source.suffix != ".csv":
            return set(parquet.read_schema(source).names)
        with source.open(encoding="utf-8", newline="") as stream:
            return set(next(csv.reader(stream), []))
    except (ValueError, OSError):
        return set()


def _joined(parts: Sequence[Ballot]) -> Ballot:
    """Several parts of one model's answers as one; of a sample that is in two of them the earlier part counts."""
    ids = parts[0].sample_ids.append([part.sample_ids for part in parts[1:]])
    codes, differs, rules = joined([part.reading for part in parts])
    first = ~ids.duplicated()
    counted = codes[first][ids[first].get_indexer(ids)]
    chosen = CodedAnswers(codes[first], *(known if known is None else known[first] for known in (differs, rules)))
    repeated = sum(part.repeated for part in parts) + int((~first).sum())
    conflicting = sum(part.conflicting for part in parts) + int((codes != counted).any(axis=1).sum())
    return Ballot(parts[0].model, ids[first], chosen, repeated, conflicting)
