"""Arrays that grow on disk a shard at a time, and survive being killed.

Each array is one .npy file, to which a shard's rows are appended. A shard counts once its commit is there: a Parquet
table written whole, after the rows were flushed, with a row an item and a SHA-256 for every row of an array. Who goes
on later reads the commits, holds the rows against their digests, cuts the arrays after the last shard that is right,
and does the rest again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_core.errors import CheckError, CoincoError, InputError
from coinco_core.files import read_json, read_table, write_json, write_table

if TYPE_CHECKING:
    import pandas as pd

PLAN, COMMITS, LOCK = "plan.json", "commits", ".lock"


class ShardWriter:
    """The unfinished arrays in a folder, with the table of what is committed.

    `arrays` names them; an array NAME lies in NAMEs.npy and has the columns NAME_row (-1 for none) and NAME_latents
    (the row's digest) in the table. What was written under another plan is thrown away. Use it as a context: it closes
    the files and lets go of the lock, which keeps a second writer out (CheckError).
    """

    def __init__(
        self, folder: Path, arrays: Sequence[str], shape: tuple[int, ...], dtype: str, plan: Mapping[str, Any]
    ) -> None:
        self.folder = folder
        self._lock = _locked(folder)
        if not _has_plan(folder, plan):
            _empty(folder)
            write_json(folder / PLAN, dict(plan))
        self._files = {name: _GrowingFile(folder / f"{name}s.npy", shape, np.dtype(dtype)) for name in arrays}
        self._commits = self._committed()

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()
        self._lock.close()

    @property
    def shards(self) -> int:
        """How many shards are committed."""
        return len(self._commits)

    def rows(self, name: str) -> int:
        """How many rows an array has."""
        return self._files[name].rows

    def table(self) -> pd.DataFrame:
        """The table of all committed shards, in their order; empty without columns when there is none."""
        import pandas as pd

        return pd.concat(self._commits, ignore_index=True) if self._commits else pd.DataFrame()

    def append(self, name: str, values: np.ndarray) -> list[str]:
        """Put rows behind an array's last; their digests. They count when the shard is committed."""
        return self._files[name].append(values)

    def commit(self, table: pd.DataFrame) -> None:
        """Let the rows appended since the last commit count, with the table of the shard's items."""
        for file in self._files.values():
            file.sync()
        write_table(self._commit_path(self.shards), table)
        self._commits.append(table)

    def finish(self) -> pd.DataFrame:
        """The whole table, once the arrays say in their headers how long they are."""
        for file in self._files.values():
            file.finish()
        return self.table()

    def _commit_path(self, shard: int) -> Path:
        return self.folder / COMMITS / f"{shard:06d}.parquet"

    def _committed(self) -> list[pd.DataFrame]:
        """The commits from the first one on that are there with their rows; all else is removed."""
        good: list[pd.DataFrame] = []
        while (table := self._read_commit(len(good))) is not None:
            good.append(table)
            for name, file in self._files.items():
                file.rows = max(file.rows, int(table[f"{name}_row"].max()) + 1)
        kept = {self._commit_path(shard) for shard in range(len(good))}
        for path in set((self.folder / COMMITS).glob("*")) - kept:
            path.unlink()
        for file in self._files.values():
            file.cut()
        return good

    def _read_commit(self, shard: int) -> pd.DataFrame | None:
        try:
            table = read_table(self._commit_path(shard))
        except CoincoError:  # not there, or cut short when the machine went down
            return None
        right = (file.holds(table[f"{name}_row"], table[f"{name}_latents"]) for name, file in self._files.items())
        return table if all(right) else None


def open_rows(path: Path) -> np.ndarray:
    """The array (rows, ...) in a .npy file, mapped copy-on-write: writes to it stay in memory, never reach the file.

    Raises CheckError when the file is absent, cut short, or no array.
    """
    try:
        return np.load(path, mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CheckError(f"{path} is not a whole array of latents ({str(error).splitlines()[0]}).") from None


def row_digest(row: np.ndarray) -> str:
    """The SHA-256 (hex) of a row's bytes, such as those of latents (4, 32, 32)."""
    return hashlib.sha256(np.ascontiguousarray(row).data.cast("B")).hexdigest()


class _GrowingFile:
    """One .npy file whose header is written again when it is finished; numpy leaves room in it for the length."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._shape, self._dtype, self.rows = shape, dtype, 0
        self._stream = open(path, "r+b" if path.exists() else "w+b")  # noqa: SIM115  open until the writer closes
        self._write_header()
        self._start = self._stream.tell()
        self._row_bytes = int(np.prod(shape)) * dtype.itemsize

    def _write_header(self) -> None:
        self._stream.seek(0)
        header = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self.rows, *self._shape),
        }
        np.lib.format.write_array_header_1_0(self._stream, header)

    def holds(self, rows: Iterable[int], digests: Iterable[str]) -> bool:
        """Whether those of the rows that are new, after the last one known, have these digests."""
        new = {row: digest for row, digest in zip(rows, digests, strict=True) if row >= self.rows}
        return all(self._digest(row) == digest for row, digest in new.items())

    def _digest(self, row: int) -> str:
        self._stream.seek(self._start + row * self._row_bytes)
        return hashlib.sha256(self._stream.read(self._row_bytes)).hexdigest()

    def cut(self) -> None:
        """Forget everything after the last row that counts."""
        self._stream.truncate(self._start + self.rows * self._row_bytes)

    def append(self, values: np.ndarray) -> list[str]:
        stored = np.ascontiguousarray(values, dtype=self._dtype)
        self._stream.seek(self._start + self.rows * self._row_bytes)
        self._stream.write(stored.data.cast("B") if len(stored) else b"")
        self.rows += len(stored)
        return [row_digest(row) for row in stored]

    def sync(self) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def finish(self) -> None:
        self._write_header()
        self.sync()

    def close(self) -> None:
        self._stream.close()


def _has_plan(folder: Path, plan: Mapping[str, Any]) -> bool:
    try:
        return bool(read_json(folder / PLAN) == plan)
    except CoincoError:
        return False


def _empty(folder: Path) -> None:
    """Remove what another plan left; the plan goes first, so that a half-emptied folder has none."""
    (folder / PLAN).unlink(missing_ok=True)
    for path in [*folder.glob("*.npy"), *folder.glob(f"{COMMITS}/*")]:
        path.unlink()


def _locked(folder: Path) -> Any:
    """An open file whose lock keeps other writers out until it is closed, also by being killed."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = open(folder / LOCK, "w")  # noqa: SIM115  held while the writer lives
    with contextlib.suppress(ImportError):  # Windows has no such lock; two writers are then the user's affair
        import fcntl

        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN):
                raise CheckError(f"Another process is writing to {folder}; wait until it is through.") from None
            raise InputError(
                f"{folder} cannot be locked ({error.strerror}); choose a folder on a disk that has locks."
            ) from None
    return lock


def tidy(folder: Path) -> None:
    """Remove what only an unfinished folder needs; a folder that cannot be written to keeps it."""
    shutil.rmtree(folder / COMMITS, ignore_errors=True)
    with contextlib.suppress(OSError):
        for name in (PLAN, LOCK):
            (folder / name).unlink(missing_ok=True)


def committed_items(folder: Path) -> Iterator[int]:
    """How many items each commit of an unfinished folder has, told from the tables alone."""
    for path in sorted((folder / COMMITS).glob("[0-9]*.parquet")):
        with contextlib.suppress(CoincoError):
            yield len(read_table(path))
