"""What a folder is about, by which another job is told from it, and who works in it where two would do the same."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from coinco_core.errors import CheckError, InputError
from coinco_core.files import digest, read_json, write_json

LOCK = ".lock"


def begin_job(path: Path, job: Mapping[str, Any], about: Callable[[], Mapping[str, Any]] = dict) -> dict[str, Any]:
    """What the file says: the job's `fingerprint` and `job`, and what `about` gave to whoever began it.

    It is written when it is not there; of two that begin at once the first decides. Raises InputError when it tells of
    another job.
    """
    if not path.is_file():
        _write_once(path, {"fingerprint": digest(job), "job": dict(job), **about()})
    return check_job(path, job)


def check_job(path: Path, job: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says, {} when it is not there; writes nothing. Raises InputError when it tells of another job."""
    content: dict[str, Any] = read_json(path) if path.is_file() else {}
    before = content.get("job", {} if content else job)
    differs = [name for name in before | dict(job) if digest(before.get(name)) != digest(job.get(name))]
    if differs:
        why = f"'{path.parent}' holds another job ({', '.join(differs)} differ)"
        raise InputError(f"{why}; choose another folder or remove it.")
    return content


def _write_once(path: Path, content: object) -> None:
    """Writes a file, whole, unless somebody else has done so in the meantime."""
    draft = write_json(path.with_name(f".{path.name}.{secrets.token_hex(6)}"), content)
    try:
        os.link(draft, path)  # unlike a rename, it never takes another's place
    except OSError:
        if not path.exists():  # a file system without links
            os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def only_writer(folder: Path, waits: Callable[[], object] | None = None) -> Iterator[None]:
    """Holds the folder's lock, which is made with it and ends with the process, also when that is killed.

    While another process holds it, calls `waits` and waits, or without it raises CheckError. Raises InputError on a
    file system without locks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK, "w") as lock:
        with suppress(ImportError):  # Windows has no such lock; two writers are then the user's affair
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN):
                    why = f"{folder} cannot be locked ({error.strerror})"
                    raise InputError(f"{why}; choose a folder on a disk that has locks.") from None
                if waits is None:
                    raise CheckError(f"Another process is writing to {folder}; wait until it is through.") from None
                waits()
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
