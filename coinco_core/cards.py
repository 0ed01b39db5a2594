"""Folders of weights for others: a card (README.md, as the hub shows it), and nothing of theirs overwritten unasked."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

from coinco_core.errors import InputError

CARD = "README.md"


def in_cell(text: object) -> str:
    """A text as it may stand in a cell of a Markdown table, whatever is in it."""
    return escape(" ".join(str(text).split()), quote=False).replace("|", "&#124;").replace("`", "&#96;")


def check_free(folder: Path, mark: str, what: str, overwrite: bool) -> None:
    """Raises InputError unless nothing is lost when the folder is written anew.

    `mark` is the file by which a folder of that kind is known, `what` the kind in words.
    """
    if not folder.exists() or (folder.is_dir() and not os.listdir(folder)):
        return
    if not (folder / mark).is_file():
        raise InputError(f"'{folder}' holds something else than a {what}; choose another folder.")
    if not overwrite:
        raise InputError(f"'{folder}' holds a {what} already; choose another folder, or replace it by overwrite=True.")
