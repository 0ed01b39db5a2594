"""Scores against scikit-learn and scipy, closed forms, and what happens to unreadable answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from coinco_core.errors import InputError
from coinco_core.evaluation import (
    brier_score,
    expected_calibration_error,
    mcnemar,
    reliability_table,
    score_table,
    scores,
    shortcut_table,
    wilson_interval,
)
from coinco_core.evaluation import scores as all_scores
from coinco_core.evaluation.measures import aurocs, cells, measures


def values(truth: list[bool], predicted: list[bool | None], **more: list[float]) -> dict[str, float | None]:
    return {score.metric: score.value for score in all_scores(truth, predicted, **more)}


ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 1)), min_size=4, max_size=40)


@settings(max_examples=40)
@given(ANSWERS)
def test_scores_are_scikit_learns(rows: list[tuple[bool, bool, float]]) -> None:
    truth, said, likely = map(np.array, zip(*rows, strict=True))
    assume(len(set(truth.tolist())) == 2 and len(set(said.tolist())) == 2)
    own = measures(cells(truth.tolist(), said.tolist()).sum(axis=0))
    assert own["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    assert own["precision"] == pytest.approx(metrics.precision_score(truth, said))
    assert own["precision_out"] == pytest.approx(metrics.precision_score(truth, said, pos_label=False))
    assert own["f1"] == pytest.approx(metrics.f1_score(truth, said))
    assert own["f1_out"] == pytest.approx(metrics.f1_score(truth, said, pos_label=False))
    assert own["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(truth, said))
    assert own["macro_f1"] == pytest.approx(metrics.f1_score(truth, said, average="macro"))
    assert own["mcc"] == pytest.approx(metrics.matthews_corrcoef(truth, said))
    assert own["kappa"] == pytest.approx(metrics.cohen_kappa_score(truth, said))
    assert aurocs(truth, likely, np.ones((1, len(truth)))) == pytest.approx(metrics.roc_auc_score(truth, likely))


@given(st.integers(0, 200), st.integers(0, 200))
def test_wilsons_interval_is_scipys(a: int, b: int) -> None:
    k, n = min(a, b), max(a, b, 1)
    interval = binomtest(k, n).proportion_ci(method="wilson")
    assert wilson_interval(k, n) == pytest.approx((interval.low, interval.high), abs=1e-9)
    low, high = wilson_interval(k, n)
    assert 0 <= low <= k / n <= high <= 1


def test_an_unreadable_answer_is_no_class() -> None:
    """Upstream counted Unknown as a third class in macro-F1 (defect 27); here it has a row of its own."""
    truth: list[bool] = [True, True, False, False, True, False]
    with_unread = values(truth, [True, False, False, True, None, None])
    without = values(truth[:4], [True, False, False, True])
    for metric in ("accuracy", "balanced_accuracy", "macro_f1", "mcc", "kappa", "recall", "specificity"):
        assert with_unread[metric] == without[metric]
    assert with_unread["unreadable"] == pytest.approx(2 / 6)
    assert with_unread["accuracy"] == 0.5 and with_unread["accuracy_all"] == pytest.approx(2 / 6)
    assert with_unread["balanced_accuracy"] == 0.5
    assert with_unread["balanced_accuracy_all"] == pytest.approx((1 / 3 + 1 / 3) / 2)


def test_what_is_undefined_is_none_not_zero_or_one() -> None:
    one_class = values([True] * 4, [True, True, False, True])
    assert one_class["accuracy"] == 0.75 and one_class["recall"] == 0.75
    assert one_class["specificity"] is None and one_class["balanced_accuracy"] is None and one_class["mcc"] is None
    nothing = values([True, False], [None, None])
    assert nothing["accuracy"] is None and nothing["unreadable"] == 1.0


def test_intervals_hold_the_value_and_are_reproducible() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random(120) < 0.5).tolist()
    said = [bool(t) if rng.random() < 0.8 else not t for t in truth]
    first = scores(truth, said, seed=1)
    assert first == scores(truth, said, seed=1)
    for score in first:
        assert score.value is not None and score.low is not None and score.high is not None
        assert score.low <= score.value <= score.high
        assert all(type(number) is float for number in (score.value, score.low, score.high))


def test_the_trivial_answerers_show_what_accuracy_hides() -> None:
    table = score_table([True] * 2 + [False] * 8, {"model": [True] * 2 + [False] * 7 + [True]})
    rows = table.set_index(["answerer", "metric"])["value"]
    assert rows["always out-of-context", "accuracy"] == 0.8 and rows["always in-context", "accuracy"] == 0.2
    assert rows["always out-of-context", "balanced_accuracy"] == 0.5 == rows["always in-context", "balanced_accuracy"]
    assert rows["model", "accuracy"] == 0.9
    assert list(table.columns) == ["answerer", "metric", "value", "low", "high", "n"]
    assert set(score_table([True, False], {"m": [True, False]}, baselines=False)["answerer"]) == {"m"}


def test_mcnemar_in_closed_form() -> None:
    truth = [True] * 10
    before: list[bool | None] = [False] * 6 + [True] * 4
    after: list[bool | None] = [True] * 9 + [None]
    # six gained, one lost: 2 * (1 + 7) / 2**7
    assert mcnemar(truth, before, after) == {"gained": 6, "lost": 1, "p_value": pytest.approx(0.125), "n": 10}
    assert mcnemar(truth, after, after)["p_value"] == 1.0


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1))
def test_mcnemar_is_symmetric(rows: list[tuple[bool, bool, bool]]) -> None:
    truth, before, after = map(list, zip(*rows, strict=True))
    there, back = mcnemar(truth, before, after), mcnemar(truth, after, before)
    assert (there["gained"], there["lost"]) == (back["lost"], back["gained"])
    assert there["p_value"] == pytest.approx(back["p_value"])


def test_calibration_in_closed_form() -> None:
    truth = [True, True, True, False] * 5
    assert expected_calibration_error(truth, [0.75] * 20, bins=5) == pytest.approx(0.0)
    assert expected_calibration_error(truth, [0.95] * 20, bins=1) == pytest.approx(0.2)
    assert brier_score(truth, [0.75] * 20) == pytest.approx(0.1875)
    assert brier_score([True, False], [1.0, 0.0]) == 0.0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60), st.integers(1, 20))
def test_the_bins_hold_every_sample_once(rows: list[tuple[bool, float]], bins: int) -> None:
    truth, likely = map(list, zip(*rows, strict=True))
    table = reliability_table(truth, likely, bins)
    assert table["n"].sum() == len(rows) and 1 <= len(table) <= bins
    if len(set(likely)) == len(likely):
        assert len(table) == min(bins, len(rows)) and table["n"].max() - table["n"].min() <= 1
    assert (table["n"] * table["share"]).sum() == pytest.approx(sum(truth))
    assert table["probability"].is_monotonic_increasing or np.diff(table["probability"]).min() > -1e-12
    assert 0 <= expected_calibration_error(truth, likely, bins) <= 1


def test_the_shortcut_check_tells_judging_from_leaning() -> None:
    truth = [True, False] * 5
    altered = {"judges": list(truth), "leans": [True] * 10}
    unmodified: dict[str, list[bool | None]] = {"judges": [True] * 8, "leans": [True] * 7 + [None]}
    table = shortcut_table((truth, altered), unmodified).set_index(["answerer", "metric"])["value"]
    assert table["judges", "recall_unmodified"] == 1.0
    assert table["leans", "recall_unmodified"] == 7 / 8  # an answer that cannot be read is wrong
    assert table["judges", "specificity_altered"] == 1.0 and table["leans", "specificity_altered"] == 0.0
    assert table["judges", "gap"] == 0.5 and table["leans", "gap"] == -0.125
    assert table["leans", "unreadable_unmodified"] == 0.125


def test_what_does_not_belong_together_is_refused() -> None:
    with pytest.raises(InputError, match="do not match"):
        scores([True], [True, False])
    with pytest.raises(InputError, match="do not match"):
        reliability_table([], [])
    with pytest.raises(InputError, match="outside"):
        brier_score([True], [1.5])
    with pytest.raises(InputError, match="is not a share"):
        wilson_interval(3, 2)
