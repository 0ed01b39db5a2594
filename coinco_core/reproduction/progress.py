"""One line a notebook: which cell runs, how long so far, and how long it will still take, judged by the last run."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType


class ProgressLine:
    """Says on standard error how far a notebook is; on a terminal the line is redrawn every second.

    `durations` are the seconds each code cell took in the last good run, by position; empty when there was none.
    """

    def __init__(self, name: str, n_cells: int, durations: Sequence[float] = ()) -> None:
        self.name, self.n_cells, self.durations = name, n_cells, list(durations)
        self.cell = 0
        self._begin = self._cell_begin = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._redraw, daemon=True)

    def __enter__(self) -> ProgressLine:
        expected = f", about {sum(self.durations):.0f} s by the last run" if self.durations else ""
        if sys.stderr.isatty():
            self._thread.start()
        else:
            print(f"{self.name}: {self.n_cells} cells{expected} ...", file=sys.stderr, flush=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def start(self, cell: int) -> None:
        """Note that the code cell with this number (from 1) begins."""
        self.cell, self._cell_begin = cell, time.monotonic()

    def text(self, now: float | None = None) -> str:
        """The line as it stands: 'students_size: cell 4/11, 35 s, about 60 s left'."""
        moment = time.monotonic() if now is None else now
        left = self.remaining(moment - self._cell_begin)
        tail = "" if left is None else f", about {left:.0f} s left"
        return f"{self.name}: cell {self.cell}/{self.n_cells}, {moment - self._begin:.0f} s{tail}"

    def remaining(self, in_cell: float) -> float | None:
        """The seconds still to go, `in_cell` seconds into the present one; None when no last run tells."""
        if len(self.durations) != self.n_cells:
            return None
        at = max(self.cell - 1, 0)
        return max(self.durations[at] - in_cell, 0.0) + sum(self.durations[at + 1 :])

    def _redraw(self) -> None:
        while not self._done.wait(1.0):
            print(f"\r\x1b[K{self.text()}", end="", file=sys.stderr, flush=True)


Listener = Callable[[int], None]  # called with a cell's index in the notebook when it begins
