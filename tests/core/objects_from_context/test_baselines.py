"""What can be had without an image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from coinco_core.errors import InputError
from coinco_core.objects_from_context import baselines
from coinco_core.objects_from_context.baselines import box_features, combined, labels_of, majority, mask_only
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


def test_box_features_do_not_depend_on_the_images_scale() -> None:
    box = TEMPLATE.box
    twice = replace(TEMPLATE, width=192, height=128, box=Box(2 * box.x, 2 * box.y, 2 * box.w, 2 * box.h))
    np.testing.assert_allclose(*box_features([TEMPLATE, twice]))


def test_only_the_shape_tells_the_images_aspect_ratio() -> None:
    box = TEMPLATE.box
    wider = replace(TEMPLATE, width=3 * TEMPLATE.width, box=replace(box, x=3 * box.x, w=3 * box.w))
    here, there = box_features([TEMPLATE, wider])
    np.testing.assert_allclose(there - here, [0, 0, 0, 0, np.log(3)], atol=1e-12)


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


def test_two_answers_combined_are_the_exact_posterior() -> None:
    """Three images and four masks, independent given the category: P(c | image, mask) from the joint table."""
    rng = np.random.default_rng(2)
    prior = rng.dirichlet(np.ones(80))
    image, mask = rng.dirichlet(np.ones(3), 80), rng.dirichlet(np.ones(4), 80)  # P(. | c)
    joint = prior[:, None, None] * image[:, :, None] * mask[:, None, :]
    of_image, of_mask = joint.sum(2), joint.sum(1)
    for i in range(3):
        first = np.tile(of_image[:, i] / of_image[:, i].sum(), (4, 1))
        found = combined(first, (of_mask / of_mask.sum(0)).T, prior)
        np.testing.assert_allclose(found, (joint[:, i] / joint[:, i].sum(0)).T, rtol=1e-12)


def test_an_answer_that_knows_nothing_leaves_the_other() -> None:
    rng = np.random.default_rng(3)
    answer, prior = rng.dirichlet(np.ones(80), 5), rng.dirichlet(np.ones(80))
    answer[:, 7] = 0
    answer /= answer.sum(axis=1, keepdims=True)
    nothing = np.tile(prior, (5, 1))
    np.testing.assert_allclose(combined(answer, nothing, prior), answer, rtol=1e-12)
    np.testing.assert_allclose(combined(nothing, answer, 3 * prior), answer, rtol=1e-12)


def test_what_cannot_be_combined_is_named() -> None:
    even = np.full((2, 80), 1 / 80)
    with pytest.raises(InputError, match="do not fit"):
        combined(even, even[:1], even[0])
    with pytest.raises(InputError, match="do not fit"):
        combined(even, even, even)
    with pytest.raises(InputError, match="above 0"):
        combined(even, even, np.eye(80)[0])
    with pytest.raises(InputError, match="rule out every category"):
        combined(np.eye(80)[:2], np.eye(80)[1:3], even[0])


def test_a_leaf_grows_with_the_boxes_and_cores_change_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    train, test, grown = boxes(120, 0), boxes(40, 1), []

    class Forest(RandomForestClassifier):  # type: ignore[misc]
        def fit(self, *given: object) -> object:
            grown.append((self.min_samples_leaf, self.n_jobs))
            return super().fit(*given)

    monkeypatch.setattr("sklearn.ensemble.RandomForestClassifier", Forest)
    scores = []
    for cores in (1, 3):
        monkeypatch.setattr(baselines, "usable_cores", lambda cores=cores: cores)
        scores.append(mask_only(train, test, seed=0))
    monkeypatch.setattr(baselines, "MOST_LEAVES", 12)
    mask_only(train, test, seed=0)
    assert grown == [(3, 1), (3, 3), (10, 3)] and (scores[0] == scores[1]).all()
