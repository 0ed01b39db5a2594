"""Which device and number type the work runs on, and why; how many threads it may use."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from coinco_core.errors import InputError, did_you_mean

DEVICES = ("cuda", "mps", "cpu")
_BF16_CAPABILITY = (8, 0)  # Ampere: the first generation that computes in bfloat16 natively


@dataclass(frozen=True)
class DeviceChoice:
    """A device ('cuda', 'mps', 'cpu'), the dtype's name ('bfloat16', 'float32') and the reason for both."""

    device: str
    dtype: str
    reason: str


def choose_device(prefer: str | None = None) -> DeviceChoice:
    """The device to run on: the one asked for (argument, else COINCO_DEVICE), else cuda, mps, cpu.

    Raises InputError when the device asked for is unknown or is not on this machine.
    """
    asked, asker = (
        (prefer, "it was asked for") if prefer else (os.environ.get("COINCO_DEVICE"), "COINCO_DEVICE says so")
    )
    if asked and asked.lower() != "auto":
        return _asked_for(_own(asked.lower()), asker)
    for device in DEVICES:
        if _available(device):
            why = {"cuda": "a CUDA GPU is present", "mps": "no CUDA GPU, but Apple's MPS is present"}
            return _with_dtype(_own(device), why.get(device, "no GPU is present"))
    raise AssertionError("the cpu is always available")


def _own(device: str) -> str:
    """Of several processes that accelerate or torchrun started, each has a GPU of its own.

    Where a task sees one GPU only, as under Slurm with a GPU a task, that is its first whatever its rank.
    """
    if device != "cuda" or "LOCAL_RANK" not in os.environ:
        return device
    import torch

    seen, processes = torch.cuda.device_count(), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if 1 < seen < processes:  # where each sees one GPU, that is its own
        raise InputError(f"{processes} processes would share {seen} GPUs; start as many as there are GPUs.")
    return f"cuda:{int(os.environ['LOCAL_RANK']) % max(1, seen)}"


def _asked_for(device: str, asker: str) -> DeviceChoice:
    kind = device.split(":")[0]
    if kind not in DEVICES:
        raise InputError(f"'{device}' is not a device; use one of {', '.join(DEVICES)}.{did_you_mean(kind, DEVICES)}")
    if not _available(kind):
        raise InputError(f"The device '{device}' was asked for, but torch finds none here; use cpu or leave it out.")
    return _with_dtype(device, asker)


def _available(kind: str) -> bool:
    import torch

    if kind == "cuda":
        return torch.cuda.is_available()
    return torch.backends.mps.is_available() if kind == "mps" else True


def _with_dtype(device: str, why: str) -> DeviceChoice:
    """The choice with the dtype that suits the device: bfloat16 from compute capability 8.0, else float32."""
    if not device.startswith("cuda"):
        return DeviceChoice(device, "float32", f"{device}, because {why}; float32, the exact choice there")
    import torch

    name, capability = torch.cuda.get_device_name(device), torch.cuda.get_device_capability(device)
    shown = f"{name}, compute capability {capability[0]}.{capability[1]}"
    if capability >= _BF16_CAPABILITY:
        return DeviceChoice(device, "bfloat16", f"{device} ({shown}), because {why}; bfloat16 is native there")
    # float16 overflows in models trained in bfloat16, so an older GPU gets the slower, safe type.
    return DeviceChoice(device, "float32", f"{device} ({shown}), because {why}; float32, as it lacks native bfloat16")


def set_threads(n: int | None) -> int:
    """The number of threads torch uses from now on: `n`, or for None the cores this process may run on."""
    import torch

    if n is not None and n < 1:
        raise InputError(f"The number of threads must be at least 1, not {n}.")
    torch.set_num_threads(n if n is not None else usable_cores())
    return torch.get_num_threads()


def usable_cores() -> int:
    """The number of cores this process may run on, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processes_of(most: int, threads: int) -> int:
    """How many processes of so many threads each run side by side: at most `most`, and no more than the cores carry."""
    return max(1, min(most, usable_cores() // threads))


@contextmanager
def single_threaded() -> Iterator[None]:
    """A stretch of work on one thread, whose floating-point sums come out the same on every run.

    Torch has a count for each thread, and one that new threads begin with. Stretches of several threads may overlap and
    one may hold another: what the first of them found is what every thread and torch have after the last. A pool that
    works inside has `stay_single_threaded` as its initializer, because another thread's stretch can end before.
    """
    _stretches.begin()
    try:
        yield
    finally:
        _stretches.end()


def stay_single_threaded() -> None:
    """Have the calling thread, one of a pool inside `single_threaded`, compute on itself alone."""
    import torch

    torch.get_num_threads()  # a thread takes over torch's count when it first asks, and would do so later otherwise
    torch.set_num_threads(1)


class _Stretches:
    """The single-threaded stretches that are open, in all threads and in the calling one."""

    def __init__(self) -> None:
        self._lock, self._open, self._before, self._own = threading.Lock(), 0, 1, threading.local()

    def begin(self) -> None:
        import torch

        with self._lock:
            if not self._open:
                self._before = torch.get_num_threads()
            self._open += 1
            self._own.open = getattr(self._own, "open", 0) + 1
            stay_single_threaded()

    def end(self) -> None:
        import torch

        with self._lock:
            self._open -= 1
            self._own.open -= 1
            if not self._own.open:
                torch.set_num_threads(self._before)


_stretches = _Stretches()
