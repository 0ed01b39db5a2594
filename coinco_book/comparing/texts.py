"""Two texts that may hold numbers: the same, the same but for noise in the numbers, or the same but for times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coinco_book.comparing.match import Match, match_values, relative_difference, worst

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_TIME = re.compile(r"\s*(?:/ ?s|(?:(?:a|per) )?(?:s|ms|sec|secs|seconds?|min|mins|minutes?|h|hours?))\b")  # or a rate

# What is another in every process, and means nothing: memory addresses, random ids, scratch folders.
_VARYING = {
    re.compile(r"0x[0-9a-fA-F]+"): "0x",
    re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"): "UUID",
    re.compile(r"\bT_[0-9a-f]{5}(?=\b|_)"): "T_",  # ids in a styled table of pandas
    re.compile(r"/tmp/tmp\w{8}\b"): "/tmp",
}


@dataclass(frozen=True)
class TextMatch:
    """How two texts match, the largest relative difference of their numbers (None: the words differ), and where.

    `a` and `b` are the pieces of the texts around the first difference, '' for identical ones.
    """

    match: Match
    difference: float | None = 0.0
    a: str = ""
    b: str = ""


def normalised(text: str, places: Mapping[str, str] | None = None) -> str:
    """The text without what varies from process to process; `places` maps folders to what stands for them."""
    for folder, name in sorted((places or {}).items(), key=lambda item: -len(item[0])):
        text = text.replace(folder, name) if folder else text
    for pattern, constant in _VARYING.items():
        text = pattern.sub(constant, text)
    return text


def match_texts(a: str, b: str) -> TextMatch:
    """How two texts match: words must be equal, numbers may be close, those that are times are told apart."""
    if a == b:
        return TextMatch(Match.IDENTICAL)
    first, second = list(_NUMBER.finditer(a)), list(_NUMBER.finditer(b))
    excerpts = _excerpts(a, b)
    if _NUMBER.sub("#", a) != _NUMBER.sub("#", b):
        return TextMatch(Match.DIFFERENT, None, *excerpts)
    matches, largest = [], 0.0
    for one, other in zip(first, second, strict=True):
        x, y = _value(one[0]), _value(other[0])
        match = match_values(x, y)
        is_time = _TIME.match(a, one.end()) and _TIME.match(b, other.end())
        matches.append(Match.TIMES if match is Match.DIFFERENT and is_time else match)
        largest = max(largest, relative_difference(x, y) or 0.0)
    # numbers that are written differently and are equal, such as 1.0 and 1.00
    return TextMatch(max(worst(matches), Match.CLOSE, key=lambda match: match.rank), largest, *excerpts)


def _value(text: str) -> float:
    plain = text.replace(",", "")
    return float(plain) if re.search(r"[.eE]", plain) else int(plain)


def _excerpts(a: str, b: str, width: int = 60) -> tuple[str, str]:
    """The piece of each text from a little before their first difference, on one line."""
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    begin = max(at - width // 3, 0)
    pieces = (" ".join(text[begin : begin + width].split()) for text in (a, b))
    first, second = (("… " if begin else "") + piece for piece in pieces)
    return first, second
