"""The tree that Jupyter Book reads: executed notebooks and prose, laid out like the repository."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from coinco_book.checkout import Checkout
from coinco_book.claims import ledger_page
from coinco_book.comparing import cost_page
from coinco_book.pages import explorer, landing, links
from coinco_book.pages.cells import staged_notebook
from coinco_book.pages.edition import Edition
from coinco_book.pages.generated import Files, Fragments, write_generated
from coinco_book.pages.marks import mark_prose
from coinco_book.rehearsal import table
from coinco_book.review import reviewers_page
from coinco_book.runs.freshness import check_of_one_piece
from coinco_book.runs.notebooks import load_notebooks
from coinco_book.runs.records import read_record
from coinco_book.teaching import lesson_page, slides
from coinco_core.errors import MissingError
from coinco_core.files import atomic_folder, write_json

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
    table.fragments,
)
FILES: tuple[Files, ...] = (links.files, slides.files, explorer.files)


def stage(checkout: Checkout, profile: str, *, solutions: bool = True) -> list[str]:
    """Write the tree to `checkout.stage(profile, solutions)` and return its pages, as the table of contents lists them.

    Without `solutions` the exercises show their stubs. Raises MissingError, naming them, when notebooks of the book
    have no good run at this profile.
    """
    pages = toc_pages(checkout.root / "_toc.yml")
    edition = Edition(checkout, profile, _records(checkout, profile, pages), solutions)
    check_of_one_piece(edition.records, checkout.runs(profile))
    with atomic_folder(checkout.stage(profile, solutions)) as folder:
        _copy_prose(checkout, folder)
        for name, notebook in edition.notebooks.items():
            title = "" if notebook.source == f"{name}.ipynb" else notebook.title
            staged = staged_notebook(edition.executed[name], edition.records[name], checkout.root, title, solutions)
            write_json(folder / "notebooks" / f"{name}.ipynb", staged)
        write_generated(folder, edition, FRAGMENTS, FILES)
        mark_prose(folder, edition)
    return pages


def _records(checkout: Checkout, profile: str, pages: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The run.json of each notebook that has a page; a MissingError names those that were never run well."""
    wanted = [n.id for n in load_notebooks(checkout) if f"notebooks/{n.id}" in set(pages)]
    records = {name: read_record(checkout, profile, name) for name in wanted}
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


def _copy_prose(checkout: Checkout, folder: Path) -> None:
    skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", INDEX)
    shutil.copytree(checkout.book, folder / checkout.book.name, ignore=skip)
    shutil.copyfile(checkout.book / INDEX, folder / INDEX)
    for name in _CONFIG:
        shutil.copyfile(checkout.root / name, folder / name)
