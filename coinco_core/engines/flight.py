"""Many slow calls at once, from code that is not asynchronous: a loop in a thread of its own.

It works inside a notebook, whose own loop is already running, and it keeps one promise: a call's place is given away
only once its result has been kept, so a killed run repeats no more calls than were in flight.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
TURNS = 10  # of the loop after the last call


def fly(
    items: Iterable[Item],
    call: Callable[[Item], Coroutine[Any, Any, Result]],
    keep: Callable[[Result], None],
    slots: int,
    close: Callable[[], Awaitable[None]],
) -> None:
    """Makes `call` of every item, `slots` at a time, and gives each result to `keep` as it comes, one after another.

    Items are prepared ahead in a thread, as many as there are slots; `keep` is called in the loop's thread. An
    exception in `items`, a call or `keep` ends it all and is raised here. `close` is awaited at the end.
    """
    flight = _Flight(items, call, keep, slots, close)
    flight.start()
    try:
        while flight.is_alive():
            flight.join(0.2)  # Control-C is seen here, in between
    except BaseException:
        flight.cancel()
        raise
    if flight.error is not None:
        raise flight.error


class _Flight(threading.Thread, Generic[Item, Result]):
    def __init__(
        self,
        items: Iterable[Item],
        call: Callable[[Item], Coroutine[Any, Any, Result]],
        keep: Callable[[Result], None],
        slots: int,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(name="requests in flight", daemon=True)
        self.error: BaseException | None = None
        self._items, self._call, self._keep, self._close = items, call, keep, close
        self._loop = asyncio.new_event_loop()
        self._ready: asyncio.Queue[Item | BaseException | None] = asyncio.Queue()
        self._gate, self._room = asyncio.Semaphore(slots), threading.Semaphore(slots)
        self._ended = False

    def run(self) -> None:
        """The thread: everything sent, kept and closed; what went wrong is left in `error`."""
        preparing = threading.Thread(target=self._prepare, name="requests prepared", daemon=True)
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            self._main = self._loop.create_task(self._send_all())
            preparing.start()
            try:
                runner.run(self._watch())
            except BaseException as error:
                self.error = error
            self._ended = True
            self._room.release()
            preparing.join()

    def cancel(self) -> None:
        """Ends what is in flight and waits for the thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(lambda: self._main.cancel())
        self.join()

    def _prepare(self) -> None:
        """Takes items in a thread of its own, because reading images must not hold up the answers."""
        last: BaseException | None = None
        try:
            items = iter(self._items)
            while self._room.acquire() and not self._ended:
                self._hand_over(next(items))
        except StopIteration:
            pass
        except BaseException as error:
            last = error
        self._hand_over(last)

    def _hand_over(self, item: Item | BaseException | None) -> None:
        self._loop.call_soon_threadsafe(self._ready.put_nowait, item)

    async def _watch(self) -> None:
        try:
            await self._main
        finally:
            await self._close()
            for _ in range(TURNS):
                await asyncio.sleep(0)  # a closed connection takes some turns to let go of its socket

    async def _send_all(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                while (item := await self._ready.get()) is not None:
                    if isinstance(item, BaseException):
                        raise item
                    await self._gate.acquire()
                    self._room.release()
                    tasks.create_task(self._one(item))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _one(self, item: Item) -> None:
        self._keep(await self._call(item))
        self._gate.release()
