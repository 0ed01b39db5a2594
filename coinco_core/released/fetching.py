"""The released files fetched: once, locked by their digests, and unpacked."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coinco_core.errors import CheckError, MissingError
from coinco_core.released.archives import unpack
from coinco_core.released.catalogue import WEB, ReleasedFile, Source
from coinco_core.released.check import is_here
from coinco_core.released.hub import Fetched, download, is_offline
from coinco_core.released.lock import Lock, add_to_lock, check_locked, locked_paths, read_lock
from coinco_core.released.web import fetch_address

Say = Callable[[str], None]
_ARCHIVE = re.compile(r"(?P<stem>.+?)(_part_\w+|\.zip)$")


@dataclass(frozen=True)
class FetchReport:
    """Names of what was brought now, of what was here already, and of what is missing as the machine is offline."""

    fetched: tuple[str, ...]
    here: tuple[str, ...]
    missing: tuple[str, ...]
    commands: tuple[str, ...]


def fetch(
    entries: Sequence[ReleasedFile], folder: Path, *, revision: str | None = None, say: Say = lambda text: None
) -> FetchReport:
    """What became of each entry, now below `folder`, locked and unpacked where it is not missing.

    Nothing is fetched that is here already. `revision` is a commit, branch or tag of the hub; without it the locked
    one, else the newest, is taken. CheckError when a file differs from its lock. MissingError when a download fails or
    does not hold an entry; the others are brought first.
    """
    brought, failures = set(), []
    for source in dict.fromkeys(entry.source for entry in entries):
        try:
            if _bring(source, [entry for entry in entries if entry.source == source], folder, revision, say):
                brought.add(source.name)
        except MissingError as error:
            failures.append(str(error))
    if failures:
        others = f" (And {len(failures) - 1} more downloads failed.)" if failures[1:] else ""
        raise MissingError(failures[0] + others)
    missing = [entry for entry in entries if not is_here(entry, folder)]
    return FetchReport(
        tuple(entry.name for entry in entries if entry.source.name in brought),
        tuple(e.name for e in entries if e.source.name not in brought and e not in missing),
        tuple(entry.name for entry in missing),
        tuple(dict.fromkeys(entry.source.command(folder) for entry in missing)),
    )


def _bring(source: Source, wanted: Sequence[ReleasedFile], folder: Path, revision: str | None, say: Say) -> bool:
    """Whether something was fetched or unpacked for the entries wanted; False too where offline leaves them missing."""
    lock = read_lock(folder)
    check_locked(source.name, folder, lock)
    locked_at = _revision(source, lock)
    if locked_at and revision and not locked_at.startswith(revision):
        raise CheckError(
            f"'{source.name}' is locked to commit {locked_at[:7]}, not {revision}; delete its entries in lock.json to "
            "change that."
        )
    if _complete(source, wanted, folder, lock):
        add_to_lock(source, locked_at, folder, [entry.path for entry in wanted if entry.is_file])
        return False
    archives = _archives(source, folder)
    if is_offline() and not archives:
        return False
    if not is_offline():
        say(f"{source.name}: fetching from {source.repository} ({source.size})")
        fetched = _download(source, folder, revision or locked_at)
        locked_at = fetched.commit
        add_to_lock(source, locked_at, folder, [f"{source.folder}/{name}" for name in fetched.files])
        archives = _archives(source, folder)
    _unpack(source, archives, folder, say)
    return _found(source, wanted, folder, locked_at)


def _download(source: Source, folder: Path, revision: str | None) -> Fetched:
    if source.repo_type != WEB:
        return download(source.repository, source.repo_type, source.patterns, folder / source.folder, revision)
    for name in source.patterns:
        fetch_address(f"{source.repository}/{name}", folder / source.folder / name, source.md5)
    return Fetched(None, source.patterns)


def _revision(source: Source, lock: Lock) -> str | None:
    """The commit that the source is locked to, if any."""
    return next((lock[path].revision for path in locked_paths(source.name, lock) if lock[path].revision), None)


def _complete(source: Source, wanted: Sequence[ReleasedFile], folder: Path, lock: Lock) -> bool:
    """Whether all entries are here whole: a file always is, a folder when it is locked and no file of it is gone."""
    if not all(is_here(entry, folder) for entry in wanted):
        return False
    paths = locked_paths(source.name, lock)
    return all(e.is_file for e in wanted) or (bool(paths) and all((folder / path).is_file() for path in paths))


def _archives(source: Source, folder: Path) -> dict[str, list[Path]]:
    """The archives of a source that lie in its folder: what each is called, and its file or its parts in order."""
    base = folder / source.folder
    if not source.unpack_to or not base.is_dir():
        return {}
    found: dict[str, list[Path]] = {}
    for path in sorted(base.rglob("*")):
        name, form = path.relative_to(base).as_posix(), _ARCHIVE.match(path.name)
        listed = any(fnmatch.fnmatchcase(name, pattern) for pattern in source.patterns)
        if form and listed and not name.startswith(".cache/"):  # where the hub's library keeps notes on its downloads
            found.setdefault(form["stem"], []).append(path)
    return {stem: [path for path in parts if path.suffix == ".zip"] or parts for stem, parts in found.items()}


def _unpack(source: Source, archives: dict[str, list[Path]], folder: Path, say: Say) -> None:
    """Unpack what was fetched, but never over what is there."""
    out = folder / source.unpack_to
    for stem, parts in archives.items():
        if not out.is_dir() or not any(out.iterdir()):
            say(f"{source.name}: {unpack(parts, out)} files unpacked from {stem} into {out}")


def _found(source: Source, wanted: Sequence[ReleasedFile], folder: Path, revision: str | None) -> bool:
    """True, once all entries are here and locked; a MissingError when what was fetched does not hold one of them."""
    lacking = [entry for entry in wanted if not is_here(entry, folder)]
    if lacking:
        raise MissingError(
            f"{source.repository} was fetched into {folder / source.folder}, but '{lacking[0].name}' is not there as "
            f"{folder / lacking[0].path}; move it there if it lies elsewhere, and move away what was there before the "
            "fetch, since nothing is unpacked over it."
        )
    add_to_lock(source, revision, folder, [entry.path for entry in wanted if entry.is_file])
    return True
