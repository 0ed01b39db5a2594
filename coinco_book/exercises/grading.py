"""Grades for a notebook that was handed in: what the check behind each exercise says of what the student wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coinco_book.checkout import Checkout
from coinco_book.exercises.exercise import Exercise, all_exercises, heading_of, run_exercise
from coinco_book.runs.notebooks import read_cells
from coinco_core.errors import InputError

_ABSENT = "the cell to fill in is not there, or has lost its tag"


@dataclass(frozen=True)
class Grade:
    """Whether one exercise passes; `says` is one line: 'passes', the check's hint, or the error that came up."""

    notebook: str
    number: int
    title: str
    passes: bool
    says: str


def grade(path: Path, checkout: Checkout) -> tuple[Grade, ...]:
    """A grade for each exercise of the notebook that the file was made from, whatever the file is called.

    Runs what the student wrote, with this checkout's checks; an endless loop is not stopped. Raises InputError when the
    file holds no exercise of any notebook here.
    """
    written = _written(path)
    for exercises in all_exercises(checkout).values():
        if written.keys() & {exercise.title for exercise in exercises}:
            return tuple(_grade(exercise, written.get(exercise.title)) for exercise in exercises)
    raise InputError(f"{path.name} holds no exercise of this book; hand in a notebook that `coinco exercises` wrote.")


def _written(path: Path) -> dict[str, str | None]:
    """By each exercise's title, the code in the cell to fill in; None where there is no such cell."""
    written: dict[str, str | None] = {}
    title = ""
    for cell in read_cells(path):
        if "exercise" in cell["tags"]:
            title = heading_of(cell["source"])[1]
            written[title] = None
        elif "solution" in cell["tags"] and title in written:
            written[title] = cell["source"]
    return written


def _grade(exercise: Exercise, source: str | None) -> Grade:
    says = _ABSENT if source is None else _said(exercise, source)
    return Grade(exercise.notebook, exercise.number, exercise.title, says is None, says or "passes")


def _said(exercise: Exercise, source: str) -> str | None:
    """The check's hint or the error of the student's code on one line; None when it passes."""
    try:
        hint = run_exercise(exercise, source)
    except (Exception, SystemExit) as error:  # whatever a student wrote must not end the grading of the others
        hint = f"{type(error).__name__}: {error}"
    return None if hint is None else " ".join(hint.split())
