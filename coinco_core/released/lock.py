"""The lock: what each fetched file was when it first came, so that a later change is noticed.

`lock.json` in the data folder has one entry per file: the source it belongs to, repository, type, revision (the commit;
null for a file that was there before), bytes and SHA-256. It is written when a fetch is complete and never changed by a
later one; to accept another version, delete the file's entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from coinco_core.errors import CheckError, InputError
from coinco_core.files import read_json, sha256_file, write_json
from coinco_core.released.catalogue import Source

LOCK_NAME = "lock.json"


@dataclass(frozen=True)
class Locked:
    """One file as it first came; `source` is the name of the download it belongs to."""

    source: str
    repository: str
    repo_type: str
    revision: str | None
    bytes: int
    sha256: str


Lock = dict[str, Locked]


def read_lock(folder: Path) -> Lock:
    """The lock of a data folder by the files' paths, empty where there is none; InputError when it is unreadable."""
    path = folder / LOCK_NAME
    if not path.is_file():
        return {}
    try:
        return {file: Locked(**entry) for file, entry in read_json(path)["files"].items()}
    except (AttributeError, KeyError, TypeError):
        raise InputError(f"{path} is not a lock as `coinco data fetch` writes it; restore it, or delete it.") from None


def locked_paths(source: str, lock: Lock, only: str = "") -> list[str]:
    """The locked files of a source; with `only`, those that are this path or lie below it."""
    return [p for p, entry in lock.items() if entry.source == source and (not only or f"{p}/".startswith(f"{only}/"))]


def check_locked(source: str, folder: Path, lock: Lock, only: str = "") -> None:
    """Raises CheckError when a locked file of the source is here and is not what it was; an absent one is no matter."""
    for path in locked_paths(source, lock, only):
        if (folder / path).is_file() and not _same(folder / path, lock[path]):
            raise CheckError(
                f"{folder / path} is not the file that was locked ({LOCK_NAME}); delete it and fetch it again, or "
                "delete its entry in the lock if the new one is right."
            )


def add_to_lock(source: Source, revision: str | None, folder: Path, paths: Iterable[str]) -> Lock:
    """The lock, which now also has those files of the source as they are; what it has already stays as it was.

    Raises CheckError when a file differs from what it has.
    """
    lock = read_lock(folder)
    check_locked(source.name, folder, lock)
    new = {
        path: Locked(source.name, source.repository, source.repo_type, revision, *_measured(folder / path))
        for path in paths
        if path not in lock
    }
    if new:
        files = {path: asdict(entry) for path, entry in sorted({**lock, **new}.items())}
        write_json(folder / LOCK_NAME, {"files": files})
    return {**lock, **new}


def _measured(path: Path) -> tuple[int, str]:
    return path.stat().st_size, sha256_file(path)


def _same(path: Path, entry: Locked) -> bool:
    return path.stat().st_size == entry.bytes and sha256_file(path) == entry.sha256
