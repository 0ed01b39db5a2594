"""The most memory that each cell held."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from coinco_book.runs import cell_memory as memory
from coinco_book.runs.cell_memory import take_peaks
from coinco_book.runs.run import run
from tiny_checkout import make_checkout, notebook

MEGABYTE = 2**20


def test_the_peaks_are_taken_once(tmp_path: Path) -> None:
    lines = [{"cell": 1, "host": 5}, {"cell": 2, "host": 7, "device": 3}]
    (tmp_path / "memory.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert take_peaks(tmp_path) == {1: {"host": 5}, 2: {"host": 7, "device": 3}}
    assert list(tmp_path.iterdir()) == []
    assert take_peaks(tmp_path) == {}


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "memory.jsonl").write_text('{"cell": 1, "host": 5}\n{"cell": 2, "ho')
    assert take_peaks(tmp_path) == {1: {"host": 5}}


def test_outside_a_notebook_nothing_is_watched() -> None:
    memory.watch()


def test_where_the_peak_cannot_be_reset_it_is_that_since_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_RESET", tmp_path / "no" / "clear_refs")
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "no" / "status")
    memory._reset()
    assert (memory._host_peak() or 0) > 10 * MEGABYTE


def test_a_note_that_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    memory._note(tmp_path / "no" / "memory.jsonl", 1)
    memory._note(tmp_path / "memory.jsonl", None)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_known_is_not_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_host_peak", lambda: None)
    memory._note(tmp_path / "memory.jsonl", 4)
    assert take_peaks(tmp_path) == {4: {}}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of each cell")
def test_each_cell_of_a_run_has_its_peak_and_no_file_is_left(tmp_path: Path) -> None:
    cells = ("big = bytearray(200 * 2**20)", "del big", "1 + 1")
    checkout = make_checkout(tmp_path / "c", {"a": notebook(*cells)}, "[{id: a, title: A}]", "{a: {}}")
    (outcome,) = run(checkout=checkout, say=lambda _: None)
    assert outcome.status == "ran"
    folder = checkout.runs("demo") / "a"
    assert sorted(path.name for path in folder.iterdir()) == ["a.ipynb", "run.json"]
    record = json.loads((folder / "run.json").read_text())
    before, big, _, after = (cell["host_bytes"] for cell in record["cells"])
    assert big > before + 190 * MEGABYTE
    assert after < big - 150 * MEGABYTE  # the peak is that of the cell, not of all that ran before it
    assert [cell["device_bytes"] for cell in record["cells"]] == [None] * 4
