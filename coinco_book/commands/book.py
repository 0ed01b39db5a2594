"""`coinco run` and `coinco book`: notebooks executed where they are out of date, and the book made of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from coinco_core.cli.output import Json, answer, columns, standard_output_kept_for_json
from coinco_core.cli.parameters import read_parameters
from coinco_core.errors import CheckError

Profile = Annotated[str, typer.Option(help="smoke, demo, released or paper.")]


def add_commands(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("run")(run)
    app.command("book")(book)


def run(
    notebooks: Annotated[list[str] | None, typer.Argument(help="Notebooks by name; all when none is given.")] = None,
    profile: Profile = "demo",
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", help="name=value, for the notebooks that have it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run them even when nothing has changed.")] = False,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", min=1, help="Notebooks at the same time (as cores and memory allow).")
    ] = None,
    json: Json = False,
) -> None:
    """Execute notebooks, skipping what is up to date."""
    from coinco_book.runs.run import run as run_notebooks

    with standard_output_kept_for_json(json):
        outcomes = run_notebooks(notebooks or (), profile, read_parameters(parameter or []), force, jobs=jobs)
    answer([_plain(asdict(outcome)) for outcome in outcomes], json, _as_text)
    bad = [outcome.notebook for outcome in outcomes if not outcome.good]
    if bad:
        raise CheckError(f"{len(bad)} of {len(outcomes)} notebooks have no up-to-date result: {', '.join(bad)}.")


def book(
    profile: Profile = "demo",
    force: Annotated[bool, typer.Option("--force", help="Render it even when no page has changed.")] = False,
    solutions: Annotated[bool, typer.Option(help="Show the solutions, or make the students' book.")] = True,
    json: Json = False,
) -> None:
    """Stage, render and check the book of the notebooks that were run; the students' book has its own folder."""
    from coinco_book.building.build import build_book

    with standard_output_kept_for_json(json):
        index = build_book(profile, force=force, solutions=solutions)
    answer(
        {"profile": profile, "solutions": solutions, "index": str(index)},
        json,
        lambda made: f"The book is at {made['index']}",
    )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "page": None if row["page"] is None else str(row["page"]), "seconds": round(row["seconds"], 2)}


def _as_text(rows: list[dict[str, Any]]) -> str:
    return columns([(row["notebook"], row["status"], f"{row['seconds']:.0f} s") for row in rows])
