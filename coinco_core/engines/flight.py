"""Many slow calls at once, from code that is not asynchronous: a loop in a thread of its own.

It works inside a notebook, whose own loop is already running, and it keeps one promise: what the caller has not taken
yet is never more than `slots` calls, so a killed run repeats no more than those.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_flight(
    items: Iterable[Item],
    call: Callable[[Item], Coroutine[Any, Any, Result]],
    slots: int,
    close: Callable[[], Awaitable[None]],
) -> Generator[list[Result], None, None]:
    """The results of `call` on every item in groups as they come, `slots` calls at a time.

    Items are prepared ahead in a thread, as many as there are slots. A slot is free again when the caller has come back
    for more. An exception in `items` or in a call ends it all and is raised here. `close` is awaited at the end.
    """
    flight = _Flight(items, call, slots, close)
    flight.start()
    try:
        while group := flight.next_group():
            yield group
            flight.release(len(group))
    finally:
        flight.stop()


class _Flight(threading.Thread, Generic[Item, Result]):
    def __init__(
        self,
        items: Iterable[Item],
        call: Callable[[Item], Coroutine[Any, Any, Result]],
        slots: int,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(name="requests in flight", daemon=True)
        self._items, self._call, self._slots, self._close = iter(items), call, slots, close
        self._results: queue.SimpleQueue[Result | BaseException | None] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._gate = asyncio.Semaphore(slots)
        self._main: asyncio.Task[None] | None = None

    def run(self) -> None:
        """The thread: everything sent and closed, then None, or the error that ended it, as the last result."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            self._main = self._loop.create_task(self._send_all())
            last: BaseException | None = None
            try:
                runner.run(self._watch(self._main))
            except BaseException as error:
                last = error
        self._results.put(last)

    async def _watch(self, main: asyncio.Task[None]) -> None:
        try:
            await main
        finally:
            await self._close()

    async def _send_all(self) -> None:
        ready: asyncio.Queue[Item | None] = asyncio.Queue(self._slots)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._prepare(ready))
                while (item := await ready.get()) is not None:
                    await self._gate.acquire()
                    tasks.create_task(self._one(item))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _prepare(self, ready: asyncio.Queue[Item | None]) -> None:
        """Takes items in a thread, because reading pictures must not hold up the answers."""
        while True:
            item = await asyncio.to_thread(next, self._items, None)
            await ready.put(item)
            if item is None:
                return

    async def _one(self, item: Item) -> None:
        self._results.put(await self._call(item))

    def next_group(self) -> list[Result]:
        """Every result there is, waiting for the first; empty when all is done."""
        group: list[Result] = []
        while not group or not self._results.empty():
            result = self._results.get()
            if isinstance(result, BaseException):
                raise result
            if result is None:
                self._results.put(None)  # for the next call
                return group
            group.append(result)
        return group

    def release(self, n: int) -> None:
        """Makes n slots free."""
        with contextlib.suppress(RuntimeError):  # the loop has ended: nothing waits for a slot
            for _ in range(n):
                self._loop.call_soon_threadsafe(self._gate.release)

    def stop(self) -> None:
        """Ends what is still in flight and waits for the thread."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(lambda: self._main and self._main.cancel())
        self.join()
