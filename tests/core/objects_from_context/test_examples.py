"""Examples share rows, leave arrays where they are, and come out as the network sees them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.chapters.views import box_cover, in_half_precision, published_views
from coinco_core.errors import InputError
from coinco_core.objects_from_context.examples import (
    Examples,
    first_examples,
    make_examples,
    with_masks,
    without_image,
    without_mask,
)
from coinco_core.objects_from_context.network.minibatches import Batches
from coinco_core.samples import Box, Sample

rng = np.random.default_rng(0)
IMAGES, MASKS = (rng.normal(size=(n, 4, 2, 2)).astype(np.float32) for n in (5, 3))
SHARED = Examples(
    IMAGES, MASKS, np.array([4, 0, 2]), np.array([1, 1, 0]), np.array([7, 9, 7]), ("a", "b", "c")
)  # fmt: skip


def test_an_input_is_the_image_then_the_mask() -> None:
    assert SHARED.width == 32 and len(SHARED) == 3
    expected = [[*IMAGES[p].ravel(), *MASKS[m].ravel()] for p, m in ((4, 1), (0, 1), (2, 0))]
    np.testing.assert_array_equal(SHARED.inputs(), np.array(expected))
    np.testing.assert_array_equal(SHARED.inputs(np.array([2, 0])), np.array(expected)[[2, 0]])
    assert SHARED.inputs().dtype == np.float32 and in_half_precision(SHARED).inputs().dtype == np.float32


def test_the_halves_are_told_apart() -> None:
    np.testing.assert_array_equal(without_image(SHARED).inputs(), SHARED.inputs()[:, 16:])
    np.testing.assert_array_equal(without_mask(SHARED).inputs(), SHARED.inputs()[:, :16])
    assert without_image(SHARED).width == without_mask(SHARED).width == 16
    other = with_masks(SHARED, np.arange(6).reshape(3, 2))
    np.testing.assert_array_equal(other.inputs()[:, 16:], np.arange(6).reshape(3, 2))
    with pytest.raises(InputError, match="2 descriptions"):
        with_masks(SHARED, np.zeros((2, 2)))
    with pytest.raises(InputError, match="do not match"):
        make_examples(IMAGES, MASKS, np.arange(5))


def test_the_digest_is_of_what_is_seen_and_not_of_where_it_lies() -> None:
    moved = make_examples(IMAGES[[4, 0, 2]], MASKS[[1, 1, 0]], SHARED.labels)
    assert moved.digest() == SHARED.digest()
    assert len({e.digest() for e in (SHARED, first_examples(SHARED, 2), without_mask(SHARED))}) == 3
    assert replace(SHARED, labels=np.array([7, 9, 8])).digest() != SHARED.digest()


@given(st.lists(st.integers(0, 2), min_size=1, max_size=6))
def test_batches_are_the_same_inputs(chosen: list[int]) -> None:
    batches = Batches(SHARED, "cpu")
    got = batches.inputs(torch.tensor(chosen))
    np.testing.assert_array_equal(got.numpy(), SHARED.inputs(np.array(chosen)))
    assert batches.labels[torch.tensor(chosen)].tolist() == SHARED.labels[chosen].tolist()


def test_batches_from_a_file_leave_it_mapped(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="c")
    batches = Batches(replace(SHARED, images=mapped), "cpu")
    assert batches.images.data_ptr() == mapped.ctypes.data
    np.testing.assert_array_equal(batches.inputs(slice(None)).numpy(), SHARED.inputs())


def sample(box: Box, width: int = 96, height: int = 64) -> Sample:
    return Sample("s", "s.png", width, height, box, "cat", "dog", "train", "demo", modified=True)


@given(st.floats(0, 90), st.floats(0, 60), st.floats(0.5, 96), st.floats(0.5, 64))
def test_the_cover_adds_up_to_the_boxes_area(x: float, y: float, w: float, h: float) -> None:
    one = sample(Box(x, y, w, h))
    cover = box_cover([one])
    inside = one.box.check(96, 64)
    assert cover.shape == (1, 1, 32, 32) and cover.min() >= 0 and cover.max() <= 1 + 1e-6
    assert cover.mean() == pytest.approx(inside.w * inside.h / (96 * 64), rel=1e-4)


def test_the_cover_is_where_the_box_is() -> None:
    cover = box_cover([sample(Box(3, 4, 6, 3))])[0, 0]  # a cell is 3 x 2 pixels
    expected = np.zeros((32, 32))
    expected[2, 1:3], expected[3, 1:3] = 1, 0.5
    np.testing.assert_allclose(cover, expected, atol=1e-6)


def test_views_differ_in_the_box_alone_and_are_as_loud() -> None:
    samples = {name: sample(Box(5.0 * i, 4, 6 + i, 3 + i * i)) for i, name in enumerate("abc")}
    views = published_views({"train": SHARED, "test": first_examples(SHARED, 2)}, samples)
    widths = {name: parts["test"].width for name, parts in views.items()}
    assert widths == {"published": 32, "float16": 32, "pixels": 16 + 1024, "box": 16 + 5}
    loudness = SHARED.inputs()[:, 16:].var(axis=0).sum()
    for name, parts in views.items():
        inputs = parts["train"].inputs()
        np.testing.assert_allclose(inputs[:, :16], SHARED.inputs()[:, :16], atol=2e-3)
        assert inputs[:, 16:].var(axis=0).sum() == pytest.approx(loudness, rel=1e-3), name
        np.testing.assert_allclose(parts["test"].inputs(), inputs[:2], atol=1e-6)  # scaled by the training part alone
