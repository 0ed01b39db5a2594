"""From the journals to tables: the raw answers, what was read from them, and the list of failures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.errors import CheckError, MissingError
from coinco_core.files import read_json, write_json, write_table, write_text
from coinco_core.judgements import CRITERIA
from coinco_core.labelling.store import Store, succeeded
from coinco_core.provenance import record
from coinco_core.responses import parse_student_response, response_table, rule_counts
from coinco_core.samples import Sample

if TYPE_CHECKING:
    import pandas as pd

ANSWER_COLUMNS = (
    *("sample_id", "object", "model", "prompt", "prompt_digest", "key", "file_sha256", "image_sha256"),
    *("prompt_sha256", "text", "finish_reason", "prompt_tokens", "completion_tokens", "attempts", "error"),
)


def compact(store: Store, samples: Sequence[Sample], parts: Iterable[int]) -> pd.DataFrame:
    """Writes these parts' tables, the findings and the failures; the parts' answers come back (ANSWER_COLUMNS).

    Every sample of the parts must be accounted for, by an answer or an error, else CheckError.
    """
    import pandas as pd

    tables = []
    for part in parts:
        own, rows = store.samples_of(part, samples), store.rows([part])
        lost = [sample.sample_id for sample in own if sample.sample_id not in rows]
        if lost:
            raise CheckError(f"{len(lost)} of {len(own)} samples have neither an answer nor an error, {lost[0]} first.")
        tables.append(pd.DataFrame([rows[sample.sample_id] for sample in own], columns=list(ANSWER_COLUMNS)))
        write_table(store.home / "table" / f"part-{part:05d}.parquet", tables[-1])
    read_again(store.home, criterion_of(store.home))
    return pd.concat(tables, ignore_index=True)


def compact_what_is_there(store: Store, samples: Sequence[Sample]) -> int:
    """Writes the tables of those parts that are complete; how many samples have no answer yet comes back."""
    rows = store.rows(range(store.n_parts))
    whole = [p for p in range(store.n_parts) if all(s.sample_id in rows for s in store.samples_of(p, samples))]
    if whole:
        compact(store, samples, whole)
    return sum(not succeeded(rows.get(sample.sample_id)) for sample in samples)


def read_answers(home: Path) -> pd.DataFrame:
    """The answers of a job's folder that are compacted so far, one row per sample, with the columns ANSWER_COLUMNS."""
    import pandas as pd

    paths = sorted((home / "table").glob("part-*.parquet"))
    if not paths:
        raise MissingError(f"'{home}' holds no answers; `coinco label` makes them.")
    return pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)


def read_again(home: Path, criterion: str | None) -> pd.DataFrame:
    """The findings of a job's folder (columns as in `findings_table`), read anew from its answers; failures are listed.

    `criterion` is None for a teacher's prompt, else that of the student's.
    """
    while True:
        seen, answers = _versions(home), read_answers(home)
        findings = findings_table(answers, criterion)
        write_table(home / "findings.parquet", findings)
        made = record(profile=None, seed=None, answers=len(answers), read_by=read_by(findings))
        write_json(home / "findings.json", made)
        failed = answers[answers["error"].notna()].to_dict("records")
        write_text(home / "failed.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in failed))
        if _versions(home) == seen:  # else another shard has ended meanwhile, and its part is to be among them
            return findings


def _versions(home: Path) -> list[tuple[str, int]]:
    return sorted((path.name, path.stat().st_mtime_ns) for path in (home / "table").glob("part-*.parquet"))


def read_by(findings: pd.DataFrame) -> dict[str, int]:
    """How many answers to a teacher's prompt were read by each rule (the column rule); {} for a student's."""
    return {str(rule): int(n) for rule, n in rule_counts(findings).items()} if "rule" in findings else {}


def criterion_of(home: Path) -> str | None:
    """The criterion that a job's folder asks about, None when it asks about all of them (the teacher's prompt)."""
    name = str(read_json(home / "run.json")["job"]["prompt"]["name"]).replace("-", "_")
    return next((c for c in CRITERIA if name.startswith(f"student_{c}")), None)


def findings_table(answers: pd.DataFrame, criterion: str | None = None) -> pd.DataFrame:
    """What was read from each answer: a row per sample with verdicts (True, False, or missing) and reasons.

    For a teacher's prompt the columns of `response_table`; for a student's: `<criterion>`, `<criterion>_reason`.
    """
    ids = answers["sample_id"].to_numpy()
    if criterion is None:
        table = response_table(answers["text"])
    else:
        table = _student_table(answers["text"], criterion)
    table.insert(0, "sample_id", ids)
    return table


def _student_table(texts: Iterable[Any], criterion: str) -> pd.DataFrame:
    import pandas as pd

    found = [parse_student_response(text if isinstance(text, str) else "", criterion) for text in texts]
    verdicts = pd.array([finding.in_context for finding in found], dtype="boolean")
    return pd.DataFrame({criterion: verdicts, f"{criterion}_reason": [finding.reason for finding in found]})
