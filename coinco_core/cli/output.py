"""How a command speaks: text or one JSON document on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@contextlib.contextmanager
def standard_output_kept_for_json(as_json: bool) -> Iterator[None]:
    """A stretch of work whose prints go to standard error when the command's answer is one JSON document."""
    if not as_json:
        yield
        return
    with contextlib.redirect_stdout(sys.stderr):
        yield


def answer(content: Any, as_json: bool, as_text: Callable[[Any], str]) -> None:
    """Print the command's answer: `content` as JSON (NaN is refused), or what `as_text` makes of it."""
    print(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) if as_json else as_text(content))


def say(text: str) -> None:
    """Print a remark beside the answer, on standard error."""
    print(text, file=sys.stderr)


def columns(rows: Sequence[Sequence[str]], gap: int = 2) -> str:
    """The rows as text with aligned columns; the last column is left as it is."""
    if not rows:
        return ""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    padded = [[*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]] for row in rows]
    return "\n".join((" " * gap).join(row).rstrip() for row in padded)
