"""`coinco latents`: images and box masks as latents, the authors' latents converted, and a store checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.output import Json, answer, say, standard_output_kept_for_json
from coinco_core.errors import CheckError

if TYPE_CHECKING:
    from coinco_core.objects_from_context.latents.store import LatentStore

app = typer.Typer(
    help="Images and box masks as latents of an autoencoder, for Objects-from-Context.", rich_markup_mode=None
)

_SHOWN = 3  # failures that are told one by one; all of them are in the store's index
Out = Annotated[Path, typer.Option(help="The store's folder; an interrupted run is resumed.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace other finished latents that OUT holds.")]
Dtype = Annotated[str, typer.Option(help="float32, or float16 for half the space.")]


@app.command("encode")
def encode(
    samples: Annotated[Path, typer.Argument(help="A folder with samples.parquet, or that table.")],
    out: Out,
    vae: Annotated[str, typer.Option(help="demo, sd-2.1 (the paper's), a folder, or a hub id.")] = "demo",
    dtype: Dtype = "float32",
    resize: Annotated[str, typer.Option(help="stretch as published, or pad to keep the aspect ratio.")] = "stretch",
    scaled: Annotated[bool, typer.Option("--scaled", help="Multiply by the autoencoder's scaling factor.")] = False,
    sampled: Annotated[bool, typer.Option("--sampled", help="Draw the latents instead of taking their mean.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="What --sampled draws from.")] = 0,
    device: Annotated[str | None, typer.Option(help="cuda, mps or cpu; the best there is.")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Encode the images and box masks of a table of samples; resumable."""
    from coinco_core.objects_from_context.latents.encoder import load_encoder
    from coinco_core.objects_from_context.latents.encoding import encode_samples
    from coinco_core.objects_from_context.latents.preparation import Preparation
    from coinco_core.samples import read_samples

    rows = read_samples(samples)
    preparation = Preparation(resize, scaled, sampled, seed if sampled else 0)
    with standard_output_kept_for_json(json):
        folder = samples if samples.is_dir() else samples.parent
        store = encode_samples(
            rows, folder, load_encoder(vae, device, preparation), out, say, dtype, overwrite=overwrite
        )
    _tell(store, out, json)


@app.command("convert")
def convert(
    folder: Annotated[Path, typer.Argument(help="The data folder with the authors' tables and latents.")],
    out: Out,
    dtype: Dtype = "float32",
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Convert the authors' cached latents, one pickled file an image, without running what is in them; resumable."""
    from coinco_core.objects_from_context.latents.authors import convert_latents

    with standard_output_kept_for_json(json):
        store = convert_latents(folder, out, say, dtype, overwrite=overwrite)
    differ = store.record["labels_that_differ"]
    if differ:
        say(f"{len(differ)} files have another label than the authors' table, the first of them {differ[0]}.")
    _tell(store, out, json)


@app.command("check")
def check(out: Annotated[Path, typer.Argument(help="The store's folder.")], json: Json = False) -> None:
    """Hold every row of a store against its digest; exit code 1 when one is wrong, 3 when the store is not finished."""
    from coinco_core.objects_from_context.latents.store import open_store

    store = open_store(out, say=say)
    answer(_content(store, out), json, lambda found: f"{_text(found)}; every row is as it was written")


def _tell(store: LatentStore, out: Path, json: bool) -> None:
    """Print what the store holds, and fail when it does not hold every sample."""
    answer(_content(store, out) | {"reused": store.reused}, json, _text)
    for sample_id, reason in store.failures[:_SHOWN]:
        say(f"{sample_id}: {reason}")
    if store.failures:
        raise CheckError(
            f"{len(store.failures)} of {len(store.index)} samples have no latents; the column problem of "
            f"{out}/index.parquet says why."
        )


def _content(store: LatentStore, out: Path) -> dict[str, Any]:
    counts = dict(store.record["counts"])
    differ = {key: len(store.record[key]) for key in ("labels_that_differ",) if key in store.record}
    return {"out": str(out), **counts, "dtype": store.record["dtype"], "encoder": store.facts, **differ}


def _text(found: dict[str, Any]) -> str:
    used = found["samples"] - found["failed"]
    return (
        f"Latents of {used:,} samples in {found['out']} ({found['images']:,} images, {found['masks']:,} masks, "
        f"{found['dtype']}), {found['failed']:,} failed"
    )
