"""What a model says of one boxed object: a verdict and a reason for each of three criteria, and the final decision.

Section 3.2 of the paper: location, co-occurrence and size are judged independently; any one violation makes the object
out-of-context.
"""

from __future__ import annotations

from dataclasses import dataclass

CRITERIA = ("location", "co_occurrence", "size")
CRITERION_TITLES = {"location": "Location", "co_occurrence": "Co-occurrence", "size": "Size"}
FINAL_DECISION = "in_context"  # the name of the final decision: a column beside those of the criteria
QUESTIONS = (*CRITERIA, FINAL_DECISION)  # all that a teacher is asked for
QUESTION_TITLES = {**CRITERION_TITLES, FINAL_DECISION: "Final decision"}
IN_CONTEXT = "In-context"
OUT_OF_CONTEXT = "Out-of-context"


def verdict_text(in_context: bool) -> str:
    """The verdict as the prompts and answers spell it: 'In-context' or 'Out-of-context'."""
    return IN_CONTEXT if in_context else OUT_OF_CONTEXT


def any_violation_rule(verdicts: tuple[bool | None, ...]) -> bool | None:
    """The final decision that verdicts imply: False when any is a violation, None when it cannot be told, else True."""
    if False in verdicts:
        return False
    return None if None in verdicts else True


@dataclass(frozen=True)
class Finding:
    """One criterion's verdict (None when it cannot be told) and the reason given for it ('' when there is none)."""

    in_context: bool | None
    reason: str = ""


@dataclass(frozen=True)
class Judgement:
    """Three findings and the final decision as stated; `problems` says in words what could not be read."""

    location: Finding
    co_occurrence: Finding
    size: Finding
    in_context: bool | None
    problems: tuple[str, ...] = ()

    def finding(self, criterion: str) -> Finding:
        """The finding of one of the three criteria."""
        found: Finding = getattr(self, criterion)
        return found

    @property
    def by_rule(self) -> bool | None:
        """The final decision that the three findings imply under the any-one-violation rule."""
        return any_violation_rule(tuple(self.finding(c).in_context for c in CRITERIA))

    @property
    def consistent(self) -> bool | None:
        """Whether the stated decision is the one that the rule implies; None when either cannot be told."""
        if self.in_context is None or self.by_rule is None:
            return None
        return self.in_context == self.by_rule
