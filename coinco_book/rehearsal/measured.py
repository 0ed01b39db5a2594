"""Commands run and measured: time, memory of all their processes, and the files that they wrote."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

_LOOK_S = 0.1  # between two looks at the processes


@dataclass(frozen=True)
class Blow:
    """What happens in the middle of the commands, once `due`: `strike`, or without it their death by SIGKILL."""

    due: Callable[[], bool]
    strike: Callable[[], object] | None = None


@dataclass(frozen=True)
class Ran:
    """One run of commands: seconds, peak memory (bytes), whether each ended well, how many blows fell, if the last
    one killed them."""

    seconds: float
    peak: int
    good: bool
    blows: int
    killed: bool


def run_together(
    commands: Mapping[str, Sequence[str]],
    logs: Path,
    blows: Sequence[Blow] = (),
    *,
    cwd: Path,
    env: Mapping[str, str],
) -> Ran:
    """Runs commands at the same time until all have ended, or a blow kills them; NAME.log in `logs` is appended to."""
    logs.mkdir(parents=True, exist_ok=True)
    waiting, peak, started = deque(blows), 0, time.monotonic()
    with ExitStack() as stack:
        running = []
        for name, argv in commands.items():
            running.append(_started(argv, logs / f"{name}.log", cwd, env))
            stack.callback(_kill, running[-1])
        while any(process.poll() is None for process in running):
            peak = max(peak, sum(_memory(process.pid) for process in running))
            if waiting and waiting[0].due():
                strike = waiting.popleft().strike
                if strike is None:
                    return Ran(time.monotonic() - started, peak, False, len(blows) - len(waiting), True)
                strike()
            time.sleep(_LOOK_S)
        good = all(process.returncode == 0 for process in running)
        return Ran(time.monotonic() - started, peak, good, len(blows) - len(waiting), False)


def _started(argv: Sequence[str], log: Path, cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with open(log, "ab") as output:
        return subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT, cwd=cwd, env=env, start_new_session=True)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a command and whatever it has started, at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _memory(pid: int) -> int:
    """The resident memory of a process and those below it, in bytes; pages that they share count for each."""
    import psutil

    total = 0
    with suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in [top, *top.children(recursive=True)]:
            with suppress(psutil.Error):
                total += process.memory_info().rss
    return total


def clear(path: Path) -> None:
    """Removes a file or folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def files_below(folders: Iterable[Path]) -> tuple[int, int]:
    """How many files there are below these folders, or are these files, and their bytes."""
    found = [path for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*"))]
    sizes = [path.stat().st_size for path in found if path.is_file() and not path.is_symlink()]
    return len(sizes), sum(sizes)
