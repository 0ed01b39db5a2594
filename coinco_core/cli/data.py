"""`coinco data`: what is here, what is missing, does it match; fetching it; images made into samples."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from coinco_core.cli.output import Json, answer, columns, say, standard_output_kept_for_json
from coinco_core.cli.replacing import Overwrite, write_new
from coinco_core.errors import CheckError, MissingError

app = typer.Typer(
    help="What is here, what is missing, does it match; fetch it; make samples of images.",
    no_args_is_help=False,
    rich_markup_mode=None,
)

Folder = Annotated[
    str | None,
    typer.Option("--data-dir", "--folder", help="Where the released files lie (else COINCO_DATA, else data/released)."),
]


@app.command("list")
def list_files(folder: Folder = None, json: Json = False) -> None:
    """List the released files and the demo models, and say which are here."""
    rows = [*_demo_rows(), *_released_rows(folder, look_inside=False)]
    answer(rows, json, _as_text)


@app.command("check")
def check(
    folder: Folder = None,
    strict: Annotated[bool, typer.Option("--strict", help="A count that is not the paper's is wrong too.")] = False,
    json: Json = False,
) -> None:
    """Check what is here against description and lock; exit code 1 when a file is wrong, 3 when none is here."""
    rows = [*_demo_rows(), *_released_rows(folder, look_inside=True)]
    answer(rows, json, _as_text)
    wrong = [row["name"] for row in rows if row["state"] == "wrong"]
    if wrong:
        raise CheckError(f"{len(wrong)} of the files are not as described: {', '.join(wrong)}.")
    if all(row["state"] == "missing" for row in rows if not row["name"].startswith("demo-")):
        raise MissingError("None of the released files is here; `coinco data fetch` says how to get them.")
    other = [row["name"] for row in rows if _differs_from_paper(row)]
    if strict and other:
        raise CheckError(
            f"{len(other)} of the files cover another number of images than the paper: {', '.join(other)}."
        )


@app.command("fetch")
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names from `coinco data list`.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All there is: images, latents and models too.")] = False,
    revision: Annotated[str | None, typer.Option(help="A commit, branch or tag of the hub (else the newest).")] = None,
    folder: Folder = None,
    json: Json = False,
) -> None:
    """Fetch released files that are missing, lock them by their digests, and unpack archives.

    Without names: the answers and the tables beside them, which need little room. What is here is not fetched again.
    With HF_HUB_OFFLINE or COINCO_OFFLINE set no connection is tried: the commands to run elsewhere are printed, and the
    exit code is 3.
    """
    from coinco_core import released

    entries = [released.released_file(name) for name in names or []]
    if not entries:
        entries = [e for e in released.FILES if everything or (e.is_file and not e.source.unpack_to)]
    with standard_output_kept_for_json(True):
        report = released.fetch(entries, released.data_folder(folder), revision=revision, say=say)
    answer(asdict(report), json, _fetched_text)
    if report.missing:
        raise MissingError(
            f"{len(report.missing)} released files are missing and nothing was downloaded, as this machine is set to "
            "be offline; run the commands above where there is a network, and bring the folder here."
        )


@app.command("unpack")
def unpack(
    archive: Annotated[list[Path], typer.Argument(help="A zip archive, or all the parts of one in their order.")],
    out: Annotated[Path, typer.Option(help="The new folder.")],
    json: Json = False,
) -> None:
    """Unpack an archive that was fetched by other means; unsafe entries are refused."""
    from coinco_core import released

    content = {"folder": str(out), "files": released.unpack(archive, out)}
    answer(content, json, lambda made: f"{made['files']} files in {made['folder']}")


@app.command("coco")
def coco(
    annotations: Annotated[Path, typer.Argument(help="COCO's instances_*.json.")],
    images: Annotated[Path, typer.Argument(help="The folder with the images.")],
    out: Annotated[Path, typer.Option(help="The folder for the table, masks and list of what was skipped.")],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    seed: Annotated[int, typer.Option(help="Decides which object of an image is boxed.")] = 0,
    objects: Annotated[str, typer.Option(help="'one' object an image or 'all'.")] = "one",
    crowd: Annotated[str, typer.Option(help="'skip' or 'keep' regions that hold a crowd.")] = "skip",
    boxed: Annotated[bool, typer.Option("--boxed", help="Also write each image with its red box.")] = False,
    json: Json = False,
) -> None:
    """Make COCO annotations and images into a table of samples with masks."""
    from coinco_core.coco import SKIPPED_NAME, coco_samples
    from coinco_core.files import read_table
    from coinco_core.samples import write_boxed_images

    samples = coco_samples(annotations, images, out, split=split, seed=seed, crowd=crowd, objects=objects)
    if boxed:
        write_boxed_images(out, samples)
    skipped = len(read_table(out / SKIPPED_NAME))
    content = {"folder": str(out), "samples": len(samples), "skipped": skipped}
    answer(
        content,
        json,
        lambda found: f"{found['samples']} samples in {found['folder']}; {found['skipped']} entries skipped",
    )


@app.command("samples")
def samples(
    images: Annotated[Path, typer.Argument(help="The folder with COinCO's images, INDEX.png.")],
    masks: Annotated[Path, typer.Argument(help="The folder with their box masks, INDEX.png.")],
    out: Annotated[Path, typer.Option(help="The folder for the table of samples and the teacher's findings.")],
    pool: Annotated[str, typer.Option(help="training or testing.")] = "training",
    objects_split: Annotated[
        bool, typer.Option("--objects-split", help="Split as the authors' tables for Objects-from-Context do.")
    ] = False,
    overwrite: Overwrite = False,
    folder: Folder = None,
    json: Json = False,
) -> None:
    """Make COinCO's images and Qwen's released answers into a table of samples with the teacher's findings."""
    from coinco_core import released
    from coinco_core.responses.table import response_table
    from coinco_core.samples import TABLE_NAME, samples_table

    base, ending = released.data_folder(folder), "-testing" if pool == "testing" else ""
    listed = base / released.released_file(f"inpainting-{pool}").path
    objects = released.read_objects(base) if objects_split else None
    rows = released.released_samples(listed, images, pool=pool, mask_dir=masks, objects=objects)
    answers = released.read_answers(base / released.released_file(f"answers-qwen{ending}").path, "qwen", pool).table
    findings = response_table(answers["text"])
    findings.insert(0, "sample_id", answers["sample_id"])
    write_new({out / TABLE_NAME: samples_table(out, rows), out / "findings.parquet": findings}, overwrite)
    content = {"folder": str(out), "samples": len(rows), "findings": len(answers)}
    answer(content, json, lambda made: f"{made['samples']} samples and {made['findings']} findings in {made['folder']}")


