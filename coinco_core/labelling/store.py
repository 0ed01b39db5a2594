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
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from coinco_core.errors import InputError
from coinco_core.files import digest, read_json, write_json
from coinco_core.labelling.journal import read_journal
from coinco_core.labelling.questions import Row
from coinco_core.prompts import Prompt
from coinco_core.provenance import record
from coinco_core.samples import Sample

PART_ROWS = 2048
_JOURNAL = re.compile(r"part-(\d{5})\.w(\d+)\.jsonl")


class Store:
    """One job's folder; `fingerprint` names the job, `n_parts` says into how many parts its samples are cut."""

    def __init__(self, home: Path, description: Mapping[str, Any]) -> None:
        self.home = home
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
        best: dict[str, Row] = {}
        for row in self.journal(parts):
            before = best.get(row["sample_id"])
            kept = row if before is None else _better(before, row)
            best[row["sample_id"]] = kept | {"attempts": (before or {}).get("attempts", 0) + 1}
        return best

    def journal(self, parts: Iterable[int]) -> Iterator[Row]:
        """Every row of these parts' journals, writer after writer."""
        wanted = set(parts)
        for _, path in sorted((found, path) for path, found in self._journals() if found[0] in wanted):
            yield from read_journal(path)

    def _journals(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        for path in (self.home / "journal").glob("part-*.jsonl"):
            if found := _JOURNAL.fullmatch(path.name):
                yield path, (int(found[1]), int(found[2]))


def _better(before: Row, row: Row) -> Row:
    """The row that counts: a success before a failure, the first success before a second to the same question.

    A row about another image takes the place of any: what was said of the old one is no answer any more.
    """
    if not succeeded(before):
        return row
    return row if row["key"] not in ("", before["key"]) else before


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
    path = Path(home) / "run.json"
    if not path.exists():
        parts = n_shards * -(-len(samples) // (PART_ROWS * n_shards))
        made = record(profile=None, seed=None, made_on=engine.get("made_on", {}))
        about = {"fingerprint": digest(job), "n_samples": len(samples), "parts": min(parts, len(samples)), "job": job}
        _write_once(path, about | made)
    before = read_json(path)
    if before["fingerprint"] != digest(job):
        differs = ", ".join(key for key in job if before["job"].get(key) != job[key])
        raise InputError(f"'{home}' holds another job ({differs} differ); choose another folder or remove it.")
    return Store(Path(home), before)


def samples_digest(samples: Sequence[Sample]) -> str:
    """The digest of a table of samples."""
    return digest([asdict(sample) for sample in samples])


def check_samples(store: Store, samples: Sequence[Sample]) -> None:
    """Raises InputError unless the store's job is about these samples."""
    if store.samples_sha256 != samples_digest(samples):
        raise InputError(f"'{store.home}' is about other samples; give the table that it was begun with.")


def _write_once(path: Path, content: object) -> None:
    """Writes a file unless somebody else has done so in the meantime."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        write_json(draft, content)
        with suppress(FileExistsError):
            os.link(draft, path)  # unlike a rename, it never takes another's place
    finally:
        draft.unlink(missing_ok=True)
