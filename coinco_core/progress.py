"""How far long work is and how long the rest takes, said now and then."""

from __future__ import annotations

import time
from collections.abc import Callable


class Progress:
    """Tells how far the work is, at most every few seconds and at the end."""

    def __init__(self, total: int, report: Callable[[str], None], every_s: float) -> None:
        self._total, self._report, self._every_s = total, report, every_s
        self._done, self._started = 0, time.monotonic()
        self._told = self._started - every_s

    def __call__(self, n: int) -> None:
        """Takes note of n more samples."""
        self._done += n
        now = time.monotonic()
        if n and (now - self._told >= self._every_s or self._done == self._total):
            self._told = now
            self._report(progress_line(self._done, self._total, now - self._started))


def progress_line(done: int, total: int, seconds: float) -> str:
    """Progress in words, such as '128 of 300 (43 %), 21.4 a second, 8 s left'."""
    rate = done / seconds if seconds > 0 else 0.0
    left = f"{(total - done) / rate:.0f} s left" if rate > 0 else "time left unknown"
    return f"{done} of {total} ({done / total:.0%}), {rate:.1f} a second, {left}"
