"""An answer cut at its headings, which are known by their words whatever marks stand around them.

Every step looks at each line once, so time grows with the text's length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from coinco_core.judgements import CRITERIA, FINAL_DECISION
from coinco_core.responses.short_text_cache import remembering_short_texts
from coinco_core.responses.verdict_words import COLON, DASH, EITHER, is_bare

_KEYS = {
    "analysis": r"analysis",
    "summary": r"(?:(?:final|overall|brief)\s)?summary",
    "location": r"location",
    "co_occurrence": rf"co[\s_{DASH}]{{0,3}}occurr?ence",
    "size": r"size",
    FINAL_DECISION: r"(?:final|overall)[\s_](?:decision|verdict|judge?ment|conclusion|answer|assessment|classification)"
    rf"|overall(?=[\s*_]{{0,4}}[{COLON}])",
    # Whose it is, the criterion's or the answer's, depends on where it stands.
    "conclusion": rf"(?:decision|verdict|conclusion|judge?ment|answer)(?=[\s*_\"']{{0,4}}[{COLON}])",
}
_ANY_KEY = "|".join(f"(?P<{key}>{words})" for key, words in _KEYS.items())
_NUMBER = rf"(?:(?:criterion|step)\s)?(?:\d{{1,2}}|[a-z]|[ivx]{{2,4}})(?:[.):：]|\s?[{DASH}]\s|\ufe0f?\u20e3)|[①-⑳]"
# Bullets, numbers, quotes and emphasis before a heading, and words that lead up to it.
_MARKS = rf"(?>[\W_]*+(?:(?:{_NUMBER})[\W_]*+)?(?:(?:so|thus|hence|therefore),?\s)?(?:(?:the|my|its|our)\s)?)"
_LEADS_UP = re.compile(_MARKS, re.I)
_SUFFIX = r"[\s_](?:analysis|criterion|verdict|decision|conclusion|assessment|judge?ment|reasoning|reason)"
_CLOSING = r"[\s*_`\"'”’»“」』\])}$\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]{0,8}"
_PLAIN_EITHER = EITHER.replace("(?P<out>", "(?:")
_HEADING = re.compile(
    rf"(?P<marks>{_MARKS})(?:{_ANY_KEY})(?:{_SUFFIX})?(?:\s?\([^()]{{0,60}}\))?"
    rf"(?:{_CLOSING}(?:[{COLON}|=→—]|[{DASH}](?=\s))|(?:\*\*|__)(?=\s)|(?P<end>{_CLOSING}\Z)"
    rf"|\s{{1,3}}(?={_PLAIN_EITHER})|\sis[\W_]{{1,12}}(?={_PLAIN_EITHER}))",
    re.I,
)
# Headings inside a line, as in "Location: In-context, Size: In-context"; capitals only, to spare ordinary prose.
_TITLES = rf"Analysis|Summary|Location|Co[{DASH}]?[Oo]ccurrence|Size|Final [Dd]ecision"
_INLINE = re.compile(rf"(?<=[\s,;.|])(?=[*_]{{0,3}}(?:{_TITLES})[*_]{{0,3}}[{COLON}])")
# A paragraph that sums up all criteria belongs to none of them; so does one after a blank line, unless it is a bullet.
_SUMS_UP = re.compile(r"[\W_]*+(?:overall|in summary|in conclusion|to sum up|to conclude|altogether)\b", re.I)
_BELONGS = re.compile(r"\s|[-*•●▪◦+]\s")
# "Scene: In-context" under a criterion is about something else; "Verdict: In-context" is a heading of its own.
_ABOUT_ELSE = re.compile(rf"[^{COLON}]{{1,60}}[{COLON}][\W_]*+{EITHER}", re.I)
_EMPHASIS = "*_`\"'“”‘’"


@dataclass(slots=True)
class Part:
    """The text under one heading, and the block ('analysis', 'summary', or '' before either) in which it stands."""

    key: str
    block: str
    lines: list[str] = field(default_factory=list)
    closed: bool = False
    json: bool = False

    def add(self, line: str) -> None:
        """Takes one more line of text, or closes at a blank line, a rule, or a paragraph about everything."""
        blank = not line.strip(" \t-*_=#")
        stops = (self.closed and not _BELONGS.match(line)) or _SUMS_UP.match(line) is not None
        if self.key in CRITERIA and (stops or blank):
            self.closed = self.closed or not blank or any(self.lines)
        elif not blank:
            self.lines.append(line.strip())

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())

    @property
    def first(self) -> str:
        return next((line for line in self.lines if line.strip()), "")


def parts_of(text: str) -> list[Part]:
    """The answer cut at its headings."""
    lines = text.splitlines()
    headings = [_heading(line) for line in lines]
    keys = {heading[0] for heading in headings if heading is not None}
    if FINAL_DECISION not in keys or len(keys) < 2:  # all in one line, or the decision at the end of another line
        lines = [piece for line in lines for piece in _split_inline(line)]
        headings = [_heading(line) for line in lines]
    parts: list[Part] = []
    block = ""
    for line, heading in zip(lines, headings, strict=True):
        if block != "summary" and (heading is None or heading[0] != "summary"):
            block = _take(line, heading, block, parts)
            continue
        first, *others = _split_inline(line)  # a summary may be all in one line
        block = _take(first, _heading(first) if others else heading, block, parts)
        for piece in others:
            block = _take(piece, _heading(piece), block, parts)
    return parts


@remembering_short_texts
def _split_inline(line: str) -> list[str]:
    """A line cut before each heading inside it; the marks before the first are not a piece of their own."""
    first, *others = _INLINE.split(line)
    if others and _LEADS_UP.fullmatch(first):
        first += others.pop(0)
    return [first, *others]


@remembering_short_texts
def _heading(line: str) -> tuple[str, str] | None:
    """The key of the heading that a line begins with and what follows it, or None."""
    found = _HEADING.match(line)
    if found is None:
        return None
    start = found.end("marks")
    key = found.lastgroup or ""
    if key == "end":
        if not start and line[0].islower():
            return None  # a lone lower-case word is a wrapped line of prose
        key = next(key for key in _KEYS if found[key] is not None)
    rest = line[found.end() :].strip()
    if start:
        emphasis = "".join(set(line[:start]) & set(_EMPHASIS))
        rest = rest.strip(_EMPHASIS if set(emphasis) & set("“‘") else emphasis).strip() if emphasis else rest
    return key, _bracketed_verdict(found[0]) + rest if ")" in found[0] else rest


def _bracketed_verdict(heading: str) -> str:
    """The brackets of a heading such as 'Location (In-context):', where a verdict stands in them."""
    inside = heading.rpartition(")")[0].rpartition("(")[2]
    return f"{inside}: " if is_bare(inside) else ""


def _take(line: str, heading: tuple[str, str] | None, block: str, parts: list[Part]) -> str:
    """Puts one line where it belongs; the block that the next line stands in comes back."""
    if heading is None or (heading[0] == "conclusion" and _has_no_verdict_yet(parts)):
        if parts and heading is None and parts[-1].key in CRITERIA and _ABOUT_ELSE.match(line):
            parts[-1].closed = True
        elif parts:
            parts[-1].add(line)
        return block
    key, rest = heading
    if key not in ("analysis", "summary"):
        parts.append(Part(FINAL_DECISION if key == "conclusion" else key, block, [rest]))
        return block
    nested = _heading(rest) if rest else None
    if nested is None and rest and parts and parts[-1].key in CRITERIA and not any(parts[-1].lines):
        parts[-1].add(rest)  # "Location:" and under it "- Analysis: ..."
        return block
    under, rest = nested or heading
    parts.append(Part(under, key, [rest]))
    return key


def _has_no_verdict_yet(parts: list[Part]) -> bool:
    """Whether the last part is a criterion's that a line such as 'Verdict: In-context' may still belong to."""
    return bool(parts) and parts[-1].key in CRITERIA and not is_bare(parts[-1].first)
