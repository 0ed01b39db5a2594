"""`coinco label`, `reread` and `batch`: models answer over a table of samples, on one machine or on many."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.book import read_parameters
from coinco_core.cli.output import answer, columns, say, standard_output_kept_for_json
from coinco_core.errors import CheckError, InputError, MissingError

if TYPE_CHECKING:
    from coinco_core.engines.server import ServerSettings
    from coinco_core.labelling import Store
    from coinco_core.prompts import Prompt
    from coinco_core.samples import Sample

batch = typer.Typer(help="The same work as files: vLLM's batch files, or datatrove's tasks.", rich_markup_mode=None)

Samples = Annotated[Path, typer.Argument(help="A folder with samples.parquet, or that table.")]
Model = Annotated[str, typer.Option(help="molmo, qwen or internvl (demo), a folder, or a hub id.")]
Out = Annotated[Path, typer.Option(help="The run's folder; one that was cut short is gone on with.")]
PromptName = Annotated[
    str | None, typer.Option(help="full, published (the authors'), compact or placed; placed for the demo models.")
]
Criterion = Annotated[str | None, typer.Option(help="Ask one student's question instead of the teacher's.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first so many samples.")]
Tokens = Annotated[int, typer.Option(min=1, help="The longest answer, in tokens (the authors: 512, InternVL 1024).")]
InFlight = Annotated[int, typer.Option(min=1, help="Requests on their way to the server at once.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_commands(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("label")(label)
    app.command("reread")(reread)
    batch.command("export")(export)
    batch.command("import")(take_in)
    batch.command("datatrove")(datatrove)
    app.add_typer(batch, name="batch")


def label(
    samples: Samples,
    model: Model,
    out: Out,
    server: Annotated[str | None, typer.Option(help="URL of an OpenAI-compatible server, with /v1.")] = None,
    prompt: PromptName = None,
    criterion: Criterion = None,
    shard: Annotated[str, typer.Option(help="i/n: only every n-th part, counted from 0/n, for n workers.")] = "0/1",
    limit: Limit = None,
    max_new_tokens: Tokens = 512,
    batch_size: Annotated[int, typer.Option(min=1, help="Pictures at once, in this process.")] = 8,
    in_flight: InFlight = 64,
    retries: Annotated[int, typer.Option(min=0, help="Attempts after the first, at a server.")] = 5,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that a server has for one answer.")] = 600.0,
    dialect: Annotated[
        str, typer.Option(help="openai, or vllm to set what vLLM reads from the model's file.")
    ] = "openai",
    api_key_env: Annotated[str | None, typer.Option(help="Environment variable that holds the server's key.")] = None,
    revision: Annotated[str | None, typer.Option(help="Commit of a hub id, in this process.")] = None,
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Run code that the model's repository brings.")
    ] = False,
    json: Json = False,
) -> None:
    """Let a model answer over a table of samples; resumable."""
    from coinco_core.engines import load_engine
    from coinco_core.labelling import label as label_samples
    from coinco_core.samples import read_samples

    rows = read_samples(samples)[:limit]
    question = _question(prompt, criterion, model, server)
    settings: dict[str, Any] = {"max_new_tokens": max_new_tokens}
    if server is None:
        settings |= {"batch_size": batch_size, "revision": revision, "trust_remote_code": trust_remote_code}
    else:
        settings |= {"in_flight": in_flight, "retries": retries, "timeout_s": timeout, "dialect": dialect}
        settings |= {"api_key": _secret(api_key_env)} if api_key_env else {}
    with standard_output_kept_for_json(json):
        engine = load_engine(model, server=server, **settings)
        answers = label_samples(rows, samples, engine, question, out, shard=read_shard(shard), report=say)
    _say_counts(answers, out, question.name, json)


def reread(
    out: Annotated[Path, typer.Argument(help="The folder of a run of `coinco label`.")], json: Json = False
) -> None:
    """Read the answers of a run again, as the parser reads them today; the answers stay as they are."""
    from coinco_core.labelling.tables import criterion_of, read_again, read_by

    findings = read_again(out, criterion_of(out))
    content = {"out": str(out), "answers": len(findings), "read_by": read_by(findings)}
    answer(content, json, lambda found: columns([(rule, str(n)) for rule, n in found["read_by"].items()]))


def export(
    samples: Samples,
    model: Model,
    out: Out,
    prompt: PromptName = None,
    criterion: Criterion = None,
    limit: Limit = None,
    max_new_tokens: Tokens = 512,
    lines: Annotated[int, typer.Option(min=1, help="Questions a file.")] = 1000,
    inline: Annotated[bool, typer.Option("--inline", help="Put the pictures into the lines, not beside them.")] = False,
    json: Json = False,
) -> None:
    """Write what is unanswered as files for `vllm run-batch`."""
    from coinco_core.labelling.batches import export_batches
    from coinco_core.samples import read_samples

    question = _question(prompt, criterion, model, server="batch")
    rows = read_samples(samples)[:limit]
    counts = export_batches(
        rows, samples, model, question, out, _vllm(max_new_tokens), lines=lines, as_files=not inline
    )
    content = {"out": str(out / "batch"), **counts}
    answer(content, json, lambda found: f"{found['questions']} questions in {found['files']} files in {found['out']}")


def take_in(
    samples: Samples,
    out: Annotated[Path, typer.Argument(help="The run's folder.")],
    outputs: Annotated[
        list[Path] | None, typer.Argument(help="vLLM's output files, finished or not; none for datatrove's.")
    ] = None,
    json: Json = False,
) -> None:
    """Take answers from vLLM's output files, or from what datatrove wrote, into a run."""
    from coinco_core.labelling.batches import import_batches
    from coinco_core.labelling.tables import compact_what_is_there

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
    max_new_tokens: Tokens = 512,
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
    cluster = _cluster()
    question = _question(prompt, criterion, model, server="batch")
    settings = _vllm(max_new_tokens, in_flight)
    if server is None and not trust_remote_code:
        raise InputError(
            "datatrove always starts vLLM with --trust-remote-code; allow that by the option of this name, or start "
            "the server yourself and name it by --server."
        )
    started = {} if server else {"tp": gpus, "model_kwargs": {**cluster.VLLM, **read_parameters(vllm or [], "-")}}
    steps = cluster.pipeline(samples, model, question, out, settings, server=server, limit=limit, vllm=started)
    slurm = {"partition": partition, "time": time, "gpus_per_task": 0 if server else gpus, "qos": qos}
    slurm |= {"cpus_per_task": cpus, "mem_per_cpu_gb": memory, "venv_path": venv}
    cluster.execute(steps, out, executor, tasks, workers, slurm)


