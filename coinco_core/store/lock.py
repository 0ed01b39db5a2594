"""Keeping a second process out where two would do the same work; journals themselves need no lock."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from coinco_core.errors import CheckError, InputError

LOCK = ".lock"


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Holds the folder's lock, which is made with it and ends with the process, also when that is killed.

    Raises CheckError when another process holds it, InputError on a file system without locks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK, "w") as lock:
        with suppress(ImportError):  # Windows has no such lock; two writers are then the user's affair
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN):
                    raise CheckError(f"Another process is writing to {folder}; wait until it is through.") from None
                why = f"{folder} cannot be locked ({error.strerror})"
                raise InputError(f"{why}; choose a folder on a disk that has locks.") from None
        yield
