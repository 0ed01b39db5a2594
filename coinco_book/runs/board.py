"""One line per notebook on standard error: its state, the cell that runs, elapsed and estimated remaining time.

A terminal's block of lines is redrawn; a log gets a line when a notebook starts, and one now and then while it runs.
The last run tells the remaining time cell by cell; without one, the profile's expectation for the notebook does.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Sequence
from typing import TextIO

_REPEATED = 30.0  # seconds between two lines of a log about one notebook


class CellClock:
    """How far one notebook is.

    `durations` are the seconds each code cell took in the last good run, by position; empty when there was none.
    `expected` is then how many seconds the whole may take, None when nobody knows.
    """

    def __init__(
        self,
        n_cells: int,
        durations: Sequence[float] = (),
        expected: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.n_cells, self.durations, self.expected, self._clock = n_cells, list(durations), expected, clock
        self.cell = 0
        self.begin = self._cell_begin = clock()
        self.said = 0.0  # seconds after the beginning, when a log last had a line about it

    def start(self, cell: int) -> None:
        """Note that the code cell with this number (from 1) begins."""
        self.cell, self._cell_begin = cell, self._clock()

    @property
    def elapsed(self) -> float:
        """The seconds since the notebook began."""
        return self._clock() - self.begin

    def text(self) -> str:
        """How far it is: 'cell 4/11, 35 s, about 60 s left'."""
        left = self.remaining(self._clock() - self._cell_begin, self.elapsed)
        tail = "" if left is None else f", about {left:.0f} s left"
        return f"cell {self.cell}/{self.n_cells}, {self.elapsed:.0f} s{tail}"

    def remaining(self, in_cell: float, in_all: float = 0.0) -> float | None:
        """The seconds still to go, `in_cell` seconds into the present cell and `in_all` into the notebook.

        None when neither a last run with as many cells nor the expectation tells, or when that time is over.
        """
        if len(self.durations) == self.n_cells:
            at = max(self.cell - 1, 0)
            return max(self.durations[at] - in_cell, 0.0) + sum(self.durations[at + 1 :])
        if self.expected is None or in_all > self.expected:
            return None
        return self.expected - in_all

    def promise(self) -> str:
        """What is known beforehand: ', about 35 s by the last run', or by the profile; '' when nothing is."""
        if self.durations:
            return f", about {sum(self.durations):.0f} s by the last run"
        return "" if self.expected is None else f", about {self.expected:.0f} s by the profile"


class Board:
    """The lines of all notebooks of one run, in their order."""

    def __init__(self, names: Sequence[str], stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._redrawn = self._stream.isatty()
        self._states = dict.fromkeys(names, "waiting")
        self._running: dict[str, CellClock] = {}
        self._drawn = 0

    def begin(self, name: str, clock: CellClock) -> None:
        """A notebook starts."""
        self._running[name] = clock
        if not self._redrawn:
            self._write(f"{name}: {clock.n_cells} cells{clock.promise()} ...\n")

    def cell(self, name: str, number: int) -> None:
        """The code cell of that number (from 1) begins."""
        self._running[name].start(number)

    def end(self, name: str, line: str, say: Callable[[str], None]) -> None:
        """A notebook is finished, or needs not run; `say` prints the line about it, above the block of a terminal."""
        self._running.pop(name, None)
        self._states.pop(name, None)
        self.clear()
        say(line)
        self.tick()

    def tick(self) -> None:
        """Redraw the block, or say of each notebook that has been silent for a while how far it is."""
        if self._redrawn:
            self._draw()
            return
        for name, clock in self._running.items():
            if clock.elapsed - clock.said >= _REPEATED:
                clock.said = clock.elapsed
                self._write(f"{name}: {clock.text()}\n")

    def clear(self) -> None:
        """Take the block off the terminal."""
        if self._drawn:
            self._write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0

    def _draw(self) -> None:
        columns, rows = shutil.get_terminal_size()
        lines = [f"{name}: {self._state(name)}"[: columns - 1] for name in self._states]
        if len(lines) >= rows:  # a block that is higher than the terminal could not be redrawn
            lines = [f"{name}: {clock.text()}"[: columns - 1] for name, clock in self._running.items()][: rows - 1]
        self.clear()
        self._write("".join(f"{line}\n" for line in lines))
        self._drawn = len(lines)

    def _state(self, name: str) -> str:
        return self._running[name].text() if name in self._running else self._states[name]

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
