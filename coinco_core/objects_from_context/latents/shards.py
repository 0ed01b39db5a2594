"""Latents that are being made: a journal with a record for each image and mask, which survives being killed.

Records have the key that tells an image or a mask from others, so nothing depends on the order in which they were
written, and what is damaged is made again. A shard is what is appended at once, with the ids of its samples at its end.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from coinco_core.errors import CheckError, CoincoError
from coinco_core.files import read_json
from coinco_core.objects_from_context.latents.encoder import LATENT_SHAPE
from coinco_core.store.folder import LOCK, begin_job, check_job, only_writer
from coinco_core.store.journals import Record, RecordStore, StoredRecord, Writer, array_digest, as_bytes

PLAN, JOURNAL = "plan.json", "journal"
_SHARD, _LATENTS = "shard", "latents"


class ShardWriter:
    """The latents in an unfinished folder.

    `known` has a record for each image and mask by its key; its row says the digest of its latents ('' without) as
    `latents`, why there are none ('' otherwise) as `problem`, and what else was put with it.
    """

    def __init__(self, folder: Path, dtype: str, writer: Writer) -> None:
        self.folder, self._dtype, self._writer = folder, dtype, writer
        self.known: dict[str, Record] = {}
        self._new: list[Record] = []
        for record in _records(folder):
            with suppress(CheckError):  # damaged latents are made again
                record.check()
                self.known[record.key] = record

    def put(self, key: str, row: np.ndarray | None, problem: str = "", **more: Any) -> None:
        """Take latents, (4, 32, 32) in the store's dtype, or the problem that they have; kept by the next commit."""
        arrays = {} if row is None or problem else {_LATENTS: row}
        digests = {_LATENTS: array_digest(arrays[_LATENTS]) if arrays else ""}
        self.known[key] = Record(key, {**digests, "problem": problem, **more}, arrays)
        self._new.append(self.known[key])

    def commit(self, samples: Sequence[str]) -> None:
        """Keep what was put since the last commit, and that these samples (ids) are done with it."""
        written = self._writer.append([*self._new, Record(_SHARD, list(samples))])
        self.known |= {record.key: record for record in written}
        self._new = []

    def write(self, name: str, keys: Sequence[str]) -> None:
        """Write the latents under these keys, one by one, as the rows of NAME: (keys, *LATENT_SHAPE)."""
        descr = np.lib.format.dtype_to_descr(np.dtype(self._dtype))
        header = {"descr": descr, "fortran_order": False, "shape": (len(keys), *LATENT_SHAPE)}
        with open(self.folder / name, "wb") as stream:
            np.lib.format.write_array_header_1_0(stream, header)
            for key in keys:
                stream.write(as_bytes(self.known[key].arrays[_LATENTS]))
            stream.flush()
            os.fsync(stream.fileno())


@contextmanager
def shard_writer(folder: Path, dtype: str, plan: Mapping[str, Any]) -> Iterator[ShardWriter]:
    """The writer in an unfinished folder; what was written there under another plan is thrown away.

    Raises CheckError when another process is writing there.
    """
    with only_writer(folder), RecordStore(folder / JOURNAL).writer(sync_rows=1) as writer:
        try:
            check_job(folder / PLAN, plan)
        except (CoincoError, AttributeError, TypeError):  # another plan, or no plan of ours
            (folder / PLAN).unlink()  # first, so that a folder that is half empty has none
        if not (folder / PLAN).is_file():
            for old in (JOURNAL, "commits"):  # the second of version 2
                shutil.rmtree(folder / old, ignore_errors=True)
        begin_job(folder / PLAN, plan)
        yield ShardWriter(folder, dtype, writer)


def progress_of(folder: Path) -> tuple[int, int] | None:
    """How many samples of how many an unfinished folder has dealt with; None when nothing was begun there."""
    plan = read_json(folder / PLAN).get("job") if (folder / PLAN).is_file() else None
    shards = [record.row for record in _records(folder) if record.key == _SHARD]
    return plan and (len({sample for samples in shards for sample in samples}), plan["samples"])


def tidy(folder: Path) -> None:
    """Remove what only an unfinished folder needs; a folder that cannot be written to keeps it."""
    shutil.rmtree(folder / JOURNAL, ignore_errors=True)
    with suppress(OSError):
        for name in (PLAN, LOCK):
            (folder / name).unlink(missing_ok=True)


def _records(folder: Path) -> Iterator[StoredRecord]:
    return RecordStore(folder / JOURNAL).records(strict=False)
