"""What can be had without a picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coinco_core.objects_from_context.baselines import box_features, labels_of, majority, mask_only, without_picture
from coinco_core.objects_from_context.store import Examples
from coinco_core.samples import Box, Sample


def test_majority_ranks_by_frequency() -> None:
    scores = majority(np.array([3, 3, 3, 7, 7, 1]), 2)
    assert scores.shape == (2, 80) and (scores[0] == scores[1]).all()
    assert np.argsort(-scores[0], kind="stable")[:3].tolist() == [3, 7, 1]
    assert scores[0].sum() == pytest.approx(1)


def test_box_features_do_not_depend_on_the_pictures_scale(pictures: tuple[Path, list[Sample]]) -> None:
    sample = pictures[1][3]
    box = sample.box
    twice = replace(sample, width=192, height=128, box=Box(2 * box.x, 2 * box.y, 2 * box.w, 2 * box.h))
    np.testing.assert_allclose(*box_features([sample, twice]))


def test_mask_only_finds_what_boxes_tell(pictures: tuple[Path, list[Sample]]) -> None:
    template = pictures[1][0]
    rng = np.random.default_rng(0)

    def draw(n: int) -> list[Sample]:
        """Cats in small boxes, cows in large ones."""
        small = rng.random(n) < 0.5
        sides = np.where(small, 8, 30) * rng.uniform(0.9, 1.1, n)
        boxes = [Box(float(rng.uniform(0, 50)), 10, float(side), float(side)) for side in sides]
        names = np.where(small, "cat", "cow")
        return [replace(template, box=b, original_object=str(n)) for b, n in zip(boxes, names, strict=True)]

    train, test = draw(120), draw(40)
    scores = mask_only(train, test, seed=0)
    assert scores.shape == (40, 80)
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    assert (scores.argmax(axis=1) == labels_of(test)).mean() > 0.95


def test_without_picture_keeps_the_mask_and_leaves_the_original_alone() -> None:
    examples = Examples(np.ones((3, 8192), np.float32), np.arange(3), ("a", "b", "c"))
    blind = without_picture(examples)
    assert blind.inputs[:, :4096].sum() == 0 and (blind.inputs[:, 4096:] == 1).all()
    assert (examples.inputs == 1).all() and blind.sample_ids == examples.sample_ids
