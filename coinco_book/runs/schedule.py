"""Which notebook starts next: one whose needs are met, the longest chain of work first, as cores and memory allow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coinco_book.runs.notebooks import Notebook
from coinco_core.devices import usable_cores

UNKNOWN_SECONDS = 60.0  # of a notebook that has never run and of which the profile expects nothing
UNKNOWN_GB = 2.0
_SLACK = 0.7  # cores by which notebooks may ask for more than there are: an idle core is time lost, a shared one is not
_MEMORY = Path("/proc/meminfo")


def machine_room(device: str) -> Room:
    """The room on this machine when nobody says how many: its cores and free memory; one at a time on a GPU."""
    cores = usable_cores()
    return Room(cores, cores, available_gb()) if device.startswith("cpu") else Room(1)


def available_gb() -> float | None:
    """The memory that new processes can take without swapping, in 10^9 bytes; None where the system does not tell."""
    if not _MEMORY.is_file():
        return None
    facts = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines() if ":" in line)
    return 1024 * float(facts["MemAvailable"].split()[0]) / 1e9 if "MemAvailable" in facts else None


@dataclass(frozen=True)
class Needs:
    """What a notebook takes while it runs: cores that it keeps busy, and memory in 10^9 bytes."""

    cores: float = 1.0
    gb: float = UNKNOWN_GB


@dataclass(frozen=True)
class Room:
    """What a machine has for notebooks that run side by side; None where nobody knows or nothing is to be limited."""

    jobs: int
    cores: float | None = None
    gb: float | None = None

    def holds(self, running: Sequence[Needs], more: Needs) -> bool:
        """Whether another notebook has room beside those that run; the first one always has."""
        if not running:
            return True
        cores, gb = (sum(getattr(needs, name) for needs in [*running, more]) for name in ("cores", "gb"))
        enough = self.cores is None or cores <= self.cores + _SLACK
        return len(running) < self.jobs and enough and (self.gb is None or gb <= self.gb)


class Schedule:
    """The order of starting: of the notebooks that could start and have room, the one with the longest chain."""

    def __init__(
        self,
        notebooks: Sequence[Notebook],
        seconds: Mapping[str, float | None],
        needs: Mapping[str, Needs],
        room: Room,
    ) -> None:
        self._needs, self._room = needs, room
        self.chain = chains(notebooks, seconds)

    def next(self, ready: Collection[Notebook], running: Collection[str]) -> Notebook | None:
        """The notebook to start now, of those that could; None when all must wait for one that is running."""
        taken = [self._needs.get(name, Needs()) for name in running]
        fits = [n for n in ready if self._room.holds(taken, self._needs.get(n.id, Needs()))]
        return max(fits, key=lambda notebook: self.chain[notebook.id], default=None)


def chains(notebooks: Sequence[Notebook], seconds: Mapping[str, float | None]) -> dict[str, float]:
    """By notebook the seconds from its start to the end of the longest chain of runs that wait for it, itself included.

    The largest is the critical path: no number of cores makes the whole faster than that.
    """
    found: dict[str, float] = {}
    for notebook in reversed(notebooks):  # what needs a notebook stands behind it
        own = seconds.get(notebook.id)
        later = [found[n.id] for n in notebooks if notebook.id in n.needs]
        found[notebook.id] = (UNKNOWN_SECONDS if own is None else own) + max(later, default=0.0)
    return found


def critical_path(notebooks: Sequence[Notebook], seconds: Mapping[str, float | None]) -> tuple[list[str], float]:
    """The longest chain of notebooks that wait for each other, in the order in which they run, and its seconds."""
    found = chains(notebooks, seconds)
    path = [max(found, key=found.__getitem__)]
    while later := [notebook.id for notebook in notebooks if path[-1] in notebook.needs]:
        path.append(max(later, key=found.__getitem__))
    return path, found[path[0]]
