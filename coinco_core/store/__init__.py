"""A resumable store: journals that any number of writers append to, and that survive kill -9 at any moment."""

from __future__ import annotations

from coinco_core.store.job import begin_job, check_job, holds_job
from coinco_core.store.journals import RecordStore, Writer
from coinco_core.store.lock import only_writer
from coinco_core.store.records import Record, StoredArrays, array_digest, read_records

__all__ = [
    "Record",
    "RecordStore",
    "StoredArrays",
    "Writer",
    "array_digest",
    "begin_job",
    "check_job",
    "holds_job",
    "only_writer",
    "read_records",
]
