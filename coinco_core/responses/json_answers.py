"""Answers written as JSON, the whole or a part of the text, turned into the same parts that headings give.

    {"analysis": {"location": "..."}, "summary": {"location": "In-context"}, "final_decision": "In-context"}
    {"location": {"verdict": "In-context", "reason": "..."}, "out_of_context": false}

Keys may be in any case, hyphenation, or camelCase. true and false are read only under a key that says what is true.
JSON that is broken or cut off is read line by line like other text, one key a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from json import JSONDecoder
from typing import Any

from coinco_core.judgements import FINAL_DECISION, verdict_text
from coinco_core.responses.parts import Part, parts_of
from coinco_core.responses.wrappers import without_markup

# Objects become tuples of pairs: a key that stands there twice must not be lost.
_DECODER = JSONDecoder(object_pairs_hook=tuple, parse_int=str, parse_float=str, strict=False)
_START = re.compile(r"(?:\[\s*+)?\{\s*+[\"'“]")
_BEFORE_KEY = re.compile(
    r"(?<=[{,])\s*+(?=[\"'“][\w\s-]{0,30}(?:location|occurr?ence|size|summary|decision|verdict|analysis|reason)"
    r"[\w\s-]{0,30}[\"'”]\s{0,3}:)",
    re.I,
)
_DEEPEST = 6  # answers nest three levels; hostile ones nest until the interpreter gives up

_JUDGED = "verdict|decision|conclusion|judge?ment|answer|assessment|classification|label|result|status"
_QUESTION = re.compile(r"(?:the )?(?:(?P<location>location)|(?P<co_occurrence>co ?occurr?ence)|(?P<size>size))\b ?")
_DECISION = re.compile(rf"(?:(?:final|overall) )?(?:{_JUDGED})|final|overall|(?=(?:is )?(?:in|out of) context)")
_VERDICT = re.compile(rf"(?:final )?(?:{_JUDGED}|summary)?")
_REASON = re.compile(r"analys[ie]s|reason(?:s|ing)?|explanation|justification|rationale|evidence|comment|description")
_TRUTH = re.compile(r"(?:is )?(?:in|(?P<out>out of)) context")
_SUMMARY = re.compile(r"(?:(?:final|overall) )?(?:summary|verdicts|decisions|conclusions|judge?ments)")
_WRAPPER = re.compile(r"(?:final )?(?:answer|response|result|output|evaluation|assessment)s?|criteria")
_TRUE = {True: True, "true": True, "yes": True, False: False, "false": False, "no": False}


def answer_parts(text: str) -> list[Part]:
    """The answer cut at its headings and at the keys of the JSON objects in it."""
    parts: list[Part] = []
    at = 0
    for start, end, found in _objects(text) if "{" in text else ():
        parts += parts_of(without_markup(text[at:start])) + found
        at = end
    rest = text[at:]
    broken = "{" in rest and _START.search(rest) is not None
    return parts + parts_of(without_markup(_BEFORE_KEY.sub("\n", rest) if broken else rest))


def _objects(text: str) -> Iterator[tuple[int, int, list[Part]]]:
    """Start, end and parts of each piece of JSON that says something, up to the first that is broken.

    What follows a broken one may be its own inside, which means nothing without the keys around it.
    """
    at = 0
    while start := _START.search(text, at):
        try:
            value, at = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            return
        found = _parts_in(value, "", 0)
        if found:
            yield start.start(), at, found


def _parts_in(value: Any, block: str, depth: int) -> list[Part]:
    """The parts that a JSON value holds, within the block ('analysis', 'summary', or '') that its keys lead to."""
    if depth > _DEEPEST or not isinstance(value, list | tuple):
        return []
    if isinstance(value, list):
        return [part for item in value for part in _parts_in(item, block, depth + 1)]
    named = next((inner for key, inner in value if _words(key) in ("criterion", "name")), None)
    if isinstance(named, str) and _QUESTION.fullmatch(_words(named)):
        return _under(_words(named), value, block, depth)
    return [part for key, inner in value for part in _under(_words(key), inner, block, depth)]


def _under(words: str, value: Any, block: str, depth: int) -> list[Part]:
    """The parts that one key and its value make."""
    question = _QUESTION.match(words)
    if question is not None:
        return _said_of(question.lastgroup or "", words[question.end() :], value, block)
    decision = _DECISION.match(words)
    if _REASON.fullmatch(words) or _SUMMARY.fullmatch(words):
        block = "analysis" if _REASON.fullmatch(words) else "summary"
    elif not _WRAPPER.fullmatch(words):
        return _of_decision(decision, words, value, depth) if decision else []
    if not isinstance(value, str):
        return _parts_in(value, block, depth + 1)
    heading = f"{block}:\n" if block else ""
    found = [replace(part, json=True) for part in parts_of(without_markup(heading + value))]
    return found or (_of_decision(decision, words, value, depth) if decision else [])


def _of_decision(found: re.Match[str], words: str, value: Any, depth: int) -> list[Part]:
    if isinstance(value, list | tuple):
        return _parts_in(value, "summary", depth + 1)
    return _said_of(FINAL_DECISION, words[found.end() :].strip(), value, "summary")


def _said_of(key: str, about: str, value: Any, block: str) -> list[Part]:
    """What a value says of one question; `about` is the rest of its key, such as 'verdict' or 'in context'."""
    if isinstance(value, tuple):
        inside = [(_words(name), inner) for name, inner in value if not isinstance(inner, tuple)]
        return [part for words, inner in inside if words for part in _said_of(key, words, inner, "summary")]
    if not isinstance(value, str | bool):
        return []
    truth = _TRUTH.fullmatch(about)
    is_so = _TRUE.get(value.lower() if isinstance(value, str) else value)
    if truth is not None and is_so is not None:
        return [Part(key, "summary", [verdict_text(is_so == (truth["out"] is None))], json=True)]
    if _REASON.fullmatch(about) and key != FINAL_DECISION:
        block = "analysis"
    elif truth is not None or (about and _VERDICT.fullmatch(about)):
        block = "summary"
    elif about:
        return []
    lines = without_markup(value).splitlines() if isinstance(value, str) else []
    return [Part(key, block, lines or [""], json=True)]


def _words(key: str) -> str:
    """A key as plain lower-case words: 'final decision' for final_decision, Final-Decision and finalDecision."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key)
    return " ".join(re.findall(r"[a-z]+", spaced.lower()))
