"""The same job on many machines, run by datatrove's InferenceRunner (executors: local, Slurm or Ray).

datatrove cuts the questions over its tasks, keeps many requests in flight, resumes a task that was killed, and can
start a vLLM server for each task. What it writes is taken into the job's own journal by `import_documents`.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor, SlurmPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.inference.run_inference import InferenceConfig, InferenceRunner
from datatrove.pipeline.inference.types import GenerateFunction, InferenceError
from datatrove.pipeline.writers import JsonlWriter

from coinco_core.engines.base import failure
from coinco_core.engines.packing import data_url
from coinco_core.engines.replies import read_reply
from coinco_core.engines.server import messages
from coinco_core.engines.server_settings import ServedModel, ServerSettings
from coinco_core.errors import CoincoError, InputError, MissingError
from coinco_core.labelling.batch_files import answered_keys, read_output
from coinco_core.labelling.questions import Row, answer_row, ask, known_fields
from coinco_core.labelling.store import Store, open_store, succeeded
from coinco_core.prompts import Prompt
from coinco_core.samples import Sample, read_samples

FOLDER = "datatrove"
VLLM: dict[str, Any] = {  # settings of a started server that its answers depend on, and room for one image
    "generation-config": "vllm", "enable-prefix-caching": False, "seed": 0, "limit-mm-per-prompt": '{"image": 1}',
}  # fmt: skip
RESULT = "rollout_results"
CHUNK = 1000  # documents that a task writes at a time


class SampleReader(PipelineStep):
    """Each task's share of the samples as documents, always in the same order: datatrove resumes by position."""

    name, type = "Samples", "Reader"

    def __init__(self, table: str, limit: int | None = None) -> None:
        super().__init__()
        self.table, self.limit = table, limit

    def run(self, data: Any = None, rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """The documents of task `rank` of `world_size`; a document's id is its place in the table."""
        for place, sample in enumerate(read_samples(self.table)[: self.limit]):
            if place % world_size == rank:
                yield Document(text=sample.sample_id, id=str(place))


class Rollout:
    """Asks about one document's sample; a failure is an answer with its error, so that no task dies of one image."""

    def __init__(self, table: str, prompt: Prompt, store: Store, settings: ServerSettings) -> None:
        self.table, self.prompt, self.settings = table, prompt, settings
        self.job, self.model = store.fingerprint, store.model
        self._samples: list[Sample] | None = None

    async def __call__(self, document: Document, generate: GenerateFunction) -> Row:
        """The row of the journal for this document."""
        if self._samples is None:
            self._samples = read_samples(self.table)
        sample = self._samples[int(document.id)]
        try:
            question = await asyncio.to_thread(ask, sample, self.table, self.prompt, self.job, self.model)
        except (CoincoError, OSError) as error:
            return answer_row(known_fields(sample, self.prompt, self.model), failure("", str(error)))
        request = question.request
        body = {"messages": messages(data_url(request.image), request.prompt), **self.settings.sampling()}
        try:
            result = await generate(body)
            choice = {"message": {"content": result.text}, "finish_reason": result.finish_reason}
            return question.row(read_reply(request.key, {"choices": [choice], "usage": result.usage}))
        except (InferenceError, ValueError) as error:
            reason = error.error if isinstance(error, InferenceError) else error  # its own words hold the whole image
            return question.row(failure(request.key, f"{type(error).__name__}: {str(reason)[:500]}"))


def running(url: str) -> dict[str, Any]:
    """The fields of InferenceConfig with which every task asks the server at that URL (without /v1)."""
    return {"server_type": "endpoint", "endpoint_url": url}


def started(**vllm: Any) -> dict[str, Any]:
    """Those with which each task starts `vllm serve MODEL` itself: InferenceConfig's tp, dp, pp, model_kwargs."""
    return {"server_type": "vllm", **vllm}


def pipeline(
    table: str | os.PathLike[str],
    prompt: Prompt,
    out: str | os.PathLike[str],
    model: ServedModel,
    served_by: Mapping[str, Any],
    *,
    limit: int | None = None,
) -> list[Any]:
    """datatrove's steps for this job, to hand to one of its executors; `served_by` is `running` or `started`."""
    samples, settings = read_samples(table)[:limit], model.settings
    store = open_store(out, samples, {"identity": model.identity}, prompt)
    home = store.home.resolve() / FOLDER
    config = InferenceConfig(
        model_name_or_path=model.name, max_concurrent_generations=settings.in_flight,
        request_timeout=settings.timeout_s, api_key=settings.api_key, **served_by,
    )  # fmt: skip
    path = str(Path(table).resolve())
    writer = JsonlWriter(str(home / "answers"), output_filename="${rank}_${chunk_index}.jsonl", compression=None)
    runner = InferenceRunner(
        Rollout(path, prompt, store, settings), config, writer, metadata_key=RESULT,
        checkpoints_local_dir=str(home / "checkpoints"), records_per_chunk=CHUNK,
    )  # fmt: skip
    return [SampleReader(path, limit), runner]


def execute(
    steps: list[Any],
    out: str | os.PathLike[str],
    executor: str,
    tasks: int,
    workers: int,
    slurm: Mapping[str, Any],
) -> None:
    """Runs the steps in `tasks` tasks, `workers` at once, on this machine ('local') or under 'slurm' with its settings.

    A task that is done is not run again; one that was killed is resumed.
    """
    logs = str(Path(out).resolve() / FOLDER / "logs")
    if executor == "local":
        LocalPipelineExecutor(steps, tasks=tasks, workers=workers, logging_dir=logs).run()
    elif executor == "slurm":
        SlurmPipelineExecutor(steps, tasks=tasks, workers=workers, logging_dir=logs, **slurm).run()
    else:
        raise InputError(f"'{executor}' is not an executor; there are local and slurm.")


def import_documents(store: Store, samples: Sequence[Sample]) -> dict[str, int]:
    """Takes what datatrove has written so far into the journal; counts of answered, failed, known and torn lines.

    Unfinished chunks count too: they lie among the checkpoints until they are full.
    """
    home = store.home / FOLDER
    paths = sorted({*home.glob("answers/**/*.jsonl"), *home.glob("checkpoints/*/chunk_*.jsonl")})
    if not paths:
        raise MissingError(f"'{store.home}' holds nothing that datatrove wrote; run its tasks first.")
    answered = {name for name, row in store.rows(range(store.n_parts)).items() if succeeded(row)}
    done = answered_keys(store)
    counts: Counter[str] = Counter(dict.fromkeys(("answered", "failed", "known", "torn"), 0))
    with store.keeping(samples) as keep:
        for path in paths:
            new = []
            for document in read_output(path, counts):
                for row in (document.get("metadata") or {}).get(RESULT, []):
                    if row["sample_id"] in answered or (row["key"], row["error"]) in done:
                        counts["known"] += 1
                        continue
                    counts["answered" if succeeded(row) else "failed"] += 1
                    done.add((row["key"], row["error"]))
                    new.append(row)
            keep(new)
            answered |= {row["sample_id"] for row in new if succeeded(row)}
    return dict(counts)
