"""The three students together: images none of them learnt from, and one verdict out of three."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coinco_book.chapters.student_settings import student_recipe
from coinco_book.chapters.together import held_out
from coinco_core.distillation.judged import JudgedSamples, balanced_split
from coinco_core.evaluation.together import final_verdicts
from coinco_core.images import Box
from coinco_core.judgements import CRITERIA, FINAL_DECISION
from coinco_core.samples import Sample

pd = pytest.importorskip("pandas")

N, SEED = 240, 3
SETTINGS = {"labels": "teacher", "split": "page", "n_train": 24, "n_validation": 8, "n_test": 12}
RECIPE = student_recipe(SETTINGS)


@pytest.fixture(scope="module")
def pool() -> JudgedSamples:
    """Two samples an image, verdicts by chance, some missing and some without a reason."""
    rng = np.random.default_rng(0)
    samples = [
        Sample(f"s{i:03d}", f"{i // 2}.png", 56, 56, Box(5, 5, 30, 30), "cow", "dog", "train", "demo", True)
        for i in rng.permutation(N)
    ]
    columns = {"sample_id": [s.sample_id for s in samples]}
    for criterion in CRITERIA:
        said = pd.array(rng.random(N) < 0.4, dtype="boolean")
        said[:5] = pd.NA
        columns |= {criterion: said, f"{criterion}_reason": ["So."] * (N - 9) + [""] * 9}
    return JudgedSamples(Path("nowhere"), {s.sample_id: s for s in samples}, pd.DataFrame(columns), None)


def test_no_student_learnt_from_what_is_held_out(pool: JudgedSamples) -> None:
    held = held_out(pool, SETTINGS, SEED, N)
    images = {sample.image for sample in held}
    splits = [balanced_split(pool, criterion, RECIPE, SEED) for criterion in CRITERIA]
    for split in splits:
        learnt = split[split["split"] != "test"]
        assert not images & set(learnt["image"]) and len(learnt) == 32
        assert set(split.loc[split["split"] == "test", "sample_id"]) < {sample.sample_id for sample in held}


def test_the_first_come_in_the_pool_s_order(pool: JudgedSamples) -> None:
    order = list(pool.samples)
    held = held_out(pool, SETTINGS, SEED, N)
    assert 12 < len(held) < N / 2
    assert [order.index(sample.sample_id) for sample in held] == sorted(order.index(s.sample_id) for s in held)
    assert held_out(pool, SETTINGS, SEED, 7) == held[:7]
    assert held_out(pool, SETTINGS, SEED + 1, N) != held


def judged(said: dict[str, tuple[bool | None, ...]], unreadable: list[tuple[str, str]]) -> Any:
    """A table as `classify_samples` makes it; without a verdict there is no answer to be read."""
    rows = [
        (name, c, v, None if v is None else (name, c) not in unreadable)
        for name, verdicts in said.items()
        for c, v in zip(CRITERIA, verdicts, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["sample_id", "criterion", "in_context", "readable"])
    return table.astype({"in_context": "boolean", "readable": "boolean"})


def test_one_violation_decides_and_what_failed_is_missing() -> None:
    said = {"a": (True, True, True), "b": (True, False, True), "c": (None, None, None)}
    found = final_verdicts(judged(said, unreadable=[]))
    assert found[FINAL_DECISION] == [True, False, None]
    assert found["co_occurrence"] == [True, False, None]


def test_what_could_not_be_read_was_not_said() -> None:
    said = {"a": (True, True, True), "b": (True, False, False), "c": (True, False, True)}
    found = final_verdicts(judged(said, unreadable=[("a", "location"), ("b", "size"), ("c", "co_occurrence")]))
    assert found["location"] == [None, True, True] and found["size"] == [True, None, True]
    assert found[FINAL_DECISION] == [None, False, None]
