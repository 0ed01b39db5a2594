"""The slide view: every cell with the metadata `slide: {title, takeaway}` and an image, in the order of the book.

A takeaway quotes the run's own numbers as the prose does, with the role `glue:text`; a demo number keeps its mark. The
images lie among the book's static files, since Sphinx leaves alone what raw HTML names.
"""

from __future__ import annotations

import base64
import re
from ast import literal_eval
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from coinco_book.demo_numbers import is_demo
from coinco_book.pages.cells import anchor, numbered_cells
from coinco_book.pages.edition import Edition
from coinco_book.pages.strip import DEMO_MARK
from coinco_book.runs.notebooks import Notebook
from coinco_core.errors import InputError

IMAGES = "book/static/slides"  # in the staged tree; the extension has it copied to _static/slides
_PNG = "image/png"
_ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
_BADGE = '<span class="demo-badge">demo numbers</span>'
_OPENING = (
    "<h2>Common Inpainted Objects In-N-Out of Context</h2>"
    '<p class="takeaway">An object is taken out of a photograph and another one painted in its place. Does the new one '
    "belong there, and can a small model learn from large ones to say why? And which object stood there before?</p>"
)
_CLOSING = (
    "<h2>Does it hold?</h2>"
    '<p class="takeaway">Every number of the paper stands in <a href="ledger.html">the ledger</a>: what the paper '
    "says, what this book found, how far the two are apart, and whether that settles it. A demo number never does.</p>"
)


@dataclass(frozen=True)
class Slide:
    """One figure as a slide; `takeaway` is HTML already, every other text is plain. `cell` is its number, from 1."""

    notebook: Notebook
    cell: int
    title: str
    takeaway: str
    png: bytes
    alt: str
    caption: str
    demo: bool

    @property
    def file(self) -> str:
        """The name of its image's file."""
        return f"{self.notebook.id}-{self.cell}.png"


def fragments(edition: Edition) -> dict[str, str]:
    """The part `slides`: an opening slide, one for each tagged figure, a closing one, as HTML without a blank line."""
    shown = slides(edition)
    opening = _OPENING + f"<p>{_run_words(edition, any(slide.demo for slide in shown))}</p>"
    contents = [opening, *map(_content, shown), _CLOSING]
    lines = [" ".join(content.split()) for content in contents]  # a blank line would end the HTML in Markdown
    parts = [f'<section class="slide" id="slide-{at}">{line}</section>' for at, line in enumerate(lines, 1)]
    button = '<button type="button" class="present" hidden>Present</button>'
    return {"slides": "\n".join(['<div class="deck">', button, *parts, "</div>"])}


def files(edition: Edition) -> dict[str, bytes]:
    """The slides' images, by their paths in the staged tree."""
    return {f"{IMAGES}/{slide.file}": slide.png for slide in slides(edition)}


def slides(edition: Edition) -> list[Slide]:
    """Every slide of the edition, notebook by notebook and cell by cell; a cell without an image makes none.

    Raises InputError for a slide without title or takeaway, and for a takeaway that quotes what was not recorded.
    """
    return [slide for notebook in edition.notebooks.values() for slide in _of_notebook(edition, notebook)]


def _of_notebook(edition: Edition, notebook: Notebook) -> Iterator[Slide]:
    cells, demo = edition.executed[notebook.id]["cells"], is_demo(edition.records[notebook.id])
    recorded = _recorded(cells)
    for number, cell in numbered_cells(cells):
        said = cell["metadata"].get("slide")
        image = next((o for o in cell.get("outputs", []) if _PNG in o.get("data", {})), None)
        if number and said is not None and image is not None:
            where = f"{notebook.source}, cell {number}"
            if not all(str(said.get(name, "")).strip() for name in ("title", "takeaway")):
                raise InputError(f"The slide of {where} needs a title and a takeaway in the cell's metadata.")
            facts = image.get("metadata", {}).get(_PNG, {})
            yield Slide(
                notebook=notebook,
                cell=number,
                title=said["title"],
                takeaway=_with_numbers(said["takeaway"], recorded, demo, where),
                png=base64.b64decode("".join(image["data"][_PNG])),
                alt=facts.get("alt", ""),
                caption=facts.get("caption", ""),
                demo=demo,
            )


def _recorded(cells: list[Mapping[str, Any]]) -> dict[str, tuple[str, bool]]:
    """What the cells recorded for the prose, by key: the text as it is quoted, and whether it is a number."""
    found = {}
    for output in (output for cell in cells for output in cell.get("outputs", [])):
        scrap = output.get("metadata", {}).get("scrapbook")
        if scrap:
            text = "".join(output["data"][f"{scrap['mime_prefix']}text/plain"])
            found[scrap["name"]] = (literal_eval(text), bool(scrap.get("is_number")))
    return found


def _with_numbers(takeaway: str, recorded: Mapping[str, tuple[str, bool]], demo: bool, where: str) -> str:
    """The takeaway as HTML, with what it quotes in its place."""
    for role, key in _ROLE.findall(takeaway):
        if role != "glue:text" or key not in recorded:
            raise InputError(f"The slide of {where} quotes {role} `{key}`; it can quote what the notebook glued, only.")

    def value(match: re.Match[str]) -> str:
        text, is_number = recorded[match[2]]
        return escape(text).replace(" ", "&nbsp;") + DEMO_MARK * demo if is_number else escape(text)

    return _ROLE.sub(value, escape(takeaway))


def _content(slide: Slide) -> str:
    address = f"../notebooks/{slide.notebook.id}.html"
    section = f"Section {escape(slide.notebook.section)} · " if slide.notebook.section else ""
    badge = f" {_BADGE}" if slide.demo else ""
    return (
        f'<p class="chapter">{section}<a href="{address}">{escape(slide.notebook.title)}</a>{badge}</p>'
        f'<h2>{escape(slide.title)}</h2><p class="takeaway">{slide.takeaway}</p>'
        f'<figure><img src="../_static/slides/{slide.file}" alt="{escape(slide.alt)}">'
        f"<figcaption>{escape(slide.caption)} "
        f'<a href="{address}#{anchor(slide.cell)}">made by cell {slide.cell}</a></figcaption></figure>'
    )


def _run_words(edition: Edition, demo: bool) -> str:
    """Which run the slides show, and what its numbers are."""
    warning = f" {_BADGE} Small models on drawn scenes; no reproduction of a number in the paper." if demo else ""
    return f"Figures of a run at profile <code>{escape(edition.profile)}</code>, chapter by chapter.{warning}"
