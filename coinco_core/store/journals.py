"""A folder of journals that any number of processes append to and read at once.

    part-00017.w3.jsonl   a line per record; part 17, by the fourth writer that worked on it
    part-00017.w3.bin     the arrays that its lines name

A file has one writer, which made it, so nothing is locked and network file systems will do. Arrays are on the disk
before the line that names them is written. Readers merge all files and pass over a torn end: a kill at any moment, and
a loss of power too, cost what was being written and nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from coinco_core.errors import CheckError
from coinco_core.store.records import (
    Record,
    StoredArrays,
    StoredRecord,
    array_digest,
    as_bytes,
    as_line,
    data_path,
    read_records,
)  # fmt: skip

Choice = Callable[[StoredRecord, StoredRecord], StoredRecord]
SYNC_ROWS = 64
_ALIGNED = 64  # bytes; an array that is viewed as another dtype has to begin at a multiple of its size
_NAME = re.compile(r"part-(\d{5,})\.w(\d+)\.jsonl")


def last(before: StoredRecord, new: StoredRecord) -> StoredRecord:
    """The choice of whatever was read last."""
    return new


class RecordStore:
    """The records in a folder, in one part or in several that can be read by themselves.

    A key may have several records, such as those of two processes that did the same work.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def records(self, parts: Iterable[int] | None = None, strict: bool = True) -> Iterator[StoredRecord]:
        """All records of these parts (of all, for None): part by part, writer after writer, each in order of writing.

        Raises CheckError for damage that no kill explains, or passes over what is damaged unless `strict`.
        """
        wanted = None if parts is None else set(parts)
        names = ((path, _NAME.fullmatch(path.name)) for path in self.folder.glob("part-*.jsonl"))
        for part, _, path in sorted((int(name[1]), int(name[2]), path) for path, name in names if name):
            if wanted is None or part in wanted:
                yield from read_records(path, strict)

    def merged(self, parts: Iterable[int] | None = None, choose: Choice = last) -> dict[str, StoredRecord]:
        """One record for each key: the last, or what `choose` makes of the one before and the next."""
        kept: dict[str, StoredRecord] = {}
        for record in self.records(parts):
            kept[record.key] = choose(kept[record.key], record) if record.key in kept else record
        return kept

    def writer(self, part: int = 0, sync_rows: int = SYNC_ROWS) -> Writer:
        """What appends to a part; for costly records 1 makes each of them safe from a loss of power at once."""
        return Writer(self.folder, part, sync_rows)


class Writer(AbstractContextManager["Writer"]):
    """Appends records to files of its own, which are made when there is something to write; use it as a context."""

    def __init__(self, folder: Path, part: int, sync_rows: int) -> None:
        self._folder, self._part, self._sync_rows = folder, part, sync_rows
        self._path, self._unsynced = folder, 0
        self._lines: IO[bytes] | None = None
        self._data: IO[bytes] | None = None

    def append(self, records: Iterable[Record]) -> list[StoredRecord]:
        """The records as they now lie in the store, handed to the system, where no kill can reach them.

        They are forced onto the disk every `sync_rows` records and at the end. Raises CheckError when they cannot be
        written; what was appended before is safe, and the next call begins another file.
        """
        try:
            return self._append(records)
        except OSError as error:
            self.__exit__()
            why = f"{self._folder} cannot be written to ({error.strerror})"
            raise CheckError(f"{why}; what was written before is safe, so make room and run it again.") from error

    def __exit__(self, *_: object) -> None:
        for stream in filter(None, (self._data, self._lines)):
            with suppress(OSError):  # on a full disk it fails again on what it still holds
                _to_disk(stream)
            with suppress(OSError):
                stream.close()
        self._lines = self._data = None

    def _append(self, records: Iterable[Record]) -> list[StoredRecord]:
        if self._lines is None:
            self._path, self._lines = _new_journal(self._folder, self._part)
        written, lines = [], []
        for record in records:
            places = {name: self._put(array) for name, array in record.arrays.items()}
            lines.append(as_line(record, places, self._data.tell() if self._data else 0))
            written.append(StoredRecord(record.key, record.row, StoredArrays(data_path(self._path), places)))
        if self._data and any(record.arrays for record in written):
            _to_disk(self._data)
        self._lines.write(b"".join(lines))
        self._lines.flush()
        self._unsynced += len(lines)
        if self._unsynced >= self._sync_rows:
            _to_disk(self._lines)
            self._unsynced = 0
        return written

    def _put(self, array: np.ndarray) -> Mapping[str, Any]:
        """Where the array now lies in the binary file, and its digest."""
        if array.dtype.kind not in "biufc":
            raise ValueError(f"Arrays of numbers can be stored, not of {array.dtype}.")
        self._data = self._data or data_path(self._path).open("wb")
        self._data.write(bytes(-self._data.tell() % _ALIGNED))
        place = {"offset": self._data.tell(), "dtype": array.dtype.str, "shape": list(array.shape)}
        self._data.write(as_bytes(array))
        return place | {"sha256": array_digest(array)}


def _new_journal(folder: Path, part: int) -> tuple[Path, IO[bytes]]:
    """A journal that nobody else writes to, empty: the next free number of that part."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = len(list(folder.glob(f"part-{part:05d}.w*.jsonl")))
    while True:
        path = folder / f"part-{part:05d}.w{writer}.jsonl"
        with suppress(FileExistsError):
            return path, path.open("xb")
        writer += 1


def _to_disk(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())
