"""The digests of many files, each read once: a job over 97,722 images must not read 50 GB whenever it is resumed.

What a file's digest was is remembered in the user's cache folder, together with its size, inode and times in
nanoseconds. A file that was written to has another time of change (ctime), which no program can set back, so what is
remembered cannot lie as long as the clock does not run backwards; one changed in the last two seconds is not
remembered, as its next change might carry the same time. Deleting the memory costs time and nothing else. With
COINCO_VERIFY=1 in the environment every file is read, and one that is not what was remembered, as on a disk that
decays, is named in the log.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

from coinco_core.cache import cache_folder
from coinco_core.files import sha256_file

log = logging.getLogger(__name__)
VERIFY = "COINCO_VERIFY"  # the environment variable that has every file read
_NAME = "file_digests.sqlite3"
_TABLE = "CREATE TABLE IF NOT EXISTS digests (path TEXT PRIMARY KEY, state TEXT, sha256 TEXT) WITHOUT ROWID"
_SETTLED_NS = 2_000_000_000
_AT_ONCE = 512  # names in one question, well below SQLite's limit


def file_digests(paths: Iterable[str | os.PathLike[str]]) -> dict[Path, str]:
    """The SHA-256 (hex) of each of these files, by its path as given; what cannot be read is absent."""
    states = {path: state for path in dict.fromkeys(map(Path, paths)) if (state := _state(path))}
    names = {path: os.path.abspath(path) for path in states}
    known = _remembered(names.values())
    remembered = {p: sha for p, state in states.items() if (sha := known.get((names[p], state)))}
    found = {} if os.environ.get(VERIFY, "0") not in ("", "0") else remembered
    unread = [path for path in states if path not in found]
    with ThreadPoolExecutor() as pool:  # hashing does not hold the interpreter
        new = {path: sha for path, sha in zip(unread, pool.map(_sha256, unread), strict=True) if sha}
    for path in (path for path, sha in new.items() if remembered.get(path, sha) != sha):
        log.warning("%s has other bytes than when it was last read, though its size and times are the same.", path)
    now = time.time_ns()
    _remember((names[p], states[p], s) for p, s in new.items() if _state(p) == states[p] and _settled(p, now))
    return {path: sha for path in states if (sha := found.get(path) or new.get(path))}


def file_digest(path: str | os.PathLike[str]) -> str:
    """The SHA-256 (hex) of one file, '' when it cannot be read."""
    return file_digests([path]).get(Path(path), "")


def _state(path: Path) -> str:
    """What tells a file from what it was before; '' when it is not there."""
    try:
        facts = path.stat()
    except OSError:
        return ""
    return f"{facts.st_size} {facts.st_ino} {facts.st_mtime_ns} {facts.st_ctime_ns}"


def _settled(path: Path, now: int) -> bool:
    facts = path.stat()
    return max(facts.st_mtime_ns, facts.st_ctime_ns) < now - _SETTLED_NS


def _sha256(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError:
        return ""


def _remembered(names: Iterable[str]) -> dict[tuple[str, str], str]:
    """What is remembered of these paths: by path and state, the digest. {} where the memory cannot be read."""
    wanted, found = list(names), dict[tuple[str, str], str]()
    with suppress(sqlite3.Error, OSError), closing(_memory()) as memory:
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(part))
            rows = memory.execute(f"SELECT path, state, sha256 FROM digests WHERE path IN ({marks})", part)
            found |= {(path, state): sha for path, state, sha in rows}
    return found


def _remember(rows: Iterator[tuple[str, str, str]] | Iterable[tuple[str, str, str]]) -> None:
    new = list(rows)
    if not new:
        return
    with suppress(sqlite3.Error, OSError), closing(_memory()) as memory, memory:
        memory.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?, ?)", new)


def _memory() -> sqlite3.Connection:
    path = cache_folder() / _NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    memory = sqlite3.connect(path, timeout=10)
    memory.execute(_TABLE)
    return memory
