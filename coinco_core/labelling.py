"""Running an engine over samples into a folder that survives being killed (section 3.2 of the paper).

The folder holds:
    run.json          what is being asked of whom; a different job in the same folder is refused
    journal.jsonl     one line per answer as it comes, only ever appended to
    answers.parquet   one row per sample, made from the journal: a success beats a failure, the first success stays
    findings.parquet  what was read from each answer, apart from the raw text, so that re-reading never touches it
    failed.jsonl      the samples that have no answer, each with its error
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.engines.base import Answer, Engine, Request
from coinco_core.errors import CheckError, CoincoError, InputError
from coinco_core.files import digest, read_json, write_json, write_table, write_text
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import Prompt
from coinco_core.provenance import record
from coinco_core.responses import parse_response, parse_student_response
from coinco_core.samples import Sample, boxed_image

if TYPE_CHECKING:
    import pandas as pd
    from PIL import Image

log = logging.getLogger(__name__)

ANSWER_COLUMNS = (
    *("sample_id", "object", "model", "prompt", "prompt_digest", "image_sha256", "text", "finish_reason"),
    *("prompt_tokens", "completion_tokens", "attempts", "error"),
)


def label(
    samples: Sequence[Sample],
    folder: str | Path,
    engine: Engine,
    prompt: Prompt,
    out: str | Path,
    *,
    chunk: int = 64,
    report: Callable[[str], None] = log.info,
) -> pd.DataFrame:
    """The answers to the samples, a row each in their order (ANSWER_COLUMNS); those in `out` are not asked again.

    `folder` is where the samples' pictures lie. Answers are on disk after every `chunk` of requests. A sample whose
    picture or answer fails keeps its row, with an `error`, and is tried again by the next call. Raises InputError when
    `out` holds another job.
    """
    home = Path(out)
    identity = claim(home, samples, engine, prompt)
    known = read_journal(home / "journal.jsonl")
    todo = [sample for sample in samples if not _succeeded(known.get(sample.sample_id))]
    report(f"{len(samples) - len(todo)} of {len(samples)} answers are there already")
    started = time.monotonic()
    for first in range(0, len(todo), chunk):
        part = todo[first : first + chunk]
        _append(home / "journal.jsonl", _ask(part, folder, engine, prompt, identity))
        report(progress_line(first + len(part), len(todo), time.monotonic() - started))
    return compact(home, samples, prompt)


def claim(home: Path, samples: Sequence[Sample], engine: Engine, prompt: Prompt) -> dict[str, Any]:
    """What this job is, written to run.json when the folder is new; InputError when it already holds another job.

    The fingerprint covers the model, its weights and settings, the prompt, and the samples, but not the machine.
    """
    identity = dict(engine.record.get("identity", engine.record))
    job = {
        "engine": identity,
        "prompt": {"name": prompt.name, "sha256": prompt.digest, "template": prompt.template},
        "samples_sha256": digest([asdict(sample) for sample in samples]),
    }
    path = home / "run.json"
    if path.exists():
        before = read_json(path)
        if before["fingerprint"] != digest(job):
            differs = ", ".join(key for key in job if before["job"].get(key) != job[key])
            raise InputError(f"'{home}' holds another job ({differs} differ); choose another folder or remove it.")
    else:
        made = record(profile=None, seed=None, n_samples=len(samples), made_on=engine.record.get("made_on", {}))
        write_json(path, {"fingerprint": digest(job), "job": job, **made})
    return identity


def _ask(
    samples: Sequence[Sample], folder: str | Path, engine: Engine, prompt: Prompt, identity: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """One journal row per sample: its answer, or why there is none."""
    requests: list[Request] = []
    image_digests: dict[str, str] = {}
    failures: dict[str, str] = {}
    for sample in samples:
        try:
            image = boxed_image(folder, sample)
            requests.append(Request(sample.sample_id, image, prompt.render(sample.object, sample.place)))
            image_digests[sample.sample_id] = image_digest(image)
        except CoincoError as error:  # one bad picture must not stop the other 97,721
            failures[sample.sample_id] = str(error)
    answers = {answer.key: answer for answer in (engine.answer(requests) if requests else [])}
    for sample in samples:
        name = sample.sample_id
        answer = answers.get(name) or Answer(name, "", "", 0, 0, failures.get(name, "The engine gave no answer."))
        fields = asdict(answer)
        del fields["key"]
        about = {"sample_id": name, "object": sample.object, "model": str(identity.get("model", ""))}
        about |= {"prompt": prompt.name, "prompt_digest": prompt.digest, "image_sha256": image_digests.get(name, "")}
        yield about | fields


def image_digest(image: Image.Image) -> str:
    """The SHA-256 of a picture's pixels and size, whatever file format they came from."""
    return hashlib.sha256(repr((image.mode, image.size)).encode() + image.tobytes()).hexdigest()


