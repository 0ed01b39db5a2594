"""One notebook being executed in a process beside others: its folder, how far it is, and what it leaves."""

from __future__ import annotations

import queue
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from coinco_book.checkout import RECORD, Checkout
from coinco_book.profiles import Profile
from coinco_book.runs import fingerprint
from coinco_book.runs.board import CellClock
from coinco_book.runs.folders import failed_folder, fresh_folder
from coinco_book.runs.inputs import data_paths, inputs
from coinco_book.runs.kernel import environment
from coinco_book.runs.notebooks import read_cells
from coinco_book.runs.outcome import Outcome
from coinco_book.runs.planning import Plan
from coinco_book.runs.records import cell_costs
from coinco_book.runs.worker import Message, Task, Worker
from coinco_core import provenance
from coinco_core.files import write_json

Inbox = queue.SimpleQueue[tuple[str, Message | None]]


class Attempt:
    """A run that is going on; messages about it arrive in the inbox, and `end` is called after the last."""

    def __init__(self, plan: Plan, checkout: Checkout, profile: Profile, device: str, inbox: Inbox) -> None:
        self.plan, self._checkout, self._profile, self._device = plan, checkout, profile, device
        self._cells = read_cells(plan.notebook.path(checkout))
        self._code = [i for i, cell in enumerate(self._cells) if cell["cell_type"] == "code"]
        durations = [cell["seconds"] for cell in plan.last["cells"]] if plan.last else []
        self.clock = CellClock(len(self._code), durations, profile.expected_seconds(plan.notebook.id))
        self._begin, self._failure, self._ended = time.monotonic(), "", False
        self._cpu_seconds: float | None = None
        with ExitStack() as stack:  # the folder comes back when the process cannot be started
            self._folder = stack.enter_context(fresh_folder(plan.folder))
            env = environment(plan.folder, profile.offline, profile.threads(plan.notebook.id))
            task = Task(str(plan.notebook.path(checkout)), str(plan.page), plan.parameters, str(checkout.root), env)
            self._worker = Worker(plan.notebook.id, task, inbox)
            self._open = stack.pop_all()

    def take(self, message: Message) -> int | None:
        """Note a message of the process; the number of the code cell (from 1) that begins with it, if one does."""
        if "cell" in message:
            at = self._in_source(message["cell"])
            return self._code.index(at) + 1 if at in self._code else None
        self._ended, self._cpu_seconds = "ended" in message, message.get("cpu_seconds")
        if "failed" in message:
            index, reason = message["failed"]
            self._failure = self._failed_at(self._in_source(index), reason)
        return None

    def end(self) -> Outcome:
        """What became of the run, whose process has ended; its folder is then the new one, or the last good one."""
        self._words = self._worker.last_words()
        self._worker.close()
        seconds, plan = time.monotonic() - self._begin, self.plan
        if self._ended:
            with self._open:
                write_json(plan.folder / RECORD, self._record(seconds))
            return Outcome(plan.notebook.id, "ran", plan.reason, seconds, plan.page)
        reason = self._failure or f"the process that ran it broke off: {self._words or 'it left no message'}"
        self._folder.failed = True
        self._open.close()
        return Outcome(plan.notebook.id, "failed", reason, seconds, plan.page if plan.last else None)

    def stop(self) -> None:
        """End the run where it is; the last good folder comes back."""
        self._worker.stop()
        self._folder.failed = True
        self._open.close()

    def _in_source(self, index: int) -> int:
        """A cell's place in the source: papermill put one more cell behind the `parameters` cell."""
        injected = next((i for i, cell in enumerate(self._cells) if "parameters" in cell["tags"]), -1)
        return index - (index > injected)

    def _failed_at(self, index: int, reason: str) -> str:
        """Which cell failed, its first line, why, and where the notebook lies as far as it came."""
        lines = self._cells[index]["source"].strip().splitlines() if 0 <= index < len(self._cells) else []
        kept = failed_folder(self.plan.folder)
        partial = (kept / f"{kept.name}.partial.ipynb").relative_to(self._checkout.root)
        source = Path(self.plan.notebook.source).name
        where = f"{source}, cell {index + 1} ('{lines[0] if lines else ''}')"
        return f"{where}: {reason.rstrip('.')}. The attempt is kept in {partial}."

    def _record(self, seconds: float) -> dict[str, Any]:
        plan, notebook, profile = self.plan, self.plan.notebook, self._profile
        read = inputs(plan.depends_on, data_paths(notebook.id, profile, self._checkout), notebook.reads)
        return {
            "notebook": notebook.id,
            "key": fingerprint.key(plan.depends_on),
            "depends_on": dict(plan.depends_on),
            "parameters": {name: value for name, value in plan.parameters.items() if name != "run_dir"},
            "fixed": dict(notebook.parameters),
            "settings": dict(profile.settings(notebook.id)),
            "numbers": notebook.numbers,
            "seconds": round(seconds, 2),
            "cpu_seconds": None if self._cpu_seconds is None else round(self._cpu_seconds, 2),
            "cells": cell_costs(plan.page),
            "made_by": provenance.record(
                profile=profile.name, seed=int(plan.parameters["seed"]), inputs=read, device=self._device,
                threads=profile.threads(notebook.id),
            ),
        }  # fmt: skip
