"""Which numbers carry the demo mark: of a run by its record, in a notebook by its profile and settings; and units."""

from __future__ import annotations

import pytest

from coinco_book.demo_numbers import is_demo, makes_demo_numbers
from coinco_book.results import is_finite, is_number, to_percent
from coinco_core.errors import InputError


@pytest.mark.parametrize(
    ("profile", "settings", "demo"),
    [
        ("demo", {}, True),
        ("smoke", {"data": "data/coinco"}, True),
        ("released", {}, False),
        ("paper", {"data": "data/coinco", "n": 5}, False),
        ("released", {"models": {"qwen": "demo"}}, True),
        ("paper", [{"data": "data/coinco"}, {"base_model": "demo"}], True),
        ("released", {"data": "data/demo"}, False),  # a folder may be called anything
    ],
)
def test_a_notebook_marks_what_its_page_will_mark(profile: str, settings: object, demo: bool) -> None:
    assert makes_demo_numbers(profile, settings) is demo
    assert is_demo({"made_by": {"profile": profile}, "settings": settings}) is demo


@pytest.mark.parametrize(("name", "demo"), [("d/truth.parquet", True), ("d/t.parquet", False)])
def test_a_folder_that_holds_the_truth_is_a_drawn_world(name: str, demo: bool) -> None:
    assert is_demo({"made_by": {"profile": "released", "inputs": {f"table {name}": "digest"}}}) is demo


def test_shares_become_percent_and_points_stay_points() -> None:
    assert [to_percent(unit) for unit in ("", " %", "%", " points", "points")] == [100, 1, 1, 1, 1]
    with pytest.raises(InputError, match="'GB' is no percentage"):
        to_percent(" GB")


def test_what_counts_as_a_number() -> None:
    values = (1, 1.5, float("nan"), float("inf"), True, "1", None)
    assert [is_number(value) for value in values] == [True, True, True, True, False, False, False]
    assert [is_finite(value) for value in values] == [True, True, False, False, False, False, False]
