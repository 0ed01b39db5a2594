"""Whether runs that are there still are what a run would make today; nothing is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coinco_book.checkout import RECORD, Checkout
from coinco_book.profiles import load_profile
from coinco_book.runs import fingerprint
from coinco_book.runs.imports import ImportGraph
from coinco_book.runs.notebooks import load_notebooks
from coinco_book.runs.planning import run_parameters
from coinco_core.errors import CheckError
from coinco_core.files import sha256_file

Records = Mapping[str, Mapping[str, Any]]


def check_of_one_piece(records: Records, runs: Path) -> None:
    """Raises CheckError when a run was made from a run of another notebook that has been run again, or is gone."""
    for name, record in records.items():
        for part, digest in record.get("depends_on", {}).items():
            needed = part.removeprefix("run ")
            if part.startswith("run ") and digest != _digest(runs / needed / RECORD):
                call = f"coinco run {name} --profile {runs.name}"
                raise CheckError(f"The page of {name} was made from an older run of {needed}; renew it with: {call}")


def stale_runs(checkout: Checkout, profile: str, records: Records) -> dict[str, list[str]]:
    """What has changed since each of these runs, by notebook; a notebook whose run is up to date is not among them.

    A run that was given parameters counts as stale, as it does for a `coinco run` without them.
    """
    scale, found, graph = load_profile(profile, checkout.profiles), {}, ImportGraph()
    for notebook in load_notebooks(checkout):
        if notebook.id in records:
            needed = {name: _digest(checkout.runs(profile) / name / RECORD) for name in notebook.needs}
            values = run_parameters(notebook, checkout, scale)
            parts = fingerprint.components(notebook, checkout, scale, values, needed, graph)
            found[notebook.id] = fingerprint.changed(records[notebook.id].get("depends_on", {}), parts)
    return {name: changes for name, changes in found.items() if changes}


def _digest(path: Path) -> str:
    return sha256_file(path) if path.is_file() else ""
