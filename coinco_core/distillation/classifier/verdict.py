"""What the three students say of one boxed object (section 5.1)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from coinco_core.distillation.decisions import PROBABILITY_OF
from coinco_core.images import Box
from coinco_core.judgements import CRITERIA


class Unanswered(str):
    """In words, why a server gave no answer about an object; another attempt may bring one."""


@dataclass(frozen=True)
class CriterionVerdict:
    """One student's verdict, its probability of in-context (0..1; None when not requested), its reason and whole answer
    ('' when no reasons were requested), whether the answer ended within the limit of tokens, and whether it states a
    readable verdict. Where it does not, `in_context` is the more probable verdict, which the student did not state."""

    in_context: bool
    probability: float | None
    reason: str
    text: str
    finished: bool = True
    readable: bool = True


@dataclass(frozen=True)
class Verdict:
    """The three students' verdicts on one boxed object; `warning` is '' unless they should not be relied on.

    `box` is in pixels of the upright image. `probability_of` describes which quantity the probabilities are.
    """

    object: str
    box: Box
    location: CriterionVerdict
    co_occurrence: CriterionVerdict
    size: CriterionVerdict
    warning: str = ""
    probability_of: str = PROBABILITY_OF

    @property
    def in_context(self) -> bool:
        """Whether all three criteria hold: one violation makes the object out-of-context."""
        return all(self.criterion(name).in_context for name in CRITERIA)

    def criterion(self, name: str) -> CriterionVerdict:
        """The verdict of one of the three criteria."""
        found: CriterionVerdict = getattr(self, name)
        return found

    def as_dict(self) -> dict[str, Any]:
        """The verdict as plain values, ready for JSON."""
        return {"in_context": self.in_context, **asdict(self)}
