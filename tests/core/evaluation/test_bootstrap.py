"""The bootstrap against formulas for its spread, and images that are drawn whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from coinco_core.errors import InputError
from coinco_core.evaluation import scores
from coinco_core.evaluation.bootstrap import percentile_interval, resampled_sums, resampled_weights
from coinco_core.evaluation.measures import aurocs


def test_the_spread_of_a_share_is_the_binomials() -> None:
    column = np.array([[1]] * 300 + [[0]] * 700)
    drawn = resampled_sums(column, draws=20_000, seed=1) / 1000
    assert drawn.mean() == pytest.approx(0.3, abs=0.001)
    assert drawn.std() == pytest.approx(np.sqrt(0.3 * 0.7 / 1000), rel=0.03)


def test_samples_of_one_image_stay_together() -> None:
    """With every sample there four times, a clustered bootstrap must be twice as wide, not as narrow as for 4 n."""
    column = np.repeat([[1]] * 60 + [[0]] * 140, 4, axis=0)
    images = np.repeat(np.arange(200), 4).tolist()
    apart = resampled_sums(column, draws=20_000, seed=1).std()
    together = resampled_sums(column, images=images, draws=20_000, seed=1).std()
    assert together == pytest.approx(2 * apart, rel=0.05)
    drawn = resampled_sums(column, images=images, draws=50)
    assert (drawn % 4 == 0).all()


@settings(max_examples=30)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=20), st.integers(0, 5))
def test_weights_are_those_of_whole_images(images: list[int], seed: int) -> None:
    (weights,) = resampled_weights(len(images), images=images, draws=40, seed=seed)
    assert weights.shape == (40, len(images))
    first = {image: images.index(image) for image in images}
    assert (weights == weights[:, [first[p] for p in images]]).all()
    assert (weights[:, list(first.values())].sum(axis=1) == len(first)).all()


def test_weights_come_in_blocks_that_fit_into_memory() -> None:
    blocks = list(resampled_weights(30, draws=10, at_once=100))
    assert [len(block) for block in blocks] == [3, 3, 3, 1]
    assert all((block.sum(axis=1) == 30).all() for block in blocks)
    assert list(resampled_weights(0)) == []


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=30))
def test_a_weighted_auroc_is_scikit_learns(rows: list[tuple[bool, int, int]]) -> None:
    truth, likely, weights = map(np.array, zip(*rows, strict=True))
    (found,) = aurocs(truth, likely / 4, weights[None])
    if weights[truth].sum() == 0 or weights[~truth].sum() == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(truth, likely, sample_weight=weights))


def test_a_draw_that_is_not_defined_is_left_out() -> None:
    assert percentile_interval(np.array([0.5, np.nan, 0.5])) == (0.5, 0.5)
    assert percentile_interval(np.array([np.nan])) == (None, None)


def test_scores_by_image_are_never_narrower_than_wilsons() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat(rng.random(80) < 0.5, 3).tolist()
    said = np.repeat(rng.random(80) < 0.5, 3).tolist()
    images = np.repeat(np.arange(80), 3).tolist()
    plain = {score.metric: score for score in scores(truth, said)}
    by_image = {score.metric: score for score in scores(truth, said, images=images)}
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        width = [s.high - s.low for s in (plain[name], by_image[name]) if s.low is not None and s.high is not None]
        assert width[1] == pytest.approx(np.sqrt(3) * width[0], rel=0.12)
    perfect = {s.metric: s for s in scores([True, False] * 9, [True, False] * 9, images=list(range(18)))}
    low = perfect["accuracy"].low
    assert low is not None and low < 0.9  # the bootstrap alone would say 1 to 1


def test_every_sample_needs_its_image() -> None:
    with pytest.raises(InputError, match="do not match"):
        scores([True, False], [True, False], images=["a"])
