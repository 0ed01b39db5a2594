"""`coinco label` and `reread`: a model answers over a table of samples, and its answers are read."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.output import Json, answer, columns, say, standard_output_kept_for_json
from coinco_core.cli.parameters import read_parameters
from coinco_core.errors import CheckError, InputError

if TYPE_CHECKING:
    from coinco_core.prompts import Prompt

Samples = Annotated[Path, typer.Argument(help="A folder with samples.parquet, or that table.")]
Model = Annotated[str, typer.Option(help="molmo, qwen or internvl (demo), a folder, or a hub id.")]
Out = Annotated[Path, typer.Option(help="The run's folder; an interrupted run is resumed.")]
PromptName = Annotated[
    str | None, typer.Option(help="full, published (the authors'), compact or placed; placed for the demo models.")
]
Criterion = Annotated[str | None, typer.Option(help="Ask one student's question instead of the teacher's.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first so many samples.")]
Tokens = Annotated[
    int | None, typer.Option(min=1, help="The longest answer, in tokens (512; published-internvl: 1024).")
]
Decoding = Annotated[
    str, typer.Option(help="greedy, or published-qwen, -molmo, -internvl or -student: as the authors' scripts.")
]
Revision = Annotated[
    str | None, typer.Option(help="Commit of the weights: loaded here, or as the server was started with.")
]
ServedWith = Annotated[
    list[str] | None, typer.Option(help="name=value that the server cannot say, such as quantization=fp8; each once.")
]
InFlight = Annotated[int, typer.Option(min=1, help="Requests on their way to the server at once.")]


def add_commands(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("label")(label)
    app.command("reread")(reread)


def label(
    samples: Samples,
    model: Model,
    out: Out,
    server: Annotated[str | None, typer.Option(help="URL of an OpenAI-compatible server, with /v1.")] = None,
    prompt: PromptName = None,
    criterion: Criterion = None,
    shard: Annotated[str, typer.Option(help="i/n: only every n-th part, counted from 0/n, for n workers.")] = "0/1",
    limit: Limit = None,
    max_new_tokens: Tokens = None,
    decoding: Decoding = "greedy",
    batch_size: Annotated[int, typer.Option(min=1, help="Images at once, in this process.")] = 8,
    in_flight: InFlight = 64,
    retries: Annotated[int, typer.Option(min=0, help="Attempts after the first, at a server.")] = 5,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that a server has for one answer.")] = 600.0,
    dialect: Annotated[
        str, typer.Option(help="auto, openai, or vllm to set what vLLM reads from the model's file.")
    ] = "auto",
    patience: Annotated[float, typer.Option(min=0, help="Seconds for which a server that went away is waited for.")] = (
        1800.0
    ),
    api_key_env: Annotated[str | None, typer.Option(help="Environment variable that holds the server's key.")] = None,
    revision: Revision = None,
    served_with: ServedWith = None,
    structured: Annotated[
        bool,
        typer.Option("--structured", help="Have vLLM force answers into their form; another job."),
    ] = False,
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Run code that the model's repository brings.")
    ] = False,
    json: Json = False,
) -> None:
    """Let a model answer over a table of samples; resumable."""
    from coinco_core.engines import load_engine
    from coinco_core.engines.decoding import named_decoding
    from coinco_core.labelling import label as label_samples
    from coinco_core.prompts import answer_form
    from coinco_core.samples import read_samples

    rows = read_samples(samples)[:limit]
    question = prompt_of(prompt, criterion, model, server)
    chosen = named_decoding(decoding, max_new_tokens)
    settings: dict[str, Any] = asdict(chosen) if server is None else chosen.served()
    if server is None and structured:
        raise InputError("Only a server forces answers into a form; name it by --server, or leave --structured out.")
    if server is None:
        settings |= {"batch_size": batch_size, "revision": revision, "trust_remote_code": trust_remote_code}
    else:
        settings |= {"in_flight": in_flight, "retries": retries, "timeout_s": timeout, "dialect": dialect}
        settings |= {"patience_s": patience, "declared": declared(revision, served_with)}
        settings |= {"api_key": secret(api_key_env)} if api_key_env else {}
        settings |= {"form": answer_form(criterion)} if structured else {}
    with standard_output_kept_for_json(json):
        engine = load_engine(model, server=server, **settings)
        for note in engine.notes:
            say(note)
        answers = label_samples(rows, samples, engine, question, out, shard=read_shard(shard), report=say)
    _say_counts(answers, out, question.name, json)


def reread(
    out: Annotated[Path, typer.Argument(help="The folder of a run of `coinco label`.")], json: Json = False
) -> None:
    """Read the answers of a run again, as the parser reads them today; the answers stay as they are."""
    from coinco_core.labelling.findings import criterion_of, read_again, read_by

    findings = read_again(out, criterion_of(out))
    content = {"out": str(out), "answers": len(findings), "read_by": read_by(findings)}
    answer(content, json, lambda found: columns([(rule, str(n)) for rule, n in found["read_by"].items()]))


def declared(revision: str | None, served_with: list[str] | None) -> dict[str, Any]:
    """What the user says of a served model: its revision, and how it is served."""
    return ({"revision": revision} if revision else {}) | read_parameters(served_with or [], "-")


def read_shard(text: str) -> tuple[int, int]:
    """The shard that 'i/n' names: which of how many, counted from 0."""
    index, slash, count = text.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal()):
        raise InputError(f"'{text}' is not a shard; write it like 0/8, the first of eight.")
    return int(index), int(count)


def prompt_of(version: str | None, criterion: str | None, model: str, server: str | None) -> Prompt:
    """The prompt of that version, the teacher's or a student's; the demo's own models read the short one."""
    from coinco_core.engines import ROLES
    from coinco_core.prompts import student_prompt, teacher_prompt

    version = version or ("placed" if model in ROLES and server is None else "full")
    return teacher_prompt(version) if criterion is None else student_prompt(criterion, version)


def secret(variable: str) -> str:
    """The key in an environment variable: on the command line it would be there for every user to see."""
    key = os.environ.get(variable)
    if not key:
        raise InputError(f"The environment variable {variable} is not set; put the server's key there.")
    return key


def _say_counts(answers: Any, out: Path, prompt: str, json: bool) -> None:
    failed = int(answers["error"].notna().sum())
    content = {"out": str(out), "answers": len(answers) - failed, "failed": failed, "prompt": prompt}
    answer(content, json, lambda found: f"{found['answers']} answers in {found['out']}, {found['failed']} failed")
    if failed:
        raise CheckError(
            f"{failed} of {len(answers)} samples have no answer; {out}/failed.jsonl says why, and the same command "
            "tries them again."
        )
