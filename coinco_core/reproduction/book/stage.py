"""The tree that Jupyter Book reads: executed notebooks and prose, laid out like the repository."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from coinco_core.errors import MissingError
from coinco_core.files import atomic_folder, write_json
from coinco_core.reproduction.book import explorer, landing, links
from coinco_core.reproduction.book.cells import staged_notebook
from coinco_core.reproduction.book.edition import Edition
from coinco_core.reproduction.book.generated import Files, Fragments, write_generated
from coinco_core.reproduction.book.marks import mark_prose
from coinco_core.reproduction.claims import ledger_page
from coinco_core.reproduction.comparing import cost_page
from coinco_core.reproduction.freshness import check_of_one_piece
from coinco_core.reproduction.layout import Layout
from coinco_core.reproduction.notebooks import load_notebooks
from coinco_core.reproduction.review import reviewers_page
from coinco_core.reproduction.runs import read_record
from coinco_core.reproduction.teaching import lesson_page, slides

INDEX = "index.md"  # its source is book/index.md; every other file keeps its place
_CONFIG = ("_config.yml", "_toc.yml")
FRAGMENTS: tuple[Fragments, ...] = (
    explorer.fragments,
    landing.fragments,
    lesson_page.fragments,
    slides.fragments,
    ledger_page.fragments,
    cost_page.fragments,
    reviewers_page.fragments,
)
FILES: tuple[Files, ...] = (links.files, slides.files, explorer.files)


def stage(layout: Layout, profile: str, *, solutions: bool = True) -> list[str]:
    """Write the tree to `layout.stage(profile, solutions)` and return its pages, as the table of contents lists them.

    Without `solutions` the exercises show their stubs. Raises MissingError, naming them, when notebooks of the book
    have no good run at this profile.
    """
    pages = toc_pages(layout.root / "_toc.yml")
    edition = Edition(layout, profile, _records(layout, profile, pages), solutions)
    check_of_one_piece(edition.records, layout.runs(profile))
    with atomic_folder(layout.stage(profile, solutions)) as folder:
        _copy_prose(layout, folder)
        for name, notebook in edition.notebooks.items():
            title = "" if notebook.source == f"{name}.ipynb" else notebook.title
            staged = staged_notebook(edition.executed[name], edition.records[name], layout.root, title, solutions)
            write_json(folder / "notebooks" / f"{name}.ipynb", staged)
        write_generated(folder, edition, FRAGMENTS, FILES)
        mark_prose(folder, edition)
    return pages


def _records(layout: Layout, profile: str, pages: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The run.json of each notebook that has a page; a MissingError names those that were never run well."""
    wanted = [n.id for n in load_notebooks(layout) if f"notebooks/{n.id}" in set(pages)]
    records = {name: read_record(layout, profile, name) for name in wanted}
    lacking = [name for name, record in records.items() if record is None]
    if lacking:
        call = f"coinco run {' '.join(lacking)} --profile {profile}"
        names = ", ".join(lacking)
        raise MissingError(f"The book lacks a good run of {names} at profile '{profile}'; make it with: {call}")
    return {name: record for name, record in records.items() if record is not None}


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
