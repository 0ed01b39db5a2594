"""The tables of the instructors' page: how long each chapter computes, and all exercises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from coinco_book.exercises.exercise import Exercise, read_exercises
from coinco_book.pages.edition import Edition


def fragments(edition: Edition) -> dict[str, str]:
    """The parts `chapters`, measured minutes a chapter, and `exercises`, a row an exercise, as tables in Markdown."""
    exercises = dict(_on_pages(edition))
    return {"chapters": _chapters(edition, exercises), "exercises": _exercises(edition, exercises)}


def _on_pages(edition: Edition) -> Iterator[tuple[str, tuple[Exercise, ...]]]:
    """Each chapter with its exercises; of several that one notebook makes, only the first has them."""
    seen: set[str] = set()
    for name, notebook in edition.notebooks.items():
        yield name, () if notebook.source in seen else read_exercises(notebook.path(edition.checkout))
        seen.add(notebook.source)


def _chapters(edition: Edition, exercises: dict[str, tuple[Exercise, ...]]) -> str:
    rows = [
        (
            f"[{_cell(notebook.title)}](../notebooks/{name}.ipynb)",
            notebook.section or "all",
            _computing(edition.records[name]["seconds"]),
            str(_minutes(exercises[name]) or ""),
        )
        for name, notebook in edition.notebooks.items()
    ]
    seconds = sum(record["seconds"] for record in edition.records.values())
    total = ("together", "", _computing(seconds), str(sum(map(_minutes, exercises.values()))))
    return _table(("chapter", "section of the paper", "computes (minutes)", "exercises (minutes)"), [*rows, total])


def _exercises(edition: Edition, exercises: dict[str, tuple[Exercise, ...]]) -> str:
    rows = [
        (_cell(edition.notebooks[name].title), str(exercise.number), _link(name, exercise), str(exercise.minutes))
        for name, found in exercises.items()
        for exercise in found
    ]
    return _table(("chapter", "no.", "exercise", "minutes"), rows)


def _link(name: str, exercise: Exercise) -> str:
    """The exercise's title, which leads to its heading on the page under the name that Sphinx gives it there."""
    heading = re.sub("[^a-z0-9]+", "-", f"exercise {exercise.number} {exercise.title}".lower()).strip("-")
    return f'<a href="../notebooks/{name}.html#{heading}">{_cell(escape(exercise.title))}</a>'


def _minutes(exercises: Iterable[Exercise]) -> int:
    return sum(exercise.minutes for exercise in exercises)


def _computing(seconds: float) -> str:
    """Seconds as minutes with one decimal, 0.1 at the least."""
    return f"{max(seconds / 60, 0.1):.1f}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """The text without what would end a cell of a table."""
    return text.replace("|", "\\|")
