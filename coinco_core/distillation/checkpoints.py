"""Where a killed training goes on: the last checkpoint that was written to its end, of the same training.

Everything of a step that matters is in Trainer's checkpoint (weights, optimiser, schedule, random state, early
stopping), and the order of the samples follows from seed and epoch, so that on a CPU the student is bitwise the one
that an undisturbed run gives. Each training has a folder of its own, named by all that decides it: what another
setting or another version of the method began is neither taken up nor deleted. With how many processes and which
packages it was begun is recorded beside that: with others it goes on, and only its last digits differ.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from coinco_core.files import digest, write_json

MADE_FROM, MADE_WITH = "made_from.json", "made_with.json"
WRITERS = "writers.json"  # beside the checkpoints: from which step on how many processes wrote them
STATE = "trainer_state.json"
_NEEDED = ("adapter_model.safetensors", "optimizer.pt", "scheduler.pt")


def training_folder(home: Path, made_from: Mapping[str, Any], say: Callable[[str], None] | None = None) -> Path:
    """The folder below `home` for the checkpoints of the training that `made_from` decides, as plain values."""
    own = home / digest(made_from)[:16]
    others = [path for path in home.glob("*") if path.is_dir() and path != own]
    if others and say is not None:
        say(f"{home} also holds {len(others)} unfinished trainings of other settings; delete what is not needed")
    write_json(own / MADE_FROM, made_from)
    return own


def begun(folder: Path, made_with: Mapping[str, Any]) -> dict[str, Any]:
    """What the training in that folder was begun with: what is recorded there, else `made_with`, which then is."""
    if not (folder / MADE_WITH).is_file():
        write_json(folder / MADE_WITH, dict(made_with))
    found: dict[str, Any] = json.loads((folder / MADE_WITH).read_text(encoding="utf-8"))
    return found


def last_checkpoint(folder: Path, processes: int = 1) -> Path | None:
    """The checkpoint to go on from, None when there is none; those that were cut short are deleted.

    `processes` is the number of those that go on, which may be another than wrote it; that each of these kept its
    random state is held against what is recorded, and that `processes` write the following ones is recorded in turn.
    The path to the best one, which Trainer keeps, is set right in case that the folder was moved.
    """
    found = {int(path.name.rpartition("-")[2]): path for path in folder.glob("checkpoint-*")}
    writers = _writers(folder, processes)
    for step, path in list(found.items()):
        if not _complete(path, [count for since, count in writers if since < step][-1]):
            shutil.rmtree(path)
            del found[step]
    last = _newest_with_its_best(found)
    step = 0 if last is None else int(last.name.rpartition("-")[2])
    write_json(folder / WRITERS, [one for one in writers if one[0] < step] + [[step, processes]])
    return last


def _writers(folder: Path, processes: int) -> list[list[int]]:
    """Pairs of a step and how many processes wrote the checkpoints after it, the first of step 0, by step."""
    if (folder / WRITERS).is_file():
        return list(json.loads((folder / WRITERS).read_text(encoding="utf-8")))
    if (folder / MADE_WITH).is_file():
        processes = int(begun(folder, {}).get("processes", processes))
    return [[0, processes]]


def _newest_with_its_best(found: Mapping[int, Path]) -> Path | None:
    """The newest of these checkpoints, by step, whose best one is there too; it then names where that lies."""
    for step in sorted(found, reverse=True):
        state = read_state(found[step])
        best = state["best_global_step"]
        if best is None or int(best) in found:
            place = None if best is None else str(found[int(best)])
            write_json(found[step] / STATE, state | {"best_model_checkpoint": place})
            return found[step]
    return None


def read_state(checkpoint: Path) -> dict[str, Any]:
    """Trainer's state in a checkpoint."""
    state: dict[str, Any] = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
    return state


def has_ended(checkpoint: Path) -> bool:
    """Whether early stopping had ended the training there; Trainer itself forgets that, and would train on."""
    control = read_state(checkpoint).get("stateful_callbacks", {}).get("TrainerControl", {})
    return bool(control.get("args", {}).get("should_training_stop", False))


def _complete(path: Path, processes: int) -> bool:
    """Whether Trainer came to the end of writing it: its state, which it writes last, is there and can be read."""
    try:
        read_state(path)
    except (OSError, ValueError):
        return False
    return len(list(path.glob("rng_state*.pth"))) == processes and all((path / name).is_file() for name in _NEEDED)
