"""What a run was made from: the data on disk that its settings name, and digests of a page's code and data."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coinco_book.checkout import Checkout
from coinco_book.profiles import Profile
from coinco_book.runs.imports import PACKAGES
from coinco_core.files import digest, sha256_file
from coinco_core.released.catalogue import DEFAULT_FOLDER, data_folder

_WORLD = "coinco_world."  # how the names of the modules begin that draw scenes
_DRAWN = "demo"  # a setting of this value means drawn scenes or shipped weights, and names no folder
_TABLES = (".parquet", ".csv", ".json", ".jsonl")
_NAMED = 2  # runs, at most, that are named one by one
_SMALL = 64 * 2**20  # bytes; a larger table is told by its name, size and time alone
_LISTED, _TABLE = "data ", "table "  # how the names of parts begin: data on disk by listing, a table by its contents


@dataclass(frozen=True)
class DataFacts:
    """What a page's data are, in a few words, and one digest over them (64 hexadecimal digits)."""

    words: str
    digest: str


def data_paths(notebook: str, profile: Profile, checkout: Checkout) -> dict[str, Path]:
    """The files and folders of data that a run of that notebook reads, by the names under which they are shown.

    They are the profile's settings that are existing paths, and what the profile requires of that notebook. What runs
    write themselves, below runs/, is not among them: a run that goes on with it depends on it no more than on itself.
    """
    required = [need.path for need in profile.requirements([notebook])]
    texts = [text for text in [*_texts(profile.settings(notebook)), *required] if text not in ("", _DRAWN)]
    paths = {checkout.root / Path(text).expanduser() for text in texts}
    made_here = checkout.root / "runs"
    found = {path for path in paths if path.exists() and not path.is_relative_to(made_here)}
    return {_shown(path, checkout.root): path for path in sorted(found) if not found & set(path.parents)}


def listed(paths: Mapping[str, Path]) -> dict[str, str]:
    """The digest of each path's listing, by a name that a person understands; parts of what a run depends on."""
    return {f"{_LISTED}{name}": listing_digest(path) for name, path in paths.items()}


def listing_digest(path: Path) -> str:
    """The SHA-256 over the names, sizes and modification times of a file, or of all files below a folder.

    Not over their contents: reading 100,000 images before every run would take minutes, listing them takes a second.
    Files that were copied anew therefore count as changed.
    """
    seen = hashlib.sha256()
    for file in [path] if path.is_file() else _files(path):
        facts = file.stat()
        name = file.relative_to(path).as_posix()
        seen.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def inputs(parts: Mapping[str, str], paths: Mapping[str, Path], reads: tuple[str, ...] = ()) -> dict[str, str]:
    """The digests of all that a run read: files, shipped weights, other runs, data on disk and the small tables there.

    `parts` are what the run depends on, by name; `paths` its data; `reads` the files it reads in the checkout.
    """
    read = {n: d for n, d in parts.items() if n in reads or n.startswith(("weights/", "run ", _LISTED))}
    for name, path in paths.items():
        files = {name: path} if path.is_file() else {f"{name}/{file.name}": file for file in sorted(path.iterdir())}
        read |= {f"{_TABLE}{shown}": sha256_file(file) for shown, file in files.items() if _is_small_table(file)}
    return read


def _is_small_table(file: Path) -> bool:
    return file.suffix in _TABLES and file.is_file() and file.stat().st_size < _SMALL


def code_digest(record: Mapping[str, Any]) -> str:
    """One digest over the modules of the package that the run of this run.json stands on; '' when it names none."""
    modules = {n: d for n, d in record.get("depends_on", {}).items() if n.split(".")[0] in PACKAGES}
    return digest(modules) if modules else ""


def data_of(record: Mapping[str, Any]) -> DataFacts | None:
    """What the data of the run of this run.json are; None where it computes from what stands in its code alone.

    The digest of data on disk is over the contents of its tables, so that two machines agree; over its listing where it
    has none.
    """
    if record.get("numbers", "results") != "results":
        return None
    parts, made_by = record.get("depends_on", {}), record.get("made_by", {})
    settings, seed = record.get("settings", {}), made_by.get("seed")
    if on_disk := _named(parts, _LISTED):
        return DataFacts(", ".join(on_disk), digest(_named(made_by.get("inputs", {}), _TABLE) or on_disk))
    runs, world = _named(parts, "run "), _named(parts, _WORLD)
    if "dataset" in world and (not runs or settings.get("data") == _DRAWN):
        return DataFacts(f"drawn scenes, seed {seed}", digest([world, dict(settings), seed]))
    if runs:
        names = ", ".join(runs) if len(runs) <= _NAMED else f"{len(runs)} others"
        return DataFacts(f"the runs of {names}", digest(runs))
    return None


def _named(parts: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The parts whose names begin so, by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in parts.items() if name.startswith(prefix)}


def _texts(value: Any) -> Iterator[str]:
    """Every text in a setting, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder, in a fixed order."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names))


def _shown(path: Path, root: Path) -> str:
    """A path as it may be shown: below the checkout or the data folder; of any other, its last part."""
    for home, name in ((data_folder(), Path(DEFAULT_FOLDER)), (root, Path())):
        if path.is_relative_to(home):
            return (name / path.relative_to(home)).as_posix()
    return path.name
