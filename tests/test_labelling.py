from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.engines import Answer, Request
from coinco_core.errors import CheckError, InputError
from coinco_core.labelling import label, progress_line, read_journal
from coinco_core.prompts import student_prompt, teacher_prompt
from coinco_core.samples import Box, Sample
from tiny_models import noise

TEXT = (
    "Analysis:\nLocation: It rests on {n}.\nCo-occurrence: fine.\nSize: fine.\n\n"
    "Summary:\nLocation: Out-of-context\nCo-occurrence: In-context\nSize: In-context\nFinal decision: Out-of-context."
)


class FakeEngine:
    """Answers with the picture's first red value; keeps what it was asked; dies or fails on request."""

    def __init__(self, model: str = "fake", dies_at: int | None = None, fails: Sequence[str] = ()) -> None:
        self.record = {"identity": {"model": model}, "made_on": {"machine": "here"}}
        self.asked: list[str] = []
        self.dies_at, self.fails = dies_at, fails

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        if self.dies_at is not None and len(self.asked) >= self.dies_at:
            raise KeyboardInterrupt
        self.asked += [request.key for request in requests]
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Answer:
        if request.key in self.fails:
            return Answer(request.key, "", "", 0, 0, error="overloaded")
        return Answer(request.key, TEXT.replace("{n}", str(request.image.getpixel((50, 50))[0])), "stop", 9, 9)


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    for i in range(7):
        noise(i).save(tmp_path / f"{i}.png")
    box = Box(10, 10, 30, 30)
    return [Sample(f"s{i}", f"{i}.png", 96, 96, box, "cow", "dog", "train", "demo", True) for i in range(7)]


def run(
    engine: FakeEngine, samples: Sequence[Sample], tmp_path: Path, out: str = "run", **settings: object
) -> pd.DataFrame:
    return label(samples, tmp_path, engine, teacher_prompt("compact"), tmp_path / out, chunk=2, **settings)


def test_each_sample_gets_the_answer_to_its_own_boxed_picture(samples: list[Sample], tmp_path: Path) -> None:
    answers = run(FakeEngine(), samples, tmp_path)
    assert list(answers["sample_id"]) == [sample.sample_id for sample in samples]
    seen = [int(text.split("rests on ")[1].split(".")[0]) for text in answers["text"]]
    assert seen == [noise(i).getpixel((50, 50))[0] for i in range(7)]
    assert answers["image_sha256"].nunique() == 7
    assert set(answers["prompt_digest"]) == {teacher_prompt("compact").digest}


def test_the_tables_on_disk_hold_text_and_findings_apart(samples: list[Sample], tmp_path: Path) -> None:
    answers = run(FakeEngine(), samples, tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "run/answers.parquet"), answers)
    findings = pd.read_parquet(tmp_path / "run/findings.parquet")
    assert list(findings["location"]) == [False] * 7 and list(findings["size"]) == [True] * 7
    assert findings["location_reason"].str.startswith("It rests on").all()
    assert set(findings["problems"]) == {""}


def test_a_students_prompt_is_read_for_its_criterion_alone(samples: list[Sample], tmp_path: Path) -> None:
    label(samples, tmp_path, FakeEngine(), student_prompt("size", "compact"), tmp_path / "run")
    findings = pd.read_parquet(tmp_path / "run/findings.parquet")
    assert list(findings.columns) == ["sample_id", "size", "size_reason"]


def test_a_killed_run_goes_on_where_it_stopped(samples: list[Sample], tmp_path: Path) -> None:
    dying, second = FakeEngine(dies_at=4), FakeEngine()
    with pytest.raises(KeyboardInterrupt):
        run(dying, samples, tmp_path)
    assert not (tmp_path / "run/answers.parquet").exists()
    resumed = run(second, samples, tmp_path)
    assert dying.asked == ["s0", "s1", "s2", "s3"] and second.asked == ["s4", "s5", "s6"]
    fresh = run(FakeEngine(), samples, tmp_path, out="fresh")
    pd.testing.assert_frame_equal(resumed, fresh)


def test_a_torn_last_line_is_asked_again(samples: list[Sample], tmp_path: Path) -> None:
    run(FakeEngine(), samples, tmp_path)
    journal = tmp_path / "run/journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    again = FakeEngine()
    answers = run(again, samples, tmp_path)
    assert again.asked == ["s6"]
    assert len(answers) == 7 and len(journal.read_text().splitlines()) == 7


def test_damage_inside_the_journal_is_not_passed_over(samples: list[Sample], tmp_path: Path) -> None:
    run(FakeEngine(), samples, tmp_path)
    journal = tmp_path / "run/journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([lines[0], "{broken\n", *lines[2:]]))
    with pytest.raises(CheckError, match="Line 2"):
        run(FakeEngine(), samples, tmp_path)


def test_failures_are_listed_and_tried_again(samples: list[Sample], tmp_path: Path) -> None:
    (tmp_path / "3.png").rename(tmp_path / "hidden.png")
    answers = run(FakeEngine(fails=["s1"]), samples, tmp_path)
    failed = [json.loads(line) for line in (tmp_path / "run/failed.jsonl").read_text().splitlines()]
    assert [row["sample_id"] for row in failed] == ["s1", "s3"]
    assert failed[0]["error"] == "overloaded" and "3.png" in failed[1]["error"]
    assert len(answers) == 7 and answers["error"].notna().sum() == 2
    (tmp_path / "hidden.png").rename(tmp_path / "3.png")
    second = FakeEngine()
    mended = run(second, samples, tmp_path)
    assert second.asked == ["s1", "s3"]
    assert mended["error"].isna().all() and list(mended["attempts"]) == [1, 2, 1, 2, 1, 1, 1]
    assert (tmp_path / "run/failed.jsonl").read_text() == ""


def test_another_job_in_the_same_folder_is_refused(samples: list[Sample], tmp_path: Path) -> None:
    run(FakeEngine(), samples, tmp_path)
    with pytest.raises(InputError, match="engine differ"):
        run(FakeEngine("other"), samples, tmp_path)
    with pytest.raises(InputError, match="samples_sha256 differ"):
        run(FakeEngine(), samples[:3], tmp_path)
    with pytest.raises(InputError, match="prompt differ"):
        label(samples, tmp_path, FakeEngine(), teacher_prompt("full"), tmp_path / "run")


def test_progress_is_told(samples: list[Sample], tmp_path: Path) -> None:
    lines: list[str] = []
    run(FakeEngine(), samples, tmp_path, report=lines.append)
    assert lines[0] == "0 of 7 answers are there already"
    assert len(lines) == 5 and lines[-1].startswith("7 of 7 (100%)")
    assert progress_line(50, 200, 10.0) == "50 of 200 (25%), 5.0 a second, 30 s left"
    assert progress_line(1, 2, 0.0).endswith("time left unknown")


@given(outcomes=st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=12))
def test_success_beats_failure_and_the_first_success_stays(
    outcomes: list[tuple[str, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    rows = [{"sample_id": k, "error": None if ok else "no", "text": str(i)} for i, (k, ok) in enumerate(outcomes)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    best = read_journal(path)
    for key in {key for key, _ in outcomes}:
        mine = [row for row in rows if row["sample_id"] == key]
        good = [row for row in mine if row["error"] is None]
        assert best[key]["text"] == (good[0] if good else mine[-1])["text"]
        assert best[key]["attempts"] == len(mine)
