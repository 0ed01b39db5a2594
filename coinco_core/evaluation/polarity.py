"""What a reason itself says, in-context or out, by a short list of phrases: does an answer contradict its own words?

The rule, sentence by sentence: 1. what is only supposed ('would be odd if ...') and what is conceded ('although ...')
does not count; 2. what follows a 'but' counts rather than what stands before it; 3. each phrase of the two lists points
one way, or the other when a negation or a comparison stands before it in its clause ('nothing is out of context',
'larger than a normal cow'); 4. a reason whose phrases point both ways, or that has none, cannot be told. It is no
parser of verdicts: these are in `responses`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# each also with -ly behind it
OUT_OF_CONTEXT_PHRASES = (
    "unusual", "uncommon", "atypical", "abnormal", "unnatural", "unexpected", "unlikely", "unrealistic", "implausible",
    "improbable", "impossible", "inappropriate", "inconsistent", "incongruous", "disproportionate", "unreasonable",
    "odd", "strange", "bizarre", "rare", "seldom", "oversized", "undersized", "misplaced", "out of place",
    "out of proportion", "out of context", "out-of-context", "far too", "too large", "too big", "too small", "too tall",
    "mid-air", "midair", "floating in the air", "floating above", "hovering", "levitating", "without any support",
    "without support", "embedded in", "defies gravity", "more common", "more typical", "more usual", "more natural",
    "more often",
)  # fmt: skip
IN_CONTEXT_PHRASES = (
    "usual", "common", "typical", "normal", "natural", "expected", "realistic", "realistically", "plausible",
    "plausibly", "reasonable", "reasonably", "appropriate", "suitable", "consistent", "proportionate", "proportional",
    "in proportion", "often", "frequent", "about right", "right size", "makes sense", "make sense", "fits", "fit in",
    "belong", "belongs here", "belongs there", "in context", "in-context",
)  # fmt: skip
# 'and a cow belongs on the ground' agrees with what was said before, 'but a cow belongs ...' does not, and 'since a cow
# belongs ...' is a ground for either
_AGREES = re.compile(r"\band\b[^.;:,]*\bbelongs(?= (?:on|in|at))")
_DISAGREES = re.compile(r"\bbut\b[^.;:,]*\bbelongs(?= (?:on|in|at))")
_SUPPOSED = re.compile(r"\b(?:if|unless|would be|would have been|might be|could be)\b")
_CONCEDED = re.compile(r"\b(?:although|though|even though|while|whereas|despite|in spite of)\b[^,.;]*(?:,|\Z)")
_CONTRAST = re.compile(r"\b(?:but|however|nevertheless|yet|nonetheless)\b")
_CLAUSE = re.compile(r"[,:]|\b(?:and|because|since|as it|which|so it|so the)\b")
_SENTENCE = re.compile(r"[.;!?]+(?:\s|\Z)|\n")
_NEGATION = re.compile(
    r"\b(?:not(?! only| just)|no|nothing|never|neither|nor|none|nobody|hardly|cannot|rather than|instead of"
    r"|fails? to|(?:far|free) from|less)\b|n['’]t\b"
)
_COMPARED = re.compile(r"\b(?:larger|bigger|smaller|taller|shorter) than\b")  # 'larger than a normal cow'


def _words(phrases: tuple[str, ...]) -> str:
    longest_first = sorted(phrases, key=len, reverse=True)
    return r"(?<![\w-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?:ly)?(?![\w-])"


_PHRASE = re.compile(rf"(?P<out>{_words(OUT_OF_CONTEXT_PHRASES)})|{_words(IN_CONTEXT_PHRASES)}")


class Evidence(NamedTuple):
    """A phrase that counts: from which character up to which (exclusive), and which way it points."""

    start: int
    end: int
    in_context: bool


def reason_polarity(reason: str) -> bool | None:
    """True when a reason says in-context, False when out-of-context, None when that cannot be told; never raises."""
    signs = {phrase.in_context for phrase in _phrases(reason)}
    return signs.pop() if len(signs) == 1 else None


def evidence(reason: str) -> list[Evidence]:
    """The phrases by which a reason is read, in their order; where two overlap, the one that begins first.

    Their places are those in the reason with every stretch of white space as one space, as parsed reasons have it.
    """
    found: list[Evidence] = []
    for phrase in sorted(_phrases(reason)):
        if not found or phrase.start >= found[-1].end:
            found.append(phrase)
    return found


def _phrases(reason: str) -> Iterator[Evidence]:
    plain = " ".join(reason.split())
    text = "".join(c.lower() if len(c.lower()) == 1 else c for c in plain)  # as long as it was
    for at, sentence in _pieces(_SENTENCE, text):
        yield from _found(at, sentence)


def _found(at: int, sentence: str) -> Iterator[Evidence]:
    """The phrases of a sentence, which begins at the character `at` of the reason."""
    if _SUPPOSED.search(sentence):
        return
    if disagrees := _DISAGREES.search(sentence):
        yield Evidence(at + disagrees.start(), at + disagrees.end(), False)
        return
    if agrees := _AGREES.search(sentence):
        yield Evidence(at + agrees.start(), at + agrees.end(), True)
    told = _CONCEDED.sub(lambda conceded: " " * len(conceded[0]), sentence)
    contrast, after = list(_pieces(_CONTRAST, told))[-1]
    yield from list(_in_clauses(at + contrast, after)) or _in_clauses(at, told)


def _in_clauses(at: int, text: str) -> Iterator[Evidence]:
    for start, clause in _pieces(_CLAUSE, text):
        for found in _PHRASE.finditer(clause):
            before = clause[: found.start()]
            negated = bool(_NEGATION.search(before)) != bool(_COMPARED.search(before))
            first, end = (at + start + place for place in found.span())
            yield Evidence(first, end, (found["out"] is None) != negated)


def _pieces(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    """The text cut wherever the pattern occurs: each piece and where it begins."""
    start = 0
    for cut in pattern.finditer(text):
        yield start, text[start : cut.start()]
        start = cut.end()
    yield start, text[start:]
