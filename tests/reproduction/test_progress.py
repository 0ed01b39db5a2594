"""How much longer a notebook takes, judged by its last run."""

from __future__ import annotations

import pytest

from coinco_core.reproduction.progress import ProgressLine


@pytest.mark.parametrize(
    ("cell", "in_cell", "expected"),
    [(0, 0.0, 60.0), (1, 4.0, 56.0), (2, 0.0, 50.0), (2, 35.0, 20.0), (3, 5.0, 15.0), (3, 99.0, 0.0)],
)
def test_seconds_left(cell: int, in_cell: float, expected: float) -> None:
    line = ProgressLine("a", 3, [10.0, 30.0, 20.0])
    line.start(cell)
    assert line.remaining(in_cell) == expected


def test_without_a_comparable_last_run_nothing_is_promised() -> None:
    line = ProgressLine("a", 3, [1.0])
    line.start(2)
    assert line.remaining(0.0) is None
    assert line.text().startswith("a: cell 2/3, ")
    assert "left" not in line.text()


def test_off_a_terminal_one_line_is_said_at_the_start(capfd: pytest.CaptureFixture[str]) -> None:
    with ProgressLine("a", 2, [1.0, 2.0]) as line:
        line.start(1)
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "a: 2 cells, about 3 s by the last run ...\n"
