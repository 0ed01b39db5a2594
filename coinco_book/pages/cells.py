"""An executed notebook as the book shows it: cell by cell, with its strip, its anchors and its figures' captions.

On the way figures get their alt text where MyST-NB looks for it, numbers get their mark when they are demo numbers, and
the paths of this machine go. Each code cell is preceded by an anchor, `#cell-7` for the seventh of the source, to which
figures, the ledger and the reviewer's page lead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from coinco_book.demo_numbers import is_demo
from coinco_book.exercises.editions import page_cell
from coinco_book.pages.inline import inline
from coinco_book.pages.marks import glued_numbers, with_marks
from coinco_book.pages.strip import strip
from coinco_book.portable import checkouts_of, without_checkouts

Cell = dict[str, Any]


def staged_notebook(
    executed: Mapping[str, Any], record: Mapping[str, Any], root: Path, title: str = "", solutions: bool = True
) -> Cell:
    """The executed notebook as the book shows it; `record` is its run.json, the name of `root` must not show.

    `title` replaces the notebook's own where one notebook makes several pages. Without `solutions` the exercises show
    their stubs.
    """
    marked = glued_numbers(executed["cells"]) if is_demo(record) else set()
    places = checkouts_of(executed, root)
    cells: list[Cell] = []
    for number, cell in numbered_cells(executed["cells"]):
        if number:
            cells.append(_markdown(f'<span class="cell-anchor" id="{anchor(number)}"></span>'))
        cells += _staged_cell(page_cell(cell, solutions), places, marked, number)
    language = executed.get("metadata", {}).get("language_info", {"name": "python"})
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": spec, "language_info": language},
        "cells": _with_ids(_with_strip(cells, strip(record), title)),
    }


def numbered_cells(cells: Iterable[Cell]) -> Iterator[tuple[int, Cell]]:
    """Each cell with its number among the source's code cells, from 1; 0 for text and for what papermill put in."""
    number = 0
    for cell in cells:
        tags = cell["metadata"].get("tags", [])
        if "papermill-error-cell-tag" in tags:
            continue
        counts = cell["cell_type"] == "code" and "injected-parameters" not in tags
        number += counts
        yield (number if counts else 0), cell


def anchor(number: int) -> str:
    """The name, on its page, of the code cell with that number."""
    return f"cell-{number}"


def _staged_cell(cell: Cell, places: Iterable[str], marked: set[str], number: int) -> list[Cell]:
    """One cell as it is shown: usually one again, several when it holds images, each with its caption behind it.

    The numbers `marked` get the demo mark where the text quotes them; `number` is the code cell's own.
    """
    tags = cell["metadata"].get("tags", [])
    cell["source"] = _joined(cell["source"])
    cell["metadata"].pop("papermill", None)
    if cell["cell_type"] == "markdown":
        cell["source"] = with_marks(cell["source"], {"": marked})
        return [cell]
    if "parameters" in tags:
        return []  # the defaults; the injected cell behind it holds what the run was given
    if "injected-parameters" in tags:
        cell["source"] = cell["source"].replace("# Parameters", "# the parameters of this run")
    if cell["source"].startswith(("import ", "from ")) and not {"hide-input", "solution"} & set(tags):
        cell["metadata"]["tags"] = [*tags, "hide-input"]  # a cell of imports is folded away
    cell["source"] = without_checkouts(cell["source"], places)
    cell["outputs"] = [_clean(output, places) for output in cell.get("outputs", [])]
    return [part for one in _one_image_each(cell) for part in (one, *_captions(one, number))]


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _clean(output: dict[str, Any], places: Iterable[str]) -> dict[str, Any]:
    """The output with its texts free of this machine's paths."""
    if "text" in output:
        output["text"] = without_checkouts(_joined(output["text"]), places)
    for mime, data in output.get("data", {}).items():
        if "text" in mime and isinstance(data, (str, list)):
            output["data"][mime] = without_checkouts(_joined(data), places)
    return output


def _one_image_each(cell: Cell) -> list[Cell]:
    """The cell, cut behind each image: MyST-NB takes the alt text from the cell, so a cell can have only one."""
    groups: list[list[dict[str, Any]]] = [[]]
    for output in cell["outputs"]:
        if _alt(output) is not None and any(_alt(o) is not None for o in groups[-1]):
            groups.append([])
        groups[-1].append(output)
    cells = []
    for at, outputs in enumerate(groups):
        part = cell if at == 0 else _continuation(cell)
        alts = [alt for alt in map(_alt, outputs) if alt]
        if alts:
            part["metadata"].setdefault("mystnb", {}).setdefault("image", {}).setdefault("alt", alts[0])
        cells.append(part | {"outputs": outputs})
    return cells


def _continuation(cell: Cell) -> Cell:
    return {
        "cell_type": "code",
        "source": "# the next image of the same cell",  # one without a source would be left out of the page
        "execution_count": cell.get("execution_count"),
        "metadata": {"tags": ["remove-input"]},
        "outputs": [],
    }


def _captions(cell: Cell, number: int) -> list[Cell]:
    """What stands below the cell's image: its caption, and which cell made it; [] when it has no image."""
    images = [output for output in cell["outputs"] if _alt(output) is not None]
    text = next((fact for output in images if (fact := _fact(output, "caption"))), "")
    link = f'<a href="#{anchor(number)}">made by cell {number}</a>'
    return [_markdown(f'<p class="figure-note">{inline(text)} {link}</p>')] if images and number else []


def _fact(output: Mapping[str, Any], name: str) -> str:
    """What an image's metadata say under that name, for the output or for one of its forms; '' when nothing."""
    metadata = output.get("metadata", {})
    nested = [metadata.get(mime, {}).get(name) for mime in output["data"] if isinstance(metadata.get(mime), Mapping)]
    return str(next((fact for fact in [metadata.get(name), *nested] if fact), ""))


def _alt(output: Mapping[str, Any]) -> str | None:
    """An image's alt text ('' when it has none); None for an output that is not an image."""
    mimes = [mime for mime in output.get("data", {}) if mime.startswith("image/")]
    if not mimes:
        return None
    return _fact(output, "alt")


def _with_strip(cells: list[Cell], text: str, title: str) -> list[Cell]:
    """The cells with the strip right below the page's title, which must stay the first thing on it."""
    for at, cell in enumerate(cells):
        found = re.match(r"\s*#\s[^\n]*\n?", cell["source"]) if cell["cell_type"] == "markdown" else None
        if found:
            head = f"# {title}" if title else found.group().strip()
            rest = cell["source"][found.end() :].strip()
            parts = [head, text, *([rest] if rest else [])]
            return cells[:at] + [_markdown(part) for part in parts] + cells[at + 1 :]
    return [_markdown(text), *cells]


def _markdown(source: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _with_ids(cells: list[Cell]) -> list[Cell]:
    return [{**cell, "id": f"c{at:03d}"} for at, cell in enumerate(cells)]
