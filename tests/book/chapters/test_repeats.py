from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coinco_book.chapters import repeats
from coinco_book.chapters.repeats import Repeat, fewer, trained_repeats
from coinco_book.chapters.student_settings import student_recipe
from coinco_core.distillation import training
from coinco_core.distillation.judged import JudgedSamples, balanced_split
from coinco_core.distillation.training import train_student
from coinco_core.images import Box
from coinco_core.samples import Sample, write_samples
from coinco_world.training.models import save_model
from tiny_models import noise, tiny_model

N = 40


@pytest.fixture
def pool(tmp_path: Path) -> JudgedSamples:
    """Images of noise with a teacher's findings; every second one is in context."""
    samples = []
    for i in range(N):
        noise(i, (56, 56)).save(tmp_path / f"{i}.png")
        samples.append(Sample(str(i), f"{i}.png", 56, 56, Box(5, 5, 30, 30), "cow", "dog", "train", "demo", True))
    write_samples(tmp_path, samples)
    columns = {"sample_id": [s.sample_id for s in samples]}
    for criterion in ("location", "co_occurrence", "size"):
        columns |= {criterion: [i % 2 == 0 for i in range(N)], f"{criterion}_reason": ["It is so."] * N}
    truth = pd.DataFrame({"size": [i % 4 == 0 for i in range(N)]}, index=columns["sample_id"])
    return JudgedSamples(tmp_path, {s.sample_id: s for s in samples}, pd.DataFrame(columns), truth)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    save_model(*tiny_model("qwen2_5_vl"), tmp_path / "base")
    return {
        "base_model": str(tmp_path / "base"), "labels": "teacher", "split": "page", "n_train": 8, "n_validation": 4,
        "n_test": 6, "epochs": 3, "batch_size": 4, "learning_rate": 0.001, "lora_rank": 4, "lora_alpha": 8,
        "lora_dropout": 0.0, "prompt_version": "compact", "micro_batch": 4, "evaluations": 6, "answer_tokens": 128,
        "first_seed": 42, "gradient_checkpointing": False, "decoding": "greedy",
    }  # fmt: skip


def test_every_kind_size_and_seed_the_largest_first() -> None:
    runs = repeats.planned_repeats("size", [10, 30], range(2))
    assert len(runs) == len(set(runs)) == 8 and [run.n_train for run in runs] == [30] * 4 + [10] * 4


def test_fewer_samples_are_a_balanced_part_of_more(pool: JudgedSamples, settings: dict[str, Any]) -> None:
    split = balanced_split(pool, "size", student_recipe(settings), 0)
    small = fewer(split, 4)
    counts = small.groupby(["split", "in_context"]).size()
    assert counts["train"].tolist() == [2, 2] and counts["test"].tolist() == [3, 3]
    assert set(small["sample_id"]) < set(split["sample_id"])


def test_each_run_is_trained_once_and_kept(
    pool: JudgedSamples, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [Repeat("size", "verdict", 8, 0), Repeat("size", "verdict", 4, 1)]
    said: list[str] = []
    places = (tmp_path / "repeats", tmp_path / "features")
    first = trained_repeats(runs[:1], pool, settings, 0, *places, processes=1, say=said.append)
    both = trained_repeats(runs, pool, settings, 0, *places, processes=1, say=said.append)
    assert said == ["1 of 1 students trained"] * 2
    assert both.iloc[:1].equals(first) and both["n_train"].tolist() == [8, 4]
    assert (both["n"] == 6).all() and both[["teacher", "truth"]].stack().between(0, 1).all()
    assert len(list((tmp_path / "repeats").iterdir())) == 2
    trained_repeats(runs[1:], pool, settings, 0, *places, processes=1, say=said.append)
    assert len(list((tmp_path / "repeats").iterdir())) == 2 and len(said) == 2  # nothing is done again, nothing is lost


def test_a_repeat_that_was_killed_goes_on_from_its_checkpoint(
    pool: JudgedSamples, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, resumed = [Repeat("size", "verdict", 8, 0)], []
    whole = trained_repeats(runs, pool, settings, 0, tmp_path / "whole", tmp_path / "features")

    class Dying(training.StudentTrainer):
        def training_step(self, *rest: Any, **more: Any) -> Any:
            if self.state.global_step == 4:
                raise KeyboardInterrupt
            return super().training_step(*rest, **more)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(training, "StudentTrainer", Dying)
        trained_repeats(runs, pool, settings, 0, tmp_path / "killed", tmp_path / "features")

    def trained(*rest: Any) -> training.Student:
        resumed.append(student := train_student(*rest))
        return student

    monkeypatch.setattr(repeats, "train_student", trained)
    monkeypatch.setattr(repeats, "package_versions", lambda: {"torch": "9.9"})
    said: list[str] = []
    again = trained_repeats(runs, pool, settings, 0, tmp_path / "killed", tmp_path / "features", say=said.append)
    assert [student.record["resumed_from_step"] for student in resumed] == [4] and len(said) == 1
    assert again.drop(columns="seconds").equals(whole.drop(columns="seconds")) and "made_with" not in whole.columns
    trained_repeats(runs, pool, settings, 0, tmp_path / "killed", tmp_path / "features", say=said.append)
    assert len(resumed) == 1 and "trained under other conditions are kept (torch was" in said[-1]


def test_a_share_counts_unreadable_answers_as_wrong() -> None:
    said = pd.Series([True, None, False, False], dtype="boolean")
    gold = pd.Series([True, True, True, False], dtype="boolean")
    assert repeats._right(said, gold) == 0.5
