"""The parts of the prose pages that are made while the book is: each stands where its page asks for it.

A page in book/ says `<!-- generated: NAME -->` on a line of its own; that line is replaced by the part of that name. A
maker is a module with `fragments(edition)`, which returns parts by name as Markdown or HTML, and may have
`files(edition)`, which returns files of the staged tree by path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from coinco_book.pages.edition import Edition
from coinco_core.errors import InputError, did_you_mean

_PLACE = re.compile(r"^<!-- generated: ([\w-]+) -->[ \t]*$", re.MULTILINE)
Fragments = Callable[[Edition], Mapping[str, str]]
Files = Callable[[Edition], Mapping[str, bytes]]


def write_generated(folder: Path, edition: Edition, fragments: Iterable[Fragments], files: Iterable[Files]) -> None:
    """Fill the places of every Markdown page below `folder`, and write the makers' files there.

    Raises InputError, naming the page, for a place whose name no maker knows.
    """
    parts: dict[str, str] = {}
    for make in fragments:
        parts.update(make(edition))
    for page in sorted(folder.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if _PLACE.search(text):
            page.write_text(filled(text, parts, page.name), encoding="utf-8")
    for make_files in files:
        for path, content in make_files(edition).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)


def filled(text: str, parts: Mapping[str, str], page: str) -> str:
    """The page with every place replaced by its part."""
    for name in _PLACE.findall(text):
        if name not in parts:
            raise InputError(f"{page} asks for the generated part '{name}'.{did_you_mean(name, parts)}")
    return _PLACE.sub(lambda found: parts[found[1]], text)