def read_shard(text: str) -> tuple[int, int]:
    """The shard that 'i/n' names: which of how many, counted from 0."""
    index, slash, count = text.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal()):
        raise InputError(f"'{text}' is not a shard; write it like 0/8, the first of eight.")
    return int(index), int(count)


def _question(version: str | None, criterion: str | None, model: str, server: str | None) -> Prompt:
    from coinco_core.engines import ROLES
    from coinco_core.prompts import student_prompt, teacher_prompt

    version = version or ("placed" if model in ROLES and server is None else "full")
    return teacher_prompt(version) if criterion is None else student_prompt(criterion, version)


def _secret(variable: str) -> str:
    """The key in an environment variable: on the command line it would be there for every user to see."""
    key = os.environ.get(variable)
    if not key:
        raise InputError(f"The environment variable {variable} is not set; put the server's key there.")
    return key


def _vllm(max_new_tokens: int, in_flight: int = 256) -> ServerSettings:
    from coinco_core.engines.server import ServerSettings

    return ServerSettings(max_new_tokens=max_new_tokens, in_flight=in_flight, dialect="vllm")


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


def _say_counts(answers: Any, out: Path, prompt: str, json: bool) -> None:
    failed = int(answers["error"].notna().sum())
    content = {"out": str(out), "answers": len(answers) - failed, "failed": failed, "prompt": prompt}
    answer(content, json, lambda found: f"{found['answers']} answers in {found['out']}, {found['failed']} failed")
    if failed:
        raise CheckError(
            f"{failed} of {len(answers)} samples have no answer; {out}/failed.jsonl says why, and the same command "
            "tries them again."
        )
