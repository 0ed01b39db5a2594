"""A student's answer read: one criterion's verdict and the reason for it (section 5.1)."""

from __future__ import annotations

from coinco_core.errors import InputError, did_you_mean
from coinco_core.judgements import CRITERIA, FINAL_DECISION, Finding
from coinco_core.responses.json_answers import answer_parts
from coinco_core.responses.parts import Part
from coinco_core.responses.teacher import criterion_reading, decision_reading
from coinco_core.responses.verdict_words import agreed, is_bare, known, leading
from coinco_core.responses.wrappers import without_markup, without_thoughts


def parse_student_response(text: str, criterion: str) -> Finding:
    """The finding that a student's answer states for its criterion (section 5.1); it never raises on a string.

    The final decision is the verdict. Where the answer goes through other criteria too, its decision is about all of
    them, and the criterion's own verdict counts; where a verdict and the decision contradict each other, it is None.
    """
    if criterion not in CRITERIA:
        raise InputError(f"'{criterion}' is not a criterion.{did_you_mean(criterion, CRITERIA)}")
    answer = without_thoughts(text)
    parts = answer_parts(answer)
    if not parts:  # a verdict and nothing else is as plain as an answer can be
        alone = without_markup(answer)
        return Finding(known(leading(alone)) if is_bare(alone) else None)
    free = " ".join(part.text for part in parts if part.key == "analysis" and part.text)
    verdict, reason = _verdict_and_reason(parts, criterion)
    return Finding(known(verdict), reason or free)


def _verdict_and_reason(parts: list[Part], criterion: str) -> tuple[bool | str, str]:
    """The verdict, or which of the problems stands in its way, and the criterion's own reason."""
    own = criterion_reading([part for part in parts if part.key == criterion])
    decision = decision_reading([part for part in parts if part.key == FINAL_DECISION])
    if any(part.key in CRITERIA and part.key != criterion for part in parts):
        return own.verdict, own.reason
    if own.stated:
        return agreed([own.verdict, decision]), own.reason
    return own.verdict if decision == "missing" else decision, own.reason
