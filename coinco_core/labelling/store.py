"""The folder of one labelling job, which survives being killed at any moment and any number of writers.

    run.json                        what is asked of whom; a different job in the same folder is refused
    journal/part-00017.w3.jsonl     a line per answer as it comes, only ever appended to; a writer has its own file
    table/part-00017.parquet        one row per sample, made of the journals when a part is complete
    findings.parquet                what was read from the answers, apart from the raw text (findings.json says how)
    failed.jsonl                    the samples that have no answer, each with its error

The journals are the truth and the rest is made of them. Calls happen at least once, rows exactly once: a success beats
a failure, and the first success stays until its image changes. Nothing is locked and no journal has two writers, so
network file systems will do; the rest is written whole, and anew when another writer was there in between.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from coinco_core.errors import InputError
from coinco_core.labelling.questions import Row
from coinco_core.prompts import Prompt
from coinco_core.provenance import record
from coinco_core.samples import Sample, samples_digest
from coinco_core.store.folder import begin_job
from coinco_core.store.journals import Record, RecordStore, StoredRecord

PART_ROWS = 2048
SERVER_FACTS = ("version", "root", "parent")  # what a server says of itself that must stay the same for one job


class Store:
    """One job's folder; `fingerprint` names the job, `n_parts` says into how many parts its samples are cut."""

    def __init__(self, home: Path, description: Mapping[str, Any]) -> None:
        self.home, self.records = home, RecordStore(home / "journal")
        self.fingerprint: str = description["fingerprint"]
        self.n_parts: int = description["parts"]
        self.n_samples: int = description["n_samples"]
        self.model = str(description["job"]["engine"].get("model", ""))
        self.samples_sha256 = str(description["job"]["samples_sha256"])

    def parts_of(self, shard: tuple[int, int]) -> range:
        """The parts that shard (i, n) works on; an InputError when the job was cut for fewer shards."""
        index, count = shard
        if not 0 <= index < count:
            raise InputError(f"There is no shard {index}/{count}; shards count from 0/{count} to {count - 1}/{count}.")
        if count > self.n_parts:
            raise InputError(f"'{self.home}' was begun in {self.n_parts} parts, which is the most shards it can have.")
        return range(index, self.n_parts, count)

    def samples_of(self, part: int, samples: Sequence[Sample]) -> Sequence[Sample]:
        """A part's samples: a range of the table, the same whoever asks."""
        return samples[part * self.n_samples // self.n_parts : (part + 1) * self.n_samples // self.n_parts]

    def part_of(self, position: int) -> int:
        """The part in which the sample at that place of the table is."""
        return ((position + 1) * self.n_parts - 1) // self.n_samples

    def rows(self, parts: Iterable[int]) -> dict[str, Row]:
        """The row that counts for each sample of these parts, with its number of `attempts`."""
        return {name: {"attempts": 1, **kept.row} for name, kept in self.records.merged(parts, _better).items()}

    @contextmanager
    def keeping(self, samples: Sequence[Sample]) -> Iterator[Callable[[Iterable[Row]], int]]:
        """A function that appends rows to the journals of their samples' parts and says how many it was given.

        `samples` is the job's whole table. Raises CheckError when rows cannot be written.
        """
        parts = {sample.sample_id: self.part_of(i) for i, sample in enumerate(samples)}
        with ExitStack() as stack:
            writers = [stack.enter_context(self.records.writer(part)) for part in range(self.n_parts)]

            def keep(rows: Iterable[Row]) -> int:
                by_part: dict[int, list[Record]] = {}
                for row in rows:
                    by_part.setdefault(parts[row["sample_id"]], []).append(Record(row["sample_id"], row))
                return sum(len(writers[part].append(own)) for part, own in by_part.items())

            yield keep


def _better(before: StoredRecord, new: StoredRecord) -> StoredRecord:
    """The record that counts: a success before a failure, the first success before a second to the same question.

    A row about another image takes the place of any: an answer about the old one does not count.
    """
    stays = succeeded(before.row) and new.row["key"] in ("", before.row["key"])
    kept = before if stays else new
    return replace(kept, row=kept.row | {"attempts": before.row.get("attempts", 1) + 1})


def succeeded(row: Mapping[str, Any] | None) -> bool:
    """Whether a row holds an answer."""
    return row is not None and row["error"] is None


def open_store(
    home: str | os.PathLike[str],
    samples: Sequence[Sample],
    engine: Mapping[str, Any],
    prompt: Prompt,
    n_shards: int = 1,
) -> Store:
    """The folder of this job, begun if it is new; InputError when it already holds another job.

    The fingerprint covers the model, its weights and settings (`engine`, an engine's record), the prompt and the
    samples, but not the machine.
    """
    if not samples:
        raise InputError("There is no sample to ask about.")
    job = {
        "engine": dict(engine.get("identity", engine)),
        "prompt": {"name": prompt.name, "sha256": prompt.digest, "template": prompt.template},
        "samples_sha256": samples_digest(samples),
    }

    def about() -> dict[str, Any]:
        parts = n_shards * -(-len(samples) // (PART_ROWS * n_shards))
        made = record(profile=None, seed=None, made_on=engine.get("made_on", {}))
        return {"n_samples": len(samples), "parts": min(parts, len(samples)), **made}

    description = begin_job(Path(home) / "run.json", job, about)
    _check_server(home, description.get("made_on", {}), engine.get("made_on", {}))
    return Store(Path(home), description)


def _check_server(home: str | os.PathLike[str], before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises InputError when the server says that it is not the one with which the job was begun."""
    was, says = before.get("served_by") or {}, now.get("served_by") or {}
    differs = [name for name in SERVER_FACTS if name in was and name in says and was[name] != says[name]]
    if differs:
        told = ", ".join(f"{name} {was[name]} then and {says[name]} now" for name in differs)
        raise InputError(
            f"'{home}' was begun with another server ({told}), whose answers may differ; serve the model as before, or "
            "choose another folder."
        )


def check_samples(store: Store, samples: Sequence[Sample]) -> None:
    """Raises InputError unless the store's job is about these samples."""
    if store.samples_sha256 != samples_digest(samples):
        raise InputError(f"'{store.home}' is about other samples; give the table that it was begun with.")
