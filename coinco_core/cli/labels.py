"""`coinco consensus` and `split`: from several models' answers to labels, and from labels to training sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from coinco_core.cli.output import Json, answer, columns
from coinco_core.cli.replacing import Overwrite, write_new
from coinco_core.errors import InputError
from coinco_core.judgements import FINAL_DECISION

_ANSWERS = "One model's answers, a file or a folder of `coinco label`, or NAME=PATH; once for each model or part."


def add_commands(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("consensus")(consensus)
    app.command("split")(split)


def consensus(
    answers: Annotated[list[str], typer.Option(help=_ANSWERS)],
    out: Annotated[Path, typer.Option(help="The table of labels (Parquet) to write.")],
    pool: Annotated[
        str | None, typer.Option(help="training or testing, of files with coco_index; else by the file's name.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstrap intervals.")] = 0,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Keep what all models agree on; prints the counts."""
    from coinco_core.consensus import consensus_report, gather, labels_table, read_ballot

    votes = gather([read_ballot(model, paths, pool) for model, paths in named_paths(answers).items()])
    report = consensus_report(votes, seed)
    write_new({out: labels_table(votes)}, overwrite)
    answer({"out": str(out), **report}, json, _consensus_text)


def named_paths(given: Sequence[str]) -> dict[str, list[Path]]:
    """The paths of each model, from PATH (named by the file) and NAME=PATH, of which several may have one name.

    Raises InputError when two files that were given no name have the same.
    """
    from coinco_core.consensus import model_name

    paths: dict[str, list[Path]] = {}
    for text in given:
        name, equals, path = text.partition("=")
        explicit = bool(equals and name) and "/" not in name and not Path(text).exists()
        model, source = (name, Path(path)) if explicit else (model_name(text), Path(text))
        if model in paths and not explicit:
            raise InputError(
                f"Two files of answers have the same model's name; write {model}=PATH for each part of '{model}'."
            )
        paths.setdefault(model, []).append(source)
    return paths


def _consensus_text(report: dict[str, Any]) -> str:
    names = list(next(iter(report["states"].values())))
    rows = [("", *names, *(["the paper: in, out"] if report["published"] else []))]
    for question, counts in report["states"].items():
        rows.append((question, *(str(counts[name]) for name in names), *_published(report["published"], question)))
    lines = [f"{report['n_samples']} samples, models {', '.join(report['models'])}", columns(rows)]
    for model, reading in report["reading"].items():
        lines.append(f"{model}: {_reading_text(reading)}; {report['n_duplicates'][model]} repeated rows left out")
    any_lost = report["final_only"]["any"]
    lines.append(f"{any_lost} samples are unanimous on the final decision but not on every criterion")
    return "\n".join([*lines, _agreement_text(report["agreement"])])


def _published(counts: dict[str, int] | None, question: str) -> list[str]:
    if counts is None:
        return []
    return [f"{counts['in']}, {counts['out']}" if question == "in_context" else ""]


def _reading_text(reading: dict[str, Any]) -> str:
    read = f"{reading['read']} of {reading['answers']} answers read, {reading['partly']} in part"
    rate = reading["contradiction_rate"]
    at_odds = "" if rate is None else f", {rate:.1%} at odds with themselves"
    rules = "" if not reading["rules"] else f" ({', '.join(f'{name} {n}' for name, n in reading['rules'].items())})"
    return f"{read}{rules}{at_odds}"


def _agreement_text(found: dict[str, Any]) -> str:
    rows = [("Fleiss' kappa", "value", "95 % interval", "PABAK")]
    for question, figures in found.items():
        kappa, pabak = figures["fleiss_kappa"], figures["pabak"]["value"]
        value, between = ("-", kappa["why"])
        if kappa["value"] is not None:
            value, between = f"{kappa['value']:.3f}", f"{kappa['low']:.3f} to {kappa['high']:.3f}"
        rows.append((question, value, between, "-" if pabak is None else f"{pabak:.3f}"))
    return columns(rows)


def split(
    labels: Annotated[Path, typer.Argument(help="The table of labels that `coinco consensus` wrote.")],
    criterion: Annotated[str, typer.Option(help="location, co_occurrence, size, or final (the final decision).")],
    out: Annotated[Path, typer.Option(help="The folder for CRITERION.parquet and CRITERION.json.")],
    recipe: Annotated[str, typer.Option(help="'page' (consensus) or 'code' (one teacher's verdicts).")] = "page",
    verdicts: Annotated[
        str | None, typer.Option("--labels", help="'unanimous' or 'teacher' instead of the recipe's own.")
    ] = None,
    samples: Annotated[Path | None, typer.Option(help="The samples, where several share an image.")] = None,
    train: Annotated[int | None, typer.Option(help="Samples to train on (the recipe's number).")] = None,
    validation: Annotated[int | None, typer.Option(help="Samples to validate on.")] = None,
    test: Annotated[int | None, typer.Option(help="Samples to test on.")] = None,
    seed: Annotated[int, typer.Option(help="Decides who goes where.")] = 42,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Draw a student's balanced train, validation and test sets, no image in two of them."""
    from coinco_core import splits
    from coinco_core.files import read_table, sha256_file, write_json
    from coinco_core.provenance import record
    from coinco_core.samples import read_samples

    chosen = splits.recipe(recipe, labels=verdicts, train=train, validation=validation, test=test)
    table = read_table(labels)
    if samples is not None:
        images = {sample.sample_id: sample.image for sample in read_samples(samples)}
        table = table.assign(image=table["sample_id"].map(images).fillna(table["sample_id"]))
    question = FINAL_DECISION if criterion == "final" else criterion
    drawn = splits.split_labels(table, question, chosen, seed)
    path, record_path = out / f"{criterion}.parquet", out / f"{criterion}.json"
    if overwrite:
        record_path.unlink(missing_ok=True)  # it never stands beside another's table, however this ends
    if write_new({path: drawn}, overwrite) or not record_path.is_file():
        about: dict[str, Any] = {"criterion": criterion, "recipe": asdict(chosen), "sizes": chosen.sizes}
        about |= {"counts": splits.counts(drawn)}
        inputs = {"labels": sha256_file(labels)}
        write_json(record_path, record(profile=None, seed=seed, inputs=inputs, **about))
    answer({"out": str(path), **chosen.sizes}, json, lambda made: f"{made['out']}: {_sizes_text(chosen.sizes)}")


def _sizes_text(sizes: dict[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sizes.items())
