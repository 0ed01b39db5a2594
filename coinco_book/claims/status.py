"""What is said of a claim: its status, the answers that runs recorded to it, and the verdict that joins them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from coinco_book.claims.claim import Claim


class Status(StrEnum):
    """What can be said of a claim; the value is the word that is shown."""

    REPRODUCED = "reproduced"
    WITHIN_NOISE = "within noise"
    DIRECTION_ONLY = "direction only"
    DIFFERS = "differs"
    NOT_AT_THIS_SCALE = "not run at this scale"
    NEEDS_DATA = "needs data"
    NEEDS_HARDWARE = "needs hardware"

    @property
    def icon(self) -> str:
        """A character that stands beside the word, different for each."""
        return _ICONS[self]

    @property
    def meaning(self) -> str:
        """What it says, in one sentence."""
        return _MEANINGS[self]


_ICONS = {
    Status.REPRODUCED: "\N{CHECK MARK}",
    Status.WITHIN_NOISE: "\N{ALMOST EQUAL TO}",
    Status.DIRECTION_ONLY: "\N{RIGHTWARDS ARROW}",
    Status.DIFFERS: "\N{NOT EQUAL TO}",
    Status.NOT_AT_THIS_SCALE: "\N{WHITE CIRCLE}",
    Status.NEEDS_DATA: "\N{DOWNWARDS ARROW}",
    Status.NEEDS_HARDWARE: "\N{WHITE SQUARE}",
}
_MEANINGS = {
    Status.REPRODUCED: "At the scale it needs, the number lies within the claim's tolerance of the paper's.",
    Status.WITHIN_NOISE: "It lies further away, but the run's own 95 % interval still covers the paper's number.",
    Status.DIRECTION_ONLY: "The sign or the order is the paper's; the size is another, or a demo run's.",
    Status.DIFFERS: "It lies outside the tolerance, beyond its own uncertainty; or two sources contradict each other.",
    Status.NOT_AT_THIS_SCALE: "No run that may be held against the paper has been made here.",
    Status.NEEDS_DATA: "No run here answers it: it takes the authors' data, and a page where none computes it.",
    Status.NEEDS_HARDWARE: "The same, and it takes a larger machine as well.",
}
ADOPTED = "adopted"  # how it is shown that a claim is reproduced because the book took it over
_JUDGED = (Status.REPRODUCED, Status.WITHIN_NOISE, Status.DIRECTION_ONLY, Status.DIFFERS)


@dataclass(frozen=True)
class ClaimAnswer:
    """What a run recorded under one key, in the unit of the claim, with its 95 % interval where it has one.

    `value` is words where the run recorded words, `n` how many images it is of where the run recorded that. `record`
    is the run's run.json, which says what the number may be held against.
    """

    source: str
    value: float | str
    low: float | None = None
    high: float | None = None
    n: int | None = None
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of its 95 % interval; None when none was recorded."""
        return None if self.low is None or self.high is None else (self.low, self.high)


@dataclass(frozen=True)
class ClaimVerdict:
    """A claim's status, what answered it (in the order of its sources), and a sentence that says why.

    `difference` is this run's number less the paper's, in the claim's unit; None where the two are not to be compared.
    """

    claim: Claim
    status: Status
    answers: tuple[ClaimAnswer, ...] = ()
    difference: float | None = None
    reason: str = ""

    @property
    def word(self) -> str:
        """The status as it is shown: 'adopted' where the book's own setting is the paper's, which nothing measured."""
        return ADOPTED if self.claim.adopted and self.status is Status.REPRODUCED else str(self.status)

    @property
    def unexpected(self) -> bool:
        """Whether it differs and no finding of the ledger says so, or no longer differs where one does."""
        if self.claim.kind == "reading":  # its finding is all there is
            return False
        if self.claim.expected:
            return self.status in _JUDGED and self.status != self.claim.expected
        return self.status is Status.DIFFERS
