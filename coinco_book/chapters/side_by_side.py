"""Independent work in several processes, each with a fixed number of threads, so that no result depends on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from coinco_core.devices import set_threads


def side_by_side(
    function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], processes: int, threads: int
) -> Iterator[tuple[int, Any]]:
    """The place of each call in the list and what the function returned, as they come; one process is this one."""
    if processes == 1:
        yield from ((n, function(*call)) for n, call in enumerate(calls))
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=set_threads, initargs=(threads,)) as workers:
        jobs = {workers.submit(function, *call): n for n, call in enumerate(calls)}
        yield from ((jobs[job], job.result()) for job in as_completed(jobs))
