"""Stand-ins for the teachers' servers: each in a process of its own, which can be killed and started again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

_DIRECT = build_opener(ProxyHandler({}))  # a proxy has no business between here and this machine
_AWAY_S = 3.0  # how long a server that is bounced stays away


class StandInServer:
    """One server; `requests` counts what it was sent in all its lives."""

    def __init__(self, name: str, cwd: Path, env: Mapping[str, str]) -> None:
        self.name, self._cwd, self._env = name, cwd, env
        self._before = {"calls": 0, "repeated": 0}
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> StandInServer:
        self._start(port=0)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def counts(self) -> dict[str, int]:
        """How many requests it was sent, and how many of them again to the same life of it."""
        try:
            with _DIRECT.open(f"{self.url}/models", timeout=30) as reply:
                now = json.load(reply)
        except (URLError, OSError):
            now = {}
        return {name: n + now.get(name, 0) for name, n in self._before.items()}

    def bounce(self) -> None:
        """Ends it with requests unanswered, and brings it back at the same address a little later."""
        self._stop()
        time.sleep(_AWAY_S)
        self._start(int(self.url.rpartition(":")[2].removesuffix("/v1")))

    def _start(self, port: int) -> None:
        module = "coinco_book.rehearsal.chat_server"
        command = [sys.executable, "-m", module, "--judge", self.name, "--port", str(port)]
        pipes: dict[str, Any] = {
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
        }  # it ends when the first is closed
        self._process = subprocess.Popen(command, **pipes, text=True, cwd=self._cwd, env=dict(self._env))
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def _stop(self) -> None:
        """It prints what it has counted before it goes."""
        if self._process is None:
            return
        self._process.terminate()
        said = self._process.communicate()[0]
        self._process = None
        self._before = {name: n + json.loads(said)[name] for name, n in self._before.items()}
