"""A folder of journals that any number of processes append to and read at once.

    part-00017.w3.jsonl   a line per record; part 17, by the fourth writer that worked on it
    part-00017.w3.bin     the arrays that its lines name

A file has one writer, which made it and nobody else appends to, so nothing is locked and network file systems will do.
Arrays are on the disk before the line that names them is written. Readers merge all files and pass over a torn end, so
a kill at any moment, and a loss of power too, cost what was being written and nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from coinco_core.errors import CheckError
from coinco_core.store.records import Record, StoredArrays, array_digest, as_line, data_path, read_records

SYNC_ROWS = 64
_ALIGNED = 64  # bytes; whatever views an array as another dtype wants it to begin at a multiple of its size
_NAME = re.compile(r"part-(\d{5,})\.w(\d+)\.jsonl")


class RecordStore:
    """The records in a folder; a small store has one part, a big one may be cut into parts that are read by themselves.

    A key may have several records, such as those of two processes that did the same work.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def records(self, parts: Iterable[int] | None = None, strict: bool = True) -> Iterator[Record]:
        """All records of these parts (of all, for None): part by part, writer after writer, each in order of writing.

        Raises CheckError for damage that no kill explains, or passes over what is damaged unless `strict`.
        """
        wanted = None if parts is None else set(parts)
        names = ((path, _NAME.fullmatch(path.name)) for path in self.folder.glob("part-*.jsonl"))
        found = [(int(name[1]), int(name[2]), path) for path, name in names if name]
        for part, _, path in sorted(found):
            if wanted is None or part in wanted:
                yield from read_records(path, strict)

    def merged(
        self,
        parts: Iterable[int] | None = None,
        choose: Callable[[Record, Record], Record] = lambda before, after: after,
    ) -> dict[str, Record]:
        """One record for each key: the last, or what `choose` makes of the one before and the next."""
        kept: dict[str, Record] = {}
        for record in self.records(parts):
            kept[record.key] = choose(kept[record.key], record) if record.key in kept else record
        return kept

    def writer(self, sync_rows: int = SYNC_ROWS) -> Writer:
        """What appends to this store; for costly records 1 makes each of them safe from a loss of power at once."""
        return Writer(self.folder, sync_rows)


class Writer:
    """Appends records to files of its own, one for each part, made when they are needed; use it as a context."""

    def __init__(self, folder: Path, sync_rows: int) -> None:
        self._folder, self._sync_rows = folder, sync_rows
        self._journals: dict[int, _Journal] = {}

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        while self._journals:
            self._journals.popitem()[1].close()

    def append(self, records: Iterable[Record], part: int = 0) -> list[Record]:
        """The records as they now lie in the store, handed to the system, where no kill can reach them.

        They are forced onto the disk every `sync_rows` records and at the end. Raises CheckError when they cannot be
        written; what was appended before is safe, and the next call begins another file.
        """
        try:
            if part not in self._journals:
                self._journals[part] = _Journal(self._folder, part)
            written = self._journals[part].append(records)
            if self._journals[part].unsynced >= self._sync_rows:
                self._journals[part].sync()
            return written
        except OSError as error:
            if part in self._journals:
                self._journals.pop(part).close()
            why = f"{self._folder} cannot be written to ({error.strerror})"
            raise CheckError(f"{why}; what was written before is safe, so make room and run it again.") from error


class _Journal:
    """One writer's files of one part."""

    def __init__(self, folder: Path, part: int) -> None:
        self.path, self._lines = _new_journal(folder, part)
        self._data: IO[bytes] | None = None
        self.unsynced = 0

    def append(self, records: Iterable[Record]) -> list[Record]:
        placed = [(record, {name: self._put(array) for name, array in record.arrays.items()}) for record in records]
        if any(places for _, places in placed) and self._data is not None:
            _flush(self._data)
        self._lines.write(b"".join(as_line(record, places) for record, places in placed))
        self._lines.flush()
        self.unsynced += len(placed)
        return [Record(r.key, r.row, StoredArrays(data_path(self.path), places)) for r, places in placed]

    def _put(self, array: np.ndarray) -> Mapping[str, Any]:
        """Where the array now lies in the binary file, and its digest."""
        if array.dtype.kind not in "biufc":
            raise ValueError(f"Arrays of numbers can be stored, not of {array.dtype}.")
        if self._data is None:
            self._data = data_path(self.path).open("wb")
        self._data.write(bytes(-self._data.tell() % _ALIGNED))
        place = {"offset": self._data.tell(), "dtype": array.dtype.str, "shape": list(array.shape)}
        self._data.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        return place | {"sha256": array_digest(array)}

    def sync(self) -> None:
        _flush(self._lines)
        self.unsynced = 0

    def close(self) -> None:
        for stream in filter(None, (self._data, self._lines)):  # on a full disk it fails again on what it still holds
            with suppress(OSError):
                _flush(stream)
            with suppress(OSError):
                stream.close()


def _new_journal(folder: Path, part: int) -> tuple[Path, IO[bytes]]:
    """A journal that nobody else writes to, empty: the next free number of that part."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = len(list(folder.glob(f"part-{part:05d}.w*.jsonl")))
    while True:
        path = folder / f"part-{part:05d}.w{writer}.jsonl"
        try:
            return path, path.open("xb")
        except FileExistsError:
            writer += 1


def _flush(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())