def _demo_rows() -> list[dict[str, Any]]:
    from coinco_core.demo import demo_world

    weights = demo_world("weights")
    rows = []
    for name in weights.DEMO_MODELS:
        try:
            state, detail = "ok", str(weights.demo_weights(name))
        except MissingError as error:
            state, detail = "missing", str(error)
        rows.append({"name": f"demo-{name}", "state": state, "detail": detail})
    return rows


def _released_rows(folder: str | None, *, look_inside: bool) -> list[dict[str, Any]]:
    from coinco_core import released

    base = released.data_folder(folder)
    rows = []
    for entry in released.FILES:
        row: dict[str, Any] = {
            "name": entry.name,
            "state": "missing",
            "detail": f"{entry.what} (section {entry.section}, size {entry.source.size})",
        }
        row |= {"repository": entry.repository, "size": entry.source.size}
        if released.is_here(entry, base):
            row["state"] = "ok"
            if look_inside:
                found = released.check_file(entry, base)
                row |= {"state": found.state, "detail": found.detail, "samples": found.samples, "paper": found.paper}
        rows.append(row)
    return rows


def _differs_from_paper(row: dict[str, Any]) -> bool:
    counts = row.get("samples"), row.get("paper")
    return None not in counts and counts[0] != counts[1]


def _as_text(rows: list[dict[str, Any]]) -> str:
    return columns([(row["name"], row["state"], row["detail"] + _beside_paper(row)) for row in rows])


def _beside_paper(row: dict[str, Any]) -> str:
    """The count of images beside the paper's, where both are known."""
    if row.get("samples") is None or row.get("paper") is None:
        return ""
    return f"; {row['samples']:,} images, the paper {row['paper']:,}"


def _fetched_text(report: dict[str, Any]) -> str:
    lines = [f"{name}: {word}" for word in ("fetched", "here") for name in report[word]]
    return "\n".join([*lines, *report["commands"]])
