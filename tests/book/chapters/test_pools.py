from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coinco_book.chapters.pools import judged_pool, unmodified_scenes
from coinco_book.chapters.student_settings import student_config
from coinco_core.distillation.answering import student_answers
from coinco_core.distillation.base_model import load_base
from coinco_core.distillation.examples import training_rows
from coinco_core.distillation.features import boxed_pixels
from coinco_core.distillation.judged import JudgedSamples, balanced_split
from coinco_core.engines import Answer, Engine, Request
from coinco_core.errors import InputError, MissingError
from coinco_core.judgements import CRITERIA, Finding, Judgement
from coinco_core.prompts import student_prompt, teacher_answer
from coinco_core.samples import write_samples
from coinco_world.dataset import read_truth
from coinco_world.training.models import save_model
from tiny_models import tiny_model

SIZES = {"n_train": 12, "n_validation": 4, "n_test": 4}


class KnowingTeacher(Engine):
    """Answers with the truth of the drawn world, and keeps what it was asked."""

    record = {"identity": {"model": "knowing"}}

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, list[str]()

    def ask(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None]) -> None:
        truth = read_truth(next(self.folder.glob("teacher/*")))
        for request in requests:
            self.asked.append(request.key)
            keep([Answer(request.key, teacher_answer(self.judgement(truth.loc[request.key])), "stop", 1, 1)])

    def judgement(self, row: Any) -> Judgement:
        findings = {c: Finding(bool(row[c]), str(row[f"{c}_reason"])) for c in CRITERIA}
        return Judgement(**findings, in_context=bool(row["in_context"]))


@pytest.fixture
def teacher(tmp_path: Path) -> KnowingTeacher:
    return KnowingTeacher(tmp_path)


@pytest.fixture
def pool(teacher: KnowingTeacher, tmp_path: Path) -> JudgedSamples:
    return judged_pool(tmp_path, "demo", 160, 0, "compact", teacher=lambda: teacher)


def test_the_pool_is_judged_once_for_all_criteria(pool: JudgedSamples, teacher: KnowingTeacher, tmp_path: Path) -> None:
    assert len(teacher.asked) == len(pool.samples) == len(pool.findings) == 160
    again = judged_pool(tmp_path, "demo", 160, 0, "compact", teacher=lambda: teacher)
    assert len(teacher.asked) == 160 and again.findings.equals(pool.findings)
    assert pool.truth is not None
    for criterion in CRITERIA:
        assert (pool.findings[criterion].to_numpy(bool) == pool.truth[criterion].to_numpy(bool)).all()


def test_a_pool_of_another_size_takes_the_place_of_the_last(
    pool: JudgedSamples, teacher: KnowingTeacher, tmp_path: Path
) -> None:
    other = judged_pool(tmp_path, "demo", 30, 0, "compact", teacher=lambda: teacher)
    assert list((tmp_path / "teacher").iterdir()) == [other.folder]
    assert not pool.folder.exists()


def test_no_student_is_trained_on_what_another_is_tested_on(pool: JudgedSamples) -> None:
    splits = {criterion: balanced_split(pool, criterion, SIZES, 0) for criterion in CRITERIA}
    places: dict[str, set[str]] = {}
    for split in splits.values():
        assert split.groupby("split")["in_context"].agg(["sum", "size"]).to_dict() == {
            "sum": {"train": 6, "validation": 2, "test": 2},
            "size": {"train": 12, "validation": 4, "test": 4},
        }
        for name, part in zip(split["sample_id"], split["split"], strict=True):
            places.setdefault(name, set()).add(part)
    assert all(len(parts) == 1 for parts in places.values())


def test_rows_and_answers_come_from_the_pool(pool: JudgedSamples, tmp_path: Path) -> None:
    save_model(*tiny_model("qwen2_5_vl"), tmp_path / "base")
    base = load_base(str(tmp_path / "base"), device="cpu")
    split, prompt = balanced_split(pool, "size", SIZES, 0), student_prompt("size", "compact")
    samples = [pool.samples[name] for name in split["sample_id"]]
    pixels = boxed_pixels(base.model, base.processor, pool.folder, samples, tmp_path / "features")
    rows = training_rows(base.processor, pool, split, pixels, prompt, "verdict")
    assert {name: len(part) for name, part in rows.parts.items()} == {"train": 12, "validation": 4}
    wanted = split[split["split"] == "train"]["in_context"].map({True: "In-context", False: "Out-of-context"})
    assert [row.target for row in rows.train] == [f"Final decision: {word}" for word in wanted]
    answers = student_answers(base.model, base.processor, samples[:3], pixels, prompt, limit=5)
    assert list(answers.columns) == ["sample_id", "text", "in_context", "reason", "probability", "finished"]
    assert answers["probability"].between(0, 1).all() and len(answers) == 3


def test_unmodified_scenes_are_all_in_context(tmp_path: Path) -> None:
    folder, samples = unmodified_scenes(tmp_path, "demo", 6, 0)
    assert len(samples) == 6 and not any(sample.modified for sample in samples)
    assert read_truth(folder)["in_context"].all()


def test_a_profiles_settings_become_a_config_with_six_evaluations() -> None:
    settings = {"n_train": 1200, "epochs": 3, "batch_size": 32, "learning_rate": 0.002,
                "lora_rank": 16, "lora_alpha": 32, "lora_dropout": 0.0, "gradient_checkpointing": False,
                "micro_batch": 32, "evaluations": 6, "answer_tokens": 128, "first_seed": 42}  # fmt: skip
    config = student_config(settings, seed=0)
    assert (config.batch_size, config.micro_batch, config.eval_steps, config.seed) == (32, 32, 18, 42)
    full = student_config({**settings, "n_train": 16_000, "batch_size": 64, "micro_batch": 4, "evaluations": 0}, seed=1)
    assert (full.micro_batch, full.eval_steps, full.answer_tokens, full.seed) == (4, 125, 128, 43)


def test_a_given_pool_has_altered_scenes_and_a_teacher_of_its_own(pool: JudgedSamples, tmp_path: Path) -> None:
    samples = list(pool.samples.values())
    given = tmp_path / "given"
    with pytest.raises(MissingError, match="no findings.parquet"):
        judged_pool(tmp_path, str(given), 10, 0, "full")
    write_samples(given, [replace(sample, modified=i > 0) for i, sample in enumerate(samples[:6])])
    pool.findings.to_parquet(given / "findings.parquet")
    found = judged_pool(tmp_path, str(given), 3, 0, "full")
    assert list(found.samples) == [sample.sample_id for sample in samples[1:4]]
    assert set(found.findings["sample_id"]) == set(found.samples) and found.truth is None


def test_a_verdict_without_a_reason_is_no_sample(pool: JudgedSamples) -> None:
    bare = pool.findings.assign(size_reason=pool.findings["size_reason"].mask(pool.findings["size"], ""))
    with pytest.raises(InputError, match="Too few labels to balance Size"):
        balanced_split(replace(pool, findings=bare), "size", SIZES, 0)


def test_samples_of_one_image_stay_together(pool: JudgedSamples) -> None:
    pairs = {name: replace(s, image=f"{i // 2}.png") for i, (name, s) in enumerate(pool.samples.items())}
    split = balanced_split(replace(pool, samples=pairs), "location", SIZES, 0)
    assert split.groupby("image")["split"].nunique().max() == 1
