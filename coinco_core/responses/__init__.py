"""An answer's text -> a judgement: a verdict and a reason for each criterion, and the final decision as stated.

Models seldom keep to the format to the letter, so headings and verdicts are known in whatever case, hyphenation and
marks. Nothing is guessed: a verdict that is missing, unclear, or given twice in opposite senses is None, and `problems`
says so.
"""

from __future__ import annotations

from coinco_core.errors import InputError, did_you_mean
from coinco_core.judgements import CRITERIA, CRITERION_TITLES, Finding, Judgement
from coinco_core.responses.parts import Part, parts_of
from coinco_core.responses.verdicts import UNREAD, agreed, is_bare, known, leading

__all__ = ["contradictions", "parse_response", "parse_student_response"]


def parse_response(text: str) -> Judgement:
    """The judgement that a teacher's answer states (section 3.2); it never raises on a string.

    A criterion's verdict is taken from the Summary, else from its line of the analysis where that has one clear
    verdict. `problems` is () when all four verdicts were read, else one short text for each that was not.
    """
    return _judgement(parts_of(text))


def parse_student_response(text: str, criterion: str) -> Finding:
    """The finding that a student's answer states for its criterion (section 5.1); it never raises on a string.

    The final decision is the verdict. Where the answer goes through other criteria too, its decision is about all of
    them, and the criterion's own verdict counts; where a verdict and the decision contradict each other, it is None.
    """
    if criterion not in CRITERIA:
        raise InputError(f"'{criterion}' is not a criterion.{did_you_mean(criterion, CRITERIA)}")
    parts = parts_of(text)
    if not parts:  # a verdict and nothing else is as plain as an answer can be
        return Finding(known(leading(text)) if is_bare(text) else None)
    free = " ".join(p.text for p in parts if p.key == "analysis" and p.text)
    return Finding(known(_student_verdict(parts, criterion)), _reason(parts, criterion) or free)


def contradictions(text: str) -> tuple[str, ...]:
    """Where a readable answer is at odds with itself: one short text each, () when it is not.

    A criterion whose analysis carries a clear verdict other than the Summary's, and a decision other than the one
    that the any-one-violation rule implies.
    """
    parts = parts_of(text)
    judgement = _judgement(parts)
    found = []
    for criterion in CRITERIA:
        verdict = judgement.finding(criterion).in_context
        analysed = agreed(leading(p.text) for p in _analysed(parts, criterion))
        if isinstance(analysed, bool) and verdict is not None and analysed != verdict:
            found.append(f"{CRITERION_TITLES[criterion]}: the analysis and the summary differ")
    if judgement.consistent is False:
        found.append("Final decision: not the one that the three verdicts imply")
    return tuple(found)


def _judgement(parts: list[Part]) -> Judgement:
    readings = {c: _criterion_reading(parts, c) for c in CRITERIA}
    decision = _decision_reading(parts)
    named = [(CRITERION_TITLES[c], reading) for c, reading in readings.items()] + [("Final decision", decision)]
    problems = tuple(f"{title}: {UNREAD[reading]}" for title, reading in named if isinstance(reading, str))
    findings = {c: Finding(known(readings[c]), _reason(parts, c)) for c in CRITERIA}
    return Judgement(**findings, in_context=known(decision), problems=problems)


def _criterion_reading(parts: list[Part], criterion: str) -> bool | str:
    """The verdict of one criterion, or which of the problems stands in its way."""
    own = [p for p in parts if p.key == criterion]
    summary = [p for p in own if p.block == "summary"] or [p for p in own if p.bare]
    reading = agreed(leading(p.first) for p in summary)
    if reading != "missing":
        return reading
    return agreed(leading(p.text) for p in own if p not in summary)


def _decision_reading(parts: list[Part]) -> bool | str:
    return agreed(leading(p.first) for p in parts if p.key == "decision")


def _student_verdict(parts: list[Part], criterion: str) -> bool | str:
    own, decision = _criterion_reading(parts, criterion), _decision_reading(parts)
    if any(p.key in CRITERIA and p.key != criterion for p in parts):
        return own
    if any(p.key == criterion and (p.block == "summary" or p.bare) for p in parts):
        return agreed([own, decision])
    return own if decision == "missing" else decision


def _analysed(parts: list[Part], criterion: str) -> list[Part]:
    """The parts that hold a criterion's analysis: under that heading, or before any and more than a verdict."""
    return [p for p in parts if p.key == criterion and (p.block == "analysis" or (not p.block and not p.bare))]


def _reason(parts: list[Part], criterion: str) -> str:
    return next((p.text for p in _analysed(parts, criterion) if p.text), "")
