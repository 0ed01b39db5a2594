"""Which cells of two notebooks belong together, and how what they show is compared."""

from __future__ import annotations

from typing import Any

import pytest

from coinco_book.comparing.cells import CodeCell, matched_cells
from coinco_book.comparing.figures import compare_figures
from coinco_book.comparing.match import DiffRow, Match
from coinco_book.comparing.outputs import compare_outputs
from two_runs import executed, png, shown, stream


def _cells(*sources: str) -> list[CodeCell]:
    return [CodeCell(number, source) for number, source in enumerate(sources, start=1)]


def _numbers(a: list[CodeCell], b: list[CodeCell]) -> list[tuple[int, int]]:
    return [(x.number if x else 0, y.number if y else 0) for x, y in matched_cells(a, b)]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("abc", "abc", [(1, 1), (2, 2), (3, 3)]),
        ("abc", "axbc", [(1, 1), (0, 2), (2, 3), (3, 4)]),  # a cell was put in
        ("abc", "ac", [(1, 1), (2, 0), (3, 2)]),
        ("abc", "axc", [(1, 1), (2, 2), (3, 3)]),  # one was changed
        ("", "ab", [(0, 1), (0, 2)]),
    ],
)
def test_cells_are_matched_by_their_text(a: str, b: str, expected: list[tuple[int, int]]) -> None:
    assert _numbers(_cells(*a), _cells(*b)) == expected


def _output(a: list[dict[str, Any]], b: list[dict[str, Any]], where: tuple[str, str] = ("", "")) -> DiffRow:
    first, second = (executed(("f()", out), run_dir=folder) for out, folder in zip((a, b), where, strict=True))
    (row,) = compare_outputs("notebook", first, second)
    return row


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([stream("x\n")], [stream("x\n")], Match.IDENTICAL),
        ([stream("x\ny\n")], [stream("x\n"), stream("y\n")], Match.IDENTICAL),  # split at another place
        ([stream("0.5000001")], [stream("0.5000002")], Match.CLOSE),
        ([stream("1 s")], [stream("2 s")], Match.TIMES),
        ([stream("1 cow")], [stream("2 cows")], Match.DIFFERENT),
        ([stream("x")], [], Match.DIFFERENT),
        ([stream("x")], [shown(html="x")], Match.DIFFERENT),
        ([shown(png=png("white"))], [shown(png=png("white"))], Match.IDENTICAL),
        ([shown(png=png("white"))], [shown(png=png("black"))], Match.DIFFERENT),
        ([shown(html="<p>1</p>", plain="<A at 0x1>")], [shown(html="<p>1</p>", plain="other")], Match.IDENTICAL),
        ([stream("1 s"), shown(html="<b>x</b>")], [stream("2 s"), shown(html="<b>y</b>")], Match.DIFFERENT),
    ],
)
def test_what_the_outputs_of_a_cell_are_called(a: list[Any], b: list[Any], expected: Match) -> None:
    assert _output(a, b).match is expected
    assert _output(b, a).match is expected


def test_a_difference_is_shown_where_it_begins() -> None:
    row = _output([shown(html="<table><td>cow</td></table>")], [shown(html="<table><td>cat</td></table>")])
    assert (row.what, row.a, row.b, row.note) == ("cell 1, f()", "cow", "cat", "in text/html")


def test_the_folder_of_the_runs_is_no_difference() -> None:
    a, b = [stream("in /x/runs/first/table")], [stream("in /y/table")]
    assert _output(a, b, ("/x/runs/first", "/y")).match is Match.IDENTICAL
    assert _output(a, b).match is Match.DIFFERENT


def test_what_is_recorded_elsewhere_and_what_shows_nothing_is_left_out() -> None:
    scrap = {**shown(plain="'1'"), "metadata": {"scrapbook": {"name": "x"}}}
    assert list(compare_outputs("n", executed(("f()", [scrap])), executed(("f()", [])))) == []


def test_a_cell_that_only_one_notebook_has() -> None:
    (row,) = compare_outputs("n", executed(("f()", [stream("x")])), None)
    assert (row.match, row.a, row.b) == (Match.ONLY_A, "stdout", "")


def _figure(a: bytes | None, b: bytes | None) -> DiffRow:
    (row,) = compare_figures("n", *(None if p is None else executed(("plot()", [shown(png=p)])) for p in (a, b)))
    return row


def test_the_share_of_pixels_that_differ() -> None:
    row = _figure(png(), png(dots=7))
    assert (row.match, row.difference, row.note) == (Match.DIFFERENT, 0.07, "7.0% of the pixels differ")
    assert row.both.startswith(b"\x89PNG")
    assert (row.a, row.b) == ("an image", "an image")


def test_identical_images() -> None:
    assert (_figure(png(), png()).match, _figure(png(), png()).both) == (Match.IDENTICAL, b"")
    other = png() + b"trailing bytes that no reader looks at"
    assert (_figure(png(), other).match, _figure(png(), other).note) == (
        Match.IDENTICAL,
        "other bytes, the same pixels",
    )


def test_a_single_pixel_is_a_difference() -> None:
    row = _figure(png(size=(20, 20)), png(dots=1, size=(20, 20)))
    assert (row.match, row.difference) == (Match.DIFFERENT, 1 / 400)


def test_images_of_two_sizes_are_laid_on_white() -> None:
    row = _figure(png(size=(10, 10)), png("black", size=(10, 20)))
    assert row.difference == 1.0
    assert _figure(png(size=(10, 10)), png(size=(10, 20))).match is Match.IDENTICAL
    assert _figure(png(size=(10, 10)), png(dots=2, size=(10, 20))).note.endswith("10 x 10 against 10 x 20")


def test_an_image_that_is_none_is_different_and_no_error() -> None:
    row = _figure(png(), b"no image")
    assert (row.match, row.difference, row.note) == (Match.DIFFERENT, None, "an image cannot be read")
    assert _figure(png(), None).match is Match.ONLY_A
    assert _figure(None, png()).b_image == png()
