"""An answer cut at its headings, which are known by their words whatever marks stand around them.

Every step looks at each line once, so time grows with the text's length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from coinco_core.judgements import CRITERIA
from coinco_core.responses.verdicts import COLON, DASH, EITHER, is_bare

_KEYS = {
    "analysis": r"analysis",
    "summary": r"summary",
    "location": r"location",
    "co_occurrence": rf"co[\s_{DASH}]?occurr?ence",
    "size": r"size",
    "decision": r"(?:final|overall)[\s_](?:decision|verdict|judge?ment|conclusion|answer|assessment|classification)",
}
_ANY_KEY = "|".join(f"(?P<{key}>{words})" for key, words in _KEYS.items())
# Bullets, numbers, quotes and emphasis before a heading.
_MARKS = re.compile(r"[\W_]*+(?:(?:\d{1,2}|[a-z])[.):：][\W_]*+)?(?:the\s)?", re.I)
_HEADING = re.compile(
    rf"(?:{_ANY_KEY})(?:\s(?:analysis|criterion|verdict|conclusion|assessment|judge?ment))?(?:\s?\([^()]{{0,60}}\))?"
    rf"(?:[\s*_`\"'”’\])]{{0,8}}(?P<mark>[{COLON}|=→—]|[{DASH}](?=\s))|[\s*_`\"'”’\])]{{0,8}}(?P<end>\Z)"
    rf"|(?:\sis)?\s{{1,3}}(?={EITHER.replace('(?P<out>', '(?:')}))",
    re.I,
)
# Headings inside a line, as in "Location: In-context, Size: In-context"; capitals only, to spare ordinary prose.
_TITLES = rf"Analysis|Summary|Location|Co[{DASH}]?[Oo]ccurrence|Size|Final [Dd]ecision"
_INLINE = re.compile(rf"(?<=[\s,;.|])(?=[*_]{{0,3}}(?:{_TITLES})[*_]{{0,3}}[{COLON}])")
# A paragraph that sums up all criteria belongs to none of them; so does one after a blank line, unless it is a bullet.
_SUMS_UP = re.compile(r"[\W_]*+(?:overall|in summary|in conclusion|to sum up|to conclude|altogether)\b", re.I)
_BELONGS = re.compile(r"\s|[-*•●▪◦+]\s")
_EMPHASIS = "*_`\"'“”‘’"


@dataclass
class Part:
    """The text under one heading, and the block ('analysis', 'summary', or '' before either) in which it stands."""

    key: str
    block: str
    lines: list[str] = field(default_factory=list)
    closed: bool = False

    def add(self, line: str) -> None:
        """Takes one more line of text, or closes at a blank line, a rule, or a paragraph about everything."""
        blank = not line.strip(" \t-*_=#")
        stops = self.closed and not _BELONGS.match(line)
        if self.key in CRITERIA and (stops or blank or _SUMS_UP.match(line)):
            self.closed = self.closed or not blank or any(self.lines)
        elif not blank:
            self.lines.append(line.strip())

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())

    @property
    def first(self) -> str:
        return next((line for line in self.lines if line.strip()), "")

    @property
    def bare(self) -> bool:
        """Whether it holds a verdict and nothing else."""
        return is_bare(self.text)


@dataclass(frozen=True)
class _Heading:
    key: str
    rest: str


def parts_of(text: str) -> list[Part]:
    """The answer cut at its headings."""
    lines = text.splitlines()
    keys = {found.key for found in map(_heading, lines) if found is not None}
    if "decision" not in keys or len(keys) < 2:  # all in one line, or the decision at the end of another line
        lines = [piece for line in lines for piece in _INLINE.split(line)]
    parts: list[Part] = []
    block = ""
    for line in lines:
        found = _heading(line)
        one_line_summary = block == "summary" or (found is not None and found.key == "summary")
        for piece in _INLINE.split(line) if one_line_summary else [line]:
            block = _take(piece, block, parts)
    return parts


def _heading(line: str) -> _Heading | None:
    """The heading that a line begins with and what follows it, or None."""
    marks = _MARKS.match(line)
    start = marks.end() if marks else 0
    found = _HEADING.match(line, start)
    if found is None or (found["end"] is not None and line[start].islower() and not start):
        return None  # a lone lower-case word is a wrapped line of prose
    key = next(k for k in _KEYS if found[k] is not None)
    rest = line[found.end() :].strip()
    emphasis = "".join(set(line[:start]) & set(_EMPHASIS))
    if emphasis:
        rest = rest.strip(_EMPHASIS if set(emphasis) & set("“‘") else emphasis).strip()
    return _Heading(key, rest)


def _take(line: str, block: str, parts: list[Part]) -> str:
    """Puts one line where it belongs; the block that the next line stands in comes back."""
    found = _heading(line)
    if found is None:
        if parts:
            parts[-1].add(line)
        return block
    key = found.key
    if key not in ("analysis", "summary"):
        parts.append(Part(key, block, [found.rest]))
        return block
    nested = _heading(found.rest)
    if nested is None and found.rest and parts and parts[-1].key in CRITERIA and not any(parts[-1].lines):
        parts[-1].add(found.rest)  # "Location:" and under it "- Analysis: ..."
        return block
    parts.append(Part(nested.key if nested else key, key, [nested.rest if nested else found.rest]))
    return key
