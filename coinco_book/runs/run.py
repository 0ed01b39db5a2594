"""Running the notebooks that are out of date, one folder each, without ever losing the last good result.

A run's folder `runs/<profile>/<id>/` holds the executed notebook, what the notebook wrote, and `run.json`: what the
run depended on, how long each cell took, and what made it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coinco_core import provenance
from coinco_core.devices import choose_device
from coinco_core.errors import InputError
from coinco_core.files import sha256_file, write_json
from coinco_book.runs import fingerprint
from coinco_book.runs.folders import failed_folder, fresh_folder, only_one, recover
from coinco_book.runs.imports import ImportGraph
from coinco_book.runs.inputs import data_paths, inputs
from coinco_book.runs.kernel import CellFailure, environment, execute
from coinco_book.checkout import RECORD, Checkout, find_checkout
from coinco_book.runs.notebooks import Notebook, check_parameters, declared_parameters, free_parameters, load_notebooks, read_cells, select
from coinco_book.profiles import Profile, load_profile
from coinco_book.runs.progress_line import ProgressLine
from coinco_book.runs.records import cell_costs, load_record

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one notebook: 'ran', 'skipped', 'failed' or 'blocked' (a run it needs failed), and why.

    `page` is the executed notebook of the last good run, None when there has never been one.
    """

    notebook: str
    status: str
    reason: str
    seconds: float
    page: Path | None

    @property
    def good(self) -> bool:
        """Whether the notebook's results are up to date."""
        return self.status in ("ran", "skipped")


def run(
    names: Iterable[str] = (),
    profile: str = "demo",
    parameters: Mapping[str, Any] | None = None,
    force: bool = False,
    *,
    checkout: Checkout | None = None,
    say: Say = print,
) -> list[Outcome]:
    """Execute the notebooks asked for (default: all) and those they need, skipping what is up to date.

    `parameters` are set in every notebook asked for that has them. One outcome a notebook, in order; a notebook that
    fails keeps its last good folder. Raises InputError for an unknown name and MissingError for what a profile lacks.
    """
    place = find_checkout() if checkout is None else checkout
    scale, asked, given = load_profile(profile, place.profiles), set(names), dict(parameters or {})
    chosen = checked(asked, scale, place)
    directly = [n for n in chosen if not asked or asked & {n.id, n.source, Path(n.source).stem}]
    check_parameters(directly, place, given)
    session = _Session(place, scale, say)
    with only_one(place.runs(profile)):
        return [session.bring_up_to_date(n, given if n in directly else {}, force and n in directly) for n in chosen]


def checked(names: Iterable[str], profile: Profile, checkout: Checkout) -> tuple[Notebook, ...]:
    """The notebooks asked for (default: all) and those they need, in order, before anything is run.

    Raises InputError for an unknown name and MissingError for what the profile lacks.
    """
    chosen = select(load_notebooks(checkout), names)
    profile.check_requirements([notebook.id for notebook in chosen], checkout.root)
    return chosen


