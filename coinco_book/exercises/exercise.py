"""The exercises of a notebook: what is asked, the solution, the stub that a student starts from, and the check.

An exercise is three cells in a row, told by their tags: `exercise`, Markdown that begins with
`### Exercise 1 · Title` and says how long it takes, as in (5 minutes); `solution`, code whose part between
`### BEGIN SOLUTION` and `### END SOLUTION` a student writes; and `check`, code that says what to look at when the
answer is wrong. The last two run by themselves, with nothing else of the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coinco_book.checkout import Checkout
from coinco_book.runs.notebooks import load_notebooks, parsed, read_cells
from coinco_core.errors import InputError

TAGS = ("exercise", "solution", "check")  # in the order in which the cells stand
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"  # nbgrader's marks
YOUR_TURN = "...  # your turn"
_HEADING = re.compile(r"### Exercise (\d+) · (.+)")
_PART = re.compile(rf"^([ ]*){BEGIN}\n(.*?)\n[ ]*{END}$", re.MULTILINE | re.DOTALL)
_MINUTES = re.compile(r"\((\d+) minutes?\)")


@dataclass(frozen=True)
class Exercise:
    """One exercise; `notebook` is its source's name without suffix, `text` the task in Markdown below the heading.

    `solution` is the cell as it stands in the source, with its marks, and `stub` what a student gets instead.
    """

    notebook: str
    number: int
    title: str
    minutes: int
    text: str
    solution: str
    stub: str
    check: str


def all_exercises(checkout: Checkout) -> dict[str, tuple[Exercise, ...]]:
    """The exercises of every source notebook, by its name without suffix, in the order in which they run."""
    sources = dict.fromkeys(notebook.source for notebook in load_notebooks(checkout))
    return {Path(source).stem: read_exercises(checkout.notebooks / source) for source in sources}


def read_exercises(path: Path) -> tuple[Exercise, ...]:
    """The exercises of a notebook file, in order; an InputError, naming the file and the fault, for a malformed one."""
    cells = read_cells(path)
    kinds = [next((tag for tag in TAGS if tag in cell["tags"]), "") for cell in cells]
    starts = [at for at, kind in enumerate(kinds) if kind == TAGS[0]]
    exercises = []
    for number, at in enumerate(starts, start=1):
        if tuple(kinds[at : at + 3]) != TAGS:
            raise InputError(f"Exercise {number} of {path.name} must have a solution cell and a check right behind it.")
        exercises.append(_exercise(path.name, number, [cell["source"] for cell in cells[at : at + 3]]))
    if any(kinds.count(tag) != len(starts) for tag in TAGS):
        raise InputError(f"{path.name} has a solution or a check that belongs to no exercise.")
    return tuple(exercises)


def _exercise(file: str, number: int, sources: Sequence[str]) -> Exercise:
    """The exercise made of its three cells, whose heading must bear that number."""
    task, solution, check = sources
    name = f"Exercise {number} of {file}"
    heading, _, text = task.partition("\n")
    found, title = heading_of(task)
    minutes = _MINUTES.search(text)
    if found != number:
        raise InputError(f"{name} must begin with '### Exercise {number} · Title'; it begins with '{heading}'.")
    if not minutes:
        raise InputError(f"{name} does not say how long it takes; write it as in (5 minutes).")
    begun = stub(solution, name)
    for code in (solution, begun, check):
        parsed(code, name)
    return Exercise(Path(file).stem, number, title, int(minutes[1]), text.strip(), solution, begun, check)


def heading_of(task: str) -> tuple[int, str]:
    """The number and the title in an exercise's first line; (0, '') where they are not to be read."""
    found = _HEADING.fullmatch(task.partition("\n")[0].strip())
    return (int(found[1]), found[2].strip()) if found else (0, "")


def stub(source: str, name: str = "The solution") -> str:
    """The solution cell with `...  # your turn` in place of each marked part.

    Raises InputError, which begins with `name`, where nothing is marked or a mark has no partner.
    """
    begun, parts = _PART.subn(rf"\1{YOUR_TURN}", source)
    if not parts or not parts == source.count(BEGIN) == source.count(END):
        raise InputError(f"{name} must mark what a student writes by '{BEGIN}' and '{END}', each on a line of its own.")
    return begun


def without_marks(source: str) -> str:
    """The solution cell without the marks around the student's part."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in (BEGIN, END))


def run_exercise(exercise: Exercise, source: str) -> str | None:
    """What the check says of that solution or stub: None when it passes, else what to look at.

    Both run in a namespace of their own. Any error but the check's AssertionError is the source's and is raised.
    """
    names: dict[str, Any] = {"__name__": f"{exercise.notebook}_{exercise.number}"}
    exec(compile(source, f"<solution of {exercise.title}>", "exec", dont_inherit=True), names)
    try:
        exec(compile(exercise.check, f"<check of {exercise.title}>", "exec", dont_inherit=True), names)
    except AssertionError as failure:
        return str(failure)
    return None
