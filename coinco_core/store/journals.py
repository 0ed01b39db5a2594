"""A folder of journals that any number of processes append to and read at once.

    part-00017.w3.jsonl   a line per record; part 17, by the fourth writer that worked on it:
                          {"sha256": "9f2c0e6b1a7d4f35", "key": "s17", "row": {...}, "arrays": {...}, "end": 16384}
    part-00017.w3.bin     the arrays that its lines name, up to the byte `end`

A file has one writer, which made it, so nothing is locked and network file systems will do. Arrays are on the disk
before the line that names them is written. Readers merge all files and pass over a torn end: a kill at any moment, and
a loss of power too, cost what was being written and nothing else.

A line's digest covers its bytes after it. The first 16 hexadecimal digits (64 bits) are kept: it guards against
accidents, of which one in 2**64 passes unnoticed. An array, which can be megabytes long, has all 64 digits.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from coinco_core.errors import CheckError

Choice = Callable[["StoredRecord", "StoredRecord"], "StoredRecord"]
Places = Mapping[str, Mapping[str, Any]]  # offset, dtype, shape and sha256 of each array
SYNC_ROWS = 64
_ALIGNED = 64  # bytes; an array that is viewed as another dtype has to begin at a multiple of its size
_DIGITS = 16
_BODY = len('{"sha256": "') + _DIGITS + len('", ')
_NAME = re.compile(r"part-(\d{5,})\.w(\d+)\.jsonl")


@dataclass(frozen=True)
class Record:
    """What is stored under a key: a row, anything JSON can hold (no NaN), and arrays by name.

    An array has any shape (...) and a dtype of booleans or numbers.
    """

    key: str
    row: Any
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


class StoredArrays(Mapping[str, np.ndarray]):
    """A record's arrays (...) by name, each mapped from its file whenever it is taken; read when it is used.

    Maps are copy-on-write: what is written to an array stays in memory. No map is kept, since a process may have only
    so many (65,530 on Linux). Arrays are not held against their digests unless the record's `check` is called.
    """

    def __init__(self, path: Path, places: Places) -> None:
        self.path, self.places = path, places

    def __getitem__(self, name: str) -> np.ndarray:
        place = self.places[name]
        if 0 in place["shape"]:  # there is nothing to map
            return np.empty(place["shape"], place["dtype"])
        return np.memmap(self.path, place["dtype"], "c", place["offset"], tuple(place["shape"]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True)
class StoredRecord(Record):
    """A record as it lies in a store."""

    arrays: StoredArrays

    def check(self) -> None:
        """Raises CheckError when an array is not the one that was written; reads all of them."""
        for name, place in self.arrays.places.items():
            try:
                found = array_digest(self.arrays[name])
            except (OSError, ValueError):  # no file, or one that has become shorter
                found = ""
            if found != place["sha256"]:
                where, path = f"The array '{name}' at byte {place['offset']} of", self.arrays.path
                raise CheckError(f"{where} '{path}' is damaged; remove its line from '{path.stem}.jsonl' to go on.")


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

    def merged(self, parts: Iterable[int] | None = None, choose: Choice | None = None) -> dict[str, StoredRecord]:
        """One record for each key: the last, or what `choose` makes of the one before and the next."""
        kept: dict[str, StoredRecord] = {}
        for record in self.records(parts):
            kept[record.key] = choose(kept[record.key], record) if choose and record.key in kept else record
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
            lines.append(_line(record, places, self._data.tell() if self._data else 0))
            written.append(StoredRecord(record.key, record.row, StoredArrays(self._path.with_suffix(".bin"), places)))
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
        self._data = self._data or self._path.with_suffix(".bin").open("wb")
        self._data.write(bytes(-self._data.tell() % _ALIGNED))
        place = {"offset": self._data.tell(), "dtype": array.dtype.str, "shape": list(array.shape)}
        self._data.write(as_bytes(array))
        return place | {"sha256": array_digest(array)}


def read_records(path: Path, strict: bool = True) -> Iterator[StoredRecord]:
    """The records of a journal in order, up to the first that is not whole: its line torn, its arrays cut short.

    A kill leaves nothing worse. Any other damage raises CheckError, or is passed over line by line unless `strict`.
    """
    data, size = path.with_suffix(".bin"), 0
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.endswith(b"\n"):
                return
            if line[:_BODY] != _head(line[_BODY:]):
                if strict:
                    raise CheckError(f"Line {number} of '{path}' is damaged; remove that line to go on.")
                continue
            content = json.loads(line)
            end = content.get("end", 0)
            if end > size:  # its writer may be at work: the arrays of a line that is there are there by now
                size = data.stat().st_size if data.exists() else 0
            if end > size:
                return
            yield StoredRecord(content["key"], content["row"], StoredArrays(data, content.get("arrays", {})))


def array_digest(array: np.ndarray) -> str:
    """The SHA-256 of the numbers of an array (...) in C order, 64 hexadecimal digits, however they lie."""
    return hashlib.sha256(as_bytes(array)).hexdigest()


def as_bytes(array: np.ndarray) -> memoryview:
    """The bytes (nbytes,) of an array of any shape in C order, copied only where they lie otherwise."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _line(record: Record, places: Places, end: int) -> bytes:
    """The line of a record whose arrays lie at these places, before `end`; a ValueError for a row not for JSON."""
    content = {"key": record.key, "row": record.row} | ({"arrays": places, "end": end} if places else {})
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)[1:] + "\n"
    body = text.encode("utf-8", "replace")  # lone surrogates cannot be encoded
    return _head(body) + body


def _head(body: bytes) -> bytes:
    return b'{"sha256": "%s", ' % hashlib.sha256(body).hexdigest()[:_DIGITS].encode()


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
