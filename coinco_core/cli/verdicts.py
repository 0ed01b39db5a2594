"""`coinco verdicts`: the three students over a table of samples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.labelling import InFlight, Revision, ServedWith, Tokens, declared, secret
from coinco_core.cli.output import Json, answer, say, standard_output_kept_for_json
from coinco_core.cli.parameters import read_parameters
from coinco_core.demo import DEMO
from coinco_core.errors import CheckError, InputError, did_you_mean
from coinco_core.judgements import CRITERIA, CRITERION_TITLES

if TYPE_CHECKING:
    import pandas

SERVED_PART = 256  # samples of which the answers of a server are kept together; a kill costs at most these


def add_commands(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("verdicts")(verdicts)


def verdicts(
    samples: Annotated[Path, typer.Argument(help="A folder with samples.parquet, or that table.")],
    out: Annotated[Path, typer.Option(help="The run's folder; an interrupted run is resumed.")],
    model: Annotated[str, typer.Option(help="'demo', 'released' (the authors'), a folder, or a hub id.")] = DEMO,
    base: Annotated[str | None, typer.Option(help="The adapters' base, where it does not lie beside them.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many samples.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Images at once.")] = 16,
    nf4: Annotated[
        bool, typer.Option("--nf4", help="Evaluate as the authors did, in 4 bits; needs a CUDA GPU and bitsandbytes.")
    ] = False,
    server: Annotated[str | None, typer.Option(help="URL of a server of the base and students, with /v1.")] = None,
    served: Annotated[
        list[str] | None, typer.Option(help="CRITERION=NAME, where the server has a student under another name.")
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="Of served students: full, published, compact or placed.")] = None,
    in_flight: InFlight = 64,
    max_new_tokens: Tokens = None,
    api_key_env: Annotated[str | None, typer.Option(help="Environment variable that holds the server's key.")] = None,
    revision: Revision = None,
    served_with: ServedWith = None,
    json: Json = False,
) -> None:
    """Let the three students judge a table of samples, in this process or behind a server; resumable."""
    from coinco_core.samples import read_samples

    asked: dict[str, Any] = {"--served": served, "--prompt": prompt, "--api-key-env": api_key_env}
    asked |= {"--revision": revision, "--served-with": served_with, "--max-new-tokens": max_new_tokens}
    _check_options(server, asked, {"--model": model != DEMO, "--nf4": nf4})
    rows = read_samples(samples)[:limit]
    with standard_output_kept_for_json(json):
        from coinco_core.distillation.classifier import ContextClassifier
        from coinco_core.distillation.classifier.bulk import classify_samples

        classifier: Any
        how: dict[str, Any]
        if server is None:
            classifier = ContextClassifier.from_pretrained(model, base=base, in_nf4=nf4)
            how = {"batch_size": batch_size}
        else:
            from coinco_core.engines.base import ANSWER_TOKENS

            settings: dict[str, Any] = {"in_flight": in_flight, "max_new_tokens": max_new_tokens or ANSWER_TOKENS}
            settings |= {"api_key": secret(api_key_env)} if api_key_env else {}
            classifier = _connected(server, base, served, prompt, declared(revision, served_with), settings)
            model, how = server, {"batch_size": SERVED_PART, "part_samples": SERVED_PART}
        for note in classifier.record["notes"]:
            say(f"Note: {note}")
        table = classify_samples(classifier, rows, samples, out, report=say, **how)
    warning = next(filter(None, (classifier.warning(sample.source) for sample in rows)), "")
    content = {"out": str(out), "model": model, "samples": len(rows), **_counts(table), "warning": warning}
    answer(content | ({"precision": "nf4"} if nf4 else {}), json, _as_text)
    if content["failed"]:
        reasons = "the column `error` of verdicts.parquet says why"
        raise CheckError(f"{content['failed']} of {len(rows)} samples could not be judged; {reasons}.")


def _check_options(server: str | None, of_served: dict[str, Any], of_local: dict[str, Any]) -> None:
    """Raises InputError for an option that would change nothing, as it is about students of the other kind."""
    given = [name for name, value in (of_local if server else of_served).items() if value]
    if given and server:
        raise InputError(f"{given[0]} is about students in this process; leave it out, or leave --server out.")
    if given:
        raise InputError(f"{given[0]} is about students behind a server; name that by --server, or leave it out.")


def _connected(
    server: str,
    base: str | None,
    served: list[str] | None,
    prompt: str | None,
    told: dict[str, Any],
    settings: dict[str, Any],
) -> Any:
    """The served students; InputError when it is not said under which name the server has their base."""
    from coinco_core.distillation.classifier.served import ServedClassifier

    if base is None:
        raise InputError("Say with --base what the server calls the students' base: they are compared with it.")
    names = {name: str(value) for name, value in read_parameters(served or [], "-").items()}
    for name in names:
        if name not in CRITERIA:
            raise InputError(f"'{name}' is not a criterion.{did_you_mean(name, CRITERIA)}")
    return ServedClassifier.connect(server, base, names, prompt_version=prompt or "full", declared=told, **settings)


def _counts(table: pandas.DataFrame) -> dict[str, Any]:
    """How many samples have no verdict, how many answers were cut off or not readable, and by criterion how many of the
    readable ones say in-context."""
    failed = table["error"].notna()
    judged = table[~failed]
    readable = judged["readable"].astype(bool)
    in_context = judged[readable].groupby("criterion")["in_context"].sum()
    return {
        "failed": int(table.loc[failed, "sample_id"].nunique()),
        "unfinished": int((~judged["finished"].astype(bool)).sum()),
        "unreadable": int((~readable).sum()),
        "in_context": {criterion: int(in_context.get(criterion, 0)) for criterion in CRITERIA},
    }


def _as_text(found: dict[str, Any]) -> str:
    counts = ", ".join(f"{CRITERION_TITLES[criterion]} {n}" for criterion, n in found["in_context"].items())
    lines = [
        f"Verdicts on {found['samples'] - found['failed']} samples in {found['out']}, {found['failed']} failed",
        f"in context by {counts}; {found['unfinished']} answers cut off, {found['unreadable']} not readable",
    ]
    return "\n".join([*lines, *([f"Note: {found['warning']}"] if found["warning"] else [])])
