"""The tree that Jupyter Book reads: executed notebooks and prose, laid out like the repository.

On the way each executed page gets a strip that says what made it; its figures get their alt text where MyST-NB looks
for it; its numbers get their mark when the profile is a demo; and the paths of this machine go.
"""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from coinco_core.errors import CheckError, MissingError
from coinco_core.files import atomic_folder, read_json, sha256_file, write_json
from coinco_core.reproduction.layout import RECORD, Layout
from coinco_core.reproduction.notebooks import load_notebooks
from coinco_core.reproduction.runs import read_record
from coinco_core.reproduction.strip import DEMO_MARK, makes_demo_numbers, strip

INDEX = "index.md"  # its source is book/index.md; every other file keeps its place
_CONFIG = ("_config.yml", "_toc.yml")
_GLUED = re.compile(r"\{glue:text\}`([^`]+)`")
Cell = dict[str, Any]


def stage(layout: Layout, profile: str) -> list[str]:
    """Write the tree to `layout.stage(profile)` and return its pages, as the table of contents lists them.

    Raises MissingError, naming them, when notebooks of the book have no good run at this profile.
    """
    pages = toc_pages(layout.root / "_toc.yml")
    notebooks = {f"notebooks/{n.id}": n for n in load_notebooks(layout)}
    wanted = [page for page in pages if page in notebooks]
    records = {page: read_record(layout, profile, notebooks[page].id) for page in wanted}
    lacking = [notebooks[page].id for page, record in records.items() if record is None]
    if lacking:
        names, todo = ", ".join(lacking), " ".join(lacking)
        call = f"coinco run {todo} --profile {profile}"
        raise MissingError(f"The book lacks a good run of {names} at profile '{profile}'; make it with: {call}")
    _check_of_one_piece({notebooks[page].id: record or {} for page, record in records.items()}, layout.runs(profile))
    with atomic_folder(layout.stage(profile)) as folder:
        _copy_prose(layout, folder)
        for page, record in records.items():
            name = notebooks[page].id
            executed = read_json(layout.runs(profile) / name / f"{name}.ipynb")
            title = "" if notebooks[page].source == f"{name}.ipynb" else notebooks[page].title
            staged = staged_notebook(executed, record or {}, layout.root, title, notebooks[page].estimates)
            write_json(folder / f"{page}.ipynb", staged)
    return pages


def _check_of_one_piece(records: Mapping[str, Mapping[str, Any]], runs: Path) -> None:
    """Raises CheckError when a page was made from a run of another page that has been run again since."""
    for name, record in records.items():
        for part, digest in record.get("depends_on", {}).items():
            needed = part.removeprefix("run ")
            if part.startswith("run ") and digest != sha256_file(runs / needed / RECORD):
                call = f"coinco run {name} --profile {runs.name}"
                raise CheckError(f"The page of {name} was made from an older run of {needed}; renew it with: {call}")


def toc_pages(path: Path) -> list[str]:
    """Every page the table of contents lists, in order, without suffix."""
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    return list(_files(table))


def _files(node: Any) -> Iterable[str]:
    if isinstance(node, Mapping):
        yield from (str(node[key]) for key in ("root", "file") if key in node)
        for value in node.values():
            yield from _files(value)
    elif isinstance(node, list):
        for item in node:
            yield from _files(item)


def _copy_prose(layout: Layout, folder: Path) -> None:
    skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", INDEX)
    shutil.copytree(layout.book, folder / layout.book.name, ignore=skip)
    shutil.copyfile(layout.book / INDEX, folder / INDEX)
    for name in _CONFIG:
        shutil.copyfile(layout.root / name, folder / name)


def staged_notebook(
    executed: Mapping[str, Any], record: Mapping[str, Any], root: Path, title: str = "", estimates: bool = False
) -> dict[str, Any]:
    """The executed notebook as the book shows it; `record` is its run.json, the name of `root` must not show.

    `title` replaces the notebook's own where one notebook makes several pages; `estimates` are no demo numbers.
    """
    made_by = record.get("made_by", {})
    demo = makes_demo_numbers(str(made_by.get("profile"))) and not estimates
    marked = _glued_numbers(executed["cells"]) if demo else set()
    cells: list[Cell] = []
    for cell in executed["cells"]:
        if "papermill-error-cell-tag" not in cell["metadata"].get("tags", []):
            cells += _staged_cell(copy.deepcopy(cell), root, marked)
    language = executed.get("metadata", {}).get("language_info", {"name": "python"})
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": spec, "language_info": language},
        "cells": _numbered(_with_strip(cells, strip(record, estimates), title)),
    }


def _glued_numbers(cells: Iterable[Cell]) -> set[str]:
    """The keys of the numbers that the cells recorded, without those of words."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    scraps = [output.get("metadata", {}).get("scrapbook", {}) for output in outputs]
    return {scrap["name"] for scrap in scraps if scrap.get("is_number")}


def _staged_cell(cell: Cell, root: Path, marked: set[str]) -> list[Cell]:
    """One cell as it is shown: usually one again, several when it holds several pictures.

    The numbers `marked` get the demo mark where the text quotes them.
    """
    tags = cell["metadata"].get("tags", [])
    cell["source"] = _joined(cell["source"])
    cell["metadata"].pop("papermill", None)
    if cell["cell_type"] == "markdown":
        cell["source"] = _GLUED.sub(lambda m: m[0] + DEMO_MARK * (m[1] in marked), cell["source"])
        return [cell]
    if "parameters" in tags:
        return []  # the defaults; the injected cell behind it holds what the run was given
    if "injected-parameters" in tags:
        cell["source"] = cell["source"].replace("# Parameters", "# the parameters of this run")
    if cell["source"].startswith(("import ", "from ")) and "hide-input" not in tags:
        cell["metadata"]["tags"] = [*tags, "hide-input"]  # a cell of imports is folded away
    cell["source"] = _without_root(cell["source"], root)
    cell["outputs"] = [_clean(output, root) for output in cell.get("outputs", [])]
    return _one_picture_each(cell)


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _without_root(text: str, root: Path) -> str:
    return text.replace(f"{root}/", "").replace(str(root), ".")


def _clean(output: dict[str, Any], root: Path) -> dict[str, Any]:
    """The output with its texts free of this machine's paths."""
    if "text" in output:
        output["text"] = _without_root(_joined(output["text"]), root)
    for mime, data in output.get("data", {}).items():
        if "text" in mime and isinstance(data, (str, list)):
            output["data"][mime] = _without_root(_joined(data), root)
    return output


def _one_picture_each(cell: Cell) -> list[Cell]:
    """The cell, cut behind each picture: MyST-NB takes the alt text from the cell, so a cell can have only one."""
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
        "source": "",
        "execution_count": cell.get("execution_count"),
        "metadata": {"tags": ["remove-input"]},
        "outputs": [],
    }


def _alt(output: Mapping[str, Any]) -> str | None:
    """A picture's alt text ('' when it has none); None for an output that is no picture."""
    mimes = [mime for mime in output.get("data", {}) if mime.startswith("image/")]
    if not mimes:
        return None
    metadata = output.get("metadata", {})
    nested = [metadata.get(mime, {}).get("alt") for mime in mimes if isinstance(metadata.get(mime), Mapping)]
    return str(next((alt for alt in [metadata.get("alt"), *nested] if alt), ""))


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


def _numbered(cells: list[Cell]) -> list[Cell]:
    return [{**cell, "id": f"cell-{at:03d}"} for at, cell in enumerate(cells)]
