"""`coinco label`, `consensus` and `split`: from a table of samples to labels and a training set."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from coinco_core.cli.output import answer, columns, say, standard_output_kept_for_json
from coinco_core.errors import InputError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_commands(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("label")(label)
    app.command("consensus")(consensus)
    app.command("split")(split)


def label(
    samples: Annotated[Path, typer.Argument(help="A folder with samples.parquet, or that table.")],
    model: Annotated[str, typer.Option(help="molmo, qwen or internvl (demo), a folder, or a hub id.")],
    out: Annotated[Path, typer.Option(help="The run's folder; one that was cut short is gone on with.")],
    server: Annotated[str | None, typer.Option(help="URL of an OpenAI-compatible server.")] = None,
    prompt: Annotated[str | None, typer.Option(help="full, compact or placed; placed for the demo models.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many samples.")] = None,
    json: Json = False,
) -> None:
    """Let a model answer over a table of samples; resumable."""
    from coinco_core.engines import ROLES, load_engine
    from coinco_core.labelling import label as label_samples
    from coinco_core.prompts import teacher_prompt
    from coinco_core.samples import read_samples

    rows = read_samples(samples)[:limit]
    version = prompt or ("placed" if model in ROLES and server is None else "full")
    question = teacher_prompt(version)
    with standard_output_kept_for_json(json):
        engine = load_engine(model, server=server)
        answers = label_samples(rows, samples, engine, question, out, report=say)
    failed = int(answers["error"].notna().sum())
    content = {"out": str(out), "answers": len(answers) - failed, "failed": failed, "prompt": question.name}
    answer(content, json, lambda found: f"{found['answers']} answers in {found['out']}, {failed} failed")


def consensus(
    answers: Annotated[list[Path], typer.Option(help="One model's answers; give it once for each model.")],
    out: Annotated[Path, typer.Option(help="The table of labels (Parquet) to write.")],
    json: Json = False,
) -> None:
    """Keep what all models agree on; prints the counts."""
    from coinco_core.consensus import consensus_report, judgement_table, labels_table, model_name, read_answers
    from coinco_core.files import write_table

    read = {model_name(path): read_answers(path) for path in answers}
    if len(read) < len(answers):
        raise InputError("Two files of answers have the same model's name; rename one of them.")
    tables = {model: table for model, (table, _) in read.items()}
    report = consensus_report(tables, {model: repeated for model, (_, repeated) in read.items()})
    write_table(out, labels_table(judgement_table(tables)))
    answer({"out": str(out), **report}, json, _consensus_text)


def _consensus_text(report: dict[str, Any]) -> str:
    states = report["states"]
    names = list(next(iter(states.values())))
    rows = [("", *names), *((question, *(str(states[question][name]) for name in names)) for question in states)]
    dropped = sum(report["n_duplicates"].values())
    models = ", ".join(report["models"])
    return f"{report['n_samples']} samples, models {models}; {dropped} repeated rows dropped\n{columns(rows)}"


def split(
    labels: Annotated[Path, typer.Argument(help="The table of labels that `coinco consensus` wrote.")],
    criterion: Annotated[str, typer.Option(help="location, co_occurrence or size.")],
    out: Annotated[Path, typer.Option(help="The folder for CRITERION.parquet and CRITERION.json.")],
    recipe: Annotated[str, typer.Option(help="'page' (consensus) or 'code' (one teacher's verdicts).")] = "page",
    samples: Annotated[Path | None, typer.Option(help="The samples, where several share a picture.")] = None,
    train: Annotated[int | None, typer.Option(help="Samples to train on (the recipe's number).")] = None,
    validation: Annotated[int | None, typer.Option(help="Samples to validate on.")] = None,
    test: Annotated[int | None, typer.Option(help="Samples to test on.")] = None,
    seed: Annotated[int, typer.Option(help="Decides who goes where.")] = 42,
    json: Json = False,
) -> None:
    """Draw a student's balanced train, validation and test sets, no picture in two of them."""
    from coinco_core import splits
    from coinco_core.files import read_table, sha256_file, write_json, write_table
    from coinco_core.provenance import record
    from coinco_core.samples import read_samples

    chosen = splits.recipe(recipe, train=train, validation=validation, test=test)
    table = read_table(labels)
    if samples is not None:
        pictures = {sample.sample_id: sample.image for sample in read_samples(samples)}
        table = table.assign(image=table["sample_id"].map(pictures).fillna(table["sample_id"]))
    drawn = splits.split_labels(table, criterion, chosen, seed)
    path = write_table(out / f"{criterion}.parquet", drawn)
    inputs = {"labels": sha256_file(labels)}
    write_json(out / f"{criterion}.json", record(profile=None, seed=seed, inputs=inputs, recipe=asdict(chosen)))
    answer({"out": str(path), **chosen.sizes}, json, lambda made: f"{made['out']}: {_counts(chosen.sizes)}")


def _counts(sizes: dict[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sizes.items())
