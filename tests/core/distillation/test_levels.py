"""Prepared pixels are kept in a quarter of their room, and come back to the last bit or are kept as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from coinco_core.distillation.collator import image_mark
from coinco_core.distillation.features import feature_store
from coinco_core.distillation.levels import from_levels, to_levels
from coinco_core.engines.encoding import pixel_parts
from coinco_core.samples import Box, Sample, boxed_image
from tiny_models import noise, tiny_model


def prepared(levels: np.ndarray) -> np.ndarray:
    """Bytes (1, 3, height, width) as a processor makes floats of them."""
    mean, std = np.float32([0.48, 0.46, 0.41]), np.float32([0.27, 0.26, 0.28])
    scaled = levels.astype(np.float32) * np.float32(1 / 255)
    return (scaled - mean[:, None, None]) / std[:, None, None]


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_every_bit_comes_back(seed: int, height: int, width: int) -> None:
    levels = np.random.default_rng(seed).integers(0, 256, (1, 3, height, width), dtype=np.uint8)
    values = prepared(levels)
    kept = to_levels(values)
    assert kept is not None and kept[1].dtype == np.uint8
    assert np.array_equal(from_levels(*kept).view(np.uint32), values.view(np.uint32))


def test_patches_of_one_channel_after_the_other_are_taken_too() -> None:
    image = prepared(np.random.default_rng(0).integers(0, 256, (20, 3, 14, 14), dtype=np.uint8))
    patches = np.repeat(image[:, :, None], 2, axis=2).reshape(20, -1)  # as Qwen2-VL's: 3 channels x 2 frames x 14 x 14
    kept = to_levels(patches)
    assert kept is not None and kept[1].nbytes == patches.nbytes // 4
    assert np.array_equal(from_levels(*kept).view(np.uint32), patches.view(np.uint32))


def test_what_is_no_image_of_levels_is_not_taken() -> None:
    rng = np.random.default_rng(0)
    signed = np.zeros((1, 3, 2, 2), np.float32)
    signed[0, 0, 0, 0] = -0.0  # equal, and of other bits
    for values in (rng.normal(size=(1, 3, 20, 20)).astype(np.float32), rng.normal(size=(4, 1176)).astype(np.float32),
                   np.zeros((1, 3, 0, 2), np.float32), signed,
                   prepared(np.zeros((1, 3, 2, 2))).astype(np.float64)):  # fmt: skip
        assert to_levels(values) is None


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    noise(1, (90, 60)).save(tmp_path / "a.png")
    return Sample("a", "a.png", 90, 60, Box(9, 9, 30, 20), "cow", "dog", "train", "coco", True)


def test_a_family_without_features_keeps_a_byte_for_each_number(sample: Sample, tmp_path: Path) -> None:
    model, processor = tiny_model("llava")
    store = feature_store(tmp_path / "store", model, processor)
    (kept,) = store.of([sample], tmp_path).values()
    wanted = pixel_parts(processor, boxed_image(tmp_path, sample))
    assert set(kept) == set(wanted) and len(kept) == len(wanted)
    for name, value in wanted.items():
        assert np.array_equal(kept[name], value) and kept[name].dtype == value.dtype
    numbers = wanted["pixel_values"].size
    assert sum(path.stat().st_size for path in store.folder.glob("*.bin")) < 1.1 * numbers + 10_000
    assert image_mark(kept) == image_mark(store.of([sample], tmp_path)["a"])


def test_another_image_has_another_mark(sample: Sample, tmp_path: Path) -> None:
    model, processor = tiny_model("llava")
    store = feature_store(tmp_path / "store", model, processor)
    before = image_mark(store.of([sample], tmp_path)["a"])
    Image.new("RGB", (90, 60), "gray").save(tmp_path / "a.png")
    assert image_mark(store.of([sample], tmp_path)["a"]) != before
