"""`coinco review`: the reviewers' pack, made of the runs that are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coinco_core.cli.output import Json, answer, columns, say

if TYPE_CHECKING:
    from coinco_book.review.pack import Pack


def add_commands(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("review")(review)


def review(
    out: Annotated[Path, typer.Option(help="The folder to write; an untouched older pack there is replaced.")],
    profile: Annotated[str, typer.Option(help="smoke, demo, released or paper.")] = "demo",
    json: Json = False,
) -> None:
    """Write codecheck.yml, an RO-Crate and the facts of the artefact, with sources and results."""
    from coinco_book.review.pack import write_pack

    pack = write_pack(out, profile)
    if pack.out_of_date:
        say(f"Changed since they were run: {', '.join(pack.out_of_date)}; artefact.json says what.")
    content = {"folder": str(pack.folder), "files": pack.files, "open": pack.left_open, "out_of_date": pack.out_of_date}
    answer(content if json else pack, json, _as_text)


def _as_text(pack: Pack) -> str:
    lines = [f"{pack.files} files written to {pack.folder}"]
    if pack.left_open:
        lines += [
            "Left to the codechecker and the authors, by CODECHECK's rules:",
            columns(list(pack.left_open.items())),
        ]
    return "\n".join(lines)
