"""`coinco batch`: the work of `coinco label` as files, for vLLM's batch runner or datatrove's tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.labelling import (
    Criterion,
    Decoding,
    InFlight,
    Json,
    Limit,
    Model,
    Out,
    PromptName,
    Revision,
    Samples,
    ServedWith,
    Tokens,
    declared,
    prompt_of,
)
from coinco_core.cli.output import answer
from coinco_core.cli.parameters import read_parameters
from coinco_core.errors import CheckError, InputError, MissingError

if TYPE_CHECKING:
    from coinco_core.engines.decoding import Sampling
    from coinco_core.engines.server_settings import ServedModel
    from coinco_core.labelling import Store
    from coinco_core.samples import Sample

app = typer.Typer(help="The same work as files: vLLM's batch files, or datatrove's tasks.", rich_markup_mode=None)


@app.command("export")
def export(
    samples: Samples,
    model: Model,
    out: Out,
    prompt: PromptName = None,
    criterion: Criterion = None,
    limit: Limit = None,
    max_new_tokens: Tokens = None,
    decoding: Decoding = "greedy",
    revision: Revision = None,
    served_with: ServedWith = None,
    lines: Annotated[int, typer.Option(min=1, help="Questions a file, which is lost whole when it is killed.")] = 250,
    images: Annotated[
        Path | None, typer.Option(help="A folder of images that several models share (default: one in OUT).")
    ] = None,
    inline: Annotated[bool, typer.Option("--inline", help="Put the images into the lines, not beside them.")] = False,
    json: Json = False,
) -> None:
    """Write what is unanswered as files for `vllm run-batch`."""
    from coinco_core.engines.decoding import named_decoding
    from coinco_core.labelling.batch_files import BatchFormat, export_batches
    from coinco_core.samples import read_samples

    question = prompt_of(prompt, criterion, model, server="batch")
    rows = read_samples(samples)[:limit]
    form = BatchFormat(lines, as_files=not inline, images=images)
    counts = export_batches(
        rows,
        samples,
        question,
        out,
        _vllm(model, named_decoding(decoding, max_new_tokens), declared(revision, served_with)),
        form,
    )
    content = {"out": str(out / "batch"), **counts}
    answer(content, json, lambda found: f"{found['questions']} questions in {found['files']} files in {found['out']}")


@app.command("import")
def take_in(
    samples: Samples,
    out: Annotated[Path, typer.Argument(help="The run's folder.")],
    outputs: Annotated[
        list[Path] | None, typer.Argument(help="vLLM's output files, finished or not; none for datatrove's.")
    ] = None,
    json: Json = False,
) -> None:
    """Take answers from vLLM's output files, or from what datatrove wrote, into a run."""
    from coinco_core.labelling.batch_files import import_batches
    from coinco_core.labelling.findings import compact_what_is_there

    store, rows = _store_and_samples(samples, out)
    if outputs:
        counts = import_batches(store, rows, outputs)
    else:
        counts = _cluster().import_documents(store, rows)
    left = compact_what_is_there(store, rows)
    content = {"out": str(out), **counts, "left": left}
    answer(content, json, lambda found: ", ".join(f"{n} {name}" for name, n in found.items() if name != "out"))
    if left:
        raise CheckError(
            f"{left} of {len(rows)} samples have no answer yet; `coinco batch export` writes them out, and "
            "`coinco label` with --dialect vllm asks them of a server."
        )


@app.command("datatrove")
def datatrove(
    samples: Samples,
    model: Model,
    out: Out,
    server: Annotated[
        str | None, typer.Option(help="One server for all tasks, without /v1; else each starts vLLM.")
    ] = None,
    prompt: PromptName = None,
    criterion: Criterion = None,
    limit: Limit = None,
    max_new_tokens: Tokens = None,
    decoding: Decoding = "greedy",
    revision: Revision = None,
    served_with: ServedWith = None,
    in_flight: InFlight = 256,
    tasks: Annotated[
        int, typer.Option(min=1, help="Into how many tasks the samples are cut; keep it when resuming.")
    ] = 1,
    workers: Annotated[int, typer.Option(min=1, help="How many of them run at once.")] = 1,
    executor: Annotated[str, typer.Option(help="local or slurm.")] = "local",
    partition: Annotated[str, typer.Option(help="Slurm's partition.")] = "gpu",
    time: Annotated[str, typer.Option(help="Slurm's time limit of a task.")] = "20:00:00",
    gpus: Annotated[int, typer.Option(min=1, help="GPUs of a task, and vLLM's tensor parallelism.")] = 4,
    cpus: Annotated[int, typer.Option(min=1, help="Cores of a task under Slurm.")] = 16,
    memory: Annotated[int, typer.Option(min=1, help="GB for each of these cores.")] = 8,
    qos: Annotated[str, typer.Option(help="Slurm's quality of service.")] = "normal",
    venv: Annotated[str | None, typer.Option(help="The environment that a Slurm job activates; it needs vLLM.")] = None,
    vllm: Annotated[
        list[str] | None, typer.Option(help="name=value for `vllm serve`, such as revision=COMMIT; once for each.")
    ] = None,
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Let vLLM run the repository's code, as datatrove starts it.")
    ] = False,
) -> None:
    """Run the job by datatrove, on this machine or under Slurm; afterwards `coinco batch import SAMPLES RUN`."""
    from coinco_core.engines.decoding import named_decoding

    cluster = _cluster()
    question = prompt_of(prompt, criterion, model, server="batch")
    if server is None and not trust_remote_code:
        raise InputError(
            "datatrove always starts vLLM with --trust-remote-code; allow that by the option of this name, or start "
            "the server yourself and name it by --server."
        )
    if server:
        served_by = cluster.running(server)
    else:
        served_by = cluster.started(tp=gpus, model_kwargs={**cluster.VLLM, **read_parameters(vllm or [], "-")})
    served = _vllm(model, named_decoding(decoding, max_new_tokens), declared(revision, served_with), in_flight)
    steps = cluster.pipeline(samples, question, out, served, served_by, limit=limit)
    slurm = {"partition": partition, "time": time, "gpus_per_task": 0 if server else gpus, "qos": qos}
    slurm |= {"cpus_per_task": cpus, "mem_per_cpu_gb": memory, "venv_path": venv}
    cluster.execute(steps, out, executor, tasks, workers, slurm)


def _vllm(model: str, decoding: Sampling, said: dict[str, Any], in_flight: int = 256) -> ServedModel:
    from coinco_core.engines.server_settings import ServedModel, ServerSettings

    return ServedModel(model, ServerSettings(**decoding.served(), in_flight=in_flight, dialect="vllm"), said)


def _store_and_samples(samples: Path, out: Path) -> tuple[Store, list[Sample]]:
    """An existing run and the samples it is about, which may be the first part of the table."""
    from coinco_core.files import read_json
    from coinco_core.labelling import Store
    from coinco_core.labelling.store import check_samples
    from coinco_core.samples import read_samples

    store = Store(out, read_json(out / "run.json"))
    rows = read_samples(samples)[: store.n_samples]
    check_samples(store, rows)
    return store, rows


def _cluster() -> Any:
    try:
        from coinco_core.labelling import cluster
    except ImportError as error:
        raise MissingError(f"This needs datatrove ({error}); install coinco_core[cluster].") from error
    return cluster
