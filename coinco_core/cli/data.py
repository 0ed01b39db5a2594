"""`coinco data`: what is on disk, what is missing, whether it matches; COCO and COinCO pictures made into samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from coinco_core.cli.output import answer, columns
from coinco_core.errors import CheckError, MissingError

app = typer.Typer(help="What is on disk, what is missing, does it match.", no_args_is_help=False, rich_markup_mode=None)

Folder = Annotated[
    str | None, typer.Option(help="Where the released files lie (else COINCO_DATA, else data/released).")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_files(folder: Folder = None, json: Json = False) -> None:
    """List the released files and the demo models, and say which are here."""
    rows = [*_demo_rows(), *_released_rows(folder, look_inside=False)]
    answer(rows, json, _as_text)


@app.command("check")
def check(folder: Folder = None, json: Json = False) -> None:
    """Check what is here against its description; exit code 1 when a file is wrong, 3 when none is here."""
    rows = [*_demo_rows(), *_released_rows(folder, look_inside=True)]
    answer(rows, json, _as_text)
    wrong = [row["name"] for row in rows if row["state"] == "wrong"]
    if wrong:
        raise CheckError(f"{len(wrong)} of the files are not as described: {', '.join(wrong)}.")
    if all(row["state"] == "missing" for row in rows if not row["name"].startswith("demo-")):
        raise MissingError("None of the released files is here; `coinco data fetch` says how to get them.")


@app.command("fetch")
def fetch(folder: Folder = None, json: Json = False) -> None:
    """Say which downloads would bring the missing released files; exit code 3 while any is missing.

    Nothing is downloaded: the commands are printed for you to run where there is a network.
    """
    from coinco_core import released

    missing = [row["name"] for row in _released_rows(folder, look_inside=False) if row["state"] == "missing"]
    commands = sorted({released.released_file(name).download for name in missing})
    answer({"missing": missing, "commands": commands}, json, lambda content: "\n".join(content["commands"]))
    if missing:
        raise MissingError(
            f"{len(missing)} released files are missing and nothing was downloaded; run the commands above."
        )


@app.command("coco")
def coco(
    annotations: Annotated[Path, typer.Argument(help="COCO's instances_*.json.")],
    images: Annotated[Path, typer.Argument(help="The folder with the pictures.")],
    out: Annotated[Path, typer.Option(help="The folder for the table, masks and list of what was skipped.")],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    seed: Annotated[int, typer.Option(help="Decides which object of a picture is boxed.")] = 0,
    objects: Annotated[str, typer.Option(help="'one' object a picture or 'all'.")] = "one",
    crowd: Annotated[str, typer.Option(help="'skip' or 'keep' regions that hold a crowd.")] = "skip",
    boxed: Annotated[bool, typer.Option("--boxed", help="Also write each picture with its red box.")] = False,
    json: Json = False,
) -> None:
    """Make COCO annotations and pictures into a table of samples with masks."""
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
    images: Annotated[Path, typer.Argument(help="The folder with COinCO's pictures, INDEX.png.")],
    masks: Annotated[Path, typer.Argument(help="The folder with their box masks, INDEX.png.")],
    out: Annotated[Path, typer.Option(help="The folder for the table of samples and the teacher's findings.")],
    pool: Annotated[str, typer.Option(help="training or testing.")] = "training",
    folder: Folder = None,
    json: Json = False,
) -> None:
    """Make COinCO's pictures and Qwen's released answers into a table of samples with the teacher's findings."""
    from coinco_core import released
    from coinco_core.files import write_table
    from coinco_core.labelling import findings_table
    from coinco_core.prompts import teacher_prompt
    from coinco_core.samples import write_samples

    base, ending = released.data_folder(folder), "-testing" if pool == "testing" else ""
    listed = base / released.released_file(f"inpainting-{pool}").path
    rows = released.released_samples(listed, images, pool=pool, mask_dir=masks)
    answers = released.read_answers(base / released.released_file(f"answers-qwen{ending}").path, "qwen", pool).table
    write_samples(out, rows)
    write_table(out / "findings.parquet", findings_table(answers, teacher_prompt("full")))
    content = {"folder": str(out), "samples": len(rows), "findings": len(answers)}
    answer(content, json, lambda made: f"{made['samples']} samples and {made['findings']} findings in {made['folder']}")


def _demo_rows() -> list[dict[str, Any]]:
    from coinco_core.weights import DEMO_MODELS, demo_weights

    rows = []
    for name in DEMO_MODELS:
        try:
            state, detail = "ok", str(demo_weights(name))
        except MissingError as error:
            state, detail = "missing", str(error)
        rows.append({"name": f"demo-{name}", "state": state, "detail": detail})
    return rows


def _released_rows(folder: str | None, *, look_inside: bool) -> list[dict[str, Any]]:
    from coinco_core import released

    base = released.data_folder(folder)
    rows = []
    for entry in released.FILES:
        here = (base / entry.path).is_file()
        state = {"name": entry.name, "state": "ok" if here else "missing", "detail": entry.what}
        if here and look_inside:
            found = released.check_file(entry, base)
            state |= {"state": found.state, "detail": found.detail}
        rows.append(state)
    return rows


def _as_text(rows: list[dict[str, Any]]) -> str:
    return columns([(row["name"], row["state"], row["detail"]) for row in rows])