class _Session:
    """One call of `run`: the keys and outcomes so far, and where to say things."""

    def __init__(self, checkout: Checkout, profile: Profile, say: Say) -> None:
        self.checkout, self.profile, self.say = checkout, profile, say
        self.folder = checkout.runs(profile.name)
        self.keys: dict[str, str] = {}
        self.device = ""
        self.graph = ImportGraph()

    def bring_up_to_date(self, notebook: Notebook, given: Mapping[str, Any], force: bool) -> Outcome:
        """Run the notebook when something it depends on has changed; say what was done and why."""
        folder = self.folder / notebook.id
        recover(folder)
        last, damaged = _last(folder / RECORD)
        page = folder / f"{notebook.id}.ipynb" if last else None
        missing = [name for name in notebook.needs if name not in self.keys]
        if missing:
            outcome = Outcome(notebook.id, "blocked", f"it needs {', '.join(missing)}", 0.0, page)
        else:
            values = run_parameters(notebook, self.checkout, self.profile, given)
            needed = {name: self.keys[name] for name in notebook.needs}
            parts = fingerprint.components(notebook, self.checkout, self.profile, values, needed, self.graph)
            reason = "it was asked for" if force else damaged or _stale(last, parts)
            if reason is None and last is not None:
                seconds = float(last["seconds"])
                outcome = Outcome(notebook.id, "skipped", "nothing it depends on has changed", seconds, page)
            else:
                outcome = self._execute(notebook, folder, values, parts, last, reason or "")
            if outcome.good:
                self.keys[notebook.id] = sha256_file(folder / RECORD)  # a run that was repeated counts as new
        self.say(describe(outcome))
        return outcome

    def _execute(
        self,
        notebook: Notebook,
        folder: Path,
        values: Mapping[str, Any],
        parts: Mapping[str, str],
        last: Mapping[str, Any] | None,
        reason: str,
    ) -> Outcome:
        if not self.device:
            self.device = choose_device().reason
            self.say(f"device: {self.device}")
        source = notebook.path(self.checkout)
        page = folder / f"{notebook.id}.ipynb"
        code = [i for i, cell in enumerate(read_cells(source)) if cell["cell_type"] == "code"]
        durations = [cell["seconds"] for cell in last["cells"]] if last else []
        begin, expected = time.monotonic(), self.profile.expected_seconds(notebook.id)
        with fresh_folder(folder) as attempt, ProgressLine(notebook.id, len(code), durations, expected) as line:
            injected = _injected_at(source)

            def on_cell(index: int) -> None:
                at = index - (index > injected)
                if at in code:
                    line.start(code.index(at) + 1)

            try:
                env = environment(folder, self.profile.offline)
                execute(source, page, values, cwd=self.checkout.root, env=env, on_cell=on_cell)
            except CellFailure as failure:
                attempt.failed = True
                at = failure.index - (failure.index > injected)
                text = _failure(source, at, failure.reason, self.checkout.root, failed_folder(folder))
                return Outcome(notebook.id, "failed", text, time.monotonic() - begin, page if last else None)
            seconds = time.monotonic() - begin
            write_json(folder / RECORD, self._record(notebook, values, parts, page, seconds))
        return Outcome(notebook.id, "ran", reason, seconds, page)

    def _record(
        self, notebook: Notebook, values: Mapping[str, Any], parts: Mapping[str, str], page: Path, seconds: float
    ) -> dict[str, Any]:
        read = inputs(parts, data_paths(notebook.id, self.profile, self.checkout), notebook.reads)
        return {
            "notebook": notebook.id,
            "key": fingerprint.key(parts),
            "depends_on": dict(parts),
            "parameters": {name: value for name, value in values.items() if name != "run_dir"},
            "fixed": dict(notebook.parameters),
            "settings": dict(self.profile.settings(notebook.id)),
            "numbers": notebook.numbers,
            "seconds": round(seconds, 2),
            "cells": cell_costs(page),
            "made_by": provenance.record(
                profile=self.profile.name, seed=int(values["seed"]), inputs=read, device=self.device
            ),
        }


def describe(outcome: Outcome) -> str:
    """The outcome as one line for a person."""
    words = {
        "ran": f"ran in {outcome.seconds:.0f} s ({outcome.reason})",
        "skipped": f"skipped, {outcome.reason} (last run: {outcome.seconds:.0f} s)",
        "failed": f"FAILED: {outcome.reason}",
        "blocked": f"not run: {outcome.reason}, which failed",
    }
    return f"{outcome.notebook}: {words[outcome.status]}"


def run_parameters(
    notebook: Notebook, checkout: Checkout, profile: Profile, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a run of the notebook is given: the notebook's own parameters, and of those `given` the ones that it has."""
    declared, free = declared_parameters(notebook.path(checkout)), free_parameters(notebook, checkout)
    values = {"profile": profile.name, "run_dir": str(checkout.runs(profile.name)), **notebook.parameters}
    values |= {name: value for name, value in (given or {}).items() if name in free}
    return {"seed": declared.get("seed", 0), **values}


def read_record(checkout: Checkout, profile: str, notebook: str) -> dict[str, Any] | None:
    """The run.json of the last good run of a notebook; None when there has been none.

    Raises InputError, naming the file, when it cannot be read as one.
    """
    path = checkout.runs(profile) / notebook / RECORD
    return load_record(path) if path.is_file() else None


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


def _failure(source: Path, index: int, reason: str, root: Path, kept: Path) -> str:
    """Which cell failed, its first line, why, and where the notebook lies as far as it came."""
    cells = read_cells(source)
    lines = cells[index]["source"].strip().splitlines() if 0 <= index < len(cells) else []
    partial = (kept / f"{kept.name}.partial.ipynb").relative_to(root)
    where = f"{source.name}, cell {index + 1} ('{lines[0] if lines else ''}')"
    return f"{where}: {reason.rstrip('.')}. The attempt is kept in {partial}."


def _injected_at(source: Path) -> int:
    """The index of the `parameters` cell: papermill puts one cell behind it, so later indices are one too high."""
    tags = [cell["tags"] for cell in read_cells(source)]
    return next((i for i, tag in enumerate(tags) if "parameters" in tag), -1)
