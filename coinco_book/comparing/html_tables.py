"""HTML as text to compare, in which a number in a table is followed by the unit of time that its heading names."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from coinco_core.files import digest

_UNIT = re.compile(r"\b(seconds|minutes|hours|ms|min|s)\b")
_PARTS = ("table", "thead", "tbody", "tr", "th", "td")
_NAMES = ("id", "class", "border")  # of a part of a table; they say nothing that is seen


def html_as_text(html: str) -> str:
    """The HTML with its tables as lines of words, and images in it by their digest; the rest stays as it is.

    '<td>1.5</td>' below '<th>seconds</th>' becomes '1.5 seconds', which tells a time from another number.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.units: dict[int, str] = {}  # of the present table's columns, by their place
        self.column, self.in_head = 0, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.in_head, self.units = True, {}
        elif tag == "tbody":
            self.in_head = False
        elif tag == "tr":
            self.column = 0
            self.pieces.append("\n")
        said = {name: _short(value or "") for name, value in attrs if tag not in _PARTS or name not in _NAMES}
        if said or tag not in _PARTS:
            self.pieces.append("<" + " ".join([tag, *(f"{name}={value}" for name, value in said.items())]) + "> ")

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        self.pieces.append(f"{words} " if words else "")
        if self.in_head and (found := _UNIT.search(words)):
            self.units[self.column] = found[1]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            unit = "" if self.in_head else self.units.get(self.column, "")
            self.pieces.append(f"{unit} " if unit else "")
            self.column += 1
        elif tag not in _PARTS:
            self.pieces.append(f"</{tag}> ")


def _short(value: str) -> str:
    """An attribute's value; an image, which may be long, by its digest."""
    return digest(value)[:12] if value.startswith("data:") else value
