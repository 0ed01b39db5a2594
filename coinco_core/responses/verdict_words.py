"""Verdicts within a piece of text: in-context, out-of-context, or the problem that stands in the way of either.

A reading is True (in-context), False (out-of-context), or one of the keys of UNREAD. Nothing is guessed: a verdict that
is negated, hedged, made to depend on something, or followed by its opposite is unclear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from coinco_core.responses.short_text_cache import remembering_short_texts

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

_NO_LETTERS = re.compile(r"[\W\d_]+")
_HEADINGS = ("location", "occurrence", "size", "decision")  # as a misspelt heading ends, letters only
_VERDICT = re.compile(EITHER)
_FIRST = re.compile(rf"[\W_]*+{EITHER}", re.I)
_MARKS_ONLY = re.compile(r"(?:[^\w?？]|_)*+\Z")
# What makes a verdict at the start of a text unclear: its opposite straight after it, a question with its answer, a
# condition, or a doubt.
_NEXT = re.compile(
    r"[\W_]*+(?:(?:(?:or|and|but|vs|versus|wait|actually|rather|sorry|correction|i mean|maybe|perhaps)\b|no[,.;:!])"
    rf"[\W_]*+){{0,4}}{EITHER}",
    re.I,
)
_DOUBT = r"probably|likely|perhaps|maybe|possibly|presumably|arguably|uncertain|unsure|not sure|i think|i guess"
_TAKEN_BACK = re.compile(
    r"\s{0,3}[:：=]\s{0,3}(?:yes|no|true|false)\b|\s{0,3}[?？]"
    r"|\W{1,3}(?:if|would|could|might|may|unless|only if|only when|is not|isn['’]t|is wrong)\b"
    rf"|[\W_]{{1,3}}(?:{_DOUBT})[\W_]*+\Z",
    re.I,
)
# What makes a verdict inside a sentence, in lower case, unclear: a negation before it, a condition anywhere around it,
# or a doubt or an idiom ("seen in context") just before it.
_NEGATION = re.compile(
    r"\b(?:not|no|non|nothing|never|neither|nor|none|cannot|hardly|without|rather than|instead of|unlikely|far from"
    r"|anything but|fails? to|lacks?|too \w+ to|(?:hard|difficult|impossible) to)\b|n['’]t\b",
)
_CONDITION = re.compile(
    r"\b(?:if|would|could|might|may|unless|whether|either|or|partly|partially|almost|nearly|borderline|unclear|unsure)\b"
    r"|[?？]",
)
_BEFORE = re.compile(rf"\b(?:{_DOUBT}|(?:seen|viewed|taken|considered|judged|placed|put)\s*\Z)")
_NEAR = 30  # characters; a doubt farther off is about something else
_LONGEST_BARE = 200  # characters, a verdict wrapped in marks; longer texts need no second look
_SENTENCE_END = re.compile(r"[.!;。；]")


@remembering_short_texts
def leading(text: str) -> bool | str:
    """The verdict that a text begins with, else the one clear verdict within it, else the problem."""
    if not mentions_context(text):
        return "missing"
    found = _FIRST.match(text)
    if found is None:
        return agreed(_in_sentences(text))
    verdict = found["out"] is None
    other = _NEXT.match(text, found.end())
    if (other and (other["out"] is None) != verdict) or _TAKEN_BACK.match(text, found.end()):
        return "unclear"
    return verdict


def own_text(lines: Sequence[str]) -> str:
    """A section's lines but those that state the verdict on something else under a heading that is misspelt."""
    own = [*lines[:1], *(line for line in lines[1:] if not _is_of_another(line))]
    return " ".join(" ".join(own).split())


def _is_of_another(line: str) -> bool:
    label, colon, verdict = line.rpartition(":")
    return bool(colon) and is_bare(verdict) and _NO_LETTERS.sub("", label).lower().endswith(_HEADINGS)


def mentions_context(text: str) -> bool:
    """Whether a text can hold a verdict at all; most sentences are spared the rest by this."""
    return "context" in text.lower()


def agreed(readings: Iterable[bool | str]) -> bool | str:
    """The one verdict among several readings; 'both' when there are two, and when there is none the worst problem."""
    seen = set(readings)
    if len(seen) == 1:
        return seen.pop()
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
    found = _FIRST.match(text) if len(text) <= _LONGEST_BARE else None
    return found is not None and _MARKS_ONLY.match(text, found.end()) is not None


def _in_sentences(text: str) -> Iterator[bool | str]:
    """Each verdict of a text, 'unclear' where its sentence negates it or makes it depend on something."""
    for sentence in filter(mentions_context, _SENTENCE_END.split(text.lower())):
        negation = _NEGATION.search(sentence)
        conditional = _CONDITION.search(sentence) is not None
        for found in _VERDICT.finditer(sentence):
            start = found.start()
            negated = negation is not None and negation.start() < start
            doubted = _BEFORE.search(sentence, max(0, start - _NEAR), start) is not None
            yield "unclear" if negated or conditional or doubted else found["out"] is None
