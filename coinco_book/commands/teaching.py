"""`coinco exercises` and `coinco grade`: notebooks with exercises to hand out, and what became of them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from coinco_core.cli.output import Json, answer, columns, standard_output_kept_for_json
from coinco_core.errors import CheckError


def add_commands(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("exercises")(exercises)
    app.command("grade")(grade)


def exercises(
    out: Annotated[Path, typer.Argument(help="The folder to write; an untouched older edition there is replaced.")],
    solutions: Annotated[bool, typer.Option("--solutions", help="The instructors' edition, with solutions.")] = False,
    json: Json = False,
) -> None:
    """Write the notebooks with their exercises to fill in."""
    from coinco_book.checkout import find_checkout
    from coinco_book.exercises.editions import write_exercises

    written = write_exercises(find_checkout(), out, solutions=solutions)
    made = {
        "folder": str(out),
        "notebooks": len({exercise.notebook for exercise in written}),
        "exercises": len(written),
        "minutes": sum(exercise.minutes for exercise in written),
    }
    text = "{exercises} exercises in {notebooks} notebooks, {minutes} minutes together: {folder}"
    answer(made, json, lambda facts: text.format(**facts))


def grade(
    file: Annotated[Path, typer.Argument(help="A notebook that was handed in, whatever its name.")],
    json: Json = False,
) -> None:
    """Say of each exercise in a notebook whether it passes. Runs what the student wrote, and stops no endless loop."""
    from coinco_book.checkout import find_checkout
    from coinco_book.exercises.grading import grade as grade_notebook

    with standard_output_kept_for_json(json):
        grades = grade_notebook(file, find_checkout())
    answer([asdict(one) for one in grades], json, lambda rows: columns([_line(row) for row in rows]))
    left = sum(not one.passes for one in grades)
    if left:
        raise CheckError(f"{left} of {len(grades)} exercises in {file.name} do not pass.")


def _line(row: dict[str, Any]) -> tuple[str, str]:
    return f"{row['number']}. {row['title']}", row["says"]
