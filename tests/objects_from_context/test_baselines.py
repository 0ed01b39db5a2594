"""What can be had without a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coinco_core.errors import InputError
from coinco_core.objects_from_context.baselines import box_features, labels_of, majority, mask_only
from coinco_core.samples import Box, Sample

TEMPLATE = Sample("s", "s.png", 96, 64, Box(10, 20, 30, 40), "dog", "cat", "train", "demo", modified=True)


def boxes(n: int, seed: int) -> list[Sample]:
    """Cats in small boxes, cows in large ones."""
    rng = np.random.default_rng(seed)
    small = rng.random(n) < 0.5
    sides = np.where(small, 8, 30) * rng.uniform(0.9, 1.1, n)
    places = [Box(float(rng.uniform(0, 50)), 10, float(side), float(side)) for side in sides]
    names = np.where(small, "cat", "cow").tolist()
    return [replace(TEMPLATE, box=b, original_object=name) for b, name in zip(places, names, strict=True)]


def test_majority_ranks_by_frequency() -> None:
    scores = majority(np.array([3, 3, 3, 7, 7, 1]), 2)
    assert scores.shape == (2, 80) and (scores[0] == scores[1]).all()
    assert np.argsort(-scores[0], kind="stable")[:3].tolist() == [3, 7, 1]
    assert scores[0].sum() == pytest.approx(1)
    for labels in ([], [80]):
        with pytest.raises(InputError):
            majority(np.array(labels, dtype=int), 2)


def test_box_features_are_what_they_say() -> None:
    np.testing.assert_allclose(
        box_features([TEMPLATE]), [[25 / 96, 60 / 64, np.log(30 / 96), np.log(40 / 64), np.log(3 / 4)]]
    )
    assert box_features([]).shape == (0, 5)


def test_box_features_do_not_depend_on_the_pictures_scale() -> None:
    box = TEMPLATE.box
    twice = replace(TEMPLATE, width=192, height=128, box=Box(2 * box.x, 2 * box.y, 2 * box.w, 2 * box.h))
    np.testing.assert_allclose(*box_features([TEMPLATE, twice]))


def test_mask_only_finds_what_boxes_tell() -> None:
    train, test = boxes(120, 0), boxes(40, 1)
    scores = mask_only(train, test, seed=0)
    assert scores.shape == (40, 80)
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    assert (scores.argmax(axis=1) == labels_of(test)).mean() > 0.95
    assert (scores == mask_only(train, test, seed=0)).all()


def test_mask_only_sees_nothing_but_the_boxes() -> None:
    """Neither the answer nor what was painted in, of any test sample."""
    train, test = boxes(60, 0), boxes(20, 1)
    strangers = [replace(s, object="pizza", original_object="zebra", image="other.png") for s in test]
    assert (mask_only(train, test, seed=0) == mask_only(train, strangers, seed=0)).all()
    with pytest.raises(InputError, match="not 60 and 0"):
        mask_only(train, [], seed=0)
