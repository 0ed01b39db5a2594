"""A verdict in words and figures, the same on the page and in the terminal."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from coinco_book.claims.claim import Claim, decimals_of, number_text, with_unit
from coinco_book.claims.status import ADOPTED, ClaimAnswer, ClaimVerdict, Status
from coinco_book.demo_numbers import is_demo

BASES = {"calculation": "by calculation", "adoption": "adopted", "reading": "by reading", "run": "by a run"}
_EPSILON = 1e-9


def ours_text(claim: Claim, answer: ClaimAnswer) -> str:
    """What the run recorded, in the paper's decimals, or with as many as show where it differs."""
    if isinstance(answer.value, str):
        return answer.value
    decimals = _decimals(claim, answer.value)
    return with_unit(number_text(answer.value, signed=claim.signed, decimals=decimals), claim.unit)


def interval_text(claim: Claim, answer: ClaimAnswer) -> str:
    """The run's 95 % interval in the claim's unit; '' when it recorded none."""
    if answer.interval is None or isinstance(answer.value, str):
        return ""
    decimals = max(1, _decimals(claim, answer.value))
    low, high = (number_text(end, decimals=decimals) for end in answer.interval)
    return f"95\N{NO-BREAK SPACE}% interval {low} to {high}"


def difference_text(verdict: ClaimVerdict) -> str:
    """This run's number less the paper's, with its sign; a dash where the two are not to be compared."""
    if verdict.difference is None:
        return "\N{EN DASH}"
    claim, ours = verdict.claim, verdict.answers[0].value
    if abs(verdict.difference) < _EPSILON or isinstance(ours, str):
        return "0"
    number = number_text(verdict.difference, signed=True, decimals=_decimals(claim, ours))
    return f"{number} {'points' if claim.in_percent else claim.unit}".strip()


def _decimals(claim: Claim, ours: float) -> int:
    """The paper's decimals, more where they would hide how far away ours lies; of an ordering, three digits."""
    stated = [number for number in (claim.value, claim.low, claim.high) if isinstance(number, int | float)]
    if not stated:
        return 0 if isinstance(ours, int) else _for_digits(ours, 3)
    printed, gap = max(map(decimals_of, stated)), min(abs(ours - number) for number in stated)
    if abs(round(ours, printed) - ours) <= _EPSILON * max(1.0, abs(ours)):
        return printed
    return max(printed, _for_digits(gap, 2))


def _for_digits(number: float, digits: int) -> int:
    """The decimals with which a number has that many digits that count, six at most."""
    if abs(number) < _EPSILON:
        return 1
    return min(6, max(0, digits - 1 - math.floor(math.log10(abs(number)))))


def tolerance_text(claim: Claim) -> str:
    """How far a number may lie from the paper's: '± 0.05 points', '± 2 %', 'none', 'inside the range', 'the order'."""
    if claim.kind in _WITHOUT_SIZE:
        return _WITHOUT_SIZE[claim.kind]
    size = claim.tolerance or 0.0
    if claim.kind == "relative":
        return with_unit(f"± {100 * size:.3g}", "%")
    points = "point" if size == 1 else "points"
    return with_unit(f"± {size:.3g}", points if claim.in_percent else claim.unit)


_WITHOUT_SIZE = {
    "exact": "none",
    "range": "inside the range",
    "ordering": "the order",
    "reading": "\N{EN DASH}",
}


def is_demo_answer(answer: ClaimAnswer) -> bool:
    """Whether a number carries the demo mark wherever it is shown; words never do."""
    return not isinstance(answer.value, str) and is_demo(answer.record)


def tally(verdicts: Iterable[ClaimVerdict]) -> dict[str, int]:
    """How many claims are shown with each word, in the statuses' order, adopted ones apart; 0 for one that none has."""
    found = Counter(verdict.word for verdict in verdicts)
    first, *others = map(str, Status)
    return {word: found[word] for word in (first, ADOPTED, *others)}


def tally_by_basis(verdicts: Iterable[ClaimVerdict]) -> dict[str, dict[Status, int]]:
    """How many claims have each status, by what settles them: the keys are BASES in words, then the statuses."""
    found = Counter((verdict.claim.basis, verdict.status) for verdict in verdicts)
    return {words: {status: found[basis, status] for status in Status} for basis, words in BASES.items()}
