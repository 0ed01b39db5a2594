"""Whether a notebook has to run, why, and with which parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coinco_book.checkout import RECORD, Checkout
from coinco_book.profiles import Expectation, Profile
from coinco_book.runs import fingerprint
from coinco_book.runs.folders import recover
from coinco_book.runs.imports import ImportGraph
from coinco_book.runs.notebooks import Notebook, declared_parameters, free_parameters
from coinco_book.runs.outcome import Outcome
from coinco_book.runs.records import load_record
from coinco_book.runs.schedule import UNKNOWN_GB, Needs
from coinco_core.errors import InputError


@dataclass(frozen=True)
class Plan:
    """A run to be made: its parameters, what it depends on (digests by name), why, and the `last` run's record."""

    notebook: Notebook
    folder: Path
    parameters: Mapping[str, Any]
    depends_on: Mapping[str, str]
    reason: str
    last: Mapping[str, Any] | None

    @property
    def page(self) -> Path:
        """The executed notebook that the run leaves."""
        return self.folder / f"{self.notebook.id}.ipynb"


@dataclass
class Planner:
    """What one call of `coinco run` asks for: parameters and `force` are for the notebooks in `directly` alone."""

    checkout: Checkout
    profile: Profile
    given: Mapping[str, Any]
    directly: Collection[str]
    force: bool = False

    def __post_init__(self) -> None:
        self.folder = self.checkout.runs(self.profile.name)
        self._graph = ImportGraph()

    def plan(self, notebook: Notebook, keys: Mapping[str, str]) -> Plan | Outcome:
        """The run to be made, or the outcome of a notebook that is up to date; `keys` are of the runs that it needs."""
        folder, asked = self.folder / notebook.id, notebook.id in self.directly
        recover(folder)
        last, damaged = _last(folder / RECORD)
        values = run_parameters(notebook, self.checkout, self.profile, self.given if asked else {})
        needed = {name: keys[name] for name in notebook.needs}
        parts = fingerprint.components(notebook, self.checkout, self.profile, values, needed, self._graph)
        reason = "it was asked for" if self.force and asked else damaged or _stale(last, parts)
        plan = Plan(notebook, folder, values, parts, reason or "", last)
        if reason is None and last is not None:
            same = "nothing it depends on has changed"
            return Outcome(notebook.id, "skipped", same, float(last["seconds"]), plan.page)
        return plan

    def blocked(self, notebook: Notebook, missing: Collection[str]) -> Outcome:
        """The outcome of a notebook whose needs have no good run."""
        last, _ = _last(self.folder / notebook.id / RECORD)
        page = self.folder / notebook.id / f"{notebook.id}.ipynb" if last else None
        return Outcome(notebook.id, "blocked", f"it needs {', '.join(missing)}", 0.0, page)

    def seconds(self, notebook: str) -> float | None:
        """How long a notebook is expected to run: as long as the last time, else as the profile says."""
        last, _ = _last(self.folder / notebook / RECORD)
        return self.profile.expected_seconds(notebook) if last is None else float(last["seconds"])

    def needs(self, notebook: str) -> Needs:
        """What a notebook takes while it runs: cores as in its last run, else by the profile, else one per thread."""
        last, _ = _last(self.folder / notebook / RECORD)
        expected = self.profile.expected.get(notebook, Expectation(0.0))
        cores = expected.cores or self.profile.threads(notebook)
        if last is not None and last.get("cpu_seconds"):
            cores = float(last["cpu_seconds"]) / max(float(last["seconds"]), 1e-3)
        return Needs(cores, UNKNOWN_GB if expected.memory_gb is None else expected.memory_gb)


def run_parameters(
    notebook: Notebook, checkout: Checkout, profile: Profile, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a run of the notebook is given: the notebook's own parameters, and of those `given` the ones that it has."""
    declared, free = declared_parameters(notebook.path(checkout)), free_parameters(notebook, checkout)
    values = {"profile": profile.name, "run_dir": str(checkout.runs(profile.name)), **notebook.parameters}
    values |= {name: value for name, value in (given or {}).items() if name in free}
    return {"seed": declared.get("seed", 0), **values}


def _last(path: Path) -> tuple[dict[str, Any] | None, str]:
    """The record of the last run, None when there is none to be read; and, where it is damaged, that it is."""
    try:
        return (load_record(path) if path.is_file() else None), ""
    except InputError:
        return None, "the record of its last run cannot be read"


def _stale(last: Mapping[str, Any] | None, parts: Mapping[str, str]) -> str | None:
    """Why the notebook has to run, None when it need not."""
    if last is None:
        return "it has not been run at this profile"
    return fingerprint.in_words(fingerprint.changed(last.get("depends_on", {}), parts)) or None
