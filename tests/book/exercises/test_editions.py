"""Editions: pages with solutions folded or left out, and the notebooks for students and instructors."""

from __future__ import annotations

import copy
import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from coinco_book.building.stage import stage
from coinco_book.checkout import Checkout, find_checkout
from coinco_book.exercises import editions
from coinco_book.exercises.editions import page_cell, source_edition, write_exercises
from coinco_book.exercises.exercise import BEGIN, END, YOUR_TURN, read_exercises
from coinco_book.pages.cells import staged_notebook
from coinco_book.runs.notebooks import declared_parameters, read_cells
from coinco_core.cli.app import main
from coinco_core.errors import InputError
from coinco_core.files import read_json
from tiny_checkout import make_checkout, notebook
from written_lines import written_lines

SOURCES = sorted(find_checkout().notebooks.glob("*.ipynb"))
SECRET = "the_secret_step"
TASK = "### Exercise 1 · Secrets\n\nWhat comes next? (7 minutes)"
SOLUTION = f"import math\n\nanswer = (\n    {BEGIN}\n    '{SECRET}'\n    {END}\n)\nprint(answer)"
CHECK = "from coinco_book.exercises.checks import check\n\ncheck(len(answer) == 15, 'Count the letters.')"
MADE_BY = {"profile": "demo", "seed": 0, "device": "cpu", "time": "2026-01-02T03:04:05+00:00"}
MADE_BY |= {"code_version": "0.1.0+abc", "python": "3.11.7", "platform": "Linux x86_64", "packages": {}}
RECORD = {"notebook": "a", "parameters": {}, "depends_on": {}, "cells": [], "seconds": 1.0, "made_by": MADE_BY}
PRINTED = {"output_type": "stream", "name": "stdout", "text": SECRET}


