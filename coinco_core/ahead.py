"""Work on many items done ahead by threads, its results in the items' order.

Reading, decoding and packing images let go of the interpreter, so threads share the cores, and a model or a server
never waits for one image after another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from coinco_core.devices import usable_cores

A = TypeVar("A")
B = TypeVar("B")
MOST_WORKERS = 16


def ahead(
    function: Callable[[A], B], items: Iterable[A], *, window: int | None = None, workers: int | None = None
) -> Generator[B, None, None]:
    """The function's results in order, at most `window` of them worked on or waiting at any time.

    `items` are taken one by one in the caller's thread, as results are. What the function raises for an item is raised
    in that item's place and ends the rest; when the caller stops early, what has not begun is dropped. By default there
    are two `workers` more than cores, since some of them wait for a disk, and a window of twice as many.
    """
    count = workers or min(usable_cores() + 2, MOST_WORKERS)
    pool, rest = ThreadPoolExecutor(count, thread_name_prefix="ahead"), iter(items)
    try:
        waiting = deque(pool.submit(function, item) for item in islice(rest, window or 2 * count))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(function, item) for item in islice(rest, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
