"""The code cells of an executed notebook, and which of two notebooks' cells are the same cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from coinco_book.pages.cells import numbered_cells


@dataclass(frozen=True)
class CodeCell:
    """A code cell: its number in its notebook's source (from 1), its text, and its outputs as nbformat has them."""

    number: int
    source: str
    outputs: Sequence[Mapping[str, Any]] = ()

    @property
    def first_line(self) -> str:
        """The first line of its code."""
        return next(iter(self.source.strip().splitlines()), "")

    @property
    def title(self) -> str:
        """How it is called: 'cell 7, figures.show(...)'."""
        return f"cell {self.number}, {self.first_line}" if self.first_line else f"cell {self.number}"


CellPair = tuple[CodeCell | None, CodeCell | None]


def code_cells(executed: Mapping[str, Any]) -> list[CodeCell]:
    """The code cells of an executed notebook, without those that the runner put in."""
    numbered = numbered_cells(executed.get("cells", []))
    return [CodeCell(n, "".join(cell["source"]), cell.get("outputs", [])) for n, cell in numbered if n]


def matched_cells(a: Sequence[CodeCell], b: Sequence[CodeCell]) -> Iterator[CellPair]:
    """The cells of A and B that belong together, in order: those of the same text, and between these by their place.

    A cell that only one notebook has stands with None.
    """
    sources = SequenceMatcher(None, [cell.source for cell in a], [cell.source for cell in b], autojunk=False)
    for _, a_from, a_to, b_from, b_to in sources.get_opcodes():
        yield from zip_longest(a[a_from:a_to], b[b_from:b_to])


def matched(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> Iterator[tuple[str, CellPair]]:
    """The cells of two executed notebooks that belong together, each pair with what it is called."""
    for one, other in matched_cells(code_cells(a or {}), code_cells(b or {})):
        if named := one or other:
            yield named.title, (one, other)
