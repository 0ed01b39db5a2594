"""vLLM's batch files: questions written out in shards, and answers read back in, finished or cut short.

    vllm run-batch -i RUN/batch/part-00000.jsonl -o RUN/batch/out-00000.jsonl --model ...

No client and no network are needed between the machines, which suits a Slurm array. `vllm run-batch` truncates its
output when it starts again; importing what is there and exporting the rest loses nothing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from coinco_core.ahead import ahead
from coinco_core.engines.base import Answer, failure
from coinco_core.engines.packing import data_url, png
from coinco_core.engines.replies import read_reply
from coinco_core.engines.server import messages
from coinco_core.engines.server_settings import ServedModel
from coinco_core.errors import InputError, MissingError
from coinco_core.files import atomic_path, write_bytes
from coinco_core.labelling.questions import Question, Questions, Row, answer_row
from coinco_core.labelling.run import unanswered
from coinco_core.labelling.store import Store, open_store
from coinco_core.prompts import Prompt
from coinco_core.samples import Sample
from coinco_core.store.journals import Record, RecordStore

PATH = "/v1/chat/completions"


@dataclass(frozen=True)
class BatchFormat:
    """How questions are written out: `lines` of them per file, and where their boxed images are.

    A file is lost whole when the runner is killed, which writes nothing before its last answer; so files are small.
    With `as_files` the images are written beside the questions and named by file:// URLs (vLLM needs
    --allowed-local-media-path); else they are in the lines, twice as large. Models that are asked
    about the same samples may share a folder of `images` (None: one of the job's own), named by their contents.
    """

    lines: int = 250
    as_files: bool = True
    images: Path | None = None


def export_batches(
    samples: Sequence[Sample],
    folder: str | os.PathLike[str],
    prompt: Prompt,
    out: str | os.PathLike[str],
    model: ServedModel,
    form: BatchFormat | None = None,
) -> dict[str, Any]:
    """Writes what is unanswered in `out` as out/batch/part-*.jsonl; the counts come back.

    Images that cannot be read are failures in the journal. Keys: questions, files, failed.
    """
    form = form or BatchFormat()
    store = open_store(out, samples, {"identity": model.identity}, prompt)
    todo = unanswered(store, samples, folder, range(store.n_parts))
    questions = Questions(todo, folder, prompt, store.fingerprint, store.model)
    home = store.home / "batch"
    for old in home.glob("part-*.jsonl"):  # of an earlier export; what they ask may have been answered since
        old.unlink()
    images = form.images or home / "images"
    lines = ahead(lambda question: (question.about, _line(question, images, model, form)), questions)
    count, files, waiting = 0, 0, iter(lines)
    with RecordStore(home / "asked").writer() as asked:
        while first := next(waiting, None):
            group = chain([first], islice(waiting, form.lines - 1))
            with atomic_path(home / f"part-{files:05d}.jsonl") as shard, shard.open("w", encoding="utf-8") as stream:
                for about, line in group:  # one at a time: a thousand images are a gigabyte
                    asked.append([Record(about["sample_id"], about)])  # before the shard is there
                    stream.write(line)
                    count += 1
            files += 1
    failures = questions.rows([])
    with store.keeping(samples) as keep:
        keep(failures)
    return {"questions": count, "files": files, "failed": len(failures)}


def _line(question: Question, images: Path, model: ServedModel, form: BatchFormat) -> str:
    request = question.request
    url = _image_file(images, question) if form.as_files else data_url(request.image)
    body = {"model": model.name, "messages": messages(url, request.prompt), **model.settings.sampling()}
    line = {"custom_id": question.about["key"], "method": "POST", "url": PATH, "body": body}
    return json.dumps(line, ensure_ascii=False) + "\n"


def _image_file(images: Path, question: Question) -> str:
    name = f"{question.about['image_sha256']}.png"
    path = images / name[:2] / name  # 256 folders: a hundred thousand files in one slow every file system down
    if not path.exists():
        write_bytes(path, png(question.request.image))
    return path.resolve().as_uri()


def import_batches(store: Store, samples: Sequence[Sample], outputs: Iterable[Path]) -> dict[str, int]:
    """Takes answers from vLLM's output files into the journal; the counts of lines come back.

    answered, failed (the line carries an error), known (answered before), torn (a last line cut short), unknown (no
    question of this job). Raises InputError when a file holds nothing of this job at all.
    """
    asked, done = _questions_asked(store), answered_keys(store)
    total: Counter[str] = Counter(dict.fromkeys(("answered", "failed", "known", "torn", "unknown"), 0))
    with store.keeping(samples) as keep:
        for path in outputs:
            counts: Counter[str] = Counter()
            rows = list(_rows(path, asked, done, counts))
            if counts["unknown"] and counts["unknown"] == counts.total() - counts["torn"]:
                raise InputError(f"{path} answers no question of '{store.home}'; was it made for another run?")
            keep(rows)
            total.update(counts)
    return dict(total)


def answered_keys(store: Store) -> set[tuple[str, str | None]]:
    """What the journals hold already: key and error of every row, the error None of an answer."""
    return {(record.row["key"], record.row["error"]) for record in store.records.records()}


def _questions_asked(store: Store) -> dict[str, Row]:
    """The last question that was exported about each sample, by its key."""
    rows = [record.row for record in RecordStore(store.home / "batch" / "asked").merged().values()]
    if not rows:
        raise MissingError(f"'{store.home}' has no exported questions; `coinco batch export` writes them.")
    return {row["key"]: row for row in rows}


def _rows(
    path: Path, asked: Mapping[str, Row], done: set[tuple[str, str | None]], counts: Counter[str]
) -> Iterator[Row]:
    """A row for each line that answers a question; `done` and `counts` are kept up to date."""
    for reply in read_output(path, counts):
        key = str(reply.get("custom_id"))
        answer = answer_of(key, reply)
        if key not in asked:
            counts["unknown"] += 1
        elif (key, None) in done or (key, answer.error) in done:
            counts["known"] += 1
        else:
            counts["answered" if answer.error is None else "failed"] += 1
            done.add((key, answer.error))
            yield answer_row(asked[key], answer)


def read_output(path: Path, counts: Counter[str]) -> Iterator[dict[str, Any]]:
    """The lines of an output file as dictionaries; one that is torn or no JSON is counted as such and passed over."""
    if not path.is_file():
        raise MissingError(f"There is no file {path}.")
    with path.open("rb") as stream:
        for line in stream:
            try:
                reply = json.loads(line)
                if not isinstance(reply, dict):
                    raise ValueError("no object")
            except ValueError:
                counts["torn"] += bool(line.strip())
                continue
            yield reply


def answer_of(key: str, reply: Mapping[str, Any]) -> Answer:
    """The answer in one line of an output file; what went wrong where it holds none."""
    response = reply.get("response")
    if not isinstance(response, dict):
        return failure(key, f"No response: {json.dumps(reply.get('error') or response)[:500]}")
    if reply.get("error") or response.get("status_code", 200) != 200:
        said = json.dumps(reply.get("error") or response.get("body"))
        return failure(key, f"Status {response.get('status_code')}: {said[:500]}")
    try:
        return read_reply(key, response.get("body") or response)  # older versions leave the envelope out
    except ValueError as error:
        return failure(key, f"The reply cannot be read: {error}")
