"""Grading: what is said of each exercise in a notebook that was handed in, and the command that says it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coinco_book.checkout import Checkout, find_checkout
from coinco_book.exercises.editions import source_edition
from coinco_book.exercises.grading import grade
from coinco_core.cli.app import main
from coinco_core.errors import InputError, MissingError
from coinco_core.files import read_json
from tiny_checkout import make_checkout, notebook

TITLES = ("One", "Two", "Three")
CHECK = "from coinco_book.exercises.checks import check\n\ncheck(answer == 2, 'Add\\nthem.')"
REAL = find_checkout().notebooks / "objects_from_context.ipynb"


def _notebook(*sources: str) -> dict[str, Any]:
    """A notebook with an exercise for each of these cells to fill in."""
    made = notebook()
    for number, (title, source) in enumerate(zip(TITLES, sources, strict=False), start=1):
        task = f"### Exercise {number} · {title}\n\nAdd. (5 minutes)"
        for kind, text, tag in (("markdown", task, "exercise"), ("code", source, "solution"), ("code", CHECK, "check")):
            code = {"outputs": [], "execution_count": None} if kind == "code" else {}
            made["cells"].append({"cell_type": kind, "metadata": {"tags": [tag]}, "source": text, **code})
    return made


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    solution = "answer = (\n    ### BEGIN SOLUTION\n    1 + 1\n    ### END SOLUTION\n)"
    sources = {"a": _notebook(*[solution] * 3), "b": notebook()}
    return make_checkout(tmp_path / "c", sources, "[{id: b, title: B}, {id: a, title: A}]")


def _handed_in(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "by somebody.ipynb"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(("source", "passes", "says"), [
    ("answer = 2", True, "passes"),
    ("answer = (\n    ...  # your turn\n)", False, "Add them."),
    ("answer = 3", False, "Add them."),
    ("answer = = 2", False, "SyntaxError: invalid syntax"),
    ("answer = 1 / 0", False, "ZeroDivisionError: division by zero"),
    ("raise SystemExit('bye')", False, "SystemExit: bye"),
    ("import no_such_module", False, "ModuleNotFoundError: No module named 'no_such_module'"),
    ("%matplotlib inline\nanswer = 2", False, "SyntaxError: invalid syntax"),
    ("pass", False, "NameError: name 'answer' is not defined"),
    ("def check(*_): pass\nanswer = 3", False, "Add them."),
])  # fmt: skip
def test_each_exercise_gets_one_line_whatever_became_of_another(
    checkout: Checkout, tmp_path: Path, source: str, passes: bool, says: str
) -> None:
    first, second, third = grade(_handed_in(tmp_path, _notebook("answer = 2", source, "answer = 1")), checkout)
    assert (first.passes, first.says) == (True, "passes")
    assert (second.notebook, second.number, second.title, second.passes) == ("a", 2, "Two", passes)
    assert second.says.startswith(says) and "\n" not in second.says
    assert (third.passes, third.says) == (False, "Add them.")


@pytest.mark.parametrize("lost", ["solution", "exercise"])
def test_a_cell_that_is_gone_or_has_lost_its_tag_is_named(checkout: Checkout, tmp_path: Path, lost: str) -> None:
    content = _notebook("answer = 2", "answer = 2", "answer = 2")
    cells = [cell for cell in content["cells"] if lost in cell["metadata"]["tags"]]
    cells[1]["metadata"]["tags"] = []
    grades = grade(_handed_in(tmp_path, content), checkout)
    assert "not there" in grades[1].says and not grades[1].passes
    assert grades[2].passes


def test_what_is_no_notebook_of_this_book_is_refused(checkout: Checkout, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no exercise of this book"):
        grade(_handed_in(tmp_path, notebook("1")), checkout)
    with pytest.raises(MissingError, match=r"none\.ipynb"):
        grade(tmp_path / "none.ipynb", checkout)
    (tmp_path / "text.ipynb").write_text("text")
    with pytest.raises(InputError, match="cannot be read as a notebook"):
        grade(tmp_path / "text.ipynb", checkout)


@pytest.mark.parametrize("solved", [True, False])
def test_the_command(solved: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(_handed_in(tmp_path, source_edition(read_json(REAL), solved)))
    assert main(["grade", file, "--json"]) == (0 if solved else 1)
    grades = json.loads(capsys.readouterr().out)
    assert [(one["notebook"], one["number"], one["passes"]) for one in grades] == [
        (REAL.stem, n, solved) for n in (1, 2)
    ]
    assert main(["grade", file]) == (0 if solved else 1)
    said = capsys.readouterr()
    assert [line.endswith("passes") for line in said.out.splitlines()] == [solved] * 2
    assert ("2 of 2 exercises" in said.err) != solved


def test_what_a_student_prints_is_no_part_of_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = source_edition(read_json(REAL), True)
    cell = next(cell for cell in content["cells"] if "solution" in cell["metadata"].get("tags", []))
    cell["source"] = [*cell["source"], "\nprint('[not JSON')"]
    assert main(["grade", str(_handed_in(tmp_path, content)), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_titles_tell_every_exercise_of_the_book_from_any_other() -> None:
    headings = [
        "".join(cell["source"]).splitlines()[0].partition(" · ")[2]
        for path in REAL.parent.glob("*.ipynb")
        for cell in read_json(path)["cells"]
        if "exercise" in cell["metadata"].get("tags", [])
    ]
    assert len(headings) == len(set(headings)) > 20
