"""The instructors' page: its tables, its plan of a session, and the lines that grade what was handed in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.files import read_json
from coinco_core.reproduction.book.edition import Edition
from coinco_core.reproduction.layout import find_layout
from coinco_core.reproduction.teaching.editions import source_edition
from coinco_core.reproduction.teaching.exercises import Exercise, read_exercises
from coinco_core.reproduction.teaching.lesson_page import _link, fragments
from tiny_checkout import make_checkout, notebook

PAGE = (find_layout().book / "teaching.md").read_text()
NOTEBOOK = find_layout().notebooks / "objects_from_context.ipynb"
MANIFEST = """
- {id: a, title: Chapter A, section: "3.1"}
- {id: b_one, source: b.ipynb, title: One, section: "5.1"}
- {id: b_two, source: b.ipynb, title: Two | B, section: "5.1"}
"""


def _exercise(title: str, minutes: int, number: int = 1) -> list[dict[str, object]]:
    code: dict[str, object] = {"cell_type": "code", "outputs": [], "execution_count": None}
    solution = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    task = f"### Exercise {number} · {title}\n\nDo it. ({minutes} minutes)"
    return [
        {"cell_type": "markdown", "metadata": {"tags": ["exercise"]}, "source": task},
        {**code, "metadata": {"tags": ["solution"]}, "source": solution},
        {**code, "metadata": {"tags": ["check"]}, "source": "assert x"},
    ]


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, list[list[str]]]:
    """The cells of the two tables, row by row below the head, for a book of three pages made by two notebooks."""
    b = notebook()
    b["cells"] += _exercise("The <b>bold</b> one", 5) + _exercise("It's | second", 7, number=2)
    layout = make_checkout(tmp_path, {"a": notebook(), "b": b}, MANIFEST)
    records = {"a": {"seconds": 2.0}, "b_one": {"seconds": 90.0}, "b_two": {"seconds": 61.0}}
    made = fragments(Edition(layout, "demo", records))
    return {name: [_cells(line) for line in text.splitlines()[2:]] for name, text in made.items()}


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_each_chapter_has_its_measured_minutes_and_those_of_its_exercises(tables: dict[str, list[list[str]]]) -> None:
    assert tables["chapters"] == [
        ["[Chapter A](../notebooks/a.ipynb)", "3.1", "0.1", ""],
        ["[One](../notebooks/b_one.ipynb)", "5.1", "1.5", "12"],
        [r"[Two \| B](../notebooks/b_two.ipynb)", "5.1", "1.0", ""],
        ["together", "", "2.5", "12"],
    ]


def test_an_exercise_is_listed_once_with_a_link_to_its_heading(tables: dict[str, list[list[str]]]) -> None:
    first, second = tables["exercises"]
    link = '<a href="../notebooks/b_one.html#exercise-1-the-b-bold-b-one">The &lt;b&gt;bold&lt;/b&gt; one</a>'
    assert first == ["One", "1", link, "5"]
    assert second[0::3] == ["One", "7"] and "#exercise-2-it-s-second" in second[2]


@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=40))
def test_the_link_names_the_heading_as_sphinx_does(title: str) -> None:
    nodes = pytest.importorskip("docutils.nodes")
    link = _link("a", Exercise("a", 3, title, 5, "", "", "", ""))
    assert f'#{nodes.make_id(f"Exercise 3 · {title}")}"' in link


def test_the_session_fills_its_ninety_minutes() -> None:
    spans = [(int(a), int(b)) for a, b in re.findall(r"^\| (\d+) to (\d+) \|", PAGE, flags=re.MULTILINE)]
    assert [begin for begin, _ in spans] == [0, *(end for _, end in spans[:-1])]
    assert spans[-1][1] == 90


def test_every_exercise_that_the_plan_names_is_there() -> None:
    titles = {e.title for path in NOTEBOOK.parent.glob("*.ipynb") for e in read_exercises(path)}
    named = {
        "Every label counts the same", "How many answers at once?", "Twelve ranks out of eighty", "What chance gets",
        "Too sure", "The same pictures for both",
    }  # fmt: skip
    assert [title for title in named if f"*{title}*" not in " ".join(PAGE.split())] == []
    assert named - titles == set()


@pytest.mark.parametrize("solved", [True, False])
def test_the_lines_on_the_page_grade_what_was_handed_in(
    solved: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / NOTEBOOK.name).write_text(json.dumps(source_edition(read_json(NOTEBOOK), solved)))
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(code, "teaching.md", "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["1", "2"]
    assert [line.endswith("passes") for line in said] == [solved] * 2
