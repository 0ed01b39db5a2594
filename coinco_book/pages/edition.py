"""What one book is made of: the checkout, the profile, each notebook's record and executed cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from coinco_book.checkout import Checkout
from coinco_book.runs.notebooks import Notebook, load_notebooks
from coinco_book.runs.records import load_executed

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Edition:
    """One edition of the book; `records` is the run.json of each notebook that has a page, by the notebook's id.

    `solutions` says whether the exercises' solutions show. What a generated part of a page needs, it takes from here.
    """

    checkout: Checkout
    profile: str
    records: Mapping[str, Record] = field(default_factory=dict)
    solutions: bool = True

    @cached_property
    def notebooks(self) -> dict[str, Notebook]:
        """The executions that have a page, by id, in the order in which they run."""
        return {n.id: n for n in load_notebooks(self.checkout) if n.id in self.records}

    @cached_property
    def executed(self) -> dict[str, dict[str, Any]]:
        """The executed notebook of each page, by id, as it was run."""
        return {name: load_executed(self.run(name) / f"{name}.ipynb") for name in self.notebooks}

    def run(self, notebook: str) -> Path:
        """The folder of that notebook's last good run: its numbers, tables and images."""
        return self.checkout.runs(self.profile) / notebook
