"""The calibration of an 80-way answer: scikit-learn's scores, and the temperature that is the best there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss

from coinco_core.errors import InputError
from coinco_core.evaluation import expected_calibration_error
from coinco_core.evaluation.objects_calibration import (
    at_temperature,
    first_answer_reliability,
    first_answers,
    fit_many_temperature,
    many_brier_score,
    many_calibration_table,
    many_log_loss,
)

Array = np.ndarray[Any, Any]
EVEN = np.full((4, 80), 1 / 80)


def honest(n: int, seed: int = 0) -> tuple[Array, Array]:
    """Probabilities from which the gold labels are drawn, so that every one of them is right."""
    rng = np.random.default_rng(seed)
    likely = rng.dirichlet(np.full(80, 0.1), n) * 0.99 + 0.01 / 80
    gold = (likely.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return likely, np.minimum(gold, 79)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_brier_and_log_loss_are_scikit_learns(seed: int) -> None:
    likely, _ = honest(30, seed)
    gold = np.random.default_rng(seed).integers(0, 80, 30)
    assert many_brier_score(likely, gold) == pytest.approx(brier_score_loss(gold, likely, labels=range(80)))
    assert many_log_loss(likely, gold) == pytest.approx(log_loss(gold, likely, labels=range(80)))


def test_knowing_nothing_and_knowing_all_have_closed_forms() -> None:
    gold = np.array([0, 7, 79, 7])
    assert many_brier_score(EVEN, gold) == pytest.approx(0.9875)
    assert many_log_loss(EVEN, gold) == pytest.approx(np.log(80)) == pytest.approx(4.382, abs=1e-3)
    assert many_brier_score(np.eye(80)[gold], gold) == many_log_loss(np.eye(80)[gold], gold) == 0
    assert many_brier_score(np.eye(80)[gold], gold + [1, 1, -1, 1]) == 2
    assert many_log_loss(np.eye(80)[gold], gold + [1, 1, -1, 1]) == pytest.approx(12 * np.log(10))


def test_the_first_answer_is_right_as_often_as_it_says() -> None:
    likely, gold = honest(4000)
    right, confidence = first_answers(likely, gold)
    assert right == (likely.argmax(axis=1) == gold).tolist() and confidence == likely.max(axis=1).tolist()
    table = first_answer_reliability(likely, gold, bins=10)
    assert table["n"].sum() == 4000
    spread = (table["probability"] * (1 - table["probability"]) / table["n"]) ** 0.5
    assert ((table["probability"] - table["share"]).abs() < 4 * spread).all()


def test_the_temperature_is_softmax_of_divided_logits() -> None:
    logits = torch.from_numpy(np.random.default_rng(0).normal(0, 4, (50, 80)))
    for temperature in (0.3, 1.0, 2.5):
        expected = torch.softmax(logits / temperature, 1).numpy()
        found = at_temperature(torch.softmax(logits, 1).numpy(), temperature)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-12)
    with pytest.raises(InputError, match="above 0"):
        at_temperature(EVEN, 0)


@pytest.mark.parametrize("sharpening", [0.5, 2.0, 4.0])
def test_answers_that_were_sharpened_are_softened_as_much(sharpening: float) -> None:
    likely, gold = honest(4000)
    sharpened = at_temperature(likely, 1 / sharpening)
    assert fit_many_temperature(sharpened, gold) == pytest.approx(
        sharpening * fit_many_temperature(likely, gold), rel=1e-4
    )
    assert fit_many_temperature(likely, gold) == pytest.approx(1, abs=0.06)


@given(st.integers(0, 2**32 - 1), st.floats(0.2, 5))
@settings(max_examples=20)
def test_the_temperature_is_the_best_of_all(seed: int, sharpening: float) -> None:
    """At the least loss the mean log-probability of the truth is the one that the answers themselves expect."""
    likely, gold = honest(200, seed)
    likely = at_temperature(likely, 1 / sharpening)
    temperature = fit_many_temperature(likely, gold)
    best = at_temperature(likely, temperature)
    logs = np.log(likely)
    assert logs[np.arange(200), gold].mean() == pytest.approx((best * logs).sum(axis=1).mean(), abs=2e-5 * sharpening)
    losses = [many_log_loss(at_temperature(likely, t), gold) for t in np.geomspace(0.05, 20, 60)]
    assert many_log_loss(best, gold) <= min(losses) + 1e-12
    assert (best.argmax(axis=1) == likely.argmax(axis=1)).all()


def test_where_nothing_is_gained_the_temperature_is_one() -> None:
    assert fit_many_temperature(EVEN, np.arange(4)) == 1.0


def test_the_table_has_a_row_a_method() -> None:
    likely, gold = honest(500)
    methods = {"honest": likely, "sharp": at_temperature(likely, 0.3), "even": np.full((500, 80), 1 / 80)}
    table = many_calibration_table(methods, gold).set_index("method")
    assert list(table.index) == list(methods) and (table["n"] == 500).all()
    assert table.at["honest", "ece"] == pytest.approx(expected_calibration_error(*first_answers(likely, gold)))
    assert table.at["honest", "ece"] < 2 * table.at["honest", "chance_ece"]
    assert table.at["sharp", "ece"] > 3 * table.at["sharp", "chance_ece"]
    assert table.at["sharp", "top1"] == table.at["honest", "top1"]
    assert table["log_loss"].idxmin() == "honest" and table["brier"].idxmin() == "honest"


@pytest.mark.parametrize(("likely", "said"), [
    (EVEN * 2, "add up to 1"),
    (np.eye(80)[:4] * 2 - 1 / 80, "from 0 up"),
    (EVEN[:, :12], "do not fit 4 labels"),
    (EVEN[:3], "do not fit 4 labels"),
])  # fmt: skip
def test_what_is_no_distribution_is_refused(likely: Array, said: str) -> None:
    with pytest.raises(InputError, match=said):
        first_answers(likely, np.arange(4))
