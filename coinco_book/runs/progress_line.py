"""One line a notebook: which cell runs, how long so far, and how long it will still take.

The last run tells that cell by cell; without one, the profile's expectation for the whole notebook does.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType

_REDRAWN, _REPEATED = 1.0, 30.0  # seconds between two looks at a terminal's line, and between two lines of a log


class ProgressLine:
    """Says on standard error how far a notebook is: a terminal's line is redrawn, a log gets a line now and then.

    `durations` are the seconds each code cell took in the last good run, by position; empty when there was none.
    `expected` is then how many seconds the whole may take, None when nobody knows.
    """

    def __init__(self, name: str, n_cells: int, durations: Sequence[float] = (), expected: float | None = None) -> None:
        self.name, self.n_cells, self.durations, self.expected = name, n_cells, list(durations), expected
        self.cell = 0
        self._begin = self._cell_begin = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._repeat, daemon=True)
        self._redrawn = sys.stderr.isatty()

    def __enter__(self) -> ProgressLine:
        if not self._redrawn:
            print(f"{self.name}: {self.n_cells} cells{self._promise()} ...", file=sys.stderr, flush=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        if self._redrawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def start(self, cell: int) -> None:
        """Note that the code cell with this number (from 1) begins."""
        self.cell, self._cell_begin = cell, time.monotonic()

    def text(self, now: float | None = None) -> str:
        """The line as it stands: 'students_size: cell 4/11, 35 s, about 60 s left'."""
        moment = time.monotonic() if now is None else now
        left = self.remaining(moment - self._cell_begin, moment - self._begin)
        tail = "" if left is None else f", about {left:.0f} s left"
        return f"{self.name}: cell {self.cell}/{self.n_cells}, {moment - self._begin:.0f} s{tail}"

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

    def _promise(self) -> str:
        if self.durations:
            return f", about {sum(self.durations):.0f} s by the last run"
        return "" if self.expected is None else f", about {self.expected:.0f} s by the profile"

    def _repeat(self) -> None:
        while not self._done.wait(_REDRAWN if self._redrawn else _REPEATED):
            line = f"\r\x1b[K{self.text()}" if self._redrawn else f"{self.text()}\n"
            print(line, end="", file=sys.stderr, flush=True)


Listener = Callable[[int], None]  # called with a cell's index in the notebook when it begins
