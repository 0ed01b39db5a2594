"""The most memory that each cell held, measured in the kernel itself, one JSON line a cell in the run's folder.

The runner writes the kernel's startup file; a notebook needs no line for it. Linux tells the peak of each cell.
Elsewhere the peak since the kernel started is all there is, so a cell's number is then an upper bound; Windows tells
nothing. Processes that a cell starts are not counted, nor GPUs other than the current one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from coinco_book.results import run_folder

STARTUP = "from coinco_book.runs.cell_memory import watch\nwatch()\ndel watch\n"
_FILE = "memory.jsonl"
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def watch() -> None:
    """From now on, note the peak of each cell of this kernel; without a run going on, nothing is done."""
    from IPython import get_ipython

    shell, folder = get_ipython(), run_folder()
    if shell is None or folder is None:
        return
    shell.events.register("pre_run_cell", lambda info: _reset())
    shell.events.register("post_run_cell", lambda result: _note(folder / _FILE, result.execution_count))


def take_peaks(folder: Path) -> dict[int, dict[str, int]]:
    """For each execution count the bytes held at most: 'host', and 'device' where a GPU was used; {} when unknown.

    The file that the kernel wrote is gone afterwards: the numbers belong in the run's record.
    """
    path = folder / _FILE
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    path.unlink()
    rows = []
    for line in lines:
        with contextlib.suppress(ValueError):  # cut short, as on a full disk
            rows.append(json.loads(line))
    return {row.pop("cell"): row for row in rows}


def _reset() -> None:
    """Let the next peak be that of the cell that begins."""
    with contextlib.suppress(OSError):  # not Linux, or a container that forbids it
        _RESET.write_text("5")
    if (torch := _used_gpu()) is not None:
        torch.cuda.reset_peak_memory_stats()


def _note(path: Path, cell: int | None) -> None:
    """Append what the cell held; a measurement that cannot be kept does not fail the notebook."""
    if cell is None:
        return
    peaks = {"host": _host_peak()}
    if (torch := _used_gpu()) is not None:
        peaks["device"] = int(torch.cuda.max_memory_allocated())
    row = {"cell": cell, **{where: held for where, held in peaks.items() if held is not None}}
    with contextlib.suppress(OSError), open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _host_peak() -> int | None:
    """The most bytes the process held since the last reset; None where the system does not say."""
    if _STATUS.is_file() and (found := _PEAK.search(_STATUS.read_text())):
        return 1024 * int(found[1])
    if os.name == "nt":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else 1024 * peak)  # macOS counts bytes, Linux kibibytes


def _used_gpu() -> Any:
    """The torch module when the notebook has imported it and its GPU is in use; else None."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and torch.cuda.is_initialized() else None
