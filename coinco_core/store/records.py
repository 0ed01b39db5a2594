"""One record as a line of JSON that carries its digest, with its arrays in a binary file beside it.

    {"sha256": "9f2c0e6b1a7d4f35", "key": "s17", "row": {...}, "arrays": {"latents": {"offset": 0, ...}}, "end": 16384}

The digest covers the bytes of the line after it. Its first 16 hexadecimal digits (64 bits) are kept: it guards against
accidents, of which one in 2**64 passes unnoticed. An array, which can be megabytes long, has all 64 digits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from coinco_core.errors import CheckError

Places = Mapping[str, Mapping[str, Any]]  # offset, dtype, shape and sha256 of each array
_DIGITS = 16
_BODY = len('{"sha256": "') + _DIGITS + len('", ')


@dataclass(frozen=True)
class Record:
    """What is stored under a key: a row, anything JSON can hold (no NaN), and arrays of numbers by name."""

    key: str
    row: Any
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


class StoredArrays(Mapping[str, np.ndarray]):
    """A record's arrays by name, each mapped from its file whenever it is taken; nothing is read before it is used.

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


def array_digest(array: np.ndarray) -> str:
    """The SHA-256 of an array's numbers in C order, 64 hexadecimal digits, wherever and however they lie."""
    return hashlib.sha256(as_bytes(array)).hexdigest()


def as_bytes(array: np.ndarray) -> memoryview:
    """An array's numbers in C order, copied only where they lie otherwise."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def data_path(journal: Path) -> Path:
    """The binary file with the arrays of a journal."""
    return journal.with_suffix(".bin")


def as_line(record: Record, places: Places, end: int) -> bytes:
    """The line of a record whose arrays lie at these places, before `end`; a ValueError for a row not for JSON."""
    content = {"key": record.key, "row": record.row} | ({"arrays": places, "end": end} if places else {})
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)[1:] + "\n"
    body = text.encode("utf-8", "replace")  # lone surrogates cannot be encoded
    return _head(body) + body


def _head(body: bytes) -> bytes:
    return b'{"sha256": "%s", ' % hashlib.sha256(body).hexdigest()[:_DIGITS].encode()


def read_records(path: Path, strict: bool = True) -> Iterator[StoredRecord]:
    """The records of a journal in order, up to the first that is not whole: its line torn, its arrays cut short.

    A kill leaves nothing worse. Any other damage raises CheckError, or is passed over line by line unless `strict`.
    """
    data, size = data_path(path), 0
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
