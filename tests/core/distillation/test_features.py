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
from coinco_core.engines.families import FAMILIES as KNOWN
from coinco_core.images import Box
from coinco_core.samples import Sample, boxed_image, write_samples
from coinco_core.versions import PARTS, Part
from distillation_rows import PROMPT, QUESTION, SMALL, colour_rows, tiny_base
from tiny_models import FAMILIES, noise, tiny_model

CACHED = [name for name, family in KNOWN.items() if family.tower]
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


@pytest.mark.parametrize("family", CACHED)
def test_features_take_the_place_of_pixels_and_change_nothing(
    family: str, samples: list[Sample], tmp_path: Path
) -> None:
    base = tiny_base(family)
    base.processor.image_processor.max_patches = 4  # InternVL's tiles; no other family has such a setting
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
    assert not {"pixel_values", "pixel_attention_mask"} & set(seen["s0"]) and seen["s0"][FEATURES].shape[-1] == 32
    tokens = {len(ids) for ids in (row.input_ids for row in rows[1])}
    assert len(tokens) > 1 and base.processor.image_token_id in rows[1][0].input_ids


@pytest.mark.parametrize("family", CACHED)
def test_another_images_features_give_another_loss(family: str) -> None:
    base = tiny_base(family)
    images = [encoding.pixel_parts(base.processor, noise(i)) for i in range(2)]
    seen = vision.see(base.model, base.processor, images)
    rows = [encode_row(base.processor, one, QUESTION, "Final decision: In-context") for one in (*images, *seen)]
    with torch.inference_mode():
        losses = [float(base.model(**collate(base.processor, [row])).loss) for row in rows]
    assert losses[:2] == pytest.approx(losses[2:], abs=1e-5) and abs(losses[2] - losses[3]) > 1e-4


def test_deepstack_adds_to_the_loss_in_the_order_of_its_levels() -> None:
    base = tiny_base("qwen3_vl")
    [seen] = vision.see(base.model, base.processor, [encoding.pixel_parts(base.processor, noise(0))])
    assert seen[FEATURES].shape == (3, 9, 32)
    kinds = [seen, {**seen, FEATURES: seen[FEATURES][[0, 2, 1]]}, {**seen, FEATURES: seen[FEATURES] * 1.0}]
    kinds[2][FEATURES][1:] = 0
    rows = [encode_row(base.processor, one, QUESTION, "Final decision: In-context") for one in kinds]
    with torch.inference_mode():
        losses = [float(base.model(**collate(base.processor, [row])).loss) for row in rows]
    assert len({round(loss, 5) for loss in losses}) == 3


@pytest.mark.parametrize("family, tiles", [("internvl", {1, 4}), ("smolvlm", {3, 5})])
def test_images_of_several_tiles_keep_all_of_them(family: str, tiles: set[int]) -> None:
    base = tiny_base(family)
    base.processor.image_processor.max_patches = 4
    images = [encoding.pixel_parts(base.processor, noise(0, size)) for size in ((96, 96), (40, 120))]
    found = {part[FEATURES].shape[0] for part in vision.see(base.model, base.processor, images)}
    per_tile = base.processor.image_seq_length if family == "internvl" else base.processor.image_seq_len
    assert {tokens // per_tile for tokens in found} == tiles


def test_another_family_is_read_from_pixels_and_this_is_said(samples: list[Sample], tmp_path: Path) -> None:
    base = tiny_base("qwen2_5_vl")
    base.model.config.model_type = "unknown"
    pixels = [encoding.pixel_parts(base.processor, noise(0))]
    assert vision.see(base.model, base.processor, pixels) == pixels and vision.tower_digest(base.model) == ""
    said: list[str] = []
    feature_store(tmp_path / "store", base.model, base.processor).of(samples, tmp_path, said.append)
    assert "'unknown' models cannot take an image's features" in said[0]


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
