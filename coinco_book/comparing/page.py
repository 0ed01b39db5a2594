"""The difference of two runs as one HTML file that needs nothing else: no network, no script, images inside."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from coinco_book.comparing.difference import Difference
from coinco_book.comparing.folders import Side
from coinco_book.comparing.look import STYLE
from coinco_book.comparing.match import DiffRow, Match, Section
from coinco_book.comparing.report import details
from coinco_core.errors import InputError

_GENERATOR = '<meta name="generator" content="coinco diff">'  # by which a page is known as one
_HEAD = 500  # bytes in which it stands
_HEADINGS = ("notebook", "what", "A", "B", "match")


def check_free(path: Path | None) -> None:
    """Raises InputError unless a page can be written to that file: a new one, or an older page in its place."""
    if path is None:
        return
    if path.is_dir() or (os.path.lexists(path) and _GENERATOR.encode() not in path.read_bytes()[:_HEAD]):
        raise InputError(f"{path} holds something else than a page of two runs; name another file.")
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise InputError(f"{path} cannot be written: {above} is not a folder that you may write to.")


def page(difference: Difference, only_changes: bool = False) -> str:
    """The whole file, the summary always of everything; every text from a run is escaped."""
    title = escape(f"{difference.a.name} and {difference.b.name}")
    sides = "".join(_side(letter, side) for letter, side in (("A", difference.a), ("B", difference.b)))
    body = [f"<h1>{title}</h1>", f'<div class="sides">{sides}</div>', *_summary(difference)]
    body += [line for section in difference.sections for line in _section(section, only_changes)]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{_GENERATOR}<title>{title}: what changed</title><style>{STYLE}</style>"
    )
    return "\n".join(
        ["<!doctype html>", f'<html lang="en"><head>{head}</head><body><main>', *body, "</main></body></html>", ""]
    )


def _side(letter: str, side: Side) -> str:
    facts = {name: value for name, value in side.about.items() if value and name != "folder"}
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return f'<section class="side"><h2>{letter}: {escape(side.name)}</h2><dl>{rows}</dl></section>'


def _summary(difference: Difference) -> Iterator[str]:
    """How many things match in each way, one line per section, each with a link to it."""
    sections = [section for section in difference.sections if section.rows]
    used = [match for match in Match if any(section.counts()[match] for section in sections)]
    heads = [escape(f"{match.icon} {match}") for match in used]
    head = "".join(f'<th scope="col">{words}</th>' for words in heads)
    yield f'<table class="summary"><thead><tr><th scope="col">section</th>{head}</tr></thead><tbody>'
    for section in sections:
        counts = [section.counts()[match] or "" for match in used]
        cells = "".join(f'<td data-label="{words}">{n}</td>' for words, n in zip(heads, counts, strict=True))
        yield f'<tr><td><a href="#{_id(section)}">{escape(section.title)}</a></td>{cells}</tr>'
    yield "</tbody></table>"


def _section(section: Section, only_changes: bool) -> Iterator[str]:
    """A section: its changes, and folded below them what did not change."""
    yield f'<section id="{_id(section)}"><h2>{escape(section.title.capitalize())}</h2>'
    yield f'<p class="soft">{escape(section.remark)}</p>' if section.remark else ""
    yield from _rows(section.changes)
    rest = [row for row in section.rows if row.match in section.unchanged]
    if rest and only_changes:
        yield f'<p class="soft">{len(rest)} unchanged</p>'
    elif rest:
        yield f"<details><summary>{len(rest)} unchanged</summary>"
        yield from _rows(rest)
        yield "</details>"
    yield "</section>"


def _rows(rows: Iterable[DiffRow]) -> Iterator[str]:
    """A table of rows, and below it the images of those that have any."""
    rows = list(rows)
    plain = [row for row in rows if not _has_image(row)]
    if plain:
        head = "".join(f'<th scope="col">{name}</th>' for name in _HEADINGS)
        yield f'<table class="rows"><thead><tr>{head}</tr></thead><tbody>'
        yield from map(_row, plain)
        yield "</tbody></table>"
    yield from (_images(row) for row in rows if _has_image(row))


def _row(row: DiffRow) -> str:
    cells = "".join(
        f'<td data-label="{label}">{escape(text)}</td>' if label else f"<td>{escape(text)}</td>"
        for label, text in (("", row.where), ("", row.what), ("A", row.a), ("B", row.b))
    )
    return f'<tr class="{_class(row)}">{cells}<td>{_match(row)}</td></tr>'


def _match(row: DiffRow) -> str:
    said = "; ".join(details(row))
    return f'<span class="match">{escape(f"{row.match.icon} {row.match}")}</span> {escape(said)}'


def _has_image(row: DiffRow) -> bool:
    return bool(row.a_image or row.b_image)


def _images(row: DiffRow) -> str:
    """Both images beside one another and where they differ; one alone when they are the same."""
    if row.match is Match.IDENTICAL:
        shown = [("A and B", row.a_image, row.a)]
    else:
        shown = [("A", row.a_image, row.a), ("B", row.b_image, row.b)]
        shown += [("where they differ", row.both, f"A, faded, with the pixels marked in which B differs. {row.note}.")]
    figures = "".join(_figure(*one) for one in shown if one[1])
    head = f"{escape(row.where)}, {escape(row.what)}: {_match(row)}"
    return f'<div class="images {_class(row)}"><h3>{head}</h3><div class="three">{figures}</div></div>'


def _figure(caption: str, png: bytes, alt: str) -> str:
    data = base64.b64encode(png).decode("ascii")
    image = f'<img alt="{escape(alt or caption)}" src="data:image/png;base64,{data}">'
    return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"


def _class(row: DiffRow) -> str:
    return f"m-{row.match.lower().replace(' ', '-')}"


def _id(section: Section) -> str:
    return section.title.replace(" ", "-")
