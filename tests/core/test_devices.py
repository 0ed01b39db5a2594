"""The device, its number type, and the reason for both."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from coinco_core import devices
from coinco_core.errors import InputError


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Pretends that the machine has some accelerators and no others."""
    monkeypatch.delenv("COINCO_DEVICE", raising=False)

    def pretend(*, cuda: tuple[int, int] | None = None, mps: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda is not None)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "A GPU")
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return pretend


@pytest.mark.parametrize(
    ("has", "device", "dtype"),
    [
        ({}, "cpu", "float32"),
        ({"mps": True}, "mps", "float32"),
        ({"cuda": (8, 0)}, "cuda", "bfloat16"),
        ({"cuda": (9, 0), "mps": True}, "cuda", "bfloat16"),
        ({"cuda": (7, 5)}, "cuda", "float32"),
    ],
)
def test_the_best_device_is_taken_and_the_reason_names_it(machine, has, device, dtype) -> None:  # type: ignore[no-untyped-def]
    machine(**has)
    choice = devices.choose_device()
    assert (choice.device, choice.dtype) == (device, dtype)
    assert choice.device in choice.reason
    assert choice.dtype in choice.reason


def test_what_was_asked_for_wins_and_the_reason_says_who_asked(machine, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    machine(cuda=(9, 0), mps=True)
    assert devices.choose_device("cpu").device == "cpu"
    monkeypatch.setenv("COINCO_DEVICE", "mps")
    choice = devices.choose_device()
    assert choice.device == "mps"
    assert "COINCO_DEVICE" in choice.reason
    assert devices.choose_device("cuda:0").device == "cuda:0"
    monkeypatch.setenv("COINCO_DEVICE", "auto")
    assert devices.choose_device().device == "cuda"


def test_each_process_has_a_gpu_of_its_own(machine, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    machine(cuda=(9, 0))
    monkeypatch.setattr("torch.cuda.device_count", lambda: 4)
    monkeypatch.setenv("LOCAL_RANK", "2")
    assert devices.choose_device().device == devices.choose_device("cuda").device == "cuda:2"
    assert devices.choose_device("cuda:0").device == "cuda:0"
    assert devices.choose_device("cpu").device == "cpu"


def test_an_unknown_or_absent_device_is_refused(machine) -> None:  # type: ignore[no-untyped-def]
    machine()
    with pytest.raises(InputError, match="Did you mean 'cuda'"):
        devices.choose_device("cudda")
    with pytest.raises(InputError, match="finds none here"):
        devices.choose_device("cuda")


def test_threads_are_set_and_put_back() -> None:
    before = torch.get_num_threads()
    try:
        assert devices.set_threads(2) == 2
        with devices.single_threaded():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        assert devices.set_threads(None) == devices.usable_cores() >= 1
        with pytest.raises(InputError, match="at least 1"):
            devices.set_threads(0)
    finally:
        torch.set_num_threads(before)


@pytest.fixture
def four_threads():  # type: ignore[no-untyped-def]
    """Torch with four threads, put back afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def in_a_new_thread() -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


@pytest.mark.parametrize("first_out", ["outer", "inner"])
def test_stretches_of_two_threads_overlap_and_every_count_comes_back(four_threads: None, first_out: str) -> None:
    entered, leave, found = threading.Event(), threading.Event(), []

    def other() -> None:
        with devices.single_threaded():
            entered.set()
            leave.wait(10)
            with ThreadPoolExecutor(1, initializer=devices.stay_single_threaded) as pool:
                found.append((torch.get_num_threads(), pool.submit(torch.get_num_threads).result()))
        found.append(torch.get_num_threads())

    with ThreadPoolExecutor(1) as pool:
        with devices.single_threaded():
            late = pool.submit(other)  # a new thread, which begins with this stretch's one
            assert entered.wait(10)
            if first_out == "inner":
                leave.set()
                late.result(10)
                assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 4
        leave.set()
        late.result(10)
    assert found == [(1, 1), 4]
    assert torch.get_num_threads() == in_a_new_thread() == 4


def test_a_stretch_within_a_stretch_ends_with_the_outer_one(four_threads: None) -> None:
    with pytest.raises(ZeroDivisionError), devices.single_threaded():
        with devices.single_threaded():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == in_a_new_thread() == 1
        1 / 0  # noqa: B018
    assert torch.get_num_threads() == in_a_new_thread() == 4


@pytest.mark.parametrize(("seen", "rank", "device"), [(4, "3", "cuda:3"), (1, "3", "cuda:0"), (2, "5", "cuda:1")])
def test_a_task_that_sees_one_gpu_takes_that(
    monkeypatch: pytest.MonkeyPatch, seen: int, rank: str, device: str
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: seen)
    monkeypatch.setenv("LOCAL_RANK", rank)
    assert devices._own("cuda") == device


def test_processes_that_would_share_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert devices._own("cuda") == "cuda:1"
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    with pytest.raises(InputError, match="4 processes would share 2 GPUs"):
        devices._own("cuda")
