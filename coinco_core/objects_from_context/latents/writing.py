"""A store of latents being made: where, what may be replaced by it, and how it takes its place."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from coinco_core.errors import InputError, did_you_mean
from coinco_core.files import read_json, replace_folder, sha256_file, write_json, write_table
from coinco_core.objects_from_context.latents.shards import JOURNAL, PLAN, ShardWriter, shard_writer, tidy
from coinco_core.objects_from_context.latents.store import IMAGES, INDEX, MASKS, RECORD, VERSION, Say, unfinished
from coinco_core.provenance import record as made_with
from coinco_core.store.folder import LOCK
from coinco_core.store.journals import Record

if TYPE_CHECKING:
    import pandas as pd

DTYPES = ("float32", "float16")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A sample of the store: the SHA-256 of its file, the keys of its image and mask ('' where there is a problem).

    Where it is seen from the file alone, the key of the mask is kept with the image, as `mask`.
    """

    sample_id: str
    file: str = ""
    image: str = ""
    mask: str = ""
    problem: str = ""


_E = TypeVar("_E", bound=Entry)


def write_store(
    folder: Path, made_from: str, dtype: str, samples: int, shard: int
) -> AbstractContextManager[ShardWriter]:
    """The writer of an unfinished store, which resumes where one with the same plan was killed.

    Raises InputError when the folder holds anything that is not a store's: the finished store will take its place.
    """
    if dtype not in DTYPES:
        raise InputError(f"Latents are kept in float32 or float16, not '{dtype}'.{did_you_mean(dtype, DTYPES)}")
    if shard < 1:
        raise InputError(f"A shard must hold at least 1 sample, not {shard}.")
    _check_replaceable(folder)
    plan = {"version": VERSION, "made_from": made_from, "dtype": dtype, "samples": samples, "shard": shard}
    return shard_writer(unfinished(folder), dtype, plan)


def left_to_do(items: Sequence[_E], known: Mapping[str, Record], say: Say, done: str) -> list[_E]:
    """Those of which the image or the mask is not kept, nor why it cannot be; says how many are `done` already."""

    def is_done(item: Entry) -> bool:
        image = known[item.image].row if item.image in known else None
        return image is not None and bool(image["problem"] or image.get("mask", item.mask) in known)

    left = [item for item in items if not is_done(item)]
    if len(left) < len(items):
        say(f"{len(items) - len(left):,} of {len(items):,} samples are {done} already")
    return left


def finish_store(
    writer: ShardWriter, entries: Sequence[Entry], folder: Path, facts: Mapping[str, str], made_from: str, **more: Any
) -> None:
    """Put the finished store in the place of the folder; a store that was there before stays whole until then.

    Its rows stand in the order in which the entries first need them. Where no sample could be used, what was made is
    removed and an InputError raised.
    """
    index, images, masks = _index(entries, writer.known)
    if (index["problem"] != "").all():
        shutil.rmtree(writer.folder)
    check_any(index["problem"].tolist())
    writer.write(IMAGES, list(images))
    writer.write(MASKS, list(masks))
    write_table(writer.folder / INDEX, index)
    counts = {"samples": len(index), "images": len(images), "masks": len(masks)}
    counts["failed"] = int((index["problem"] != "").sum())
    record = {
        "version": VERSION, "made_from": made_from, "encoder": dict(facts), "counts": counts, **more,
        "index": sha256_file(writer.folder / INDEX),
        "provenance": made_with(profile=None, seed=None, inputs={"samples": made_from}),
    }  # fmt: skip
    write_json(writer.folder / RECORD, record)
    replace_folder(writer.folder, folder)
    tidy(folder)  # only now: until the folder has its place, a killed run goes on from what is removed


def _index(
    entries: Sequence[Entry], known: Mapping[str, Record]
) -> tuple[pd.DataFrame, dict[str, int], dict[str, int]]:
    """The table of the store, a row for each entry, and the row of each image and of each mask by its key."""
    import pandas as pd

    table: list[dict[str, Any]] = []
    images: dict[str, int] = {}
    masks: dict[str, int] = {}
    for entry in entries:
        image: dict[str, Any] = known[entry.image].row if entry.image else {"latents": "", "problem": entry.problem}
        key = image.get("mask", entry.mask)
        mask = {"latents": "", "problem": ""} if image["problem"] else known[key].row
        table.append(
            {
                "sample_id": entry.sample_id,
                "image_row": images.setdefault(entry.image, len(images)) if image["latents"] else -1,
                "mask_row": masks.setdefault(key, len(masks)) if mask["latents"] else -1,
                "image_digest": entry.file, "image_latents": image["latents"], "mask_latents": mask["latents"],
                "problem": image["problem"] or mask["problem"], **image.get("columns", {}),
            }
        )  # fmt: skip
    return pd.DataFrame(table), images, masks


def check_any(problems: Sequence[str]) -> None:
    """Raises InputError when every sample has a problem, with the first one."""
    if all(problems):
        first = f" ({problems[0].rstrip('.')})" if problems else ""
        raise InputError(f"None of the {len(problems)} samples can be used{first}.")


def stale(folder: Path, made_from: str, overwrite: bool) -> str | None:
    """Why the latents in a folder cannot be used for what is wanted; None when they can.

    What a run that was killed just after its end left in the folder is then removed. Raises InputError where they are
    those of something else and may not be overwritten.
    """
    if not (folder / RECORD).is_file():
        return "there were none yet"
    record = read_json(folder / RECORD)
    same = record.get("version") == VERSION and record["made_from"] == made_from
    if not same:
        if not overwrite:
            raise InputError(
                f"{folder} holds finished latents of other images, boxes, weights or another preparation; choose "
                "another folder, or let them be replaced by --overwrite."
            )
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
    foreign = sorted(held - {IMAGES, MASKS, INDEX, RECORD, JOURNAL, PLAN, LOCK})
    if foreign or (held and RECORD not in held):
        shown = foreign[0] if foreign else min(held)
        raise InputError(
            f"{folder} holds {shown} and is not a store of latents, which would replace it; name a folder of its own."
        )
