"""Where a killed training goes on: the last checkpoint that was written to its end, of the same training.

Everything of a step that matters is in Trainer's checkpoint (weights, optimiser, schedule, random state, early
stopping), and the order of the samples follows from seed and epoch, so that on a CPU the student is bitwise the one
that an undisturbed run gives.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from coinco_core.files import digest, read_json, write_json

MADE_FROM = "made_from.json"
_NEEDED = ("adapter_model.safetensors", "optimizer.pt", "scheduler.pt")


def last_checkpoint(folder: Path, made_from: Any, processes: int = 1) -> Path | None:
    """The checkpoint to go on from; None when there is none that fits, and then the folder holds none at all.

    `made_from` is all that decides the training, as plain values. Checkpoints of another training, and those that were
    cut short, are deleted.
    """
    key = digest(made_from)
    if (folder / MADE_FROM).is_file() and read_json(folder / MADE_FROM) != key:
        shutil.rmtree(folder)
    write_json(folder / MADE_FROM, key)
    found = {int(path.name.rpartition("-")[2]): path for path in folder.glob("checkpoint-*")}
    for path in found.values():
        if not _complete(path, processes):
            shutil.rmtree(path)
    whole = [step for step, path in found.items() if path.is_dir()]
    return found[max(whole)] if whole else None


def _complete(path: Path, processes: int) -> bool:
    """Whether Trainer came to the end of writing it: its state, which it writes last, is there and can be read."""
    try:
        json.loads((path / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return len(list(path.glob("rng_state*.pth"))) == processes and all((path / name).is_file() for name in _NEEDED)
