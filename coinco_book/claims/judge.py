"""The rules by which a run's number is held against the paper's.

A demo run, of small models on drawn scenes, never reproduces a number of the paper, nor differs from one: whatever
it recorded, a quantity is 'not run at this scale', and an ordering that holds clearly is 'direction only'.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from coinco_book.claims.claim import Claim
from coinco_book.claims.status import ClaimAnswer, ClaimVerdict, Status
from coinco_book.demo_numbers import FULL_SIZE, is_demo

_ROUNDING = 1e-9  # relative: what floating point adds to a distance that is just allowed
_EVERY_RUN = ("seed", "profile", "run_dir")  # parameters that the runner sets itself
_LACKING = {"data": Status.NEEDS_DATA, "hardware": Status.NEEDS_HARDWARE}

_UNANSWERED = {
    "data": "No page of this book computes it; it would take the authors' data.",
    "hardware": "No page of this book computes it; it would take the authors' data, and a larger machine.",
}


def judge(claim: Claim, answers: Sequence[ClaimAnswer], gap: str = "") -> ClaimVerdict:
    """The verdict on a claim; `answers` are those to its sources, in their order, each with the record of its run.

    Where one is missing, `gap` says why. What only stands beside a claim is kept, and never judged.
    """
    given = tuple(answers)
    if claim.kind == "reading":
        return ClaimVerdict(claim, Status.DIFFERS, (), None, "Settled by reading both sources.")
    if not claim.sources or len(given) < len(claim.sources):
        status = _LACKING.get(claim.lacks, Status.NOT_AT_THIS_SCALE)
        beside = f"Shown beside, not judged: {claim.note}" if claim.beside and given else ""
        return ClaimVerdict(
            claim, status, given, None, beside or gap or _UNANSWERED.get(claim.lacks, "Nothing answers it.")
        )
    return judge_values(claim, given, next(filter(None, (obstacle(claim, answer) for answer in given)), ""))


def judge_values(claim: Claim, answers: Sequence[ClaimAnswer], too_small: str = "") -> ClaimVerdict:
    """The verdict on a claim by the answers' values alone, whatever run they are of; one answer for each source.

    `too_small` is the obstacle that keeps them from being held against the paper, where there is one.
    """
    given = tuple(answers)
    words = [answer for answer in given if isinstance(answer.value, str) != isinstance(claim.value, str)]
    if words:
        status = Status.NOT_AT_THIS_SCALE if too_small else _LACKING.get(claim.lacks, Status.DIFFERS)
        return ClaimVerdict(claim, status, given, None, f"The run recorded '{words[0].value}', which is not an answer.")
    if claim.kind == "ordering":
        return _ordering(claim, given, too_small)
    if too_small:
        return ClaimVerdict(claim, Status.NOT_AT_THIS_SCALE, given, None, f"{too_small}.")
    status, reason = _quantity(claim, given[0])
    return ClaimVerdict(claim, status, given, _difference(claim, given[0]), reason)


def obstacle(claim: Claim, answer: ClaimAnswer) -> str:
    """Why an answer may not be held against the claim, as a sentence without its stop; '' when it may."""
    record = answer.record
    settles = _not_calculated(record) if claim.profile == "none" else _not_of_full_size(claim, record)
    return settles or _turned(record) or _too_few(claim, answer)


def _not_calculated(record: Mapping[str, Any]) -> str:
    if record.get("numbers", "results") != "calculations" or _uses_stand_ins(record):
        return "It is settled by calculation alone, and this run used models or images, or assumptions"
    return _unmade(record)


def _not_of_full_size(claim: Claim, record: Mapping[str, Any]) -> str:
    numbers = record.get("numbers", "results")
    if numbers != "results":
        return f"The numbers of this page are {numbers}, not the results of a run"
    if is_demo(record):
        return "Small models on drawn scenes were used"
    profile = record["made_by"]["profile"]
    if FULL_SIZE.index(profile) < FULL_SIZE.index(claim.profile):
        return f"It was run at profile '{profile}', and needs '{claim.profile}'"
    return _unmade(record)


def _unmade(record: Mapping[str, Any]) -> str:
    """What a run.json says that no run wrote: nothing of what it was made from, or of what made it."""
    whole = record.get("depends_on") and record.get("made_by")
    return "" if whole else "Its record does not say what it depends on and what made it"


def _turned(record: Mapping[str, Any]) -> str:
    """The parameters that were given by hand, beside those that every run gets and those of its entry."""
    fixed, absent = record.get("fixed", {}), object()
    given = {name: value for name, value in record.get("parameters", {}).items() if name not in _EVERY_RUN}
    turned = [f"{name} = {value}" for name, value in given.items() if fixed.get(name, absent) != value]
    return f"It was run with {', '.join(turned)}, not as its profile says" if turned else ""


def _too_few(claim: Claim, answer: ClaimAnswer) -> str:
    if claim.n is None:
        return ""
    if answer.n is None:
        return "The run did not record how many images it used"
    return f"It was made from {answer.n:,} images; the claim is about {claim.n:,}" if answer.n < claim.n else ""


def _uses_stand_ins(record: Mapping[str, Any]) -> bool:
    """Whether a calculation loaded a shipped model, read another run, or was set to use a stand-in."""
    asked = {"made_by": {"profile": "paper"}, "settings": record.get("settings", {})}  # the profile does not matter
    return is_demo(asked) or any(part.startswith(("weights/", "run ")) for part in record.get("depends_on", {}))


def _difference(claim: Claim, answer: ClaimAnswer) -> float | None:
    if isinstance(claim.value, str) or isinstance(answer.value, str) or claim.value is None:
        return None
    return answer.value - claim.value


def _quantity(claim: Claim, answer: ClaimAnswer) -> tuple[Status, str]:
    """Status and reason of a number (or words) of a run that may be held against the paper's."""
    if _within_tolerance(claim, answer.value):
        return Status.REPRODUCED, _ADOPTED if claim.adopted else _REPRODUCED[claim.kind]
    if _inside_interval(claim, answer):
        return Status.WITHIN_NOISE, "The run's own 95 % interval covers the paper's number."
    if claim.signed and _sign(answer.value) == _sign(claim.value):
        return Status.DIRECTION_ONLY, "The sign is the paper's, the size is not."
    return Status.DIFFERS, _DIFFERS[claim.kind]


