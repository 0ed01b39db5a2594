"""What a run left: its record, its executed notebook, and what each cell took; looked at before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coinco_book.checkout import RECORD, Checkout
from coinco_book.results import is_number
from coinco_book.runs.cell_memory import take_peaks
from coinco_core.errors import InputError
from coinco_core.files import read_json

_TABLES = ("depends_on", "parameters", "fixed", "settings", "made_by")  # an older run may lack some


def load_record(path: Path) -> dict[str, Any]:
    """The run.json at `path`. Raises InputError when it is not a record of a run, MissingError when it is absent.

    It says of which notebook, has the run's seconds and those of each cell, and tables where tables belong.
    """
    record = read_json(path)
    if not isinstance(record, dict):
        raise InputError(f"{path} is not a record of a run: it holds no table of names and values.")
    if not isinstance(record.get("notebook"), str):
        raise InputError(f"{path} is not a record of a run: it does not say of which notebook.")
    cells = record.get("cells")
    costs = [record, *cells] if isinstance(cells, list) else [None]
    if not all(isinstance(cost, Mapping) and is_number(cost.get("seconds")) for cost in costs):
        raise InputError(
            f"{path} is not a record of a run: it does not say how many seconds the run and its cells took."
        )
    odd = [name for name in _TABLES if not isinstance(record.get(name, {}), Mapping)]
    if odd:
        raise InputError(f"{path} is not a record of a run: its '{odd[0]}' is not a table of names and values.")
    return record


def read_record(checkout: Checkout, profile: str, notebook: str) -> dict[str, Any] | None:
    """The run.json of the last good run of a notebook; None when there has been none.

    Raises InputError, naming the file, when it cannot be read as one.
    """
    path = checkout.runs(profile) / notebook / RECORD
    return load_record(path) if path.is_file() else None


def load_executed(path: Path) -> dict[str, Any]:
    """The executed notebook at `path`, every cell with its metadata. Raises InputError, naming it, when it is none."""
    notebook = read_json(path)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise InputError(f"{path} is not readable as a notebook: it holds no list of cells.")
    return {**notebook, "cells": [{**cell, "metadata": cell.get("metadata") or {}} for cell in cells]}


def _is_cell(cell: Any) -> bool:
    parts = {"cell_type": str, "source": str | list}
    return isinstance(cell, Mapping) and all(isinstance(cell.get(name), kind) for name, kind in parts.items())


def cell_costs(page: Path) -> list[dict[str, Any]]:
    """For each code cell of the source: its first line, the seconds it took, and the bytes it held at most."""
    costs, held = [], take_peaks(page.parent)
    for cell in read_json(page)["cells"]:
        if cell["cell_type"] == "code" and "injected-parameters" not in cell["metadata"].get("tags", []):
            lines = "".join(cell["source"]).strip().splitlines()
            seconds = cell["metadata"].get("papermill", {}).get("duration") or 0.0
            peak = held.get(cell.get("execution_count"), {})
            memory = {f"{where}_bytes": peak.get(where) for where in ("host", "device")}
            costs.append({"first_line": lines[0] if lines else "", "seconds": round(float(seconds), 3), **memory})
    return costs
