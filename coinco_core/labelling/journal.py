"""A job's journals: a line per answer, only ever appended to, each file with one writer."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from coinco_core.errors import CheckError
from coinco_core.labelling.questions import Row
from coinco_core.samples import Sample

if TYPE_CHECKING:
    from coinco_core.labelling.store import Store

SYNC_ROWS = 64


class Journal:
    """Appends rows to files of its own, one for each part; use it as a context manager."""

    def __init__(self, store: Store, samples: Sequence[Sample]) -> None:
        self._store = store
        self._parts = {sample.sample_id: store.part_of(i) for i, sample in enumerate(samples)}
        self._files: dict[int, IO[bytes]] = {}
        self._unsynced: Counter[int] = Counter()
        self._open = ExitStack()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def append(self, rows: Iterable[Row]) -> None:
        """Hands rows to the system, where no kill can reach them; a CheckError when they cannot be written.

        They are forced onto the disk every SYNC_ROWS rows of a part and at the end, against a loss of power.
        """
        by_part: dict[int, list[str]] = {}
        for row in rows:
            by_part.setdefault(self._parts[row["sample_id"]], []).append(json.dumps(row, ensure_ascii=False) + "\n")
        try:
            for part, lines in by_part.items():
                stream = self._file(part)
                stream.write("".join(lines).encode("utf-8", "replace"))  # half a character is no text
                stream.flush()
                self._unsynced[part] += len(lines)
                if self._unsynced[part] >= SYNC_ROWS:
                    self._sync(part)
        except OSError as error:
            why = f"{self._store.home} cannot be written to ({error.strerror})"
            raise CheckError(f"{why}; what was answered before is safe, so make room and run it again.") from error

    def _file(self, part: int) -> IO[bytes]:
        if part not in self._files:
            stream = new_journal(self._store.home / "journal", part)
            self._files[part] = stream
            self._open.callback(self._close, part)
        return self._files[part]

    def _sync(self, part: int) -> None:
        os.fsync(self._files[part].fileno())
        self._unsynced[part] = 0

    def _close(self, part: int) -> None:
        with suppress(OSError):  # on a full disk closing fails again on what could not be written
            self._sync(part)
        with suppress(OSError):
            self._files[part].close()


def new_journal(folder: Path, part: int) -> IO[bytes]:
    """A journal that nobody else writes to, empty: the next free number of that part."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = len(list(folder.glob(f"part-{part:05d}.w*.jsonl")))
    while True:
        try:
            return (folder / f"part-{part:05d}.w{writer}.jsonl").open("xb")
        except FileExistsError:
            writer += 1


def read_journal(path: Path) -> Iterator[Row]:
    """The rows of a journal in order; a last line torn by a kill is passed over, other damage raises CheckError."""
    content = path.read_bytes()
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].split(b"\n")[:-1], 1):
        try:
            row: Row = json.loads(line)
            row["sample_id"], row["error"]
        except (ValueError, KeyError, TypeError) as error:
            raise CheckError(f"Line {number} of '{path}' is damaged; remove that line to go on.") from error
        yield row
