from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.engines import Answer, Engine, Request, failure
from coinco_core.errors import CheckError, InputError
from coinco_core.labelling import findings as tables
from coinco_core.labelling import label, open_store, read_answers, store
from coinco_core.labelling.findings import criterion_of, read_again
from coinco_core.labelling.questions import Questions
from coinco_core.progress import progress_line
from coinco_core.prompts import student_prompt, teacher_prompt
from coinco_core.samples import Box, Sample, read_samples, write_samples
from coinco_core.store import folder, journals
from coinco_core.store.journals import read_records
from coinco_world import make_world
from tiny_models import noise

TEXT = (
    "Analysis:\nLocation: It rests on {n}.\nCo-occurrence: fine.\nSize: fine.\n\n"
    "Summary:\nLocation: Out-of-context\nCo-occurrence: In-context\nSize: In-context\nFinal decision: Out-of-context."
)


class FakeEngine(Engine):
    """Answers two at a time with the image's first red value; keeps what it was asked; dies or fails on request."""

    def __init__(self, model: str = "fake", dies_at: int | None = None, fails: Sequence[int] = ()) -> None:
        self.record = {"identity": {"model": model}, "made_on": {"machine": "here"}}
        self.asked: list[int] = []
        self.dies_at, self.fails = dies_at, fails

    def ask(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None]) -> None:
        waiting = iter(requests)
        while batch := list(islice(waiting, 2)):
            if self.dies_at is not None and len(self.asked) >= self.dies_at:
                raise KeyboardInterrupt
            self.asked += [request.image.getpixel((50, 50))[0] for request in batch]
            keep([self._one(request) for request in batch])

    def _one(self, request: Request) -> Answer:
        seen = request.image.getpixel((50, 50))[0]
        if seen in self.fails:
            return failure(request.key, "overloaded")
        return Answer(request.key, TEXT.replace("{n}", str(seen)), "stop", 9, 9)


RED = [noise(i).getpixel((50, 50))[0] for i in range(7)]  # how the engine knows the images apart


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    for i in range(7):
        noise(i).save(tmp_path / f"{i}.png")
    box = Box(10, 10, 30, 30)
    return [Sample(f"s{i}", f"{i}.png", 96, 96, box, "cow", "dog", "train", "demo", True) for i in range(7)]


def run(
    engine: FakeEngine, samples: Sequence[Sample], tmp_path: Path, out: str = "run", **settings: object
) -> pd.DataFrame:
    return label(samples, tmp_path, engine, teacher_prompt("compact"), tmp_path / out, report_every_s=0, **settings)


def test_each_sample_gets_the_answer_to_its_own_boxed_image(samples: list[Sample], tmp_path: Path) -> None:
    answers = run(FakeEngine(), samples, tmp_path)
    assert list(answers["sample_id"]) == [sample.sample_id for sample in samples]
    seen = [int(text.split("rests on ")[1].split(".")[0]) for text in answers["text"]]
    assert seen == RED
    assert answers["image_sha256"].nunique() == answers["key"].nunique() == answers["file_sha256"].nunique() == 7
    assert set(answers["prompt_digest"]) == {teacher_prompt("compact").digest}


def test_the_tables_on_disk_hold_text_and_findings_apart(samples: list[Sample], tmp_path: Path) -> None:
    answers = run(FakeEngine(), samples, tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "run/table/part-00000.parquet"), answers)
    pd.testing.assert_frame_equal(read_answers(tmp_path / "run"), answers)
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
    assert not (tmp_path / "run/table").exists()
    resumed = run(second, samples, tmp_path)
    assert dying.asked == RED[:4] and second.asked == RED[4:]
    fresh = run(FakeEngine(), samples, tmp_path, out="fresh")
    pd.testing.assert_frame_equal(resumed, fresh)


def test_a_torn_last_line_is_asked_again(samples: list[Sample], tmp_path: Path) -> None:
    run(FakeEngine(), samples, tmp_path)
    journal = tmp_path / "run/journal/part-00000.w0.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    again = FakeEngine()
    answers = run(again, samples, tmp_path)
    assert again.asked == RED[6:]
    assert len(answers) == 7 and len(list(read_records(journal))) == 6


