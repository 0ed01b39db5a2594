from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from coinco_core.distillation import features
from coinco_core.distillation.base_model import Base
from coinco_core.distillation.collator import StudentRows, TrainingRow, collate, encode_row
from coinco_core.distillation.features import FeatureStore, feature_store
from coinco_core.distillation.training import train_student
from coinco_core.engines import encoding, vision
from coinco_core.engines.encoding import FEATURES, Pixels
from coinco_core.images import Box
from coinco_core.samples import Sample, boxed_image, write_samples
from coinco_core.versions import PARTS, Part
from distillation_rows import PROMPT, QUESTION, SMALL, colour_rows, tiny_base
from tiny_models import FAMILIES, noise, tiny_model

SHAPES = [(96, 64), (64, 96), (120, 90), (96, 64)]


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Samples of images of three shapes; two share an image and differ in their box."""
    made = []
    for i, (width, height) in enumerate(SHAPES):
        name = f"{i % 3}.png"
        noise(i % 3, SHAPES[i % 3]).save(tmp_path / name)
        box = Box(4 + i, 5, 30, 20)
        made.append(Sample(f"s{i}", name, width, height, box, "cow", "cow", "train", "demo", modified=True))
    write_samples(tmp_path, made)
    return made


def pixels_of(base: Base, samples: list[Sample], folder: Path) -> dict[str, Pixels]:
    return {s.sample_id: encoding.pixel_parts(base.processor, boxed_image(folder, s)) for s in samples}


def test_features_take_the_place_of_pixels_and_change_nothing(samples: list[Sample], tmp_path: Path) -> None:
    base = tiny_base()
    pixels = pixels_of(base, samples, tmp_path)
    seen = feature_store(tmp_path / "store", base.model, base.processor).of(samples, tmp_path)
    rows = [
        [encode_row(base.processor, parts[s.sample_id], QUESTION + " x" * i, "Final decision: In-context")
         for i, s in enumerate(samples)]
        for parts in (pixels, seen)
    ]  # fmt: skip
    assert [row.input_ids for row in rows[0]] == [row.input_ids for row in rows[1]]
    with torch.inference_mode():
        logits = [base.model(**{k: v for k, v in collate(base.processor, r).items() if k != "labels"}).logits
                  for r in rows]  # fmt: skip
    torch.testing.assert_close(logits[0], logits[1], rtol=0, atol=1e-5)
    assert "pixel_values" not in seen["s0"] and seen["s0"][FEATURES].shape[1] == 32


def test_a_student_of_cached_features_is_the_student_of_pixels(tmp_path: Path) -> None:
    curves = []
    for cached in (False, True):
        base = tiny_base()
        rows = colour_rows(base.processor, 8)
        if cached:
            seen = vision.see(base.model, base.processor, [row.pixels for row in rows])
            rows = [replace(row, pixels=image) for row, image in zip(rows, seen, strict=True)]
        config = replace(SMALL, epochs=4, eval_steps=2)
        curves.append(train_student(base, StudentRows(PROMPT, rows, rows[:4]), tmp_path / str(cached), config).curve)
    np.testing.assert_allclose(curves[0]["validation_loss"], curves[1]["validation_loss"], atol=1e-4)
    assert curves[0]["validation_loss"].nunique() > 2


def test_an_image_is_seen_once(samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, counts = tiny_base(), []
    see = vision.see

    def counting(model: object, processor: object, pixels: list[Pixels]) -> list[Pixels]:
        counts.append(len(pixels))
        return see(model, processor, pixels)

    monkeypatch.setattr(vision, "see", counting)
    first = feature_store(tmp_path / "store", base.model, base.processor).of(samples[:2], tmp_path)
    again = feature_store(tmp_path / "store", base.model, base.processor).of(samples, tmp_path)
    assert counts == [2, 2] and list(again) == [s.sample_id for s in samples]
    assert torch.equal(first["s1"][FEATURES], again["s1"][FEATURES])
    other_box = replace(samples[0], box=Box(1, 1, 9, 9))
    feature_store(tmp_path / "store", base.model, base.processor).of([other_box], tmp_path)
    assert counts == [2, 2, 1]  # the red box is part of the image


def test_images_that_cannot_be_read_are_named_and_nothing_takes_their_place(
    samples: list[Sample], tmp_path: Path
) -> None:
    base = tiny_base()
    (tmp_path / "1.png").write_bytes(b"no image")
    (tmp_path / "2.png").unlink()
    store = feature_store(tmp_path / "store", base.model, base.processor)
    assert list(store.of(samples, tmp_path)) == ["s0", "s3"]
    assert "cannot be used" in store.failures["s1"] and "no image" in store.failures["s2"]


def test_images_prepared_otherwise_have_another_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tiny_base()
    before = feature_store(tmp_path, base.model, base.processor).folder
    base.processor.image_processor.rescale_factor *= 2
    other_settings = feature_store(tmp_path, base.model, base.processor).folder
    monkeypatch.setitem(PARTS, "model inputs", Part(PARTS["model inputs"].version + 1, ()))
    other_code = feature_store(tmp_path, base.model, base.processor).folder
    assert len({before, other_settings, other_code}) == 3


def test_another_tower_has_another_store(tmp_path: Path) -> None:
    one, other = tiny_base(), Base(*tiny_model("qwen2_5_vl", seed=1), "other", "")
    folders = {feature_store(tmp_path, base.model, base.processor).folder for base in (one, tiny_base(), other)}
    assert len(folders) == 2


def test_processes_share_the_work(samples: list[Sample], tmp_path: Path) -> None:
    base = tiny_base()
    many = [replace(samples[0], sample_id=str(i), box=Box(i, 1, 9, 9)) for i in range(8)]
    done: list[set[str]] = []
    for index in range(2):
        store = FeatureStore(tmp_path / "store", base.model, base.processor)
        done.append(set(store.of(many, tmp_path, share=(index, 2))) - (done[0] if done else set()))
    assert all(done) and sum(map(len, done)) == 8
    assert len(list((tmp_path / "store").glob("*.jsonl"))) == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_can_be_stored(family: str, samples: list[Sample], tmp_path: Path) -> None:
    base = tiny_base(family)
    seen = feature_store(tmp_path / "store", base.model, base.processor).of(samples, tmp_path)
    rows: list[TrainingRow] = [encode_row(base.processor, seen[s.sample_id], QUESTION, "Yes.") for s in samples]
    assert torch.isfinite(base.model(**collate(base.processor, rows)).loss)


def test_few_images_wait_in_memory_for_the_vision_tower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image's pixels are 7 MB: those of one part are enough, and a few that are prepared ahead."""
    noise(0, (56, 56)).save(tmp_path / "0.png")
    made = [
        Sample(f"s{i}", "0.png", 56, 56, Box(i, 5, 9, 9), "cow", "cow", "train", "demo", modified=True)
        for i in range(40)
    ]
    base, looked, at_first = tiny_base(), list[str](), list[int]()
    monkeypatch.setattr(features, "PART", 16)
    monkeypatch.setattr("coinco_core.ahead.usable_cores", lambda: 1)
    look, see = FeatureStore._pixels, vision.see

    def counted(self: FeatureStore, sample: Sample, folder: Path) -> Pixels | None:
        looked.append(sample.sample_id)
        return look(self, sample, folder)

    def seen(model: object, processor: object, pixels: list[Pixels]) -> list[Pixels]:
        at_first.append(len(looked))
        return see(model, processor, pixels)

    monkeypatch.setattr(FeatureStore, "_pixels", counted)
    monkeypatch.setattr(vision, "see", seen)
    assert len(feature_store(tmp_path / "store", base.model, base.processor).of(made, tmp_path)) == 40
    assert at_first[0] <= 16 + 6 + 1 and len(looked) == 40
