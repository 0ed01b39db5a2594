"""Parquet tables of two runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from coinco_book.comparing.match import DiffRow, Match
from coinco_book.comparing.parquet_tables import compare_tables
from coinco_core.files import write_table

BASE = {"n": [1, 2], "share": [0.5, float("nan")], "seconds": [1.0, 2.0], "words": [["a"], ["b", "c"]]}


def _row(tmp_path: Path, a: dict[str, object] | None, b: dict[str, object] | None) -> DiffRow:
    for side, columns in (("a", a), ("b", b)):
        (tmp_path / side).mkdir()
        if columns is not None:
            write_table(tmp_path / side / "deep" / "t.parquet", pd.DataFrame(columns))
    (row,) = compare_tables("notebook", tmp_path / "a", tmp_path / "b")
    return row


@pytest.mark.parametrize(
    ("changes", "expected", "note"),
    [
        ({}, Match.IDENTICAL, ""),
        ({"share": [0.5 + 1e-9, float("nan")]}, Match.CLOSE, "differs in share"),
        ({"share": [0.6, float("nan")]}, Match.DIFFERENT, "differs in share"),
        ({"share": [0.5, 0.5]}, Match.DIFFERENT, "differs in share"),
        ({"seconds": [3.0, 4.0]}, Match.TIMES, "differs in seconds"),
        ({"seconds": [3.0, 4.0], "n": [1, 3]}, Match.DIFFERENT, "differs in n, seconds"),
        ({"words": [["a"], ["b", "d"]]}, Match.DIFFERENT, "differs in words"),
        ({"more": [1, 2]}, Match.DIFFERENT, "differs in more"),
        ({"n": [1.0, 2.0]}, Match.DIFFERENT, "differs in n"),
    ],
)
def test_which_columns_differ(tmp_path: Path, changes: dict[str, object], expected: Match, note: str) -> None:
    row = _row(tmp_path, {**BASE}, {**BASE, **changes})
    assert (row.match, row.note, row.what) == (expected, note, "deep/t.parquet")


def test_another_number_of_rows(tmp_path: Path) -> None:
    row = _row(tmp_path, {"n": [1]}, {"n": [1, 2]})
    assert (row.match, row.a, row.b) == (Match.DIFFERENT, "1 rows, 1 columns", "2 rows, 1 columns")


def test_more_rows_of_the_same_value_are_a_difference(tmp_path: Path) -> None:
    assert _row(tmp_path, {"v": [0.5]}, {"v": [0.5, 0.5]}).match is Match.DIFFERENT


def test_the_same_values_in_other_bytes(tmp_path: Path) -> None:
    _row(tmp_path, {"n": [1]}, {"n": [1]})
    pd.DataFrame({"n": [1]}).to_parquet(tmp_path / "b" / "deep" / "t.parquet", index=False, compression="snappy")
    (row,) = compare_tables("notebook", tmp_path / "a", tmp_path / "b")
    assert (row.match, row.note) == (Match.IDENTICAL, "other bytes, the same values")


def test_a_table_that_cannot_be_read_or_is_not_there(tmp_path: Path) -> None:
    assert _row(tmp_path, {"n": [1]}, None).match is Match.ONLY_A
    (tmp_path / "b" / "deep").mkdir()
    (tmp_path / "b" / "deep" / "t.parquet").write_bytes(b"no table")
    (row,) = compare_tables("notebook", tmp_path / "a", tmp_path / "b")
    assert (row.match, row.b) == (Match.DIFFERENT, "not readable")
    assert next(iter(compare_tables("notebook", None, tmp_path / "b"))).match is Match.ONLY_B
