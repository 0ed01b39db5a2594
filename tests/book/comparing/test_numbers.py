"""Recorded numbers, key by key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.comparing.match import DiffRow, Match
from coinco_book.comparing.numbers import compare_numbers

FACTS = st.dictionaries(st.sampled_from(["value", "unit", "low", "high", "n"]), st.floats(0, 1) | st.text(max_size=3))
SHARE = {"value": 0.5, "unit": "", "low": 0.4, "high": 0.6, "n": 300}


def _one(a: Any, b: Any, key: str = "x") -> DiffRow:
    (row,) = compare_numbers("notebook", {} if a is None else {key: a}, {} if b is None else {key: b})
    return row


@given(st.dictionaries(st.text(max_size=4), FACTS))
def test_numbers_are_identical_to_themselves(numbers: dict[str, Any]) -> None:
    rows = list(compare_numbers("notebook", numbers, numbers))
    assert [row.what for row in rows] == list(numbers)
    assert all(row.match is Match.IDENTICAL and row.note == "" for row in rows)


@given(FACTS, FACTS)
def test_the_match_does_not_depend_on_the_order(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert (_one(a, b).match, _one(a, b).difference) == (_one(b, a).match, _one(b, a).difference)


def test_the_interval_is_shown_and_held_against_the_other() -> None:
    row = _one(SHARE, {**SHARE, "value": 0.7, "low": 0.55, "high": 0.8})
    assert (row.a, row.b) == ("0.5 (0.4 to 0.6, n = 300)", "0.7 (0.55 to 0.8, n = 300)")
    assert (row.match, row.note) == (Match.DIFFERENT, "intervals overlap")
    assert row.difference == pytest.approx(2 / 7)
    apart = _one(SHARE, {**SHARE, "value": 0.9, "low": 0.61, "high": 1.0})
    assert apart.note == "intervals do not overlap"
    assert _one(SHARE, {**SHARE, "low": 0.3}).note == "differs in low"


def test_noise_is_close_and_another_unit_is_a_difference() -> None:
    assert _one(SHARE, {**SHARE, "value": 0.5 + 1e-9}).match is Match.CLOSE
    other = _one(SHARE, {**SHARE, "unit": " %"})
    assert (other.match, other.note) == (Match.DIFFERENT, "differs in unit")


@pytest.mark.parametrize(
    ("key", "unit"), [("training_seconds", ""), ("seconds", ""), ("total_minutes", ""), ("took", " s")]
)
def test_times_are_told_apart(key: str, unit: str) -> None:
    assert _one({"value": 1.5, "unit": unit}, {"value": 9.0, "unit": unit}, key).match is Match.TIMES


def test_what_only_looks_like_a_time_is_none() -> None:
    assert _one({"value": 1}, {"value": 2}, "secondsight").match is Match.DIFFERENT
    assert _one({"value": 1, "n": 3}, {"value": 2, "n": 4}, "seconds").match is Match.DIFFERENT


def test_what_only_one_run_recorded() -> None:
    assert (_one(SHARE, None).match, _one(None, SHARE).match) == (Match.ONLY_A, Match.ONLY_B)
    assert _one(SHARE, None).b == ""


def test_a_bare_value_counts_as_its_value() -> None:
    assert _one(3, {"value": 3}).match is Match.IDENTICAL
    assert _one({"value": "cow"}, {"value": "cat"}).match is Match.DIFFERENT
