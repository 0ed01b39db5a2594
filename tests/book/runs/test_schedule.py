"""Which notebook starts next: needs first, then the longest chain of work, as far as jobs and memory allow."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.runs import schedule
from coinco_book.runs.notebooks import Notebook
from coinco_book.runs.schedule import UNKNOWN_SECONDS, Needs, Room, Schedule, available_gb, chains, machine_room

A, B, C, D = (Notebook(name, f"{name}.ipynb", name, needs=needs) for name, needs in (
    ("a", ()), ("b", ()), ("c", ("a",)), ("d", ("b", "c")),
))  # fmt: skip
SECONDS = {"a": 10.0, "b": 25.0, "c": 5.0, "d": 1.0}
NEEDS = dict.fromkeys("abcd", Needs(1.0, 1.0))


def test_a_chain_is_the_longest_way_to_the_end() -> None:
    assert chains([A, B, C, D], SECONDS) == {"a": 16.0, "b": 26.0, "c": 6.0, "d": 1.0}
    assert chains([A, B], {"a": None}) == {"a": UNKNOWN_SECONDS, "b": UNKNOWN_SECONDS}


def test_the_longest_chain_starts_first_and_jobs_are_the_limit() -> None:
    plan = Schedule([A, B, C, D], SECONDS, NEEDS, Room(2))
    assert plan.next([A, B], []) is B
    assert plan.next([A], ["b"]) is A
    assert plan.next([C], ["a", "b"]) is None
    assert plan.next([], []) is None


@pytest.mark.parametrize(
    ("room", "starts"),
    [
        (Room(8, gb=2.0), True),
        (Room(8, gb=1.9), False),
        (Room(8, cores=2), True),
        (Room(8, cores=1), False),
        (Room(8), True),
        (Room(1), False),
    ],
)
def test_cores_and_memory_are_limits_too(room: Room, starts: bool) -> None:
    plan = Schedule([A, B], SECONDS, NEEDS, room)
    assert (plan.next([A], ["b"]) is A) == starts


def test_one_runs_however_little_room_there_is_and_a_smaller_one_goes_before() -> None:
    plan = Schedule([A, B], SECONDS, {"a": Needs(1.0, 1.0), "b": Needs(1.0, 50.0)}, Room(8, gb=3.0))
    assert plan.next([B], []) is B
    assert plan.next([A, B], ["c"]) is A


def test_what_keeps_all_cores_busy_runs_alone() -> None:
    plan = Schedule([A, B], SECONDS, {"a": Needs(2.0, 1.0), "b": Needs(1.0, 1.0)}, Room(2, cores=2))
    assert plan.next([A], ["b"]) is None
    assert plan.next([B], ["a"]) is None


@given(st.lists(st.sampled_from("abcd"), unique=True), st.integers(1, 4), st.floats(0.5, 8))
def test_no_more_than_jobs_and_room_are_ever_started(started: list[str], jobs: int, gb: float) -> None:
    plan, running = Schedule([A, B, C, D], SECONDS, NEEDS, Room(jobs, gb=gb)), list[str]()
    waiting = [n for n in (A, B, C, D) if n.id in started]
    while (found := plan.next(waiting, running)) is not None:
        waiting.remove(found)
        running.append(found.id)
    assert len(running) <= jobs and (len(running) <= 1 or len(running) * 1.0 <= gb)
    assert bool(running) == bool(started)


def test_a_gpu_is_one_notebooks_and_cores_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "usable_cores", lambda: 6)
    monkeypatch.setattr(schedule, "available_gb", lambda: 5.0)
    assert machine_room("cpu, because no GPU is present") == Room(6, 6, 5.0)
    assert machine_room("cuda (H100), because it is the best") == Room(1)


def test_memory_is_read_where_the_system_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:       24000000 kB\nMemAvailable:    1000000 kB\n")
    monkeypatch.setattr(schedule, "_MEMORY", tmp_path / "meminfo")
    assert available_gb() == pytest.approx(1.024)
    monkeypatch.setattr(schedule, "_MEMORY", tmp_path / "absent")
    assert available_gb() is None
