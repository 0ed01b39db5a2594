"""What is shown while notebooks run: one line per notebook, and how much longer each takes."""

from __future__ import annotations

import io

import pytest

from coinco_book.runs.board import Board, CellClock


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("cell", "in_cell", "expected"),
    [(0, 0.0, 60.0), (1, 4.0, 56.0), (2, 0.0, 50.0), (2, 35.0, 20.0), (3, 5.0, 15.0), (3, 99.0, 0.0)],
)
def test_seconds_left_by_the_last_run(cell: int, in_cell: float, expected: float) -> None:
    clock = CellClock(3, [10.0, 30.0, 20.0], expected=1000.0)
    clock.start(cell)
    assert clock.remaining(in_cell, 500.0) == expected


@pytest.mark.parametrize(("in_all", "left"), [(0.0, 60.0), (25.0, 35.0), (60.0, 0.0), (61.0, None)])
def test_seconds_left_by_the_profile(in_all: float, left: float | None) -> None:
    clock = CellClock(3, [1.0], expected=60.0)  # a last run of another number of cells tells nothing
    clock.start(2)
    assert clock.remaining(1.0, in_all) == left


def test_without_a_comparable_last_run_nothing_is_promised() -> None:
    time = Time()
    clock = CellClock(3, [1.0], clock=time)
    clock.start(2)
    time.now += 7
    assert clock.remaining(0.0) is None
    assert clock.text() == "cell 2/3, 7 s"


@pytest.mark.parametrize(
    ("durations", "expected", "promise"),
    [
        ([1.0, 2.0], None, ", about 3 s by the last run"),
        ([1.0, 2.0], 60.0, ", about 3 s by the last run"),
        ([], 60.0, ", about 60 s by the profile"),
        ([], None, ""),
    ],
)
def test_what_is_known_beforehand_is_said_in_a_log(
    durations: list[float], expected: float | None, promise: str
) -> None:
    log = io.StringIO()
    Board(["a"], log).begin("a", CellClock(2, durations, expected))
    assert log.getvalue() == f"a: 2 cells{promise} ...\n"


def test_a_log_has_a_line_now_and_then_for_each_that_runs() -> None:
    log, time, said = io.StringIO(), Time(), list[str]()
    board = Board(["a", "b", "c"], log)
    for name in ("a", "b"):
        board.begin(name, CellClock(2, clock=time))
    board.cell("a", 2)
    time.now += 29
    board.tick()
    time.now += 1
    board.tick()
    board.tick()
    board.end("a", "a: ran", said.append)
    time.now += 30
    board.tick()
    lines = log.getvalue().splitlines()
    assert lines[2:] == ["a: cell 2/2, 30 s", "b: cell 0/2, 30 s", "b: cell 0/2, 60 s"]
    assert said == ["a: ran"]


def test_a_terminal_has_a_block_that_is_redrawn_below_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    screen, time = Terminal(), Time()
    board = Board(["a", "b", "c"], screen)
    board.begin("a", CellClock(2, [10.0, 20.0], clock=time))
    board.cell("a", 1)
    board.tick()
    time.now += 4
    board.tick()
    board.end("a", "a: ran in 4 s", lambda line: print(line, file=screen))
    board.clear()
    block = "{}b: waiting\nc: waiting\n"
    first = block.format("a: cell 1/2, 0 s, about 30 s left\n")
    second = "\x1b[3F\x1b[J" + block.format("a: cell 1/2, 4 s, about 26 s left\n")
    assert screen.getvalue() == f"{first}{second}\x1b[3F\x1b[Ja: ran in 4 s\n{block.format('')}\x1b[2F\x1b[J"


def test_a_low_terminal_shows_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("LINES", "4")
    screen = Terminal()
    board = Board(list("abcdef"), screen)
    board.begin("d", CellClock(2, [10.0, 20.0], clock=Time()))
    board.tick()
    assert screen.getvalue() == "d: cell 0/2, 0 s, a\n"
