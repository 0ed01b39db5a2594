"""An answer's text -> a judgement: a verdict and a reason for each criterion, and the final decision as stated.

Models seldom keep to the format to the letter, so headings and verdicts are known in whatever case, hyphenation and
marks. Nothing is guessed: a verdict that is missing, unclear, or given twice in opposite senses is None, and `problems`
says so.
"""

from __future__ import annotations

from coinco_core.judgements import Judgement
from coinco_core.responses.student import parse_student_response
from coinco_core.responses.table import response_table, rule_counts
from coinco_core.responses.teacher import RULES, Reading, read_response

__all__ = [
    "RULES", "Reading", "contradictions", "parse_response", "parse_student_response", "read_response",
    "response_table", "rule_counts",
]  # fmt: skip


def parse_response(text: str) -> Judgement:
    """The judgement that a teacher's answer states (section 3.2); it never raises on a string.

    A criterion's verdict is taken from the Summary, else from its line of the analysis where that has one clear
    verdict. `problems` is () when all four verdicts were read, else one short text for each that was not.
    """
    return read_response(text).judgement


def contradictions(text: str) -> tuple[str, ...]:
    """Where a readable answer is at odds with itself: one short text each, () when it is not.

    A criterion whose analysis carries a clear verdict other than the Summary's, and a decision other than the one
    that the any-one-violation rule implies.
    """
    return read_response(text).contradictions