def _append(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    """Adds rows to the journal and waits until they are on disk."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    with path.open("ab") as stream:
        stream.write(text.encode("utf-8"))
        stream.flush()
        os.fsync(stream.fileno())


def read_journal(path: Path) -> dict[str, dict[str, Any]]:
    """The row that counts for each sample: the first success, else the latest failure, with the number of `attempts`.

    A last line that was torn by a kill is cut off the file; damage anywhere else raises CheckError.
    """
    if not path.exists():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    best: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(whole.splitlines(), 1):
        row = _parse_line(path, number, line)
        before = best.get(row["sample_id"])
        kept = before if before is not None and _succeeded(before) else row
        best[row["sample_id"]] = kept | {"attempts": (before or {}).get("attempts", 0) + 1}
    return best


def _parse_line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row: dict[str, Any] = json.loads(line)
        row["sample_id"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckError(f"Line {number} of '{path}' is damaged; remove that line to go on.") from error
    return row


def _succeeded(row: Mapping[str, Any] | None) -> bool:
    return row is not None and row["error"] is None


def compact(home: Path, samples: Sequence[Sample], prompt: Prompt) -> pd.DataFrame:
    """Writes the tables from the journal and returns the answers; every sample must be accounted for."""
    import pandas as pd

    rows = read_journal(home / "journal.jsonl")
    lost = [sample.sample_id for sample in samples if sample.sample_id not in rows]
    if lost:
        raise CheckError(f"{len(lost)} of {len(samples)} samples have neither an answer nor an error, {lost[0]} first.")
    ordered = [rows[sample.sample_id] for sample in samples]
    answers = pd.DataFrame(ordered, columns=list(ANSWER_COLUMNS))
    write_table(home / "answers.parquet", answers)
    write_table(home / "findings.parquet", findings_table(answers, prompt))
    failed = [row for row in ordered if not _succeeded(row)]
    write_text(home / "failed.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in failed))
    return answers


def findings_table(answers: pd.DataFrame, prompt: Prompt) -> pd.DataFrame:
    """What was read from each answer: a row per sample with verdicts (True, False, or missing) and reasons.

    For a teacher's prompt: `<criterion>`, `<criterion>_reason`, `in_context`, `problems`; a student's: its criterion.
    """
    import pandas as pd

    read = _teacher_fields if prompt.criterion is None else _student_fields(prompt.criterion)
    rows = [{"sample_id": name, **read(text)} for name, text in zip(answers["sample_id"], answers["text"], strict=True)]
    table = pd.DataFrame(rows)
    verdicts = [name for name in (*CRITERIA, "in_context") if name in table]
    return table.astype(dict.fromkeys(verdicts, "boolean"))


def _teacher_fields(text: str) -> dict[str, Any]:
    judgement = parse_response(text)
    fields: dict[str, Any] = {}
    for criterion in CRITERIA:
        finding = judgement.finding(criterion)
        fields |= {criterion: finding.in_context, f"{criterion}_reason": finding.reason}
    return fields | {"in_context": judgement.in_context, "problems": "; ".join(judgement.problems)}


def _student_fields(criterion: str) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        finding = parse_student_response(text, criterion)
        return {criterion: finding.in_context, f"{criterion}_reason": finding.reason}

    return read


def progress_line(done: int, total: int, seconds: float) -> str:
    """Progress in words, such as '128 of 300 (43 %), 21.4 a second, 8 s left'."""
    rate = done / seconds if seconds > 0 else 0.0
    left = f"{(total - done) / rate:.0f} s left" if rate > 0 else "time left unknown"
    return f"{done} of {total} ({done / total:.0%}), {rate:.1f} a second, {left}"
