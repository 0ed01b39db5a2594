"""Which notebook starts next: needs first, then the longest chain of work, as far as jobs and memory allow."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.runs import schedule
from coinco_book.runs.notebooks import Notebook
from coinco_book.runs.schedule import UNKNOWN_SECONDS, Schedule, available_gb, chains, default_jobs

A, B, C, D = (Notebook(name, f"{name}.ipynb", name, needs=needs) for name, needs in (
    ("a", ()), ("b", ()), ("c", ("a",)), ("d", ("b", "c")),
))  # fmt: skip
SECONDS = {"a": 10.0, "b": 25.0, "c": 5.0, "d": 1.0}
GB = dict.fromkeys("abcd", 1.0)


def test_a_chain_is_the_longest_way_to_the_end() -> None:
    assert chains([A, B, C, D], SECONDS) == {"a": 16.0, "b": 26.0, "c": 6.0, "d": 1.0}
    assert chains([A, B], {"a": None}) == {"a": UNKNOWN_SECONDS, "b": UNKNOWN_SECONDS}


def test_the_longest_chain_starts_first_and_jobs_are_the_limit() -> None:
    plan = Schedule([A, B, C, D], SECONDS, GB, jobs=2)
    assert plan.next([A, B], []) is B
    assert plan.next([A], ["b"]) is A
    assert plan.next([C], ["a", "b"]) is None
    assert plan.next([], []) is None


@pytest.mark.parametrize(("room", "starts"), [(2.0, True), (1.9, False), (None, True)])
def test_memory_is_a_limit_too(room: float | None, starts: bool) -> None:
    plan = Schedule([A, B], SECONDS, GB, jobs=8, room_gb=room)
    assert (plan.next([A], ["b"]) is A) == starts


def test_one_runs_however_little_memory_there_is_and_a_smaller_one_goes_before() -> None:
    plan = Schedule([A, B], SECONDS, {"a": 1.0, "b": 50.0}, jobs=8, room_gb=3.0)
    assert plan.next([B], []) is B
    assert plan.next([A, B], ["c"]) is A


@given(st.lists(st.sampled_from("abcd"), unique=True), st.integers(1, 4), st.floats(0.5, 8))
def test_no_more_than_jobs_and_room_are_ever_started(started: list[str], jobs: int, room: float) -> None:
    plan, running = Schedule([A, B, C, D], SECONDS, GB, jobs, room), list[str]()
    waiting = [n for n in (A, B, C, D) if n.id in started]
    while (found := plan.next(waiting, running)) is not None:
        waiting.remove(found)
        running.append(found.id)
    assert len(running) <= jobs and (len(running) <= 1 or len(running) * 1.0 <= room)
    assert bool(running) == bool(started)


def test_a_gpu_is_one_notebooks_and_cores_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "usable_cores", lambda: 6)
    assert default_jobs("cpu, because no GPU is present") == 6
    assert default_jobs("cuda (H100), because it is the best") == 1


def test_memory_is_read_where_the_system_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:       24000000 kB\nMemAvailable:    1000000 kB\n")
    monkeypatch.setattr(schedule, "_MEMORY", tmp_path / "meminfo")
    assert available_gb() == pytest.approx(1.024)
    monkeypatch.setattr(schedule, "_MEMORY", tmp_path / "absent")
    assert available_gb() is None
