from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from coinco_core.distillation.classifier import Boxed, ContextClassifier
from coinco_core.distillation.classifier.bulk import COLUMNS, RUN, classify_samples, job_of
from coinco_core.errors import InputError
from coinco_core.files import read_json, write_json
from coinco_core.judgements import CRITERIA
from coinco_core.samples import Box, read_samples, sample_image, write_samples
from coinco_core.store.folder import check_job
from coinco_core.store.journals import RecordStore
from coinco_core.versions import PARTS, Part
from coinco_world.dataset import make_world
from student_folders import make_folder
from tiny_models import noise

N = 8
KILLED = """
import os, signal, sys
from coinco_core import ContextClassifier
from coinco_core.distillation.classifier.bulk import classify_samples
from coinco_core.samples import read_samples

def report(line):
    if line.startswith("6 of"):
        os.kill(os.getpid(), signal.SIGKILL)

folder, out = sys.argv[1:]
made = ContextClassifier.from_pretrained("demo", device="cpu")
classify_samples(made, read_samples(folder), folder, out, batch_size=2, part_samples=3, report=report, report_every_s=0)
"""


@pytest.fixture(scope="module")
def classifier() -> ContextClassifier:
    return ContextClassifier.from_pretrained("demo", device="cpu")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    make_world(tmp_path / "world", n=N, seed=41)
    return tmp_path / "world"


def judged(classifier: ContextClassifier, folder: Path, out: Path) -> tuple[pd.DataFrame, int]:
    """The table in parts of three samples, and how many samples were judged for it."""
    asked: list[Boxed] = []
    judge = ContextClassifier.judge

    def counted(self: ContextClassifier, boxed: list[Boxed], **options: int) -> object:
        asked.extend(boxed)
        return judge(self, boxed, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ContextClassifier, "judge", counted)
        table = classify_samples(classifier, read_samples(folder), folder, out, batch_size=2, part_samples=3)
    return table, len(asked)


def test_a_row_for_each_sample_and_criterion(classifier: ContextClassifier, world: Path, tmp_path: Path) -> None:
    table, asked = judged(classifier, world, tmp_path / "out")
    samples = read_samples(world)
    assert list(table.columns) == list(COLUMNS) and asked == N
    assert list(table["sample_id"]) == [sample.sample_id for sample in samples for _ in CRITERIA]
    assert list(table["criterion"]) == list(CRITERIA) * N
    assert table["error"].isna().all() and table["finished"].all() and table["readable"].all()
    pd.testing.assert_frame_equal(table, pd.read_parquet(tmp_path / "out" / "verdicts.parquet"))
    for sample, rows in zip(samples, [table[i : i + 3] for i in range(0, 3 * N, 3)], strict=True):
        verdict = classifier(sample_image(world, sample), sample.object, sample.box)
        assert list(rows["in_context"]) == [verdict.criterion(c).in_context for c in CRITERIA]
        assert list(rows["text"]) == [verdict.criterion(c).text for c in CRITERIA]
        assert list(rows["reason"]) == [verdict.criterion(c).reason for c in CRITERIA]
        chances = [verdict.criterion(c).probability for c in CRITERIA]
        assert list(rows["probability"]) == pytest.approx(chances, abs=1e-5)


def test_the_run_says_what_made_it(classifier: ContextClassifier, world: Path, tmp_path: Path) -> None:
    judged(classifier, world, tmp_path / "out")
    run = read_json(tmp_path / "out" / "run.json")
    assert run["job"]["classifier"] == classifier.record["identity"]
    assert run["made_on"] == classifier.record["made_on"]


def test_a_verdict_that_was_not_said_is_marked(tmp_path: Path) -> None:
    made = ContextClassifier.from_pretrained(str(make_folder(tmp_path / "babbling")), device="cpu")
    samples = make_world(tmp_path / "world", n=2, seed=42)
    table = classify_samples(made, samples, tmp_path / "world", tmp_path / "out")
    assert table["in_context"].notna().all() and not table["readable"].any()


