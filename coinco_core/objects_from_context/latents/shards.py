"""Latents that are being made: a journal with a record for each shard, which survives being killed.

A record names the samples of its shard and holds the latents of the images and masks that were new in it, each by the
key that tells it from others. So nothing depends on the order in which shards were written, and what is damaged is
made again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from coinco_core.errors import CheckError
from coinco_core.files import digest, read_json
from coinco_core.objects_from_context.latents.encoder import LATENT_SHAPE
from coinco_core.store.job import begin_job, holds_job
from coinco_core.store.journals import RecordStore, Writer
from coinco_core.store.lock import LOCK, only_writer
from coinco_core.store.records import Record, array_digest

ARRAYS = ("image", "mask")
PLAN, JOURNAL = "plan.json", "journal"


@dataclass(frozen=True)
class Place:
    """What came of an image or a mask: the digest of its latents, or the problem for which it has none.

    `facts` are what else is to be known of it later, as JSON holds it.
    """

    latents: str = ""
    problem: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class ShardWriter:
    """The latents in an unfinished folder: `places["image"]` and `places["mask"]` by key, `samples` that are done."""

    def __init__(self, folder: Path, dtype: str, writer: Writer) -> None:
        self.folder, self.dtype, self._writer = folder, dtype, writer
        self.places: dict[str, dict[str, Place]] = {name: {} for name in ARRAYS}
        self.samples: set[str] = set()
        self._records: list[Record] = []
        self._where: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in ARRAYS}  # key -> record, row
        self._new: dict[str, dict[str, np.ndarray]] = {name: {} for name in ARRAYS}
        self._dealt_with: dict[str, dict[str, Place]] = {name: {} for name in ARRAYS}
        for record in _records(folder):
            with suppress(CheckError):  # damaged latents are made again
                record.check()
                self._take(record)

    def put(self, name: str, key: str, row: np.ndarray | None, problem: str = "", **facts: Any) -> None:
        """Take latents, LATENT_SHAPE in the store's dtype, or the problem that they have; kept by the next commit."""
        latents = ""
        if row is not None and not problem:
            latents, self._new[name][key] = array_digest(row), row
        self.places[name][key] = self._dealt_with[name][key] = Place(latents, problem, facts)

    def commit(self, samples: Sequence[str]) -> None:
        """Keep what was put since the last commit, and that these samples (ids) are done with it."""
        arrays = {name: np.stack(list(rows.values())) for name, rows in self._new.items() if rows}
        places = {name: {key: asdict(p) for key, p in own.items()} for name, own in self._dealt_with.items()}
        self._new, self._dealt_with = {name: {} for name in ARRAYS}, {name: {} for name in ARRAYS}
        shard = Record(digest(list(samples)), {"samples": list(samples), **places}, arrays)
        self._take(*self._writer.append([shard]))

    def write(self, name: str, keys: Sequence[str]) -> None:
        """Write the latents under these keys as rows of NAMEs.npy, one by one, (keys, *LATENT_SHAPE)."""
        mapped = lru_cache(64)(lambda number: self._records[number].arrays[name])  # of a shard that was read just now
        descr = np.lib.format.dtype_to_descr(np.dtype(self.dtype))
        header = {"descr": descr, "fortran_order": False, "shape": (len(keys), *LATENT_SHAPE)}
        with open(self.folder / f"{name}s.npy", "wb") as stream:
            np.lib.format.write_array_header_1_0(stream, header)
            for key in keys:
                number, row = self._where[name][key]
                stream.write(mapped(number)[row].data)
            stream.flush()
            os.fsync(stream.fileno())

    def _take(self, record: Record) -> None:
        self.samples.update(record.row["samples"])
        for name in ARRAYS:
            places = {key: Place(**place) for key, place in record.row[name].items()}
            self.places[name] |= places
            usable = [key for key, place in places.items() if not place.problem]
            self._where[name] |= {key: (len(self._records), row) for row, key in enumerate(usable)}
        self._records.append(record)


@contextmanager
def shard_writer(folder: Path, dtype: str, plan: Mapping[str, Any]) -> Iterator[ShardWriter]:
    """The writer in an unfinished folder; what was written there under another plan is thrown away.

    Raises CheckError when another process is writing there.
    """
    with only_writer(folder):
        if not holds_job(folder / PLAN, plan):
            (folder / PLAN).unlink(missing_ok=True)  # first, so that a folder that is half empty has none
            for path in folder.glob("*.npy"):
                path.unlink()
            for old in (JOURNAL, "commits"):  # the second of version 2
                shutil.rmtree(folder / old, ignore_errors=True)
            begin_job(folder / PLAN, plan)
        with RecordStore(folder / JOURNAL).writer(sync_rows=1) as writer:
            yield ShardWriter(folder, dtype, writer)


def progress_of(folder: Path) -> tuple[int, int] | None:
    """How many samples of how many an unfinished folder has dealt with; None when nothing was begun there."""
    if not (folder / PLAN).is_file():
        return None
    done = {sample for record in _records(folder) for sample in record.row["samples"]}
    return len(done), read_json(folder / PLAN)["job"]["samples"]


def tidy(folder: Path) -> None:
    """Remove what only an unfinished folder needs; a folder that cannot be written to keeps it."""
    shutil.rmtree(folder / JOURNAL, ignore_errors=True)
    with suppress(OSError):
        for name in (PLAN, LOCK):
            (folder / name).unlink(missing_ok=True)


def _records(folder: Path) -> Iterator[Record]:
    return RecordStore(folder / JOURNAL).records(strict=False)
