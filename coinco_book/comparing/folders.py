"""What counts as a run: the folder of one notebook's run, or a folder of such folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from coinco_book.checkout import RECORD
from coinco_book.results import NUMBERS, load_numbers
from coinco_book.runs.records import load_executed, load_record
from coinco_core.errors import InputError, MissingError


@dataclass(frozen=True)
class NotebookRun:
    """The run of one notebook: its folder and its run.json."""

    folder: Path
    record: Mapping[str, Any]

    @property
    def notebook(self) -> str:
        """The notebook's id."""
        return str(self.record["notebook"])

    @cached_property
    def numbers(self) -> Mapping[str, Any]:
        """What the notebook recorded, by key; empty when that is nothing."""
        path = self.folder / NUMBERS
        return load_numbers(path) if path.is_file() else {}

    @cached_property
    def executed(self) -> Mapping[str, Any]:
        """The executed notebook, as nbformat has it; without cells when it is not there."""
        path = self.folder / f"{self.notebook}.ipynb"
        return load_executed(path) if path.is_file() else {"cells": []}


@dataclass(frozen=True)
class Side:
    """One side of a comparison, as the user named it: the runs of its notebooks, by id."""

    name: str
    folder: Path
    runs: Mapping[str, NotebookRun] = field(default_factory=dict)

    @property
    def is_one(self) -> bool:
        """Whether the side is the run of one notebook rather than a folder of runs."""
        return (self.folder / RECORD).is_file()

    @property
    def about(self) -> dict[str, str]:
        """What made it, in words: the profiles, versions of the code and days of its runs, and how many they are."""
        made = [run.record.get("made_by", {}) for run in self.runs.values()]
        facts = {name: {str(m[key]) for m in made if m.get(key)} for name, key in _ABOUT.items()}
        days = {str(m["time"])[:10] for m in made if m.get("time")}
        words = {name: ", ".join(sorted(values)) for name, values in {**facts, "made on": days}.items()}
        return {"folder": self.name, **words, "notebooks": str(len(self.runs))}


_ABOUT = {"profile": "profile", "code": "code_version"}


def read_side(path: Path | str) -> Side:
    """The runs in a folder.

    Raises MissingError when there is no such folder, InputError when it holds no run, or two of one notebook.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise MissingError(f"There is no folder {folder}; name a run such as runs/demo or runs/demo/world_tour.")
    records = [folder / RECORD] if (folder / RECORD).is_file() else sorted(folder.glob(f"*/{RECORD}"))
    if not records:
        raise InputError(f"{folder} holds no run: neither it nor a folder in it has a {RECORD}.")
    runs: dict[str, NotebookRun] = {}
    for run in sorted((NotebookRun(path.parent, load_record(path)) for path in records), key=_when):
        if (twin := runs.setdefault(run.notebook, run)) is not run:
            names = " and ".join(sorted((twin.folder.name, run.folder.name)))
            raise InputError(f"{folder} holds two runs of {run.notebook}, in {names}; name one of the two folders.")
    return Side(str(path), folder, runs)


def pairs(a: Side, b: Side) -> dict[str, tuple[NotebookRun | None, NotebookRun | None]]:
    """The runs of A and B that belong together, by the notebook's id, in the order of A; None for one that lacks.

    Where a side is one notebook's run, only that is compared; two of them belong together whatever they are called.
    """
    if a.is_one and b.is_one:
        (first,), (second,) = a.runs.items(), b.runs.items()
        title = first[0] if first[0] == second[0] else f"{first[0]} / {second[0]}"
        return {title: (first[1], second[1])}
    names = a.runs if a.is_one else b.runs if b.is_one else {**a.runs, **b.runs}
    return {name: (a.runs.get(name), b.runs.get(name)) for name in names}


def _when(run: NotebookRun) -> tuple[str, str]:
    return str(run.record.get("made_by", {}).get("time", "")), run.notebook