_ADOPTED = "Adopted as the book's own setting, not measured."
_REPRODUCED = {
    "exact": "It is the same.",
    "absolute": "It lies within the tolerance.",
    "relative": "It lies within the tolerance.",
    "range": "It lies within the paper's range.",
}
_DIFFERS = {
    "exact": "It is not the same.",
    "absolute": "It lies outside the tolerance.",
    "relative": "It lies outside the tolerance.",
    "range": "It lies outside the paper's range.",
}


def _within_tolerance(claim: Claim, value: float | str) -> bool:
    if isinstance(value, str) or isinstance(claim.value, str):
        return value == claim.value
    low, high = _stated(claim)
    allowed = (claim.tolerance or 0.0) * (abs(high) if claim.kind == "relative" else 1.0)
    slack = allowed + _ROUNDING * max(abs(low), abs(high), allowed)
    return low - slack <= value <= high + slack


def _stated(claim: Claim) -> tuple[float, float]:
    """The paper's range; a number is one without width."""
    ends = (claim.low, claim.high) if claim.kind == "range" else (claim.value, claim.value)
    return float(ends[0] or 0.0), float(ends[1] or 0.0)


def _inside_interval(claim: Claim, answer: ClaimAnswer) -> bool:
    """Whether the answer's interval holds the paper's number, or a part of its range."""
    if answer.interval is None:
        return False
    low, high = _stated(claim)
    return answer.interval[0] <= high and low <= answer.interval[1]


def _sign(value: float | str | None) -> float:
    return math.copysign(1.0, value) if isinstance(value, int | float) and value else 0.0


def _ordering(claim: Claim, answers: tuple[ClaimAnswer, ...], too_small: str) -> ClaimVerdict:
    """The verdict on an ordering; each neighbour's lead is held against what the two intervals leave open."""
    leads = [_lead(larger, smaller) for larger, smaller in pairwise(answers)]
    holds = all(lead > 0 for lead, _, _ in leads)
    clear = all(lead > open_ for lead, open_, _ in leads)
    turned = any(lead <= 0 and -lead >= open_ for lead, _, open_ in leads)
    if too_small:
        measured = all(map(_some_interval, pairwise(answers)))
        if clear and measured and claim.profile != "none":
            return ClaimVerdict(claim, Status.DIRECTION_ONLY, answers, None, f"{too_small}; the order is the paper's.")
        order = "another than the paper's" if turned else "the paper's, but not clearly" if holds else "not clear"
        return ClaimVerdict(claim, Status.NOT_AT_THIS_SCALE, answers, None, f"{too_small}; the order is {order}.")
    if clear:
        exact = claim.profile != "none" and not all(answer.interval for answer in answers)
        reason = "The order is the paper's; an answer without an interval counts as exact." if exact else _SAME_ORDER
        return ClaimVerdict(claim, Status.REPRODUCED, answers, None, reason)
    if turned:
        return ClaimVerdict(claim, Status.DIFFERS, answers, None, "The order is another one.")
    return ClaimVerdict(claim, Status.WITHIN_NOISE, answers, None, "The intervals allow for the paper's order.")


_SAME_ORDER = "The order is the paper's."


def _lead(larger: ClaimAnswer, smaller: ClaimAnswer) -> tuple[float, float, float]:
    """By how much the first lies above the second, and how much of that the intervals leave open, down and up.

    The half-widths that face each other are added as squares; an answer without an interval counts as exact.
    """
    first, second = _bounds(larger), _bounds(smaller)
    down = math.hypot(first[1] - first[0], second[2] - second[1])
    up = math.hypot(first[2] - first[1], second[1] - second[0])
    return first[1] - second[1], down, up


def _bounds(answer: ClaimAnswer) -> tuple[float, float, float]:
    value = float(answer.value)
    low, high = answer.interval or (value, value)
    return low, value, high


def _some_interval(pair: tuple[ClaimAnswer, ClaimAnswer]) -> bool:
    """Whether one of the two has an interval: of two bare numbers nobody can say how clear their order is."""
    return any(answer.interval for answer in pair)
