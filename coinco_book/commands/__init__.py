"""The commands of `coinco` that make, check and compare the book.

`coinco_core.cli.app` finds them by the entry point `coinco.commands`; core's own commands load without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def add_commands(app: typer.Typer) -> None:
    """Put the book's commands into the program."""
    from coinco_book.commands import book, comparing, rehearse, review, teaching, verify

    for part in (book, teaching, verify, review, comparing, rehearse):
        part.add_commands(app)
