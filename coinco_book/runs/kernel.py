"""Executing one notebook with papermill, in a kernel that is this very Python, with its environment set beforehand."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coinco_book.results import RUN_FOLDER
from coinco_book.runs.cell_memory import STARTUP
from coinco_core.files import write_json

# Read by the libraries when they are imported, so a cell would set them too late.
_ENVIRONMENT = {
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONHASHSEED": "0",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TQDM_DISABLE": "1",
    "PYTHONWARNINGS": "ignore:IProgress not found",  # tqdm misses a widget that no page could show
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait cost a busy machine many times the work
}
_OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_START_TIMEOUT = 300  # seconds; a busy machine may take minutes to start an interpreter


@dataclass(frozen=True)
class CellFailure(Exception):
    """A cell that raised, or during which the kernel died: its index in the executed notebook, and why in one line."""

    index: int
    reason: str


def environment(folder: Path, offline: bool, threads: int) -> dict[str, str]:
    """The variables a kernel starts with; `folder` is where the notebook's numbers and tables go.

    A sum's last digits depend on how many threads share it, so that number is fixed, whatever the machine has.
    """
    fixed = dict.fromkeys(_THREADS, str(threads))
    return {**_ENVIRONMENT, **fixed, **(_OFFLINE if offline else {}), RUN_FOLDER: str(folder)}


def execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any],
    *,
    cwd: Path,
    env: Mapping[str, str],
    on_cell: Callable[[int], None],
) -> None:
    """Run `source` with those parameters and write the executed notebook to `target`, whole, when all went well.

    `on_cell` is called with a cell's index in the executed notebook when it begins. Raises CellFailure; the notebook as
    far as it came is then left in `target` with the suffix .partial.ipynb. Changes this process's working directory
    and JUPYTER_PATH.
    """
    import papermill

    partial = target.with_suffix(".partial.ipynb")
    partial.parent.mkdir(parents=True, exist_ok=True)
    os.environ["JUPYTER_PATH"] = str(_kernelspec(target.parent / ".jupyter", env))  # searched before all other places
    running = [0]

    def begin(cell: Any, cell_index: int) -> None:
        running[0] = cell_index
        on_cell(cell_index)

    try:
        papermill.execute_notebook(
            source,
            partial,
            parameters=dict(parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            start_timeout=_START_TIMEOUT,
            cwd=cwd,
            on_cell_start=begin,  # nbclient's own hook
        )
    except Exception as error:
        raise CellFailure(*_explain(error, running[0])) from error
    os.replace(partial, target)


def _explain(error: Exception, running: int) -> tuple[int, str]:
    """The index of the cell at fault and the reason; anything that is not about a cell is raised again."""
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    if isinstance(error, PapermillExecutionError):
        lines = str(error.evalue).strip().splitlines()
        # papermill counts before it puts its own error cell in front
        return error.cell_index, f"{error.ename}: {lines[0] if lines else ''}"
    if isinstance(error, DeadKernelError):
        return running, "the kernel died, most likely for want of memory"
    raise error


def _kernelspec(folder: Path, env: Mapping[str, str]) -> Path:
    """A folder in which 'python3' means this interpreter with that environment, whatever the user has installed."""
    argv = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    argv.append("--log-level=CRITICAL")  # it otherwise tells of local TCP, and of being shut down, as of mishaps
    own = {"IPYTHONDIR": str(folder / "ipython")}  # the user's startup files are not part of the book
    startup = folder / "ipython" / "profile_default" / "startup" / "00-memory.py"
    startup.parent.mkdir(parents=True, exist_ok=True)
    startup.write_text(STARTUP, encoding="utf-8")
    spec = {"argv": argv, "display_name": "Python 3", "language": "python", "env": {**env, **own}}
    write_json(folder / "kernels" / "python3" / "kernel.json", spec)
    return folder
