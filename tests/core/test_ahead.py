"""Work done ahead by threads: in order, no further ahead than allowed, and ended cleanly."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.ahead import ahead


@given(st.lists(st.integers()), st.integers(1, 9), st.integers(1, 5))
def test_results_come_in_the_order_of_the_items(items: list[int], window: int, workers: int) -> None:
    assert list(ahead(lambda n: -n, items, window=window, workers=workers)) == [-n for n in items]


def test_no_more_items_are_taken_than_the_window_holds() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for n in range(100):
            taken.append(n)
            yield n

    results = ahead(lambda n: n, items(), window=3)
    assert taken == []
    for n in range(10):
        assert next(results) == n
        assert len(taken) <= n + 4
    results.close()
    assert len(taken) <= 14


def test_the_work_is_shared() -> None:
    """Each waits for the other, so one after the other would never end."""
    meeting = threading.Barrier(2, timeout=30)
    assert len(list(ahead(lambda _: meeting.wait(), range(6), workers=2))) == 6


def test_an_exception_comes_in_its_items_place_and_ends_the_rest() -> None:
    results, done = ahead(lambda n: done.append(n) or 1 // (n - 2), range(50), window=2, workers=1), list[int]()
    assert [next(results), next(results)] == [-1, -1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert max(done) <= 4 and list(results) == []
