"""Executing one notebook with papermill, in a kernel that is this very Python, with its environment set beforehand."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coinco_core.errors import MissingError
from coinco_core.files import write_json
from coinco_book.runs.cell_memory import STARTUP
from coinco_book.runs.progress_line import Listener
from coinco_book.results import RUN_FOLDER

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
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",  # models this small gain nothing from a second thread, and lose tenfold on a busy machine
}


@dataclass(frozen=True)
class CellFailure(Exception):
    """A cell that raised, or during which the kernel died: its index in the executed notebook, and why in one line."""

    index: int
    reason: str


def environment(folder: Path, offline: bool) -> dict[str, str]:
    """The variables a kernel starts with; `folder` is where the notebook's numbers and tables go."""
    return {**_ENVIRONMENT, **(_OFFLINE if offline else {}), RUN_FOLDER: str(folder)}


def execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any],
    *,
    cwd: Path,
    env: Mapping[str, str],
    on_cell: Listener,
) -> None:
    """Run `source` with those parameters and write the executed notebook to `target`, whole, when all went well.

    Raises CellFailure; the notebook as far as it came is then left in `target` with the suffix .partial.ipynb.
    """
    papermill = _papermill()
    partial = target.with_suffix(".partial.ipynb")
    partial.parent.mkdir(parents=True, exist_ok=True)
    seen = [0]

    def begin(index: int) -> None:
        seen[0] = index
        on_cell(index)

    try:
        with _kernelspec(target.parent / ".jupyter", env):
            papermill.execute_notebook(
                source,
                partial,
                parameters=dict(parameters),
                engine_name=_ENGINE,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                start_timeout=300,  # a busy machine may take minutes to start an interpreter
                cwd=cwd,
                on_cell=begin,
            )
    except Exception as error:
        raise CellFailure(*_explain(error, seen[0])) from error
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


@contextmanager
def _kernelspec(folder: Path, env: Mapping[str, str]) -> Iterator[None]:
    """While it lasts, 'python3' means this interpreter with that environment, whatever the user has installed."""
    argv = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    argv.append("--log-level=CRITICAL")  # it otherwise tells of local TCP, and of being shut down, as of mishaps
    own = {"IPYTHONDIR": str(folder / "ipython")}  # the user's startup files are no part of the book
    startup = folder / "ipython" / "profile_default" / "startup" / "00-memory.py"
    startup.parent.mkdir(parents=True, exist_ok=True)
    startup.write_text(STARTUP, encoding="utf-8")
    spec = {"argv": argv, "display_name": "Python 3", "language": "python", "env": {**env, **own}}
    write_json(folder / "kernels" / "python3" / "kernel.json", spec)
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(folder)  # searched before all other places
    try:
        yield
    finally:
        if before is None:
            del os.environ["JUPYTER_PATH"]
        else:
            os.environ["JUPYTER_PATH"] = before


_ENGINE = "coinco"


def _papermill() -> Any:
    """The papermill module, with an engine that tells a listener when a cell begins."""
    try:
        import papermill
        from papermill.engines import NBClientEngine, papermill_engines
    except ImportError:
        raise MissingError("Running notebooks needs the extra 'run': pip install -e '.[run]'.") from None

    class TellingEngine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            listener, begin = options.pop("on_cell"), nb_man.cell_start

            def cell_start(cell: Any, cell_index: int | None = None, **more: Any) -> None:
                listener(cell_index)
                begin(cell, cell_index, **more)

            nb_man.cell_start = cell_start
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    papermill_engines.register(_ENGINE, TellingEngine)
    return papermill
