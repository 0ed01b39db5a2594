"""The instructors' page: its tables, and plans whose minutes suffice for the exercises that they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.checkout import find_checkout
from coinco_book.exercises.exercise import Exercise, read_exercises
from coinco_book.pages.edition import Edition
from coinco_book.teaching.lesson_page import _link, fragments
from tiny_checkout import make_checkout, notebook

PAGE = (find_checkout().book / "teaching.md").read_text()
SOURCES = sorted(find_checkout().notebooks.glob("*.ipynb"))
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
    checkout = make_checkout(tmp_path, {"a": notebook(), "b": b}, MANIFEST)
    records = {"a": {"seconds": 2.0}, "b_one": {"seconds": 90.0}, "b_two": {"seconds": 61.0}}
    made = fragments(Edition(checkout, "demo", records))
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


PLAN = " ".join(PAGE.partition("## One session")[2].partition("## What to prepare")[0].split())
MINUTES = {e.title: e.minutes for path in SOURCES for e in read_exercises(path)}


def _given_and_needed() -> list[tuple[int, list[str]]]:
    """The minutes of each step of the plans, and the exercises that it names: '| 0 to 10 | ...', '30 for ...'."""
    steps = re.split(r"\| (\d+ to \d+) \||(?<!\w)(\d+)(?: minutes)? for |## |\*\*", PLAN)
    found = []
    for span, plain, text in zip(steps[1::3], steps[2::3], steps[3::3], strict=True):
        ends = [int(end) for end in (span or f"0 to {plain or 0}").split(" to ")]
        found.append((ends[1] - ends[0], re.findall(r"\*([^*]+)\*", text)))
    return found


def test_every_exercise_that_the_plan_names_is_there_and_fits_its_minutes() -> None:
    steps = [(given, [MINUTES[title] for title in named if title in MINUTES]) for given, named in _given_and_needed()]
    assert sum(len(needed) for _, needed in steps) == 12
    assert [(given, needed) for given, needed in steps if given and sum(needed) > given] == []


def test_what_stands_in_italics_in_the_plan_is_an_exercise_or_no_title() -> None:
    named = {title for _, titles in _given_and_needed() for title in titles}
    others = {"out of context", "What it does not show"}
    assert named - MINUTES.keys() == others


def test_the_session_names_its_commands() -> None:
    assert "coinco grade " in PAGE and "_build/students/html" in PAGE
