"""A rehearsal: every stage carried out and measured, in a folder from which an interrupted one goes on."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from coinco_book.checkout import Checkout
from coinco_book.rehearsal.measured import Ran, clear, files_below, run_together
from coinco_book.rehearsal.scene import Scene, fill_in, set_up, shown
from coinco_book.rehearsal.servers import StandInServer
from coinco_book.rehearsal.stages import Stage, settings, stages
from coinco_book.rehearsal.table import lost
from coinco_core.engines import ROLES
from coinco_core.errors import CheckError
from coinco_core.files import read_json, write_json
from coinco_core.provenance import code_version, record
from coinco_core.store.folder import begin_job

RECORD = "rehearsal.json"
PROFILES = ("paper", "released")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Row:
    """What a stage took: seconds, the most memory (bytes), files and bytes written, requests sent and sent again.

    `commands` as a user types them; how many `kills` of processes and servers there were and how many were `planned`
    (too little work ends before them); for each thing that is counted, `found` has how many there should be and are.
    """

    stage: str
    commands: Sequence[str]
    seconds: float
    peak: int
    files: int
    written: int
    requests: int
    repeated: int
    kills: int
    planned: int
    found: Mapping[str, Sequence[int]]

    @property
    def lost(self) -> int:
        """How many of what is counted are not there."""
        return lost(self.found)


def rehearse(scene: Scene, checkout: Checkout, say: Say) -> dict[str, Any]:
    """The record of a rehearsal, also in the folder's rehearsal.json; stages that it holds are not done again.

    A stage that was interrupted, or lost something, begins anew, so that its numbers are those of the whole. Raises
    InputError when the folder holds another rehearsal, CheckError when a stage fails or loses something.
    """
    about = {"profile": scene.profile, "counts": asdict(scene.counts), "prompt": scene.prompt}
    begun = begin_job(scene.home / "job.json", about, lambda: {"code_version": code_version()})
    say("Making the stand-ins for data and weights, unless they are here")
    set_up(scene, checkout)
    rows = _done(scene.home)
    with ExitStack() as stack:
        roles = ROLES if scene.profile == "paper" else ()
        servers = {role: stack.enter_context(StandInServer(role, scene.root, scene.env)) for role in roles}
        fill_in(scene, settings(scene, servers))
        todo = stages(scene, servers)
        names = [stage.name for stage in todo]
        for n, stage in enumerate(todo, 1):
            if stage.name in {row.stage for row in rows}:
                continue
            say(f"{n} of {len(todo)}: {stage.name}")
            rows.append(_carried_out(stage, scene, servers))
            _write(scene, rows, names, begun["code_version"])
            say(f"   {rows[-1].seconds:.0f} s, {rows[-1].kills} of {stage.kills} kills, {rows[-1].lost} lost")
            if rows[-1].lost:
                found = f"{dict(rows[-1].found)} (how many there should be, how many there are)"
                raise CheckError(f"The stage '{stage.name}' lost something: {found}; see {scene.home}/logs.")
    return _write(scene, rows, names, begun["code_version"])


def _carried_out(stage: Stage, scene: Scene, servers: Mapping[str, StandInServer]) -> Row:
    """One stage, run again after each kill until it ends by itself."""
    for path in stage.writes:
        clear(path)
    asked = _asked(servers)
    blows, runs = list(stage.blows), list[Ran]()
    while not runs or runs[-1].killed:
        ran = run_together(stage.commands, scene.home / "logs", blows, cwd=scene.root, env=scene.env)
        blows = blows[ran.blows :]
        runs.append(ran)
    if not runs[-1].good:
        logs = " or ".join(f"{name}.log" for name in stage.commands)
        raise CheckError(f"The stage '{stage.name}' failed; {logs} in {scene.home}/logs says why.")
    now, (files, written) = _asked(servers), files_below(stage.writes)
    return Row(
        stage=stage.name,
        commands=[shown(argv) for argv in stage.commands.values()],
        seconds=sum(ran.seconds for ran in runs),
        peak=max(ran.peak for ran in runs),
        files=files,
        written=written,
        requests=now["calls"] - asked["calls"],
        repeated=now["repeated"] - asked["repeated"],
        kills=sum(ran.blows for ran in runs),
        planned=stage.kills,
        found={what: list(counts) for what, counts in stage.found().items()},
    )


def _asked(servers: Mapping[str, StandInServer]) -> dict[str, int]:
    counts = [server.counts for server in servers.values()]
    return {name: sum(count[name] for count in counts) for name in ("calls", "repeated")}


def _done(home: Path) -> list[Row]:
    path = home / RECORD
    rows = [Row(**row) for row in read_json(path)["stages"]] if path.is_file() else []
    return [row for row in rows if not row.lost]


def _write(scene: Scene, rows: Sequence[Row], names: Sequence[str], code: str) -> dict[str, Any]:
    """The record so far, written whole: the rows, which of all stages are left, and the code, which is the copy's."""
    machine = {"cores": len(os.sched_getaffinity(0)), "memory_gb": _memory_gb(), "processor": _processor()}
    content = record(
        profile=scene.profile, seed=0, counts=asdict(scene.counts), prompt=scene.prompt, machine=machine,
        stages=[asdict(row) for row in rows],
    )  # fmt: skip
    content |= {"code_version": code, "left": [name for name in names if name not in {row.stage for row in rows}]}
    write_json(scene.home / RECORD, content)
    return content


def _memory_gb() -> float:
    import psutil

    return round(psutil.virtual_memory().total / 1e9, 1)


def _processor() -> str:
    """The processor's name, where the system tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
