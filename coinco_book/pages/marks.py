"""Where a page quotes a number of a run: the mark behind it when it is a demo number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Any

from coinco_book.demo_numbers import is_demo
from coinco_book.pages.edition import Edition
from coinco_book.pages.strip import DEMO_MARK

_GLUED = re.compile(r"\{glue:text\}`(?:[^`]*?([\w-]+)\.ipynb::)?([^`:]+)(?::[^`]*)?`")


def glued_numbers(cells: Iterable[Mapping[str, Any]]) -> set[str]:
    """The keys of the numbers that executed cells recorded, without those of words."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    scraps = [output.get("metadata", {}).get("scrapbook", {}) for output in outputs]
    return {scrap["name"] for scrap in scraps if scrap.get("is_number")}


def with_marks(text: str, marked: Mapping[str, Set[str]], here: str = "") -> str:
    """The Markdown text with the demo mark behind each quoted number whose key is among those of its notebook.

    `marked` has the keys by notebook; a number that is quoted without a notebook is one of `here`.
    """
    return _GLUED.sub(lambda m: m[0] + DEMO_MARK * (m[2] in marked.get(m[1] or here, ())), text)


def mark_prose(folder: Path, edition: Edition) -> None:
    """Mark the demo numbers that the Markdown pages below `folder` quote from the edition's runs."""
    demo = [name for name in edition.notebooks if is_demo(edition.records[name])]
    marked = {name: glued_numbers(edition.executed[name]["cells"]) for name in demo}
    for page in sorted(folder.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if (shown := with_marks(text, marked)) != text:
            page.write_text(shown, encoding="utf-8")
