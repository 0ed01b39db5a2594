"""One notebook in a process of its own, since papermill changes the working directory of the process that it runs in.

    python -m coinco_book.runs.worker

The task is JSON on the first line of standard input. Messages are lines of JSON on standard output: {"cell": 3} when
that cell begins; at the end {"ended": true, "cpu_seconds": 9.5}, or {"failed": [3, "why"]}. The process ends when its
standard input is closed, so that no notebook outlives the command that started it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from coinco_book.runs.kernel import CellFailure, execute

Message = dict[str, Any]
_PATIENCE = 10.0  # seconds that a process has to end its kernel


@dataclass(frozen=True)
class Task:
    """The notebook to execute, where the executed one goes, and the kernel's parameters, folder and environment."""

    source: str
    target: str
    parameters: Mapping[str, Any]
    cwd: str
    env: Mapping[str, str]


class Worker:
    """A process that executes one notebook; its messages go into `inbox` as (name, message).

    After the last of them comes (name, None) with the end of the process.
    """

    def __init__(self, name: str, task: Task, inbox: queue.SimpleQueue[tuple[str, Message | None]]) -> None:
        self.name, self._inbox = name, inbox
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  read when the process breaks off
        command = [sys.executable, "-m", "coinco_book.runs.worker"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._errors}
        own_group = {"process_group": 0} if os.name == "posix" else {}  # Ctrl-C in a terminal reaches the command alone
        self._process = subprocess.Popen(command, text=True, encoding="utf-8", **pipes, **own_group)  # type: ignore[call-overload]
        self._write(json.dumps(asdict(task)) + "\n")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """End the process and its kernel, whatever they are doing."""
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self.close()

    def close(self) -> None:
        """Wait for the end of the process and let go of it."""
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            stream.close()

    def last_words(self) -> str:
        """The last line that the process wrote to standard error before it ended; '' when it wrote none."""
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def _write(self, text: str) -> None:
        self._process.stdin.write(text)
        self._process.stdin.flush()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._inbox.put((self.name, json.loads(line)))
        self._inbox.put((self.name, None))


def main() -> None:
    """Execute the task on standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command that started this ends it
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints, prints to standard error
    task = Task(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_the_parent, daemon=True).start()

    def tell(**message: Any) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    try:
        source, target, cwd = Path(task.source), Path(task.target), Path(task.cwd)
        execute(source, target, task.parameters, cwd=cwd, env=task.env, on_cell=lambda index: tell(cell=index))
        tell(ended=True, cpu_seconds=_cpu_seconds())
    except CellFailure as failure:
        tell(failed=[failure.index, failure.reason])


def _cpu_seconds() -> float | None:
    """The processor time of the kernel, which has ended, and of the processes that it started; None on Windows."""
    if os.name == "nt":
        return None
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _end_with_the_parent() -> None:
    sys.stdin.read()  # returns when the other end is closed, also by a kill
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
