"""A rehearsal's record as a table: in the terminal, and on the page "At full size"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coinco_book.comparing.expected import time_words
from coinco_book.pages.edition import Edition
from coinco_book.pages.inline import inline
from coinco_book.pages.wide_tables import boxed
from coinco_core.cli.output import columns
from coinco_core.files import read_json

FOLDER = "rehearsals"  # in book/: the records of the rehearsals that the page shows, PROFILE.json
HEADS = ("Stage", "Time", "Memory", "Files", "Written", "Requests", "Kills", "Lost")
_SUMMED = ("seconds", "files", "written", "requests", "repeated", "kills", "planned")
Record = Mapping[str, Any]


def text_table(record: Record) -> str:
    """The table for a terminal, with a line about where and when."""
    return "\n".join([columns([HEADS, *_rows(record)]), about(record)])


def fragments(edition: Edition) -> dict[str, str]:
    """The part `rehearsals`: a table for each record in book/rehearsals."""
    paths = sorted((edition.checkout.book / FOLDER).glob("*.json"))
    return {"rehearsals": "\n\n".join(_section(path) for path in paths)}


def _section(path: Path) -> str:
    record = read_json(path)
    lines = "".join(
        f'<tr><th scope="row">{inline(head)}</th>{"".join(f"<td>{inline(cell)}</td>" for cell in cells)}</tr>'
        for head, *cells in _rows(record)
    )
    title = f"Profile {record['profile']}, rehearsed"
    return f"{boxed(title, HEADS, lines, box='costs-box', css='costs')}\n\n<p>{inline(about(record))}</p>"


def about(record: Record) -> str:
    """Where, when and on what code it was, in words."""
    machine, n = record["machine"], record["counts"]
    left = f" Not rehearsed yet: {', '.join(record['left'])}." if record["left"] else ""
    images = n["train"] + n["validation"] + n["testing"]
    return (
        f"{images:,} images, on {record['time'][:10]}, on {machine['cores']} cores ({machine['processor']}) with "
        f"{machine['memory_gb']:.0f} GB, code {record['code_version']}, prompts {record['prompt']}.{left}"
    )


def _rows(record: Record) -> list[list[str]]:
    """A row of words for each stage, and one of all."""
    stages = record["stages"]
    summed = {name: sum(stage[name] for stage in stages) for name in _SUMMED}
    found = {f"{n} {what}": counts for n, stage in enumerate(stages) for what, counts in stage["found"].items()}
    every = {"stage": "All", "peak": max((stage["peak"] for stage in stages), default=0), "found": found, **summed}
    return [_row(stage) for stage in [*stages, every]]


def _row(stage: Record) -> list[str]:
    missed = f" of {stage['planned']}" if stage["kills"] < stage["planned"] else ""
    again = f", {stage['repeated']:,} again" if stage["repeated"] else ""
    sizes = [_size(stage["peak"]), f"{stage['files']:,}", _size(stage["written"])]
    counts = [f"{stage['requests']:,}{again}", f"{stage['kills']}{missed}", f"{lost(stage['found']):,}"]
    return [stage["stage"], time_words(stage["seconds"]), *sizes, *counts]


def lost(found: Mapping[str, Sequence[int]]) -> int:
    """How much is missing, where for each thing that is counted `found` says how much there should be and there is."""
    return sum(max(0, wanted - there) for wanted, there in found.values())


def _size(n: int) -> str:
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.1f} MB"
