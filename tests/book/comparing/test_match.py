"""How far two numbers lie apart, and what that is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.comparing.match import Match, match_values, presence, relative_difference, worst

NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.integers() | st.just(10**400)
VALUES = NUMBERS | st.text() | st.booleans() | st.none()


@given(NUMBERS, NUMBERS)
def test_the_difference_is_symmetric_and_bounded(a: float, b: float) -> None:
    far = relative_difference(a, b)
    assert far == relative_difference(b, a)
    assert far is None or 0 <= far <= 2


@given(VALUES)
def test_a_value_is_identical_to_itself(value: object) -> None:
    assert match_values(value, value) is Match.IDENTICAL


@given(VALUES, VALUES)
def test_matching_is_symmetric(a: object, b: object) -> None:
    assert match_values(a, b) is match_values(b, a)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [(1.0, 1.0, 0.0), (1.0, 2.0, 0.5), (-1.0, 1.0, 2.0), (0.0, 3.0, 1.0), (0.0, -0.0, 0.0), (8, 10, 0.2)],
)
def test_differences_by_hand(a: float, b: float, expected: float) -> None:
    assert relative_difference(a, b) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.0, 1.0 + 0.9e-6, Match.CLOSE),
        (1.0, 1.0 + 1.1e-6, Match.DIFFERENT),
        (1, 1.0, Match.IDENTICAL),
        (10_000_000, 10_000_001, Match.DIFFERENT),  # a count is exact
        (1, True, Match.DIFFERENT),
        ("1", 1, Match.DIFFERENT),
        ("a", "a", Match.IDENTICAL),
        (None, 0, Match.DIFFERENT),
        (float("inf"), 1.0, Match.DIFFERENT),
        (10**400, 1.0, Match.DIFFERENT),
    ],
)
def test_what_two_values_are_called(a: object, b: object, expected: Match) -> None:
    assert match_values(a, b) is expected


def test_every_match_has_an_icon_of_its_own() -> None:
    assert len({match.icon for match in Match}) == len(Match)


def test_the_worst_decides_and_what_lacks_is_said() -> None:
    assert worst([Match.CLOSE, Match.DIFFERENT, Match.IDENTICAL]) is Match.DIFFERENT
    assert worst([]) is Match.IDENTICAL
    assert (presence(1, 2), presence(1, None), presence(None, 1)) == (None, Match.ONLY_A, Match.ONLY_B)
