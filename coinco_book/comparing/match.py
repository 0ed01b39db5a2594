"""How two things match, from identical to different, and how far two numbers lie apart."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from coinco_book.results import is_number

NEAR = 1e-6  # relative difference up to which two measured numbers count as close: the noise of 32-bit arithmetic


class Match(StrEnum):
    """How something stands in A and in B, from the best to the worst; the value is the word that is shown."""

    IDENTICAL = "identical"
    CLOSE = "close"
    TIMES = "differs only in times"
    DIFFERENT = "different"
    ONLY_A = "only in A"
    ONLY_B = "only in B"

    @property
    def icon(self) -> str:
        """A character that stands beside the word, another for each."""
        return _ICONS[self]

    @property
    def rank(self) -> int:
        """0 for the best match, larger for worse ones."""
        return list(Match).index(self)


_ICONS = {
    Match.IDENTICAL: "=",
    Match.CLOSE: "\N{ALMOST EQUAL TO}",
    Match.TIMES: "~",
    Match.DIFFERENT: "\N{NOT EQUAL TO}",
    Match.ONLY_A: "\N{MINUS SIGN}",
    Match.ONLY_B: "+",
}


@dataclass(frozen=True)
class DiffRow:
    """One thing of two runs: the notebook it is found in, its name, how it stands in each ('' where it does not).

    `difference` is the relative difference of two numbers or the share (0..1) of pixels that differ, None where there
    is none; `note` says the rest. `a_image`, `b_image` and `both` are PNG files: of A, of B, and where they differ.
    """

    where: str
    what: str
    a: str
    b: str
    match: Match
    difference: float | None = None
    note: str = ""
    a_image: bytes = field(default=b"", repr=False)
    b_image: bytes = field(default=b"", repr=False)
    both: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Section:
    """One kind of thing that was compared; `remark` says what could not be, or by which rule.

    `unchanged` are the matches that are not worth showing.
    """

    title: str
    rows: tuple[DiffRow, ...]
    remark: str = ""
    unchanged: tuple[Match, ...] = (Match.IDENTICAL,)

    @property
    def changes(self) -> tuple[DiffRow, ...]:
        """The rows that are a change."""
        return tuple(row for row in self.rows if row.match not in self.unchanged)

    def shown(self, only_changes: bool) -> tuple[DiffRow, ...]:
        """The rows to show: all of them, or only the changes."""
        return self.changes if only_changes else self.rows

    def counts(self) -> dict[Match, int]:
        """How many rows match in each way."""
        return {match: sum(row.match is match for row in self.rows) for match in Match}


def worst(matches: Iterable[Match]) -> Match:
    """The worst of several matches; identical when there is none."""
    return max(matches, key=lambda match: match.rank, default=Match.IDENTICAL)


def presence(a: object | None, b: object | None) -> Match | None:
    """Only in A or only in B where the other is None; None when both are there."""
    if a is not None and b is not None:
        return None
    return Match.ONLY_A if b is None else Match.ONLY_B


def match_values(a: Any, b: Any) -> Match:
    """How two values match: numbers may be close, unless both are whole, which are counts; all else must be equal."""
    if is_number(a) and is_number(b):
        far = relative_difference(a, b)
        near = far is not None and far <= NEAR and not (isinstance(a, int) and isinstance(b, int))
        return Match.IDENTICAL if far == 0 else Match.CLOSE if near else Match.DIFFERENT
    same = type(a) is type(b) and a == b
    return Match.IDENTICAL if same else Match.DIFFERENT


def relative_difference(a: float, b: float) -> float | None:
    """|a - b| as a share of the larger of |a| and |b|: 0 for equal numbers, 2 at most; None where it means nothing.

    It is the same whichever comes first.
    """
    if a == b or (a != a and b != b):
        return 0.0
    if a != a or b != b:  # NaN beside 0 would be a division by 0
        return None
    try:
        larger = max(abs(float(a)), abs(float(b)))
        far = abs(a / larger - b / larger)  # the difference itself may be too large for a float
    except OverflowError:  # a whole number that no float can hold
        return None
    return far if math.isfinite(far) else None