def _cell(kind: str, source: str, *tags: str, outputs: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    cell = {"id": f"c-{'-'.join(tags)}", "cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}
    return cell | ({"outputs": list(outputs), "execution_count": 3} if kind == "code" else {})


def _with_exercise(executed: bool) -> dict[str, Any]:
    made = notebook("%md ## What it does not show\n\nMuch.")
    outputs = (PRINTED,) if executed else ()
    made["cells"] += [
        _cell("markdown", TASK, "exercise"),
        _cell("code", SOLUTION, "solution", outputs=outputs),
        _cell("code", CHECK, "check", outputs=outputs),
    ]
    return made


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout with two notebooks, the first with an exercise and a run."""
    notebooks = {"a": _with_exercise(executed=False), "b": notebook("1")}
    made = make_checkout(tmp_path / "c", notebooks, "[{id: a, title: A}, {id: b, title: B}]", "{a: {}, b: {}}")
    (made.root / "_toc.yml").write_text("root: index\nchapters: [{file: notebooks/a}]\n")
    (made.root / "_config.yml").write_text("title: T\n")
    made.book.mkdir()
    (made.book / "index.md").write_text("# index\n")
    run = made.runs("demo") / "a"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps(RECORD))
    (run / "a.ipynb").write_text(json.dumps(_with_exercise(executed=True)))
    return made


def test_with_solutions_a_page_folds_them_and_shows_no_marks() -> None:
    cell = _cell("code", SOLUTION, "solution", outputs=(PRINTED,))
    before = copy.deepcopy(cell)
    shown = page_cell(cell, solutions=True)
    assert "hide-input" in shown["metadata"]["tags"]
    assert shown["metadata"]["mystnb"]["code_prompt_show"] == "Show the solution"
    assert SECRET in shown["source"]
    assert "###" not in shown["source"]
    assert shown["outputs"] == [PRINTED]
    assert cell == before


def test_without_solutions_a_page_shows_the_stub_and_no_output() -> None:
    shown = page_cell(
        _cell("code", SOLUTION.splitlines(keepends=True), "solution", outputs=(PRINTED,)), solutions=False
    )  # type: ignore[arg-type]
    assert YOUR_TURN in shown["source"]
    assert shown["metadata"]["tags"] == ["solution"]
    checked = page_cell(_cell("code", CHECK, "check", outputs=(PRINTED,)), solutions=False)
    assert checked["metadata"]["mystnb"]["code_prompt_show"] == "Show the check"
    for cell in (shown, checked):
        assert SECRET not in json.dumps(cell)
        assert cell["outputs"] == []


@pytest.mark.parametrize("solutions", [True, False])
def test_other_cells_stay_as_they_are(solutions: bool) -> None:
    for cell in (_cell("markdown", TASK, "exercise"), _cell("code", "work()", outputs=(PRINTED,))):
        assert page_cell(cell, solutions) == cell


def _texts(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_tree_without_solutions_holds_no_word_of_them(checkout: Checkout) -> None:
    stage(checkout, "demo", solutions=False)
    students = checkout.stage(solutions=False)
    assert SECRET not in _texts(students)
    stub = next(cell for cell in read_cells(students / "notebooks" / "a.ipynb") if "solution" in cell["tags"])
    assert YOUR_TURN in stub["source"]
    assert "hide-input" not in stub["tags"]  # it begins with an import, and is there to be seen
    stage(checkout, "demo")
    assert SECRET in _texts(checkout.stage())
    assert BEGIN not in (checkout.stage() / "notebooks" / "a.ipynb").read_text()
    assert SECRET not in _texts(students)  # a tree of its own


@pytest.mark.parametrize(("profile", "folder"), [("demo", "students"), ("smoke", "smoke-students")])
def test_the_students_book_has_a_folder_of_its_own(checkout: Checkout, profile: str, folder: str) -> None:
    places = [checkout.built(profile), checkout.built(profile, solutions=False)]
    assert places[1] == checkout.root / "_build" / folder / "html"
    assert not any(one.is_relative_to(other) for one, other in permutations(places))
    assert checkout.stage(profile) != checkout.stage(profile, solutions=False)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_line_of_a_solution_is_left_in_any_notebook(path: Path) -> None:
    source = read_json(path)
    student = source_edition(source, solutions=False)
    page = staged_notebook(source, {}, find_checkout().root, solutions=False)
    secret = [line for exercise in read_exercises(path) for line in written_lines(exercise.solution)]
    for edition in (student, page):
        lines = {line.strip() for cell in edition["cells"] for line in "".join(cell["source"]).splitlines()}
        assert lines & set(secret) == set()
    assert [cell for cell in student["cells"] if cell.get("outputs") or cell.get("execution_count")] == []
    assert [cell["id"] for cell in student["cells"]] == [cell["id"] for cell in source["cells"]]
    assert source_edition(source, solutions=True) == source


def test_the_students_notebooks(checkout: Checkout, tmp_path: Path) -> None:
    out = tmp_path / "made" / "here"
    (exercise,) = write_exercises(checkout, out)
    assert sorted(path.name for path in out.iterdir()) == ["README.md", "a.ipynb", "exercises.json"]
    assert SECRET not in _texts(out)
    assert YOUR_TURN in (out / "a.ipynb").read_text()
    assert "| [a](a.ipynb) | 1. Secrets | 7 |" in (out / "README.md").read_text()
    listed = read_json(out / "exercises.json")["exercises"]
    assert listed == [{"notebook": "a", "number": 1, "title": exercise.title, "minutes": 7}]


def test_an_untouched_edition_is_replaced(checkout: Checkout, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_exercises(checkout, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    write_exercises(checkout, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    write_exercises(checkout, out, solutions=True)
    assert (SECRET in _texts(out), BEGIN in _texts(out)) == (True, True)


@pytest.mark.parametrize("name", ["a.ipynb", "README.md", "mine.txt", "runs/demo/x.json", "exercises.json"])
def test_what_somebody_has_worked_on_is_never_replaced(checkout: Checkout, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    write_exercises(checkout, out)
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_text('{"files": {}}')
    with pytest.raises(InputError, match="name another folder"):
        write_exercises(checkout, out)
    assert (out / name).read_text() == '{"files": {}}'
    assert (out / "a.ipynb").is_file()


@pytest.mark.parametrize("content", ["[]", "{}", '{"mine": 1}', '{"files": {}}', '{"files": []}'])
def test_a_folder_with_nothing_but_a_list_of_ones_own_is_never_replaced(
    checkout: Checkout, tmp_path: Path, content: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "exercises.json").write_text(content)
    with pytest.raises(InputError, match="name another folder"):
        write_exercises(checkout, out)
    assert (out / "exercises.json").read_text() == content


@pytest.mark.parametrize("aim", ["nowhere", "file", "folder"])
@pytest.mark.parametrize("name", ["mine", "exercises.json"])
def test_links_and_folders_are_somebodys_too(checkout: Checkout, tmp_path: Path, aim: str, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for out in (tmp_path / "bare", tmp_path / "written"):
        out.mkdir()
    write_exercises(checkout, tmp_path / "written")
    for out in (tmp_path / "bare", tmp_path / "written"):
        (out / name).unlink(missing_ok=True)
        (out / name).symlink_to(tmp_path / aim)
        with pytest.raises(InputError, match="name another folder"):
            write_exercises(checkout, out)
        assert (out / name).is_symlink()


def test_a_link_to_a_file_of_the_same_content_is_somebodys_too(checkout: Checkout, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_exercises(checkout, out)
    (out / "README.md").rename(tmp_path / "kept.md")
    (out / "README.md").symlink_to(tmp_path / "kept.md")
    with pytest.raises(InputError, match="name another folder"):
        write_exercises(checkout, out)


def test_an_empty_folder_inside_is_somebodys_too(checkout: Checkout, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "mine").mkdir(parents=True)
    with pytest.raises(InputError, match="name another folder"):
        write_exercises(checkout, out)
    assert _names(out) == ["mine"]


def test_what_is_put_there_while_an_edition_is_written_stays(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def meanwhile(*_: object) -> str:
        out.mkdir()
        (out / "mine.txt").touch()
        return "read me"

    monkeypatch.setattr(editions, "_readme", meanwhile)
    with pytest.raises(InputError, match="name another folder"):
        write_exercises(checkout, out)
    assert _names(out) == ["mine.txt"]
    assert [name for name in _names(tmp_path) if name.startswith(".")] == []


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_is_tried_in_jupyterlab_stays_apart_from_the_runs_of_the_book(path: Path) -> None:
    home = find_checkout()
    assert (path.parent / declared_parameters(path)["run_dir"]).resolve() == home.runs("lab")


def test_foreign_places_are_refused(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", checkout.root, checkout.notebooks):
        with pytest.raises(InputError, match="name another folder"):
            write_exercises(checkout, place)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_malformed_notebook_leaves_the_last_edition(checkout: Checkout, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_exercises(checkout, out)
    before = _texts(out)
    broken = (checkout.notebooks / "a.ipynb").read_text().replace(END, "###")
    (checkout.notebooks / "a.ipynb").write_text(broken)
    with pytest.raises(InputError, match="Exercise 1 of a.ipynb"):
        write_exercises(checkout, out)
    assert _texts(out) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["exercises", str(out), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["folder"] == str(out)
    assert made["notebooks"] == len(list(out.glob("*.ipynb")))
    assert made["exercises"] == (out / "README.md").read_text().count("ipynb) |")
    assert YOUR_TURN in _texts(out)
    (out / "README.md").write_text("mine")
    assert main(["exercises", str(out)]) == 2
    assert "name another folder" in capsys.readouterr().err
