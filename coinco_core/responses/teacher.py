"""A teacher's answer read: the judgement, by which rule each verdict was read, and where the answer contradicts itself.

An answer in the form that the prompt asks for is read at a glance (`usual`); every other one is cut into parts and
weighed. Both come to the same where both apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from coinco_core.judgements import (
    CRITERIA,
    FINAL_DECISION,
    QUESTION_TITLES,
    QUESTIONS,
    Finding,
    Judgement,
    any_violation_rule,
)
from coinco_core.responses.json_answers import answer_parts
from coinco_core.responses.parts import Part
from coinco_core.responses.usual import usual_form
from coinco_core.responses.verdict_words import UNREAD, agreed, is_bare, known, leading, own_text
from coinco_core.responses.wrappers import without_thoughts

RULES = {
    "summary": "all three criteria from the Summary, and the decision from its line",
    "line": "all three criteria from lines that hold a verdict and nothing else, without a Summary, and the decision",
    "analysis": "all three criteria from the one clear verdict within the analysis of each, and the decision",
    "json": "all three criteria from JSON, and the decision",
    "mixed": "all four verdicts, the criteria not all by the same rule",
    "partial": "one to three of the four verdicts",
    "none": "none of the four verdicts",
}
_TITLES = tuple(QUESTION_TITLES.values())
_AS_ASKED = ("summary", "summary", "summary", "decision")


@dataclass(frozen=True)
class Reading:
    """What an answer says and how that was found out.

    `rules` names for each criterion and 'in_context' the rule that its verdict was read by: 'summary', 'line',
    'analysis' or 'json' as in RULES, for the final decision 'decision' or 'json', and '' where it was not read.
    `contradictions` holds one short text for each way in which the answer is at odds with itself.
    """

    judgement: Judgement
    rules: Mapping[str, str]
    contradictions: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """One name for the whole answer, a key of RULES."""
        return answer_rule(tuple([self.rules[question] for question in QUESTIONS]))


class Said(NamedTuple):
    """The same as plain tuples in the order of QUESTIONS, which the table of many answers is made of."""

    verdicts: tuple[bool | None, ...]
    reasons: tuple[str, ...]
    problems: tuple[str, ...]
    rules: tuple[str, ...]
    contradictions: tuple[str, ...]


class CriterionReading(NamedTuple):
    """What an answer says of one criterion: a verdict or a problem, the rule, the same of the analysis, the reason."""

    verdict: bool | str
    rule: str
    analysed: bool | str
    reason: str
    stated: bool  # whether there are lines for the verdict alone, be it clear or not


_UNSAID = CriterionReading("missing", "", "missing", "", stated=False)


def read_response(text: str) -> Reading:
    """What a teacher's answer states (section 3.2) and how it was read; it never raises on a string."""
    return as_reading(said_at_a_glance(text) or said_with_care(text))


def as_reading(said: Said) -> Reading:
    """A Reading of what was said."""
    location, co_occurrence, size = map(Finding, said.verdicts, said.reasons)
    judgement = Judgement(location, co_occurrence, size, said.verdicts[-1], said.problems)
    return Reading(judgement, dict(zip(QUESTIONS, said.rules, strict=True)), said.contradictions)


def said_at_a_glance(text: str) -> Said | None:
    """What an answer in the form that was asked for says, None for any other."""
    usual = usual_form(text)
    if usual is None:
        return None
    verdicts, reasons, discussed = usual
    analysed = tuple(map(leading, reasons)) if discussed else ()
    return Said(verdicts, reasons, (), _AS_ASKED, _at_odds(verdicts, analysed))


def said_with_care(text: str) -> Said:
    """What an answer in whatever form says."""
    own: dict[str, list[Part]] = {key: [] for key in QUESTIONS}
    for part in answer_parts(without_thoughts(text)):
        if part.key in own:
            own[part.key].append(part)
    location, co_occurrence, size = read = [criterion_reading(own[criterion]) for criterion in CRITERIA]
    decision = decision_reading(own[FINAL_DECISION])
    stated = (location.verdict, co_occurrence.verdict, size.verdict, decision)
    rules = (location.rule, co_occurrence.rule, size.rule, _rule(decision, own[FINAL_DECISION], "decision"))
    verdicts = tuple(map(known, stated))
    contradictions = _at_odds(verdicts, (location.analysed, co_occurrence.analysed, size.analysed))
    return Said(verdicts, tuple([one.reason for one in read]), _problems(stated), rules, contradictions)


def criterion_reading(parts: list[Part]) -> CriterionReading:
    """What the parts under one criterion's heading come to: the Summary counts, else bare verdicts, else the rest."""
    if not parts:
        return _UNSAID
    summary = [part for part in parts if part.block == "summary"]
    others = [(part, part.text) for part in parts if part.block != "summary"]
    stated = source = summary or [part for part, text in others if is_bare(text)]
    verdict, rule = agreed([leading(part.first) for part in stated]), "summary" if summary else "line"
    if verdict == "missing":
        source = [part for part, _ in others]
        verdict, rule = agreed([leading(own_text(part.lines)) for part, _ in others]), "analysis"
    analyses = [text for part, text in others if part.block or not is_bare(text)]
    reason = next(filter(None, analyses), "")
    analysed = agreed([leading(text) for text in analyses])
    return CriterionReading(verdict, _rule(verdict, source, rule), analysed, reason, bool(stated))


def decision_reading(parts: list[Part]) -> bool | str:
    """The final decision that its lines state, or which of the problems stands in its way."""
    return agreed([leading(part.first) for part in parts])


def _rule(verdict: bool | str, source: list[Part], rule: str) -> str:
    if isinstance(verdict, str):
        return ""
    return "json" if any(part.json for part in source) else rule


# What follows is asked of few different tuples, again and again.


@cache
def answer_rule(rules: tuple[str, ...]) -> str:
    """The key of RULES that the rules of the four questions come to."""
    unread = rules.count("")
    if unread:
        return "none" if unread == len(rules) else "partial"
    by = set(rules[:-1])
    return by.pop() if len(by) == 1 else "mixed"


@cache
def _problems(stated: tuple[bool | str, ...]) -> tuple[str, ...]:
    named = zip(_TITLES, stated, strict=True)
    return tuple([f"{title}: {UNREAD[problem]}" for title, problem in named if isinstance(problem, str)])


@cache
def _at_odds(verdicts: tuple[bool | None, ...], analysed: tuple[bool | str, ...]) -> tuple[str, ...]:
    """A criterion whose analysis says otherwise than its verdict, a decision other than the three verdicts imply."""
    found = []
    for title, verdict, reading in zip(_TITLES, verdicts, analysed, strict=False):
        if isinstance(reading, bool) and verdict is not None and reading != verdict:
            found.append(f"{title}: the analysis and the summary differ")
    implied, decision = any_violation_rule(verdicts[:-1]), verdicts[-1]
    if decision is not None and implied is not None and decision != implied:
        found.append("Final decision: not the one that the three verdicts imply")
    return tuple(found)
