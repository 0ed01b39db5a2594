"""Two runs side by side: all that can be compared, in sections, and the same as plain tables for JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from coinco_book.checkout import Checkout
from coinco_book.comparing.claim_status import compare_claims
from coinco_book.comparing.environment import compare_configuration, compare_environment, grouped
from coinco_book.comparing.figures import compare_figures
from coinco_book.comparing.folders import NotebookRun, Side, pairs
from coinco_book.comparing.match import DiffRow, Match, Section
from coinco_book.comparing.numbers import compare_numbers
from coinco_book.comparing.outputs import compare_outputs
from coinco_book.comparing.parquet_tables import compare_tables
from coinco_book.comparing.timing import REMARK, compare_timing

Run = NotebookRun | None
Compare = Callable[[str, Any, Any], Iterator[DiffRow]]


def _of(part: Callable[[NotebookRun], Any], compare_parts: Compare) -> Callable[[str, Run, Run], Iterator[DiffRow]]:
    """What compares two runs by one part of each; a run that is not there has none."""
    return lambda name, a, b: compare_parts(name, *(None if run is None else part(run) for run in (a, b)))


_COMPARED = {
    "configuration": _of(lambda run: run.record, compare_configuration),
    "environment": _of(lambda run: run.record, compare_environment),
    "numbers": _of(lambda run: run.numbers, compare_numbers),
    "tables": _of(lambda run: run.folder, compare_tables),
    "cell outputs": _of(lambda run: run.executed, compare_outputs),
    "figures": _of(lambda run: run.executed, compare_figures),
    "time and memory": _of(lambda run: run.record, compare_timing),
}
_IMAGES = ("a_image", "b_image", "both")
_GROUPED = ("configuration", "environment")
_REMARKS = {"time and memory": REMARK}
_UNCHANGED = {"time and memory": (Match.IDENTICAL, Match.CLOSE)}
SHOWN = ("numbers", "tables", "cell outputs", "figures")  # what a run shows, which ought to come out again


@dataclass(frozen=True)
class Difference:
    """What was compared of two runs, section by section."""

    a: Side
    b: Side
    sections: tuple[Section, ...]

    def plain(self, only_changes: bool = False) -> dict[str, Any]:
        """The whole as tables that JSON can hold; the images are left out."""
        sections = [
            {"title": s.title, "remark": s.remark, "rows": list(map(_plain, s.shown(only_changes)))}
            for s in self.sections
        ]
        return {"a": self.a.about, "b": self.b.about, "summary": self.summary(), "sections": sections}

    def summary(self) -> dict[str, dict[str, int]]:
        """For each section how many rows match in each way."""
        return {s.title: {str(match): n for match, n in s.counts().items()} for s in self.sections}


def compare(a: Side, b: Side, checkout: Checkout | None = None, titles: Iterable[str] = tuple(_COMPARED)) -> Difference:
    """The difference of two runs, in the sections named; with a checkout's `checkout` also in the claims."""
    both = pairs(a, b)
    names = {run.notebook for pair in both.values() for run in pair if run}
    sections = [] if checkout is None else [compare_claims(a, b, checkout, names)]
    for title in titles:
        rows = [row for name, pair in both.items() for row in _COMPARED[title](name, *pair)]
        rows = grouped(rows, len(both)) if title in _GROUPED else rows
        sections.append(Section(title, tuple(rows), _REMARKS.get(title, ""), _UNCHANGED.get(title, (Match.IDENTICAL,))))
    return Difference(a, b, tuple(sections))


def _plain(row: DiffRow) -> dict[str, Any]:
    table = {name: value for name, value in asdict(row).items() if name not in _IMAGES}
    return {**table, "match": str(row.match)}