def test_damage_inside_the_journal_is_not_passed_over(samples: list[Sample], tmp_path: Path) -> None:
    run(FakeEngine(), samples, tmp_path)
    journal = tmp_path / "run/journal/part-00000.w0.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([lines[0], "{broken\n", *lines[2:]]))
    with pytest.raises(CheckError, match="Line 2"):
        run(FakeEngine(), samples, tmp_path)


def test_failures_are_listed_and_tried_again(samples: list[Sample], tmp_path: Path) -> None:
    (tmp_path / "3.png").rename(tmp_path / "hidden.png")
    answers = run(FakeEngine(fails=[RED[1]]), samples, tmp_path)
    failed = [json.loads(line) for line in (tmp_path / "run/failed.jsonl").read_text().splitlines()]
    assert [row["sample_id"] for row in failed] == ["s1", "s3"]
    assert failed[0]["error"] == "overloaded" and "3.png" in failed[1]["error"]
    assert len(answers) == 7 and answers["error"].notna().sum() == 2
    (tmp_path / "hidden.png").rename(tmp_path / "3.png")
    second = FakeEngine()
    mended = run(second, samples, tmp_path)
    assert second.asked == [RED[1], RED[3]]
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


@given(outcomes=st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.sampled_from("xy")), max_size=12))
def test_success_beats_failure_and_the_first_success_stays_while_its_question_does(
    outcomes: list[tuple[str, bool, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    box = Box(10, 10, 30, 30)
    rows = [Sample(name, "x.png", 96, 96, box, "cow", "dog", "train", "demo", True) for name in "ab"]
    store = open_store(tmp_path_factory.mktemp("store"), rows, {"model": "fake"}, teacher_prompt("compact"))
    for i, (name, good, key) in enumerate(outcomes):  # each by a writer of its own
        with store.keeping(rows) as keep:
            assert keep([{"sample_id": name, "key": key, "error": None if good else "no", "text": str(i)}]) == 1
    best = store.rows([store.part_of(0), store.part_of(1)])
    for name in {name for name, _, _ in outcomes}:
        mine = [(i, good, key) for i, (whose, good, key) in enumerate(outcomes) if whose == name]
        since = max([n for n, (_, _, key) in enumerate(mine) if key != mine[-1][2]], default=-1) + 1
        good_since = [i for i, good, _ in mine[since:] if good]  # to the question that was asked last
        assert best[name]["text"] == str(good_since[0] if good_since else mine[-1][0])
        assert best[name]["attempts"] == len(mine)


@pytest.mark.parametrize("cut", [1, 2, 60, 400, 3000])
def test_a_journal_cut_anywhere_loses_only_what_was_cut(samples: list[Sample], tmp_path: Path, cut: int) -> None:
    whole = run(FakeEngine(), samples, tmp_path)
    path = tmp_path / "run/journal/part-00000.w0.jsonl"
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    again = FakeEngine()
    mended = run(again, samples, tmp_path)
    assert again.asked == RED[content[:-cut].count(b"\n") :]
    pd.testing.assert_frame_equal(mended, whole)


def test_a_changed_image_is_asked_about_again_and_its_new_answer_counts(samples: list[Sample], tmp_path: Path) -> None:
    run(FakeEngine(), samples, tmp_path)
    noise(40).save(tmp_path / "2.png")
    again = FakeEngine()
    answers = run(again, samples, tmp_path)
    now = noise(40).getpixel((50, 50))[0]
    assert again.asked == [now] and f"rests on {now}." in answers["text"][2]
    assert FakeEngine().asked == [] and run(FakeEngine(dies_at=0), samples, tmp_path)["text"][2] == answers["text"][2]


def test_swapped_images_swap_the_answers(samples: list[Sample], tmp_path: Path) -> None:
    first = run(FakeEngine(), samples, tmp_path)
    for old, new in ((0, 9), (1, 0), (9, 1)):
        (tmp_path / f"{old}.png").rename(tmp_path / f"{new}.png")
    second = run(FakeEngine(), samples, tmp_path, out="swapped")
    assert list(second["text"][:2]) == list(first["text"][:2])[::-1] and first["text"][0] != first["text"][1]
    assert list(second["text"][2:]) == list(first["text"][2:])


def test_two_writers_at_once_lose_nothing_and_double_no_row(samples: list[Sample], tmp_path: Path) -> None:
    class Interrupted(FakeEngine):
        def ask(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None]) -> None:
            def keep_late(answers: list[Answer]) -> None:
                if len(self.asked) == 4:
                    run(FakeEngine(), samples, tmp_path)  # another process does the whole job meanwhile
                keep(answers)

            super().ask(requests, keep_late)

    answers = run(Interrupted(), samples, tmp_path)
    assert list(answers["sample_id"]) == [sample.sample_id for sample in samples]
    assert sorted(p.name for p in (tmp_path / "run/journal").iterdir()) == [
        "part-00000.w0.jsonl",
        "part-00000.w1.jsonl",
    ]
    pd.testing.assert_frame_equal(answers.drop(columns="attempts"), run_fresh(samples, tmp_path))


def run_fresh(samples: Sequence[Sample], tmp_path: Path) -> pd.DataFrame:
    return run(FakeEngine(), samples, tmp_path, out="fresh").drop(columns="attempts")


def test_shards_do_each_their_part_and_together_the_whole(samples: list[Sample], tmp_path: Path) -> None:
    engines = [FakeEngine(), FakeEngine(), FakeEngine()]
    parts = [run(engine, samples, tmp_path, shard=(i, 3)) for i, engine in enumerate(engines)]
    assert [len(part) for part in parts] == [2, 2, 3]
    assert [seen for engine in engines for seen in engine.asked] == RED
    together = read_answers(tmp_path / "run")
    pd.testing.assert_frame_equal(together.drop(columns="attempts"), run_fresh(samples, tmp_path))
    assert list(pd.read_parquet(tmp_path / "run/findings.parquet")["sample_id"]) == list(together["sample_id"])
    for again in (FakeEngine(), FakeEngine()):  # all are done, so another number of shards finds nothing to do
        run(again, samples, tmp_path, shard=(0, 1))
        assert again.asked == []


@pytest.mark.parametrize(
    ("shard", "says"), [((3, 3), "count from 0/3 to 2/3"), ((0, 8), "in 1 parts"), ((-1, 2), "no")]
)
def test_a_shard_that_is_none_is_refused(
    samples: list[Sample], tmp_path: Path, shard: tuple[int, int], says: str
) -> None:
    run(FakeEngine(), samples, tmp_path)
    with pytest.raises(InputError, match=says):
        run(FakeEngine(), samples, tmp_path, shard=shard)


@given(n=st.integers(1, 60), shards=st.integers(1, 9), size=st.integers(1, 30))
def test_every_sample_is_in_one_part_and_every_part_in_one_shard(n: int, shards: int, size: int) -> None:
    parts = min(n, shards * -(-n // (size * shards)))
    job = store.Store(
        Path(), {"fingerprint": "", "parts": parts, "n_samples": n, "job": {"engine": {}, "samples_sha256": ""}}
    )
    cut = [job.samples_of(part, range(n)) for part in range(parts)]
    assert [i for part in cut for i in part] == list(range(n))
    assert all(job.part_of(i) == p for p, part in enumerate(cut) for i in part)
    if shards <= parts:
        assert sorted(p for i in range(shards) for p in job.parts_of((i, shards))) == list(range(parts))


def test_a_full_disk_is_said_and_what_was_answered_stays(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(FakeEngine(dies_at=4), samples, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(journals, "_new_journal", lambda *_: (Path("/dev/full"), open("/dev/full", "wb")))  # noqa: SIM115
        with pytest.raises(CheckError, match="No space left on device.*make room and run it again"):
            run(FakeEngine(), samples, tmp_path)
    again = FakeEngine()
    answers = run(again, samples, tmp_path)
    assert again.asked == RED[4:] and answers["error"].isna().all()


def test_half_a_character_in_an_answer_is_written(samples: list[Sample], tmp_path: Path) -> None:
    class Odd(FakeEngine):
        def _one(self, request: Request) -> Answer:
            return Answer(request.key, "\ud800 and a line\u2028end", "stop", 1, 1)

    assert set(run(Odd(), samples, tmp_path)["text"]) == {"? and a line\u2028end"}


def test_reading_again_changes_the_findings_and_never_the_answers(samples: list[Sample], tmp_path: Path) -> None:
    run(FakeEngine(), samples, tmp_path)
    home = tmp_path / "run"
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    pd.DataFrame({"sample_id": ["s0"]}).to_parquet(home / "findings.parquet")
    read_again(home, criterion_of(home))
    after = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert {path.name for path in before if before[path] != after[path]} <= {"findings.json"}
    label(samples, tmp_path, FakeEngine(), student_prompt("co_occurrence", "compact"), tmp_path / "student")
    assert (criterion_of(home), criterion_of(tmp_path / "student")) == (None, "co_occurrence")


def test_of_two_that_begin_at_once_the_first_decides(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = folder._write_once

    def both_write(path: Path, content: dict[str, object]) -> None:
        write(path, content | {"parts": 5})  # the other one, a moment before
        write(path, content)

    monkeypatch.setattr(folder, "_write_once", both_write)
    assert open_store(tmp_path / "run", samples, {"model": "fake"}, teacher_prompt("compact")).n_parts == 5
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]
    with pytest.raises(InputError, match="no sample"):
        open_store(tmp_path / "run", [], {"model": "fake"}, teacher_prompt("compact"))


def test_an_image_packed_anew_is_not_asked_about_again(samples: list[Sample], tmp_path: Path) -> None:
    run(FakeEngine(), samples, tmp_path)
    before = (tmp_path / "2.png").read_bytes()
    noise(2).save(tmp_path / "2.png", compress_level=1)
    assert (tmp_path / "2.png").read_bytes() != before
    again = FakeEngine()
    run(again, samples, tmp_path)
    assert again.asked == []


def test_a_changed_image_whose_new_question_fails_has_no_answer_any_more(samples: list[Sample], tmp_path: Path) -> None:
    run(FakeEngine(), samples, tmp_path)
    noise(40).save(tmp_path / "2.png")
    answers = run(FakeEngine(fails=[noise(40).getpixel((50, 50))[0]]), samples, tmp_path)
    assert list(answers["error"].notna()) == [i == 2 for i in range(7)]


def test_no_row_is_lost_between_the_thread_that_asks_and_the_one_that_keeps(tmp_path: Path) -> None:
    box = Box(10, 10, 30, 30)
    missing = [Sample(f"s{i}", "none.png", 96, 96, box, "cow", "dog", "train", "demo", True) for i in range(3000)]
    questions = Questions(missing, tmp_path, teacher_prompt("compact"), "job", "fake")
    asking = threading.Thread(target=lambda: list(questions))
    asking.start()
    rows = []
    while asking.is_alive():
        rows += questions.rows([])
    asking.join()
    assert len(rows + questions.rows([])) == 3000


def test_two_shards_that_end_together_leave_whole_findings(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, others = tables.write_table, [True]

    def write_late(path: Path, table: pd.DataFrame) -> Path:
        if path.name == "findings.parquet" and others.pop() if others else False:
            run(FakeEngine(), samples, tmp_path, shard=(1, 2))  # ends while this one is about to write
        return write(path, table)

    monkeypatch.setattr(tables, "write_table", write_late)
    run(FakeEngine(), samples, tmp_path, shard=(0, 2))
    assert len(pd.read_parquet(tmp_path / "run/findings.parquet")) == 7


def test_a_job_goes_on_only_with_the_server_it_was_begun_with(tmp_path: Path) -> None:
    samples = make_world(tmp_path / "world", n=2, seed=1)
    prompt = teacher_prompt("placed")

    def opened(served_by: dict[str, Any], home: str = "run", **identity: Any) -> None:
        engine = {"identity": {"model": "big", **identity}, "made_on": {"served_by": served_by}}
        open_store(tmp_path / home, samples, engine, prompt)

    opened({"version": "0.32.0", "root": "org/big", "max_model_len": 4096})
    opened({"version": "0.32.0", "root": "org/big", "max_model_len": 8192})  # room for more decides no answer
    opened({})  # a batch file, which has no server to ask
    with pytest.raises(InputError, match="version 0.32.0 then and 0.33.0 now"):
        opened({"version": "0.33.0", "root": "org/big"})
    with pytest.raises(InputError, match="engine differ"):
        opened({}, declared={"revision": "1a2b"})


def test_a_moved_data_folder_is_the_same_job_and_an_edited_image_another_question(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "elsewhere" / "there"
    samples = make_world(here, n=3, seed=1)
    absolute = [replace(sample, image=str((here / sample.image).resolve())) for sample in samples]
    write_samples(here, absolute)
    prompt, first = teacher_prompt("placed"), FakeEngine()
    label(read_samples(here), here, first, prompt, tmp_path / "run")
    shutil.move(here, there)
    moved, again = read_samples(there), FakeEngine()
    assert not any(Path(sample.image).is_absolute() for sample in moved)
    label(moved, there, again, prompt, tmp_path / "run")
    assert (len(first.asked), again.asked) == (3, [])
    noise(9, (256, 256)).save(there / moved[1].image)
    label(moved, there, again, prompt, tmp_path / "run")
    assert len(again.asked) == 1
