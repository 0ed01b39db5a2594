"""Exercises: how they are read, that every stub is told what to look at, and that every solution passes."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.checkout import find_checkout
from coinco_book.exercises.checks import check, items, near, same
from coinco_book.exercises.exercise import (
    BEGIN,
    END,
    YOUR_TURN,
    Exercise,
    all_exercises,
    read_exercises,
    run_exercise,
    stub,
    without_marks,
)
from coinco_core.errors import InputError
from tiny_checkout import make_checkout, notebook
from written_lines import written_lines

FOUND = {path.stem: read_exercises(path) for path in sorted(find_checkout().notebooks.glob("*.ipynb"))}
EXERCISES = [exercise for found in FOUND.values() for exercise in found]
TASK = "### Exercise 1 · Count\n\nAdd them up. (5 minutes)"
SOLUTION = f"answer = (\n    {BEGIN}\n    1 + 1\n    {END}\n)"
CHECK = "from coinco_book.exercises.checks import check\n\ncheck(answer == 2, 'What are one and one together?')"


def _id(exercise: Exercise) -> str:
    return f"{exercise.notebook}-{exercise.number}"


@pytest.mark.parametrize("source", FOUND)
def test_every_chapter_has_an_exercise(source: str) -> None:
    assert FOUND[source]


@pytest.mark.parametrize("exercise", EXERCISES, ids=_id)
def test_a_stub_runs_and_its_check_says_what_to_look_at(exercise: Exercise) -> None:
    said = run_exercise(exercise, exercise.stub)
    assert said is not None
    assert len(said.split()) > 3


@pytest.mark.parametrize("exercise", EXERCISES, ids=_id)
def test_a_solution_passes_and_is_not_in_the_stub(exercise: Exercise) -> None:
    assert run_exercise(exercise, exercise.solution) is None
    assert run_exercise(exercise, without_marks(exercise.solution)) is None
    written = written_lines(exercise.solution)
    assert written
    assert (
        exercise.solution.splitlines()[0] == exercise.stub.splitlines()[0]
    )  # a run's record quotes a cell's first line
    assert set(written) & {line.strip() for line in exercise.stub.splitlines()} == set()


@pytest.mark.parametrize("exercise", EXERCISES, ids=_id)
def test_an_exercise_fits_into_a_lesson(exercise: Exercise) -> None:
    assert 1 <= exercise.minutes <= 30
    assert exercise.text


def _filled(exercise: Exercise, *parts: str) -> str:
    """The stub with these parts in the places that a student fills."""
    begun = exercise.stub
    for part in parts:
        begun = begun.replace(YOUR_TURN, part, 1)
    return begun


FIRST_MATCH = "found = re.search(name + r':\\s*(In|Out-of)-context', text)\n    return found and found[1] == 'In'"
WRONG = [
    ("world_tour", 1, ["return all(verdicts)"], "None"),
    ("world_tour", 1, ["return None if None in verdicts else all(verdicts)"], "look for it first"),
    ("world_tour", 2, ["return len(SCENE_CATEGORIES[scene])", "0"], "Out of how many"),
    ("world_tour", 2, ["return 29 / 80", "0"], "ski slope"),
    ("world_tour", 2, ["return len(SCENE_CATEGORIES[scene]) / 80", "sum(map(chance_at_home, SCENES))"], "sum"),
    ("world_tour", 3, ["return k / n, k / n"], "z²/4n²"),
    ("world_tour", 3, ["return k / n - z / sqrt(4 * n), k / n + z / sqrt(4 * n)"], "divided by"),
    ("lvlm_reasoning", 1, ["return 'in' if sum(verdicts) > 1 else 'out'"], "consensus"),
    ("lvlm_reasoning", 1, ["return 'split' if len(set(verdicts)) > 1 else 'in' if verdicts[0] else 'out'"], "third"),
    ("lvlm_reasoning", 2, ["return f'{name}: In-context' in text"], "last word"),
    ("lvlm_reasoning", 2, [FIRST_MATCH], "asterisks"),
    ("lvlm_reasoning", 3, ["return sum(1 if v in (0, 3) else 1 / 3 for v in votes) / len(votes)"], "chance"),
    ("students", 1, ["return -sum(map(sum, log_probabilities)) / sum(map(len, labels))"], "leave out"),
    ("students", 2, ["p, q = np.exp(teacher), np.exp(student)", ""], "student"),
    ("students", 3, ["return min(n_in, n_out)", "return set()"], "half"),
    ("students", 3, ["return 2 * min(n_in, n_out)", "return {image for image, _ in rows}"], "not a leak"),
    ("students_evaluation", 1, ["return (right_in + right_out) / (n_in + n_out)"], "two numbers"),
    ("students_evaluation", 2, ["return 2 ** -(gained + lost)"], "one side"),
    ("students_evaluation", 2, ["return 2 * 2 ** -max(gained, lost)"], "sum over"),
    ("students_evaluation", 3, ["return sum(abs(s - f) for _, s, f in bins) / len(bins)"], "mean over the bins"),
    ("students_seeds", 1, ["return 0.5 ** seeds", "5"], "one side"),
    ("students_seeds", 1, ["return 2 * 0.5 ** seeds", "5"], "five seeds"),
    ("students_seeds", 2, ["return stdev([a - b for a, b in zip(one, other)])"], "one difference"),
]


@pytest.mark.parametrize(("source", "number", "parts", "hint"), WRONG)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(source: str, number: int, parts: list[str], hint: str) -> None:
    exercise = FOUND[source][number - 1]
    said = run_exercise(exercise, _filled(exercise, *parts))
    assert said is not None
    assert hint in said


BAD_ANSWERS = [
    "None",
    "1",
    "0.5",
    "'in'",
    "[]",
    "[0.2, 0.4]",
    "[None, {}]",
    "{}",
    "{0: 1}",
    "set()",
    "np.zeros(2)",
    "np.ones((2, 2))",
    "np.True_",
]
UNWRITTEN = re.compile(rf"^( *){BEGIN}\n(.*?)\n *{END}$", re.MULTILINE | re.DOTALL)


def _answering(solution: str, value: str, first: int) -> str:
    """The solution whose parts from the one numbered `first` give that value and nothing else."""
    numbers = count()

    def part(found: re.Match[str]) -> str:
        if next(numbers) < first:
            return found[0]
        inside = solution[: found.start()].rstrip().endswith("(")  # of the brackets behind `name =`
        return f"{found[1]}{value}" if inside else f"{found[1]}return {value}"

    return "import numpy as np\n" + UNWRITTEN.sub(part, solution)


@pytest.mark.parametrize("value", BAD_ANSWERS)
@pytest.mark.parametrize("exercise", EXERCISES, ids=_id)
def test_an_answer_of_any_kind_gets_a_hint_and_never_another_error(exercise: Exercise, value: str) -> None:
    for first in range(exercise.stub.count(YOUR_TURN)):
        said = run_exercise(exercise, _answering(exercise.solution, value, first))
        assert said is not None and len(said.split()) > 3


def _file(folder: Path, *cells: tuple[str, str, str]) -> Path:
    """A notebook file with these cells behind its parameters: kind, source and tag of each."""
    made: dict[str, Any] = notebook()
    for at, (kind, source, tag) in enumerate(cells):
        code = {"outputs": [], "execution_count": None} if kind == "code" else {}
        made["cells"].append({"id": f"e{at}", "cell_type": kind, "source": source, "metadata": {"tags": [tag]}, **code})
    path = folder / "tiny.ipynb"
    path.write_text(json.dumps(made))
    return path


TRIPLE = (("markdown", TASK, "exercise"), ("code", SOLUTION, "solution"), ("code", CHECK, "check"))


def test_exercises_come_in_the_order_of_the_book(tmp_path: Path) -> None:
    manifest = "[{id: b, title: B}, {id: a_1, source: a.ipynb, title: A}, {id: a_2, source: a.ipynb, title: A}]"
    found = all_exercises(make_checkout(tmp_path / "c", {"a": notebook(), "b": notebook()}, manifest))
    assert list(found.items()) == [("b", ()), ("a", ())]


def test_reading_an_exercise(tmp_path: Path) -> None:
    (exercise,) = read_exercises(_file(tmp_path, *TRIPLE))
    assert (exercise.notebook, exercise.number, exercise.title, exercise.minutes) == ("tiny", 1, "Count", 5)
    assert exercise.text == "Add them up. (5 minutes)"
    assert exercise.stub == f"answer = (\n    {YOUR_TURN}\n)"
    assert run_exercise(exercise, exercise.stub) == "What are one and one together?"
    with pytest.raises(ZeroDivisionError):
        run_exercise(exercise, "answer = 1 / 0")
    assert read_exercises(_file(tmp_path)) == ()


@pytest.mark.parametrize(("at", "source", "fault"), [
    (0, "### Exercise 2 · Count\n\n(5 minutes)", "must begin with '### Exercise 1"),
    (0, "Count\n\n(5 minutes)", "must begin with"),
    (0, "### Exercise 1 · Count\n\nAt once.", "how long"),
    (1, "answer = 2", "must mark"),
    (1, f"answer = (\n    {BEGIN}\n    2\n)", "must mark"),
    (1, f"answer = 2\n{END}", "must mark"),
    (1, f"{BEGIN}\n{BEGIN}\nanswer = 2\n{END}\n{END}", "must mark"),
    (1, f"{BEGIN}\nanswer = 2\n{END}\n{BEGIN}\n", "must mark"),
    (1, f"answer = 2  {BEGIN}\n{END}", "must mark"),
    (1, f"{BEGIN}\n{END}", "must mark"),
    (1, f"{BEGIN}\nanswer =\n{END}", "is not Python"),
    (1, f"answer = [\n    {BEGIN}\n    2\n]\n    {END}", "is not Python"),
    (2, "check(", "is not Python"),
])  # fmt: skip
def test_a_malformed_cell_is_refused(tmp_path: Path, at: int, source: str, fault: str) -> None:
    cells = [*TRIPLE]
    cells[at] = (cells[at][0], source, cells[at][2])
    with pytest.raises(InputError, match="tiny.ipynb") as refused:
        read_exercises(_file(tmp_path, *cells))
    assert fault in str(refused.value)


@pytest.mark.parametrize("cells", [
    TRIPLE[:2],
    TRIPLE[1:],
    TRIPLE[::2],
    (TRIPLE[0], TRIPLE[2], TRIPLE[1]),
    (TRIPLE[0], ("markdown", "A word between.", ""), *TRIPLE[1:]),
    (*TRIPLE, TRIPLE[2]),
    (*TRIPLE, *TRIPLE),
])  # fmt: skip
def test_exercises_out_of_order_are_refused(tmp_path: Path, cells: tuple[tuple[str, str, str], ...]) -> None:
    with pytest.raises(InputError, match="tiny.ipynb"):
        read_exercises(_file(tmp_path, *cells))


PLAIN = st.text("abc =()\t.", max_size=9).filter(lambda line: not line.strip().startswith("#"))


@given(st.lists(st.tuples(st.lists(PLAIN, min_size=1), st.lists(PLAIN, min_size=1), st.sampled_from(["", "    "]))))
def test_a_stub_holds_what_stands_outside_the_marks_and_nothing_else(
    parts: list[tuple[list[str], list[str], str]],
) -> None:
    marked = [[*before, f"{pad}{BEGIN}", *own, f"{pad}{END}"] for before, own, pad in parts]
    source = "\n".join(line for part in marked for line in part)
    if not parts:
        with pytest.raises(InputError):
            stub(source)
        return
    begun = [line for before, _, pad in parts for line in (*before, f"{pad}{YOUR_TURN}")]
    assert stub(source).split("\n") == begun
    assert written_lines(source) == [line.strip() for _, own, _ in parts for line in own if line.strip()]


def test_a_check_passes_in_silence_or_says_what_to_look_at() -> None:
    check(1 < 2, "never said")
    for answer in (False, None, ..., 0, []):
        with pytest.raises(AssertionError, match="look here"):
            check(answer, "look here")


def test_an_array_holds_where_each_of_its_items_does() -> None:
    check(np.array([3, 6]) == np.array([3, 6]), "never said")
    for answer in (np.array([3, 6]) == np.array([3, 7]), np.array([]), np.array([[1, 0]]) == 1):
        with pytest.raises(AssertionError, match="look here"):
            check(answer, "look here")


def test_near_takes_numbers_and_nothing_else() -> None:
    for answer in (0.5, np.float32(0.5), np.array(0.5), Fraction(1, 2)):
        assert near(answer, 0.5)
    assert near(0.51, 0.5, 0.02)
    for answer in (None, ..., "a half", [0.5], np.array([0.5]), {}, 10**400, float("nan"), 0.51):
        assert not near(answer, 0.5)
        assert not near(0.5, answer)


@pytest.mark.parametrize("answer", [[3, 6], (3, 6), (3.0, 6), np.array([3, 6]), [np.int64(3), np.array(6)]])
def test_a_pair_may_be_written_as_anybody_likes(answer: object) -> None:
    assert same(answer, (3, 6))
    assert items(answer) == [3, 6]
    assert not same(answer, (6, 3))


@pytest.mark.parametrize(
    "answer", [None, 3, "36", {3, 6}, {3: 6}, [], [3], [3, 6, 0], [3, None], [[3], [6]], np.eye(2)]
)
def test_what_is_no_such_pair_is_not_taken_for_one(answer: object) -> None:
    assert not same(answer, (3, 6))


def test_what_is_no_number_must_be_of_the_same_kind_and_equal() -> None:
    assert same(np.True_, True) and same("in", "in") and same({"b"}, {"b"}) and same([1, None], (1, None))
    for answer, expected in ((1, True), ("", None), (["b"], {"b"}), ("in", "out"), (np.array(["in"]), "in")):
        assert not same(answer, expected)


def test_a_list_of_two_ends_passes_where_a_tuple_does() -> None:
    exercise = FOUND["world_tour"][2]
    for pair in (r"return [\1]", r"return np.array([\1])"):
        written = re.sub(r"return (.*)", pair, exercise.solution)
        assert run_exercise(exercise, f"import numpy as np\n{written}") is None
