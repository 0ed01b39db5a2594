"""One dial for the whole book: a profile says how large each notebook's run is, and on what data and models.

`demo.yaml` is the default and names every setting there is; the others start from it and change values. Nothing else
differs between a run on a laptop and one on a cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from coinco_book.checkout import find_checkout
from coinco_core.errors import InputError, MissingError, did_you_mean
from coinco_core.released.catalogue import DEFAULT_FOLDER, data_folder

BASE = "demo"
DEFAULT = "default"  # among the counts of threads, of notebooks that have none of their own
_KEYS = ("name", "description", "machine", "minutes", "offline", "threads", "requires", "expected", "notebooks")
_EXPECTED = ("minutes", "cores", "memory_gb", "gpu_gb", "from")


class Settings(dict[str, Any]):
    """One notebook's settings; asking for one that is not there raises an InputError with the nearest names."""

    def __missing__(self, key: str) -> Any:
        raise InputError(f"No setting is called '{key}' in this profile.{did_you_mean(key, self)}")


@dataclass(frozen=True)
class Requirement:
    """What some notebooks (all, when none is named) cannot do without: where it is looked for, and how to get it."""

    path: str
    get: str
    notebooks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """What a notebook is expected to take (None: not known), and how that is known.

    Minutes, the cores that it keeps busy on average, and GB (10^9 bytes) of main memory and of a GPU.
    """

    minutes: float
    cores: float | None = None
    memory_gb: float | None = None
    gpu_gb: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Profile:
    """A named scale: what it is, the machine and minutes it asks for, each notebook's settings and expected cost."""

    name: str
    description: str = ""
    machine: str = ""
    minutes: float = 0.0
    offline: bool = False
    thread_counts: Mapping[str, int] = field(default_factory=lambda: {DEFAULT: 1})
    requires: tuple[Requirement, ...] = ()
    notebooks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    expected: Mapping[str, Expectation] = field(default_factory=dict)

    def threads(self, notebook: str) -> int:
        """How many threads the notebook computes with, whatever the machine has: its numbers depend on that."""
        section = self._section(notebook) if self.notebooks else ""
        return self.thread_counts.get(section, self.thread_counts[DEFAULT])

    def expected_seconds(self, notebook: str) -> float | None:
        """How long that notebook is expected to take; None when the profile does not say."""
        return 60 * self.expected[notebook].minutes if notebook in self.expected else None

    def settings(self, notebook: str) -> Settings:
        """The settings of a notebook, or of one of its executions: 'students_size' reads the section 'students'."""
        return Settings(self.notebooks[self._section(notebook)])

    def _section(self, notebook: str) -> str:
        fits = [name for name in self.notebooks if notebook == name or notebook.startswith(f"{name}_")]
        if not fits:
            raise InputError(f"No notebook is called '{notebook}'.{did_you_mean(notebook, self.notebooks)}")
        return max(fits, key=len)

    def requirements(self, notebooks: Iterable[str]) -> list[Requirement]:
        """What at least one of these notebooks cannot do without."""
        sections = {self._section(notebook) for notebook in notebooks}
        return [need for need in self.requires if not need.notebooks or sections & set(need.notebooks)]

    def check_requirements(self, notebooks: Iterable[str], root: Path | None = None) -> None:
        """Raises MissingError, saying what to fetch, when something these notebooks need is not on disk."""
        base = find_checkout().root if root is None else root
        missing = [need for need in self.requirements(notebooks) if not (base / need.path).expanduser().exists()]
        if missing:
            what = "; ".join(f"{need.path} ({need.get})" for need in missing)
            raise MissingError(f"Profile '{self.name}' needs what is not here: {what}.")


def profile_names(folder: Path | None = None) -> list[str]:
    """The names of the profiles there are, in alphabetical order."""
    return sorted(path.stem for path in _folder(folder).glob("*.yaml"))


def load_profile(name: str, folder: Path | None = None) -> Profile:
    """The profile of that name. Raises InputError for an unknown name or key, with the nearest ones.

    Paths below data/released are those of the folder that COINCO_DATA names, where it is set.
    """
    names = profile_names(folder)
    if name not in names:
        raise InputError(f"No profile is called '{name}'; there are {', '.join(names)}.{did_you_mean(name, names)}")
    table = _read(_folder(folder) / f"{name}.yaml")
    notebooks = table.pop("notebooks", None) or {}
    if name != BASE:
        base = _read(_folder(folder) / f"{BASE}.yaml")["notebooks"]
        notebooks = _merged(base, notebooks, where=f"profiles/{name}.yaml")
    notebooks = {title: {key: _placed(value) for key, value in own.items()} for title, own in notebooks.items()}
    requires = tuple(map(_requirement, table.pop("requires", None) or ()))
    expected = {n: _expectation(entry, n, name) for n, entry in (table.pop("expected", None) or {}).items()}
    threads = _threads(table.pop("threads", None) or {}, notebooks, name)
    if table.get("name", name) != name:
        raise InputError(f"profiles/{name}.yaml calls itself '{table['name']}'; its name must be that of its file.")
    return Profile(
        **{**table, "name": name}, thread_counts=threads, requires=requires, notebooks=notebooks, expected=expected
    )


def _requirement(need: Mapping[str, Any]) -> Requirement:
    return Requirement(_placed(need["path"]), need["get"], tuple(need.get("notebooks") or ()))


def _expectation(entry: Mapping[str, Any], notebook: str, profile: str) -> Expectation:
    for key in entry:
        _known(key, _EXPECTED, f"profiles/{profile}.yaml, expected, {notebook}")
    if "minutes" not in entry:
        raise InputError(f"profiles/{profile}.yaml expects something of {notebook} and does not say how many minutes.")
    numbers = {key: entry.get(key) for key in ("cores", "memory_gb", "gpu_gb")}
    return Expectation(float(entry["minutes"]), **numbers, source=str(entry.get("from", "")))


def _threads(given: Mapping[str, Any], sections: Mapping[str, Any], profile: str) -> dict[str, int]:
    for name, count in given.items():
        _known(name, (DEFAULT, *sections), f"profiles/{profile}.yaml, threads")
        if not isinstance(count, int) or count < 1:
            raise InputError(f"profiles/{profile}.yaml gives '{name}' {count} threads; it must be 1 or more.")
    return {DEFAULT: 1, **given}


def _placed(value: Any) -> Any:
    """A path below the usual data folder as it is below the one in use; anything else as it is."""
    if isinstance(value, str) and value.startswith(f"{DEFAULT_FOLDER}/"):
        return (data_folder() / value.removeprefix(f"{DEFAULT_FOLDER}/")).as_posix()
    return value


def _folder(folder: Path | None) -> Path:
    return find_checkout().profiles if folder is None else folder


def _read(path: Path) -> dict[str, Any]:
    try:
        table: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InputError(f"profiles/{path.name} is not YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(table, dict):
        raise InputError(f"profiles/{path.name} holds no settings; it needs at least a name.")
    for key in table:
        _known(key, _KEYS, f"profiles/{path.name}")
    return table


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any], where: str) -> dict[str, dict[str, Any]]:
    """Each section of `base` with the changes of the same name; a section or key that is not in `base` is an error."""
    for section, values in changes.items():
        _known(section, base, where)
        for key in values or {}:
            _known(key, base[section], f"{where}, {section}")
    return {section: {**values, **(changes.get(section) or {})} for section, values in base.items()}


def _known(key: str, options: Any, where: str) -> None:
    if key not in options:
        raise InputError(f"'{key}' in {where} is not a name that is known there.{did_you_mean(key, options)}")
