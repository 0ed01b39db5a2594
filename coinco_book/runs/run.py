"""Running the notebooks that are out of date, one folder each, without ever losing the last good result.

A run's folder `runs/<profile>/<id>/` holds the executed notebook, what the notebook wrote, and `run.json`: what the
run depended on, how long each cell took, and what made it. Notebooks that do not need one another run at the same time.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coinco_book.checkout import RECORD, Checkout, find_checkout
from coinco_book.profiles import Profile, load_profile
from coinco_book.runs.attempt import Attempt, Inbox
from coinco_book.runs.board import Board
from coinco_book.runs.folders import only_one
from coinco_book.runs.notebooks import Notebook, check_parameters, load_notebooks, select
from coinco_book.runs.outcome import Outcome, describe
from coinco_book.runs.planning import Plan, Planner
from coinco_book.runs.schedule import Room, Schedule, machine_room
from coinco_core.devices import choose_device
from coinco_core.errors import InputError, MissingError
from coinco_core.files import sha256_file

Say = Callable[[str], None]
_TICK = 1.0  # seconds between two looks at what is shown


def run(
    names: Iterable[str] = (),
    profile: str = "demo",
    parameters: Mapping[str, Any] | None = None,
    force: bool = False,
    *,
    jobs: int | None = None,
    checkout: Checkout | None = None,
    say: Say = print,
) -> list[Outcome]:
    """Execute the notebooks asked for (default: all) and those they need, skipping what is up to date.

    `parameters` are set in every notebook asked for that has them. `jobs` notebooks run at the same time, by default as
    many as cores and memory allow; what they compute does not depend on it. One outcome per notebook, in their order; a
    notebook that fails keeps its last good folder, and those that do not need it go on. Raises InputError for an
    unknown name and MissingError for what a profile lacks.
    """
    place = find_checkout() if checkout is None else checkout
    scale, asked, given = load_profile(profile, place.profiles), set(names), dict(parameters or {})
    chosen = checked(asked, scale, place)
    directly = {n.id for n in chosen if not asked or asked & {n.id, n.source, Path(n.source).stem}}
    check_parameters([n for n in chosen if n.id in directly], place, given)
    if jobs is not None and jobs < 1:
        raise InputError(f"--jobs is {jobs}; at least one notebook has to run at a time.")
    if find_spec("papermill") is None:
        raise MissingError("Running notebooks needs the extra 'run': pip install -e '.[run]'.")
    planner = Planner(place, scale, given, directly, force)
    with only_one(place.runs(profile), f"Waiting for another coinco that works in {place.runs(profile)} ..."):
        return _Session(planner, chosen, jobs, say).outcomes()


def checked(names: Iterable[str], profile: Profile, checkout: Checkout) -> tuple[Notebook, ...]:
    """The notebooks asked for (default: all) and those they need, in order, before anything is run.

    Raises InputError for an unknown name and MissingError for what the profile lacks.
    """
    chosen = select(load_notebooks(checkout), names)
    profile.check_requirements([notebook.id for notebook in chosen], checkout.root)
    return chosen


class _Session:
    """One call of `run`: what waits, what runs, and what became of the rest."""

    def __init__(self, planner: Planner, chosen: tuple[Notebook, ...], jobs: int | None, say: Say) -> None:
        self._planner, self._chosen, self._jobs, self._say = planner, chosen, jobs, say
        self._waiting = list(chosen)
        self._running: dict[str, Attempt] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._keys: dict[str, str] = {}
        self._inbox: Inbox = queue.SimpleQueue()
        self._board = Board([notebook.id for notebook in chosen])
        self._device, self._schedule = "", Schedule(chosen, {}, {}, Room(1))

    def outcomes(self) -> list[Outcome]:
        """What became of each notebook, in their order, after all are through; an interrupt ends those that run."""
        plans: dict[str, Plan] = {}
        try:
            while self._waiting or self._running:
                self._settle(plans)
                self._start(plans)
                self._listen()
        finally:
            self._board.clear()
            for attempt in self._running.values():
                attempt.stop()
        return [self._outcomes[notebook.id] for notebook in self._chosen]

    def _settle(self, plans: dict[str, Plan]) -> None:
        """Plan each notebook that waits for none; what needs not run, or cannot, is through as well."""
        chosen = {notebook.id for notebook in self._chosen}
        for notebook in [n for n in self._waiting if n.id not in plans]:
            if not set(notebook.needs) & chosen <= self._outcomes.keys():
                continue
            missing = [name for name in notebook.needs if name not in self._keys]
            planner = self._planner
            plan = planner.blocked(notebook, missing) if missing else planner.plan(notebook, self._keys)
            if isinstance(plan, Outcome):
                self._waiting.remove(notebook)
                self._end(plan)
            else:
                plans[notebook.id] = plan

    def _start(self, plans: dict[str, Plan]) -> None:
        """Start what can run beside what is running."""
        ready = [notebook for notebook in self._waiting if notebook.id in plans]
        if ready and not self._device:
            self._prepare()
        while (notebook := self._schedule.next(ready, self._running)) is not None:
            attempt = Attempt(
                plans[notebook.id], self._planner.checkout, self._planner.profile, self._device, self._inbox
            )
            self._running[notebook.id] = attempt
            self._waiting.remove(notebook)
            ready.remove(notebook)
            self._board.begin(notebook.id, attempt.clock)

    def _prepare(self) -> None:
        """Look at the machine, before the first notebook starts."""
        self._device = choose_device().reason
        names = [notebook.id for notebook in self._chosen]
        seconds = {name: self._planner.seconds(name) for name in names}
        needs = {name: self._planner.needs(name) for name in names}
        room = machine_room(self._device) if self._jobs is None else Room(self._jobs)
        self._schedule = Schedule(self._chosen, seconds, needs, room)
        at_once = "" if room.jobs == 1 else f"; up to {room.jobs} notebooks at the same time"
        self._say(f"device: {self._device}{at_once}")

    def _listen(self) -> None:
        """Wait for the next message of a process that runs, and for no longer than what is shown stays true."""
        self._board.tick()
        if not self._running:
            return
        try:
            name, message = self._inbox.get(timeout=_TICK)
        except queue.Empty:
            return
        if message is None:
            self._end(self._running.pop(name).end())
        elif number := self._running[name].take(message):
            self._board.cell(name, number)

    def _end(self, outcome: Outcome) -> None:
        self._outcomes[outcome.notebook] = outcome
        if outcome.good:  # a run that was repeated counts as new
            self._keys[outcome.notebook] = sha256_file(self._planner.folder / outcome.notebook / RECORD)
        self._board.end(outcome.notebook, describe(outcome), self._say)
