"""What the code cells of two runs show, cell by cell: identical, close, other only in times, or different.

Left out are execution counts, folders and random ids, which vary from process to process, and what `glue_number`
leaves in a notebook, which stands in numbers.json. Images are compared here by their bytes alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from coinco_book.comparing.cells import CodeCell, matched
from coinco_book.comparing.html_tables import html_as_text
from coinco_book.comparing.match import DiffRow, Match, presence
from coinco_book.comparing.texts import TextMatch, match_texts, normalised
from coinco_core.files import digest

Executed = Mapping[str, Any]
Piece = tuple[str, str]  # what kind of output it is, and its text
_TAG = re.compile(r"^[^<>]*>|<[^<>]*(>|$)")


def compare_outputs(where: str, a: Executed | None, b: Executed | None) -> Iterator[DiffRow]:
    """One row for each code cell that shows something in either run."""
    places = (_run_folder(a), _run_folder(b))
    for title, cells in matched(a, b):
        first, second = (_pieces(cell, place) for cell, place in zip(cells, places, strict=True))
        if first or second:
            yield _row(where, title, first, second)


def _row(where: str, title: str, a: Sequence[Piece] | None, b: Sequence[Piece] | None) -> DiffRow:
    """The row of a cell: its worst output decides."""
    alone = presence(a, b)
    if alone or a is None or b is None:
        return DiffRow(where, title, _kinds(a), _kinds(b), alone or Match.DIFFERENT)
    if [kind for kind, _ in a] != [kind for kind, _ in b]:
        return DiffRow(where, title, _kinds(a), _kinds(b), Match.DIFFERENT, note="shows other kinds of things")
    found = [(kind, _match(kind, x, y)) for (kind, x), (_, y) in zip(a, b, strict=True)]
    kind, bad = max(found, key=lambda item: item[1].match.rank)
    far = bad.difference if bad.match is not Match.IDENTICAL else 0.0
    note = "" if bad.match is Match.IDENTICAL else f"in {kind}"
    return DiffRow(where, title, bad.a, bad.b, bad.match, far, note)


def _match(kind: str, a: str, b: str) -> TextMatch:
    if kind.startswith("image/"):
        return TextMatch(Match.IDENTICAL) if a == b else TextMatch(Match.DIFFERENT, None)
    if a == b or kind != "text/html":
        return match_texts(a, b)
    found = match_texts(html_as_text(a), html_as_text(b))
    return replace(found, a=_without_tags(found.a), b=_without_tags(found.b))


def _without_tags(excerpt: str) -> str:
    """A piece cut from HTML in words alone; tags may have been cut at its ends."""
    return " ".join(_TAG.sub(" ", excerpt).split())


def _run_folder(executed: Executed | None) -> str:
    """Where the runs of the profile lay when the notebook was executed; '' when the notebook does not say."""
    parameters = (executed or {}).get("metadata", {}).get("papermill", {}).get("parameters", {})
    return str(parameters.get("run_dir") or "")


def _pieces(cell: CodeCell | None, run_folder: str) -> list[Piece] | None:
    """What a cell shows, in order; neighbouring pieces of one stream are one. None for no cell."""
    if cell is None:
        return None
    pieces: list[Piece] = []
    for output in cell.outputs:
        for kind, text in _shown(output):
            if pieces and kind in ("stdout", "stderr") and pieces[-1][0] == kind:
                text = pieces.pop()[1] + text
            pieces.append((kind, text))
    return [(kind, normalised(text, {run_folder: "RUNS"})) for kind, text in pieces]


def _shown(output: Mapping[str, Any]) -> Iterator[Piece]:
    if output.get("output_type") == "stream":
        yield str(output.get("name", "stdout")), _joined(output.get("text", ""))
    elif output.get("output_type") == "error":
        yield "error", f"{output.get('ename')}: {output.get('evalue')}"
    elif "scrapbook" not in output.get("metadata", {}):
        data = output.get("data", {})
        richer = [mime for mime in data if mime != "text/plain"]  # the same thing in plainer words is not looked at
        for mime in richer or data:
            text = _joined(data[mime])
            yield mime, digest(text) if mime.startswith("image/") else text


def _joined(text: Any) -> str:
    if isinstance(text, str):
        return text
    return "".join(text) if isinstance(text, list) else json.dumps(text, sort_keys=True)


def _kinds(pieces: Sequence[Piece] | None) -> str:
    return "" if pieces is None else ", ".join(kind for kind, _ in pieces) or "nothing"
