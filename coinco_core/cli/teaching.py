"""`coinco exercises`: the notebooks with their exercises, for students or for those who teach them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coinco_core.cli.output import answer


def add_commands(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("exercises")(exercises)


def exercises(
    out: Annotated[Path, typer.Argument(help="The folder to write; an untouched older edition there is replaced.")],
    solutions: Annotated[bool, typer.Option("--solutions", help="The instructors' edition, with solutions.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write the notebooks with their exercises to fill in."""
    from coinco_core.reproduction.layout import find_layout
    from coinco_core.reproduction.teaching.editions import write_exercises

    written = write_exercises(find_layout(), out, solutions=solutions)
    made = {
        "folder": str(out),
        "notebooks": len({exercise.notebook for exercise in written}),
        "exercises": len(written),
        "minutes": sum(exercise.minutes for exercise in written),
    }
    text = "{exercises} exercises in {notebooks} notebooks, {minutes} minutes together: {folder}"
    answer(made, json, lambda facts: text.format(**facts))
