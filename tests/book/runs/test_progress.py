"""How much longer a notebook takes, judged by its last run or by the profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from coinco_book.runs.progress_line import ProgressLine


@pytest.mark.parametrize(
    ("cell", "in_cell", "expected"),
    [(0, 0.0, 60.0), (1, 4.0, 56.0), (2, 0.0, 50.0), (2, 35.0, 20.0), (3, 5.0, 15.0), (3, 99.0, 0.0)],
)
def test_seconds_left_by_the_last_run(cell: int, in_cell: float, expected: float) -> None:
    line = ProgressLine("a", 3, [10.0, 30.0, 20.0], expected=1000.0)
    line.start(cell)
    assert line.remaining(in_cell, 500.0) == expected


@pytest.mark.parametrize(("in_all", "left"), [(0.0, 60.0), (25.0, 35.0), (60.0, 0.0), (61.0, None)])
def test_seconds_left_by_the_profile(in_all: float, left: float | None) -> None:
    line = ProgressLine("a", 3, [1.0], expected=60.0)  # a last run of another number of cells tells nothing
    line.start(2)
    assert line.remaining(1.0, in_all) == left


def test_without_a_comparable_last_run_nothing_is_promised() -> None:
    line = ProgressLine("a", 3, [1.0])
    line.start(2)
    assert line.remaining(0.0) is None
    assert line.text().startswith("a: cell 2/3, ")
    assert "left" not in line.text()


@pytest.mark.parametrize(
    ("durations", "expected", "promise"),
    [
        ([1.0, 2.0], None, ", about 3 s by the last run"),
        ([1.0, 2.0], 60.0, ", about 3 s by the last run"),
        ([], 60.0, ", about 60 s by the profile"),
        ([], None, ""),
    ],
)
def test_off_a_terminal_one_line_is_said_at_the_start(
    durations: list[float], expected: float | None, promise: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with ProgressLine("a", 2, durations, expected) as line:
        line.start(1)
    assert capfd.readouterr() == ("", f"a: 2 cells{promise} ...\n")


class _Ticks:
    """Stands for the event that ends the line: it lets a number of intervals pass and notes how long each was."""

    def __init__(self, n: int) -> None:
        self.left, self.intervals = n, list[float]()

    def wait(self, seconds: float) -> bool:
        self.intervals.append(seconds)
        self.left -= 1
        return self.left < 0


@pytest.fixture
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    monkeypatch.setattr("sys.stderr.isatty", lambda: request.param, raising=False)
    yield request.param


@pytest.mark.parametrize("terminal", [False, True], indirect=True)
def test_long_work_says_how_far_it_is(terminal: bool, capsys: pytest.CaptureFixture[str]) -> None:
    line, ticks = ProgressLine("a", 2, [10.0, 20.0]), _Ticks(2)
    line.start(2)
    line._redrawn, line._done = terminal, _as_any(ticks)
    line._repeat()
    said = capsys.readouterr().err
    assert said.count("a: cell 2/2, 0 s, about 20 s left") == 2
    assert said.count("\n") == (0 if terminal else 2)
    assert ticks.intervals == [1.0 if terminal else 30.0] * 3


def _as_any(value: Any) -> Any:
    return value
