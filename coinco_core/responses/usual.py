"""The form that the prompt asks for, read at a glance: most answers keep to it.

    Analysis:
    Location: ...
    Co-occurrence: ...
    Size: ...

    Summary:
    Location: In-context
    Co-occurrence: In-context
    Size: In-context
    Final decision: In-context.

Stars, bullets, numbers, blank lines and any capitals are let pass. Whatever else is in an answer sends it to the
careful reading, which would make the same of every answer that is read here; only the time differs.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from coinco_core.responses.verdict_words import mentions_context

_TITLES = ("Location", "Co[- ]?occurrence", "Size")
# Every repetition is possessive, so nothing is tried twice.
_MARKS = r"[-*# \n]*+(?:[•>] ?)?+(?:[1-9][.)] ?)?+\*{0,3}+"


def _analysed(title: str) -> str:
    # Stars behind the colon belong to the heading only where there are some before it.
    return rf"\n{_MARKS}(?:{title}:(?! *\*)|(?<=\*){title}\*{{0,3}}+:\*{{0,3}}+) *+([^\n*][^\n]*+)(?<![* ])"


def _stated(title: str) -> str:
    return rf"\n{_MARKS}{title}\*{{0,3}}+:[* ]*+(?:(out[- ]of)[- ]|in[- ])context[.* ]*+"


_FORM = re.compile(
    rf"{_MARKS}Analysis\*{{0,3}}+:[* ]*+"
    + "".join(map(_analysed, _TITLES))
    + rf"\n{_MARKS}Summary\*{{0,3}}+:[* ]*+"
    + "".join(map(_stated, (*_TITLES, "Final decision")))
    + r"[ \n]*+",
    re.I | re.A,
)


class Usual(NamedTuple):
    """What an answer in the usual form says: four verdicts, three reasons, and whether these speak of context."""

    verdicts: tuple[bool, ...]
    reasons: tuple[str, ...]
    discussed: bool


def usual_form(text: str) -> Usual | None:
    """What an answer in the usual form says, None for any other."""
    if "<" in text or "{" in text or "\\" in text:  # thoughts, HTML, JSON and LaTeX take more care
        return None
    found = _FORM.fullmatch(text.replace("\r\n", "\n") if "\r" in text else text)
    if found is None:
        return None
    location, co_occurrence, size, out_1, out_2, out_3, out = found.groups()
    said = f"{location} {co_occurrence} {size}"
    if "  " in said or not said.isprintable():  # other line ends than \n, or spaces that reasons are read without
        return None
    verdicts = (out_1 is None, out_2 is None, out_3 is None, out is None)
    return Usual(verdicts, (location, co_occurrence, size), mentions_context(said))
