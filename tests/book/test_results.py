"""Numbers that a notebook records: plain, finite, and readable by others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coinco_book.results import RUN_FOLDER, glue_number, glue_text, read_numbers, run_folder, save_table
from coinco_core.errors import InputError, MissingError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path / "a"))
    return tmp_path / "a"


def test_numbers_and_texts_are_recorded_plain(folder: Path) -> None:
    glue_number("share", np.float32(0.5), n=np.int64(300), low=0.4)
    glue_number("count", np.int64(7))
    glue_text("name", "cow")
    expected = {
        "share": {"value": 0.5, "unit": "", "n": 300, "low": 0.4},
        "count": {"value": 7, "unit": ""},
        "name": {"value": "cow"},
    }
    assert json.loads((folder / "numbers.json").read_text()) == expected
    assert read_numbers(folder.parent, "a") == expected


def test_the_last_value_of_a_key_counts(folder: Path) -> None:
    glue_number("x", 1)
    glue_number("x", 2)
    assert read_numbers(folder.parent, "a")["x"]["value"] == 2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "many"])
def test_what_is_no_finite_number_is_refused(folder: Path, value: float) -> None:
    with pytest.raises(InputError, match="finite number"):
        glue_number("x", value)
    assert not (folder / "numbers.json").exists()


def test_tables_are_parquet_in_the_runs_folder(folder: Path) -> None:
    table = pd.DataFrame({"a": [1, 2]})
    path = save_table("scores", table)
    assert path == folder / "scores.parquet"
    pd.testing.assert_frame_equal(pd.read_parquet(path), table)


def test_in_an_interactive_session_nothing_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(RUN_FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    assert run_folder() is None
    glue_number("x", 0.25)
    assert save_table("t", pd.DataFrame({"a": [1]})) is None
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_without_numbers_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="'b' has recorded nothing"):
        read_numbers(tmp_path, "b")
