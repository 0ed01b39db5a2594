"""A store of latents being made: where, what may be replaced by it, and how it takes its place."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coinco_core.errors import InputError, did_you_mean
from coinco_core.files import read_json, replace_folder, sha256_file, write_json, write_table
from coinco_core.objects_from_context.latents.encoder import LATENT_SHAPE
from coinco_core.objects_from_context.latents.shards import COMMITS, LOCK, PLAN, ShardWriter, tidy
from coinco_core.objects_from_context.latents.store import ARRAYS, IMAGES, INDEX, MASKS, RECORD, VERSION, unfinished
from coinco_core.provenance import record as made_with

DTYPES = ("float32", "float16")


def write_store(folder: Path, made_from: str, dtype: str, samples: int, shard: int) -> ShardWriter:
    """The writer of an unfinished store, which goes on where another one of the same plan was killed.

    Raises InputError when the folder holds anything that is not a store's: the finished store will take its place.
    """
    if dtype not in DTYPES:
        raise InputError(f"Latents are kept in float32 or float16, not '{dtype}'.{did_you_mean(dtype, DTYPES)}")
    if shard < 1:
        raise InputError(f"A shard must hold at least 1 sample, not {shard}.")
    _check_replaceable(folder)
    plan = {"version": VERSION, "made_from": made_from, "dtype": dtype, "samples": samples, "shard": shard}
    return ShardWriter(unfinished(folder), ARRAYS, LATENT_SHAPE, dtype, plan)


def finish_store(writer: ShardWriter, folder: Path, facts: Mapping[str, str], made_from: str, **more: Any) -> None:
    """Put the finished store in the place of the folder; a store that was there before stays whole until then.

    Where no sample could be used, what was made is removed and an InputError raised.
    """
    index = writer.finish()
    if (index["problem"] != "").all():
        shutil.rmtree(writer.folder)
    check_any(index["problem"].tolist())
    write_table(writer.folder / INDEX, index)
    counts = {"samples": len(index), "images": writer.rows("image"), "masks": writer.rows("mask")}
    counts["failed"] = int((index["problem"] != "").sum())
    record = {
        "version": VERSION, "made_from": made_from, "encoder": dict(facts), "counts": counts, **more,
        "index": sha256_file(writer.folder / INDEX),
        "provenance": made_with(profile=None, seed=None, inputs={"samples": made_from}),
    }  # fmt: skip
    write_json(writer.folder / RECORD, record)
    replace_folder(writer.folder, folder)
    tidy(folder)  # only now: until the folder has its place, a killed run goes on from what is removed


def check_any(problems: Sequence[str]) -> None:
    """Raises InputError when every sample has a problem, with the first one."""
    if all(problems):
        first = f" ({problems[0].rstrip('.')})" if problems else ""
        raise InputError(f"None of the {len(problems)} samples can be used{first}.")


def stale(folder: Path, made_from: str) -> str | None:
    """Why the latents in a folder cannot be used for what is wanted; None when they can.

    What a run that was killed just after its end left in the folder is then removed.
    """
    if not (folder / RECORD).is_file():
        return "there were none yet"
    record = read_json(folder / RECORD)
    same = record.get("version") == VERSION and record["made_from"] == made_from
    if not same:
        return "images, boxes, autoencoder or preparation changed"
    tidy(folder)
    return None


def _check_replaceable(folder: Path) -> None:
    """Raises InputError when the folder is neither absent, nor empty, nor a store alone."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder for the latents.")
    held = {path.name for path in folder.iterdir()}
    foreign = sorted(held - {IMAGES, MASKS, INDEX, RECORD, COMMITS, PLAN, LOCK})
    if foreign or (held and RECORD not in held):
        shown = foreign[0] if foreign else min(held)
        raise InputError(
            f"{folder} holds {shown} and is no store of latents, which would take its place; name a folder of its own."
        )
