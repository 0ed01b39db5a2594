"""Texts that hold numbers, tables in HTML, and what varies from process to process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.comparing.html_tables import html_as_text
from coinco_book.comparing.match import Match
from coinco_book.comparing.texts import match_texts, normalised

TABLE = (
    "<style>.a{}</style><table><thead><tr><th></th><th>n</th><th>seconds</th></tr></thead>"
    "<tbody><tr><th>a</th><td>3</td><td>@</td></tr></tbody></table>"
)


@given(st.text())
def test_a_text_is_identical_to_itself(text: str) -> None:
    assert match_texts(text, text).match is Match.IDENTICAL


@given(st.text(alphabet="0123456789.,-e sx"), st.text(alphabet="0123456789.,-e sx"))
def test_matching_texts_is_symmetric(a: str, b: str) -> None:
    first, second = match_texts(a, b), match_texts(b, a)
    assert (first.match, first.difference) == (second.match, second.difference)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("loss 0.123456789", "loss 0.123456788", Match.CLOSE),
        ("loss 0.1234", "loss 0.1235", Match.DIFFERENT),
        ("loss 1.0", "loss 1.00", Match.CLOSE),  # the same number, written in another way
        ("loss 0.5", "gain 0.5", Match.DIFFERENT),
        ("1,000 rows", "1,001 rows", Match.DIFFERENT),
        ("took 1.5 s", "took 2.5 s", Match.TIMES),
        ("took 12s", "took 3s", Match.TIMES),
        ("3 minutes, 0.5", "4 minutes, 0.5", Match.TIMES),
        ("3 minutes, 0.5", "4 minutes, 0.6", Match.DIFFERENT),
        ("3 samples", "4 samples", Match.DIFFERENT),
        ("3 of 3, 21.4 a second", "3 of 3, 35.0 a second", Match.TIMES),
        ("21.4/s", "35.0/s", Match.TIMES),
        ("21.4 a sample", "35.0 a sample", Match.DIFFERENT),
        ("-1.5e-3", "-1.5000001e-3", Match.CLOSE),
        ("a1b2", "a1b3", Match.DIFFERENT),
        ("1 2", "1 2 3", Match.DIFFERENT),
        ("nan", "0.5", Match.DIFFERENT),
    ],
)
def test_what_two_texts_are_called(a: str, b: str, expected: Match) -> None:
    assert match_texts(a, b).match is expected


def test_the_largest_difference_and_the_place_are_named() -> None:
    found = match_texts("0.5 1.00000010 2.0", "0.5 1.00000020 2.0000002")
    assert found.match is Match.CLOSE
    assert found.difference == pytest.approx(1e-7)
    long = match_texts("x" * 200 + " cow", "x" * 200 + " cat")
    assert long.difference is None
    assert (long.a.endswith("xx cow"), long.b.endswith("xx cat"), long.a[0]) == (True, True, "…")


def test_what_varies_by_itself_is_taken_out() -> None:
    text = "<f at 0x7f5a> T_1a2b3_row0 /here/runs/x 123e4567-e89b-12d3-a456-426614174000 /tmp/tmpab12_cde/y"
    assert normalised(text, {"/here/runs": "RUNS"}) == "<f at 0x> T__row0 RUNS/x UUID /tmp/y"
    assert normalised("abc", {"": "RUNS"}) == "abc"


def test_a_number_below_a_heading_of_time_gets_its_unit() -> None:
    first, second = (html_as_text(TABLE.replace("@", seconds)) for seconds in ("1.5", "2.5"))
    assert "a 3 1.5 seconds" in first
    assert match_texts(first, second).match is Match.TIMES
    other = html_as_text(TABLE.replace("@", "1.5").replace("<td>3</td>", "<td>4</td>"))
    assert match_texts(first, other).match is Match.DIFFERENT


def test_nothing_of_html_but_names_of_cells_is_lost() -> None:
    html = (
        '<p class="x">A &amp; B</p><td id="T_1" class="y" style="color: red">1</td><img src="data:image/png;base64,AA">'
    )
    text = html_as_text(html)
    assert all(piece in text for piece in ("class=x", "A & B", "style=color: red", "<img src="))
    assert "T_1" not in text
    assert "base64" not in text
    assert text != html_as_text(html.replace("AA", "AB"))
