"""The students' answers as the pages write them, in the order in which they were asked; labels nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coinco_book.chapters import part_answers, read_student_answers
from coinco_core.errors import InputError, MissingError
from coinco_core.evaluation import fidelity_table
from coinco_core.files import write_table
from coinco_core.judgements import CRITERIA

pd = pytest.importorskip("pandas")

NAMES = ("before", "student")


def written(criterion: str, truth: list[bool | None]) -> Any:
    """Two test samples and an unmodified one, asked of two answerers."""
    rows = [
        (name, sample, part, verdict, teacher, known)
        for name in NAMES
        for sample, part, verdict, teacher, known in (
            ("b", "test", True, True, truth[0]),
            ("a", "test", None, False, truth[1]),
            ("c", "unmodified", name == "student", None, True),
        )
    ]
    table = pd.DataFrame(rows, columns=["answerer", "sample_id", "part", "in_context", "teacher", "truth"])
    table = table.astype(dict.fromkeys(("in_context", "teacher", "truth"), "boolean"))
    return table.assign(criterion=criterion, text="Final decision: ?", reason="why", probability=0.25, finished=False)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    for criterion in CRITERIA:
        known = [None, True] if criterion == "size" else [False, True]
        write_table(tmp_path / f"students_{criterion}" / "answers.parquet", written(criterion, known))
    return tmp_path


def test_answers_come_by_answerer_and_criterion_in_the_order_asked(run_dir: Path) -> None:
    part = part_answers(read_student_answers(run_dir), "test")
    assert tuple(part.samples) == CRITERIA and tuple(part.verdicts) == NAMES
    assert part.samples["location"] == ["b", "a"]
    assert part.verdicts["student"] == dict.fromkeys(CRITERIA, [True, None])
    assert part.likely["before"]["size"] == [0.25, 0.25]
    assert part.texts["before"]["size"] == ["Final decision: ?"] * 2 and part.reasons["student"]["size"] == ["why"] * 2
    assert part.cut_off["student"]["location"] == [True, True]
    assert set(fidelity_table(part.teacher, part.verdicts, part.likely, draws=10)["answerer"]) > set(NAMES)


def test_labels_are_there_only_where_all_are_known(run_dir: Path) -> None:
    answers = read_student_answers(run_dir)
    test, plain = part_answers(answers, "test"), part_answers(answers, "unmodified")
    assert test.teacher == dict.fromkeys(CRITERIA, [True, False])
    assert test.truth == dict.fromkeys(("location", "co_occurrence"), [False, True])
    assert plain.teacher == {} and plain.truth == dict.fromkeys(CRITERIA, [True])
    assert [plain.verdicts[name]["size"] for name in NAMES] == [[False], [True]]


def test_a_page_that_was_not_run_is_named(run_dir: Path) -> None:
    (run_dir / "students_size" / "answers.parquet").unlink()
    with pytest.raises(MissingError, match="run the notebook students_size first"):
        read_student_answers(run_dir)


def test_other_samples_or_none_are_refused(run_dir: Path) -> None:
    answers = read_student_answers(run_dir)
    with pytest.raises(InputError, match="no answers on the part 'training'"):
        part_answers(answers, "training")
    swapped = answers.copy()
    swapped.loc[(answers["answerer"] == "student") & (answers["sample_id"] == "b"), "sample_id"] = "z"
    with pytest.raises(InputError, match="'student' was asked about other samples"):
        part_answers(swapped, "test")
