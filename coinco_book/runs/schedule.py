"""Which notebook starts next: one whose needs are met, the longest chain of work first, as far as memory allows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from coinco_book.runs.notebooks import Notebook
from coinco_core.devices import usable_cores

UNKNOWN_SECONDS = 60.0  # of a notebook that has never run and of which the profile expects nothing
UNKNOWN_GB = 2.0
_MEMORY = Path("/proc/meminfo")


def default_jobs(device: str) -> int:
    """How many notebooks run at the same time when nobody says: one per usable core; one on a GPU, which they share."""
    return usable_cores() if device.startswith("cpu") else 1


def available_gb() -> float | None:
    """The memory that new processes can take without swapping, in 10^9 bytes; None where the system does not tell."""
    if not _MEMORY.is_file():
        return None
    facts = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines() if ":" in line)
    return 1024 * float(facts["MemAvailable"].split()[0]) / 1e9 if "MemAvailable" in facts else None


class Schedule:
    """The order of starting: `jobs` notebooks at most, and within `room_gb` of memory, but always at least one."""

    def __init__(
        self,
        notebooks: Sequence[Notebook],
        seconds: Mapping[str, float | None],
        memory_gb: Mapping[str, float | None],
        jobs: int,
        room_gb: float | None = None,
    ) -> None:
        self.jobs, self._room = jobs, room_gb
        self._memory = {name: UNKNOWN_GB if gb is None else gb for name, gb in memory_gb.items()}
        self.chain = chains(notebooks, seconds)

    def next(self, ready: Collection[Notebook], running: Collection[str]) -> Notebook | None:
        """The notebook to start now, of those that could; None when all must wait for one that is running."""
        if len(running) >= self.jobs:
            return None
        used = sum(self._memory.get(name, UNKNOWN_GB) for name in running)
        fits = [n for n in ready if not running or self._fits(used + self._memory.get(n.id, UNKNOWN_GB))]
        return max(fits, key=lambda notebook: self.chain[notebook.id], default=None)

    def _fits(self, gb: float) -> bool:
        return self._room is None or gb <= self._room


def chains(notebooks: Sequence[Notebook], seconds: Mapping[str, float | None]) -> dict[str, float]:
    """By notebook the seconds from its start to the end of the longest chain of runs that need it, itself included.

    The largest is the critical path: no number of cores makes the whole faster than that.
    """
    found: dict[str, float] = {}
    for notebook in reversed(notebooks):  # what needs a notebook stands behind it
        own = seconds.get(notebook.id)
        later = [found[n.id] for n in notebooks if notebook.id in n.needs]
        found[notebook.id] = (UNKNOWN_SECONDS if own is None else own) + max(later, default=0.0)
    return found