def test_killed_and_begun_again_it_gives_the_same_table(
    classifier: ContextClassifier, world: Path, tmp_path: Path
) -> None:
    whole, _ = judged(classifier, world, tmp_path / "whole")
    paths = {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILLED, str(world), str(tmp_path / "out")]
    done = subprocess.run(command, env={**os.environ, **paths}, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert [len(record.row) for record in RecordStore(tmp_path / "out" / "journal").records()] == [3 * 3]
    table, asked = judged(classifier, world, tmp_path / "out")
    assert asked == N - 3
    pd.testing.assert_frame_equal(table, whole, rtol=0, atol=1e-6)  # another process may add up in another order
    assert judged(classifier, world, tmp_path / "out")[1] == 0


def test_a_fault_within_a_part_costs_that_part(
    classifier: ContextClassifier, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = judged(classifier, world, tmp_path / "whole")
    judge, calls = ContextClassifier.judge, iter(range(N))

    def failing(self: ContextClassifier, boxed: list[Boxed], **options: int) -> object:
        if next(calls) == 3:  # the second batch of the second part
            raise KeyboardInterrupt
        return judge(self, boxed, **options)

    monkeypatch.setattr(ContextClassifier, "judge", failing)
    with pytest.raises(KeyboardInterrupt):
        classify_samples(classifier, read_samples(world), world, tmp_path / "out", batch_size=2, part_samples=3)
    monkeypatch.undo()
    table, asked = judged(classifier, world, tmp_path / "out")
    assert asked == N - 3
    pd.testing.assert_frame_equal(table, whole, check_exact=True)


def test_an_image_that_cannot_be_read_is_a_row_with_an_error(
    classifier: ContextClassifier, world: Path, tmp_path: Path
) -> None:
    whole, _ = judged(classifier, world, tmp_path / "whole")
    samples = read_samples(world)
    (world / samples[1].image).write_bytes(b"no image")
    (world / samples[5].image).unlink()
    table, asked = judged(classifier, world, tmp_path / "out")
    bad = table["sample_id"].isin([samples[1].sample_id, samples[5].sample_id])
    assert asked == N - 2 and bad.sum() == 6
    assert list(table.loc[bad, "error"].notna()) == [True] * 6
    assert table.loc[bad, ["in_context", "probability", "finished", "readable"]].isna().all(axis=None)
    assert table.loc[bad, "error"].str.contains("not an image|no image").all()
    assert list(table.loc[~bad, "text"]) == list(whole.loc[~bad, "text"])


def test_an_image_too_long_for_the_processor_is_a_row_with_an_error(
    classifier: ContextClassifier, world: Path, tmp_path: Path
) -> None:
    samples = read_samples(world)
    noise(0, (2010, 10)).save(world / samples[0].image)
    write_samples(world, [replace(samples[0], width=2010, height=10, box=Box(1, 1, 8, 8)), *samples[1:]])
    table, _ = judged(classifier, world, tmp_path / "out")
    assert table["error"].notna().sum() == 3 and "aspect ratio" in table["error"][0]


def test_changed_images_are_judged_anew_and_no_others(
    classifier: ContextClassifier, world: Path, tmp_path: Path
) -> None:
    before, _ = judged(classifier, world, tmp_path / "out")
    path = world / read_samples(world)[4].image
    Image.open(path).rotate(180).save(path)
    after, asked = judged(classifier, world, tmp_path / "out")
    assert asked == 3  # its part
    other = after["sample_id"] != read_samples(world)[4].sample_id
    pd.testing.assert_frame_equal(after[other], before[other])
    assert list(after.loc[~other, "probability"]) != list(before.loc[~other, "probability"])
    pd.testing.assert_frame_equal(after, judged(classifier, world, tmp_path / "fresh")[0], check_exact=True)


def test_another_job_in_the_same_folder_is_refused(classifier: ContextClassifier, world: Path, tmp_path: Path) -> None:
    samples = read_samples(world)
    classify_samples(classifier, samples, world, tmp_path / "out")
    with pytest.raises(InputError, match=r"another job \(samples_sha256 differ\)"):
        classify_samples(classifier, samples[1:], world, tmp_path / "out")
    other = ContextClassifier.from_pretrained("demo", device="cpu")
    other.record["identity"]["students"]["size"] = "another"
    with pytest.raises(InputError, match=r"another job \(classifier differ\)"):
        classify_samples(other, samples, world, tmp_path / "out")
    path = tmp_path / "out" / "run.json"
    run = read_json(path)
    job = {key: value for key, value in run["job"].items() if key not in ("columns", "method")}
    write_json(path, run | {"job": job})  # as it was written before the table had the column `readable`
    with pytest.raises(InputError, match=r"another job \(columns, method differ\)"):
        classify_samples(classifier, samples, world, tmp_path / "out")
    with pytest.raises(InputError, match="no sample"):
        classify_samples(classifier, [], world, tmp_path / "new")
    nameless = ContextClassifier(other.models, other.processor, "placed", demo=True)
    with pytest.raises(InputError, match="no record of its weights"):
        classify_samples(nameless, samples, world, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_another_version_of_the_method_is_another_job(
    classifier: ContextClassifier, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = read_samples(world)
    before = job_of(classifier, samples)
    assert before == job_of(classifier, samples)
    check_job(tmp_path / "new" / RUN, before)
    assert not (tmp_path / "new").exists()
    classify_samples(classifier, samples, world, tmp_path / "out")
    monkeypatch.setitem(PARTS, "verdicts", Part(PARTS["verdicts"].version + 1, ()))
    with pytest.raises(InputError, match=r"another job \(method differ\)"):
        check_job(tmp_path / "out" / RUN, job_of(classifier, samples))


def test_a_moved_folder_is_the_same_job_and_other_packages_are_named(
    classifier: ContextClassifier, world: Path, tmp_path: Path
) -> None:
    here, there, told = tmp_path / "here", tmp_path / "elsewhere" / "there", list[str]()
    shutil.copytree(world, here)
    write_samples(here, [replace(s, image=str((here / s.image).resolve())) for s in read_samples(here)])
    before = classify_samples(classifier, read_samples(here), here, tmp_path / "out")
    shutil.move(here, there)
    run = read_json(tmp_path / "out" / RUN)
    run["made_on"]["packages"] = {"torch": "9.9"}
    write_json(tmp_path / "out" / RUN, run)
    again = classify_samples(classifier, read_samples(there), there, tmp_path / "out", report=told.append)
    assert again.equals(before) and told[0].startswith("begun under other conditions (torch was 9.9")
    assert told[1] == "8 of 8 samples are there already"


def test_it_says_how_far_it_is(classifier: ContextClassifier, world: Path, tmp_path: Path) -> None:
    told: list[str] = []
    options = {"batch_size": 4, "part_samples": 4}
    samples = read_samples(world)
    classify_samples(classifier, samples, world, tmp_path, report=told.append, report_every_s=0, **options)
    assert [line.split(" (")[0].split(" samples")[0] for line in told] == ["0 of 8", "4 of 8", "8 of 8"]
    shutil.rmtree(tmp_path / "journal")
    told.clear()
    classify_samples(classifier, samples, world, tmp_path, report=told.append, **options)
    assert told[0] == "0 of 8 samples are there already"
