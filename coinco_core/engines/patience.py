"""When a job over a server goes on, waits or ends: a failed request costs a row, a dead server must not cost a day."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from coinco_core.errors import CheckError, MissingError

MOST_FAILURES = 20  # requests in a row that fail before the job ends
_PAUSE_S = 5.0  # between two looks whether a server is back


class Patience:
    """What all requests of a job have in common: the failures in a row, and how long the server has been away.

    `alive` says whether the server answers anything at all; `clock` and `sleep` take the place of time in tests.
    """

    def __init__(
        self,
        url: str,
        patience_s: float,
        alive: Callable[[], Awaitable[bool]],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url, self._patience_s, self._alive = url, patience_s, alive
        self._clock, self._sleep = clock, sleep
        self._failures = 0
        self._absence: asyncio.Task[None] | None = None

    def succeeded(self) -> None:
        """An answer has come."""
        self._failures = 0

    def failed(self, problem: str) -> None:
        """A request has failed for good. Raises CheckError when that was one too many in a row."""
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise CheckError(
                f"{self._failures} requests in a row failed, the last of them because: {problem} What was answered is "
                "kept; set that right, and the same command resumes."
            )

    async def is_away(self) -> bool:
        """Whether the server had gone; then it is back by now. Raises MissingError when it stays away too long.

        Of all requests that find it gone, the first does the waiting.
        """
        if self._absence is None:
            if await self._alive():
                return False
            self._absence = self._absence or asyncio.create_task(self._until_back())
        absence = self._absence
        await asyncio.shield(absence)
        return True

    async def _until_back(self) -> None:
        since = self._clock()
        while self._clock() - since < self._patience_s:
            await self._sleep(min(_PAUSE_S, self._patience_s))
            if await self._alive():
                self._absence = None
                return
        waited = f" for {self._patience_s / 60:.0f} minutes" if self._patience_s >= 60 else ""
        raise MissingError(
            f"No server answers at {self._url}{waited}. Start it, or name its address; what was answered is kept, and "
            "the same command resumes."
        )
