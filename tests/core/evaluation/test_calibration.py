"""Log loss and temperature: closed forms and what must hold for any probabilities."""

from __future__ import annotations

from math import log
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from coinco_core.errors import InputError
from coinco_core.evaluation import (
    calibration_table,
    chance_calibration_error,
    expected_calibration_error,
    fit_temperature,
    log_loss,
    reliability_table,
    with_temperature,
)

ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=30)


def calibrated(n: int, seed: int = 0) -> tuple[list[bool], list[float]]:
    rng = np.random.default_rng(seed)
    likely = rng.random(n)
    return (rng.random(n) < likely).tolist(), likely.tolist()


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 0.99)), min_size=1, max_size=30))
def test_the_log_loss_is_scikit_learns(rows: list[tuple[bool, float]]) -> None:
    truth, likely = map(list, zip(*rows, strict=True))
    assert log_loss(truth, likely) == pytest.approx(metrics.log_loss(truth, likely, labels=[False, True]))


def test_certain_and_wrong_costs_much_and_not_everything() -> None:
    assert log_loss([True], [0.0]) == pytest.approx(-log(1e-12))
    assert log_loss([True, False], [1.0, 0.0]) == pytest.approx(0.0, abs=1e-9)


def test_calibrated_probabilities_need_no_temperature() -> None:
    assert fit_temperature(*calibrated(20_000)) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("temperature", [0.4, 2.5])
def test_a_temperature_is_found_again(temperature: float) -> None:
    truth, likely = calibrated(20_000, seed=1)
    skewed = with_temperature(likely, 1 / temperature)
    assert fit_temperature(truth, skewed) == pytest.approx(temperature, rel=0.05)
    assert with_temperature(skewed, temperature) == pytest.approx(likely, abs=1e-5)  # but for what is nearly certain


@settings(max_examples=40)
@given(ROWS)
def test_fitting_never_raises_the_log_loss(rows: list[tuple[bool, float]]) -> None:
    truth, likely = map(list, zip(*rows, strict=True))
    scaled = with_temperature(likely, fit_temperature(truth, likely))
    assert log_loss(truth, scaled) <= log_loss(truth, with_temperature(likely, 1.0)) + 1e-12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0.05, 20))
def test_a_temperature_changes_no_verdict_and_treats_both_alike(likely: list[float], temperature: float) -> None:
    scaled = with_temperature(likely, temperature)
    assert all((a - 0.5) * (b - 0.5) >= 0 for a, b in zip(likely, scaled, strict=True))
    assert all(0 <= p <= 1 for p in scaled)
    turned = with_temperature([1 - p for p in likely], temperature)
    assert turned == pytest.approx([1 - p for p in scaled], abs=1e-6)


@settings(max_examples=20)
@given(ROWS)
def test_which_class_is_called_positive_does_not_matter(rows: list[tuple[bool, float]]) -> None:
    truth, likely = map(list, zip(*rows, strict=True))
    turned = fit_temperature([not t for t in truth], [1 - p for p in likely])
    losses = [log_loss(truth, with_temperature(likely, t)) for t in (fit_temperature(truth, likely), turned)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0])), min_size=1, max_size=60),
    st.integers(1, 20),
    st.randoms(use_true_random=False),
)
def test_the_order_of_samples_never_matters(rows: list[tuple[bool, float]], bins: int, chance: Random) -> None:
    mixed = chance.sample(rows, len(rows))
    (truth, likely), (other_truth, other_likely) = (map(list, zip(*r, strict=True)) for r in (rows, mixed))
    assert reliability_table(truth, likely, bins).equals(reliability_table(other_truth, other_likely, bins))
    found = [chance_calibration_error(p, bins, draws=5) for p in (likely, other_likely)]
    assert found[0] == found[1]


def test_equal_probabilities_are_in_one_bin() -> None:
    halves = [True] * 100 + [False] * 100
    assert expected_calibration_error(halves, [0.5] * 200) == 0.0
    table = reliability_table(halves, [0.2] * 120 + [k / 100 for k in range(21, 101)], bins=10)
    assert table["n"].max() == table["n"][0] >= 120 and table["probability"].is_monotonic_increasing
    assert table["n"][1:].between(19, 21).all()  # the others keep the size that was asked for, 200 / 10


def test_few_samples_look_badly_calibrated_even_if_they_are_not() -> None:
    few, many = calibrated(60)[1], calibrated(6000)[1]
    assert chance_calibration_error(few) > 0.1 > 0.03 > chance_calibration_error(many)
    assert chance_calibration_error(few) == chance_calibration_error(few)
    assert chance_calibration_error([0.0, 1.0] * 20) == 0.0


def test_the_table_has_a_row_an_answerer() -> None:
    truth, likely = calibrated(300)
    table = calibration_table(truth, {"student": likely, "T = 2": with_temperature(likely, 2.0)})
    assert table["answerer"].tolist() == ["student", "T = 2"] and (table["n"] == 300).all()
    assert table.loc[0, "ece"] == expected_calibration_error(truth, likely)
    assert table.loc[0, "log_loss"] < table.loc[1, "log_loss"] and table.loc[0, "brier"] < table.loc[1, "brier"]


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_what_is_no_temperature_is_refused(temperature: float) -> None:
    with pytest.raises(InputError, match="above 0"):
        with_temperature([0.5], temperature)


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(InputError, match="outside"):
        with_temperature([1.5], 1.0)
    with pytest.raises(InputError, match="outside"):
        log_loss([True], [float("nan")])
