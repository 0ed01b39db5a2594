"""Whether what is on disk agrees with the registry and with the lock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coinco_core.errors import CheckError, InputError
from coinco_core.released.catalogue import ReleasedFile
from coinco_core.released.indices import POOL_SIZES
from coinco_core.released.lock import check_locked, read_lock
from coinco_core.released.table_checks import read_mapping, read_released


@dataclass(frozen=True)
class FileState:
    """Whether a released file is here and as described: 'ok', 'missing' or 'wrong', and the detail.

    `samples` is how many images it covers, `paper` how many the paper says; None where that is not known.
    """

    name: str
    path: str
    state: str
    detail: str
    samples: int | None = None
    paper: int | None = None


def is_here(entry: ReleasedFile, folder: Path) -> bool:
    """Whether there is such a file, or such a folder with something in it."""
    path = folder / entry.path
    return path.is_file() if entry.is_file else path.is_dir() and any(path.iterdir())


def check_file(entry: ReleasedFile, folder: Path) -> FileState:
    """The state of one released file or folder below `folder`: its values, its names, and its lock."""
    if not is_here(entry, folder):
        return FileState(entry.name, entry.path, "missing", entry.download, paper=entry.samples)
    try:
        check_locked(entry.source.name, folder, read_lock(folder), only=entry.path)
        samples, detail = _content(entry, folder)
    except (InputError, CheckError) as error:
        return FileState(entry.name, entry.path, "wrong", str(error), paper=entry.samples)
    return FileState(entry.name, entry.path, "ok", detail, samples, entry.samples)


def _content(entry: ReleasedFile, folder: Path) -> tuple[int | None, str]:
    """How many images the entry covers, and what it holds in words; an InputError when it is not as described."""
    path = folder / entry.path
    if path.suffix == ".json":
        return None, f"{len(read_mapping(path))} categories"
    if not entry.is_file:
        return _named_by_index(entry, path) if entry.ending else (None, "a folder")
    table = read_released(entry, folder)
    repeated = int(table["coco_index"].duplicated().sum())
    detail = f"{len(table)} rows" + (f", {repeated} of them repeat an index" if repeated else "")
    return len(table) - repeated, detail


def _named_by_index(entry: ReleasedFile, path: Path) -> tuple[int, str]:
    found = [file.stem for file in path.iterdir() if file.suffix == entry.ending]
    odd = [stem for stem in found if not (stem.isdecimal() and int(stem) < POOL_SIZES[entry.pool])]
    if odd or not found:
        example = f"'{odd[0]}{entry.ending}'" if odd else "no such file"
        raise InputError(f"{path} should hold files named INDEX{entry.ending}; it holds {example}.")
    return len(found), f"{len(found)} files"
