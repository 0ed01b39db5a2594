"""Verdicts within a piece of text: in-context, out-of-context, or the problem that stands in the way of either.

A reading is True (in-context), False (out-of-context), or one of the keys of UNREAD. Nothing is guessed: a verdict that
is negated, made to depend on something, or followed by its opposite is unclear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

UNREAD = {
    "missing": "no verdict was found",
    "unclear": "the verdict is unclear",
    "both": "two verdicts contradict each other",
}
COLON = ":：﹕︰∶"
DASH = "‐‑‒–—−－-"  # the plain one last: these stand in character classes
_JOIN = rf"[\s_*{DASH}]{{0,3}}"
# "in context of a farm" is no verdict, and neither is the end of "within-context"
EITHER = rf"(?<![^\W_])(?:(?P<out>out{_JOIN}of{_JOIN}context)|in{_JOIN}context)(?![^\W_])(?!\s{{1,3}}of\b)"

_VERDICT = re.compile(EITHER, re.I)
_FIRST = re.compile(rf"[\W_]*+{EITHER}", re.I)
# What makes a verdict at the start of a text unclear: its opposite straight after it, or a question with its answer.
_NEXT = re.compile(rf"[\W_]*+(?:or\b|and\b|vs\b|versus\b)?[\W_]*+{EITHER}", re.I)
_QUESTION = re.compile(r"\s{0,3}[:：=]\s{0,3}(?:yes|no|true|false)\b|\s{0,3}[?？]", re.I)
# What makes a verdict inside a sentence unclear: a negation before it, or a condition anywhere around it.
_NEGATION = re.compile(
    r"\b(?:not|no|non|nothing|never|neither|nor|none|cannot|hardly|without|rather than)\b|n['’]t\b", re.I
)
_CONDITION = re.compile(
    r"\b(?:if|would|could|might|may|unless|whether|either|or|partly|partially|almost|nearly|borderline|unclear|unsure)\b"
    r"|[?？]",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!;。；]")


def leading(text: str) -> bool | str:
    """The verdict that a text begins with, else the one clear verdict within it, else the problem."""
    found = _FIRST.match(text)
    if found is None:
        return agreed(_in_sentences(text))
    verdict = found["out"] is None
    other = _NEXT.match(text, found.end())
    if (other and (other["out"] is None) != verdict) or _QUESTION.match(text, found.end()):
        return "unclear"
    return verdict


def agreed(readings: Iterable[bool | str]) -> bool | str:
    """The one verdict among several readings; 'both' when there are two, and when there is none the worst problem."""
    seen = set(readings)
    verdicts = [reading for reading in seen if isinstance(reading, bool)]
    if len(verdicts) == 1 and "both" not in seen:
        return verdicts[0]
    if verdicts or "both" in seen:
        return "both"
    return "unclear" if "unclear" in seen else "missing"


def known(reading: bool | str) -> bool | None:
    """The verdict, or None where there is a problem."""
    return reading if isinstance(reading, bool) else None


def is_bare(text: str) -> bool:
    """Whether a text is a verdict and nothing else, marks aside."""
    found = _FIRST.match(text)
    return found is not None and not text[found.end() :].strip(" .,;*_`\"'|)]}")


def _in_sentences(text: str) -> Iterator[bool | str]:
    """Each verdict of a text, 'unclear' where its sentence negates it or makes it depend on something."""
    for sentence in _SENTENCE_END.split(text):
        negation = _NEGATION.search(sentence)
        conditional = _CONDITION.search(sentence) is not None
        for found in _VERDICT.finditer(sentence):
            negated = negation is not None and negation.start() < found.start()
            yield "unclear" if negated or conditional else found["out"] is None
