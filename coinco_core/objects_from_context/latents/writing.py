"""A store of latents being made: where, what may be replaced by it, and how it takes its place."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError, did_you_mean
from coinco_core.files import read_json, replace_folder, sha256_file, write_json, write_table
from coinco_core.objects_from_context.latents.shards import JOURNAL, PLAN, Place, ShardWriter, shard_writer, tidy
from coinco_core.objects_from_context.latents.store import IMAGES, INDEX, MASKS, RECORD, VERSION, unfinished
from coinco_core.provenance import record as made_with
from coinco_core.store.lock import LOCK

if TYPE_CHECKING:
    import pandas as pd

DTYPES = ("float32", "float16")


@dataclass(frozen=True)
class Entry:
    """A sample of the store: the SHA-256 of its file, the keys of its image and mask ('' where there is a problem).

    `more` are further columns of the index.
    """

    sample_id: str
    image_digest: str
    image: str = ""
    mask: str = ""
    problem: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def write_store(folder: Path, made_from: str, dtype: str, samples: int, shard: int) -> Iterator[ShardWriter]:
    """The writer of an unfinished store, which goes on where another one of the same plan was killed.

    Raises InputError when the folder holds anything that is not a store's: the finished store will take its place.
    """
    if dtype not in DTYPES:
        raise InputError(f"Latents are kept in float32 or float16, not '{dtype}'.{did_you_mean(dtype, DTYPES)}")
    if shard < 1:
        raise InputError(f"A shard must hold at least 1 sample, not {shard}.")
    _check_replaceable(folder)
    plan = {"version": VERSION, "made_from": made_from, "dtype": dtype, "samples": samples, "shard": shard}
    with shard_writer(unfinished(folder), dtype, plan) as writer:
        yield writer


def finish_store(
    writer: ShardWriter,
    entries: Iterable[Entry],
    folder: Path,
    facts: Mapping[str, str],
    made_from: str,
    **more: Any,
) -> None:
    """Put the finished store in the place of the folder; a store that was there before stays whole until then.

    Its rows stand in the order in which the entries first need them. Where no sample could be used, what was made is
    removed and an InputError raised.
    """
    index, rows = _index(entries, writer.places)
    if (index["problem"] != "").all():
        shutil.rmtree(writer.folder)
    check_any(index["problem"].tolist())
    for name, own in rows.items():
        writer.write(name, list(own))
    write_table(writer.folder / INDEX, index)
    counts = {"samples": len(index), "images": len(rows["image"]), "masks": len(rows["mask"])}
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
    entries: Iterable[Entry], places: Mapping[str, Mapping[str, Place]]
) -> tuple[pd.DataFrame, dict[str, dict[str, int]]]:
    """The table of the store, a row for each entry, and the row of each image and mask that it needs, by its key."""
    import pandas as pd

    table: list[dict[str, Any]] = []
    rows: dict[str, dict[str, int]] = {"image": {}, "mask": {}}
    for entry in entries:
        image = places["image"][entry.image] if entry.image else Place(problem=entry.problem)
        mask = Place() if image.problem else places["mask"][entry.mask]
        at = [
            rows[name].setdefault(key, len(rows[name])) if place.latents else -1
            for name, key, place in (("image", entry.image, image), ("mask", entry.mask, mask))
        ]
        table.append(
            {
                "sample_id": entry.sample_id, "image_row": at[0], "mask_row": at[1],
                "image_digest": entry.image_digest, "image_latents": image.latents, "mask_latents": mask.latents,
                "problem": image.problem or mask.problem, **entry.more,
            }
        )  # fmt: skip
    return pd.DataFrame(table), rows


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
    foreign = sorted(held - {IMAGES, MASKS, INDEX, RECORD, JOURNAL, PLAN, LOCK})
    if foreign or (held and RECORD not in held):
        shown = foreign[0] if foreign else min(held)
        raise InputError(
            f"{folder} holds {shown} and is no store of latents, which would take its place; name a folder of its own."
        )
