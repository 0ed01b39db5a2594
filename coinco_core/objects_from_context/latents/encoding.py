"""Latents of a table of samples, into a store that survives being killed.

The samples are taken in shards, each committed before the next. Images are read ahead in threads while the
autoencoder works; an image or a mask that several samples share is encoded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coinco_core.devices import usable_cores
from coinco_core.errors import CoincoError, InputError
from coinco_core.files import digest, sha256_file
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.preparation import SIZE
from coinco_core.objects_from_context.latents.read_ahead import ahead, read_image
from coinco_core.objects_from_context.latents.shards import ShardWriter
from coinco_core.objects_from_context.latents.store import VERSION, LatentStore, Say, open_store
from coinco_core.objects_from_context.latents.writing import check_any, finish_store, stale, write_store
from coinco_core.progress import Progress
from coinco_core.samples import Sample, image_path

if TYPE_CHECKING:
    import pandas as pd

SHARD = 256  # samples that are encoded again at most when the work is killed
GROUP = 32  # images given to the autoencoder at once, which makes of them as many batches as suit its device
EVERY_S = 5.0  # between two lines of progress


@dataclass(frozen=True)
class _Item:
    """A sample with what tells its image (digest of the file, size) and its mask (size, box in pixels) from others.

    Both are () where there is a problem that is known before any image is opened.
    """

    sample: Sample
    image: tuple[object, ...] = ()
    mask: tuple[object, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class _Place:
    """Where latents are stored, and the digest of that row; for an image or mask that cannot be used, why."""

    row: int = -1
    latents: str = ""
    problem: str = ""


@dataclass
class _Seen:
    """The images and masks that have been dealt with, by what tells them apart."""

    images: dict[tuple[object, ...], _Place] = field(default_factory=dict)
    masks: dict[tuple[object, ...], _Place] = field(default_factory=dict)


def encode_samples(
    samples: Sequence[Sample],
    folder: Path | str,
    encoder: Encoder,
    out: Path | str,
    say: Say | None = None,
    dtype: str = "float32",
    shard: int = SHARD,
) -> LatentStore:
    """The latents of the samples, whose table lies in `folder`; kept in `out` and read from there when still right.

    A run that was killed is gone on with at its last shard; a store of other images, boxes, weights or another
    preparation or dtype ('float32', 'float16') is made anew, and stays whole until the new one is. An image that is
    missing, unreadable or changed meanwhile becomes a failure in the store, never another image's latents. On a CPU
    an image's latents are the same to the last bit in whichever company; a GPU may add up batches of another size in
    another order. Raises InputError when no image can be used, or when `out` holds anything but a store.
    """
    folder, out, tell = Path(folder), Path(out), say or (lambda _: None)
    items = _items(samples, folder, tell)
    made_from = _made_from(items, encoder, dtype)
    reason = stale(out, made_from)
    if reason is None:
        return open_store(out, say=say, reused="nothing changed since they were encoded")
    check_any([item.problem for item in items])
    with write_store(out, made_from, dtype, len(items), shard) as writer:
        _encode(items, folder, encoder, writer, dtype, shard, tell)
        finish_store(writer, out, encoder.facts, made_from, dtype=dtype, device=encoder.device)
    return open_store(out, say=say, reused=reason)


def _items(samples: Sequence[Sample], folder: Path, tell: Say) -> list[_Item]:
    if len({sample.sample_id for sample in samples}) != len(samples):
        raise InputError("Two samples share a sample_id; every id must occur once.")
    if len(samples) > 10_000:
        tell(f"Taking the digests of {len(samples):,} images")
    with ThreadPoolExecutor(usable_cores()) as pool:
        return list(pool.map(lambda sample: _item(sample, folder), samples))


def _item(sample: Sample, folder: Path) -> _Item:
    path, size = image_path(folder, sample), (sample.width, sample.height)
    try:
        return _Item(sample, (sha256_file(path), *size), (*size, *sample.box.pixels(*size)))
    except OSError:
        return _Item(sample, problem=f"There is no image {sample.image}.")
    except InputError as error:
        return _Item(sample, problem=str(error))


def _made_from(items: Sequence[_Item], encoder: Encoder, dtype: str) -> str:
    """One digest over everything the latents depend on: images, boxes, autoencoder, preparation, dtype."""
    rows = [(item.sample.sample_id, item.image, item.mask) for item in items]
    return digest([VERSION, SIZE, encoder.digest, str(encoder.preparation), dtype, rows])


def _encode(
    items: Sequence[_Item], folder: Path, encoder: Encoder, writer: ShardWriter, dtype: str, shard: int, tell: Say
) -> None:
    """Encode what is not committed yet, a shard at a time."""
    table = writer.table()
    seen, done = _seen(items, table), len(table)
    if done:
        tell(f"{done:,} of {len(items):,} samples are encoded already")
    progress = Progress(len(items) - done, lambda line: tell(f"latents: {line}"), EVERY_S)
    threads = min(usable_cores(), 16)
    with ThreadPoolExecutor(threads) as pool:
        new = _new(items[done:], seen)
        pixels = ahead(pool, lambda item: _pixels(item, folder, encoder), new, 2 * (threads + GROUP))
        for first in range(done, len(items), shard):
            part = items[first : first + shard]
            _encode_images(part, pixels, seen, encoder, writer, dtype)
            _encode_masks(part, seen, encoder, writer, dtype)
            writer.commit(_table(part, seen))
            progress(len(part))


def _seen(items: Sequence[_Item], table: pd.DataFrame) -> _Seen:
    """What the committed shards hold."""
    seen = _Seen()
    for item, row in zip(items, table.to_dict("records"), strict=False):
        if item.problem:
            continue
        usable = row["image_row"] >= 0  # then a problem is the mask's
        problem = "" if usable else row["problem"]
        seen.images[item.image] = _Place(row["image_row"], row["image_latents"], problem)
        if usable:
            seen.masks[item.mask] = _Place(row["mask_row"], row["mask_latents"], row["problem"])
    return seen


def _new(items: Iterable[_Item], seen: _Seen) -> list[_Item]:
    """An item for each image that has not been dealt with, in the items' order."""
    first: dict[tuple[object, ...], _Item] = {}
    for item in items:
        if not item.problem and item.image not in seen.images:
            first.setdefault(item.image, item)
    return list(first.values())


def _pixels(item: _Item, folder: Path, encoder: Encoder) -> np.ndarray | str:
    """The prepared image, or why it cannot be used."""
    try:
        return encoder.pixels(read_image(folder, item.sample, str(item.image[0])))
    except CoincoError as error:
        return str(error)


def _encode_images(
    part: Sequence[_Item],
    pixels: Iterator[np.ndarray | str],
    seen: _Seen,
    encoder: Encoder,
    writer: ShardWriter,
    dtype: str,
) -> None:
    """Store the latents of the part's new images; one that cannot be used leaves its place in the batch blank."""
    new, blank = _new(part, seen), np.zeros((3, SIZE, SIZE), np.float32)
    for first in range(0, len(new), GROUP):
        batch = new[first : first + GROUP]
        prepared = list(islice(pixels, len(batch)))
        latents = _stored(encoder.encode_pixels([blank if isinstance(p, str) else p for p in prepared]), dtype)
        for item, given, row in zip(batch, prepared, latents, strict=True):
            problem = given if isinstance(given, str) else _not_finite(row, item.sample.sample_id, dtype)
            seen.images[item.image] = _place(writer, "image", row, problem)


def _encode_masks(part: Sequence[_Item], seen: _Seen, encoder: Encoder, writer: ShardWriter, dtype: str) -> None:
    """Store the latents of the part's new masks, those of samples whose image can be used."""
    usable = [item for item in part if not item.problem and not seen.images[item.image].problem]
    new = list({item.mask: item for item in usable if item.mask not in seen.masks}.values())
    for first in range(0, len(new), GROUP):
        batch = new[first : first + GROUP]
        prepared = [encoder.mask_pixels(i.sample.box, (i.sample.width, i.sample.height)) for i in batch]
        for item, row in zip(batch, _stored(encoder.encode_pixels(prepared), dtype), strict=True):
            seen.masks[item.mask] = _place(writer, "mask", row, _not_finite(row, "the mask of this box", dtype))


def _stored(latents: np.ndarray, dtype: str) -> np.ndarray:
    with np.errstate(over="ignore"):  # told by _not_finite, for the image or mask that it concerns
        return latents.astype(dtype)


def _not_finite(row: np.ndarray, what: str, dtype: str) -> str:
    if np.isfinite(row).all():
        return ""
    return f"The autoencoder gives numbers for {what} that are not finite in {dtype}."


def _place(writer: ShardWriter, name: str, row: np.ndarray, problem: str) -> _Place:
    """Where the row now is stored, which without a problem it is."""
    if problem:
        return _Place(problem=problem)
    place = writer.rows(name)
    return _Place(place, writer.append(name, row[None])[0])


def _table(part: Sequence[_Item], seen: _Seen) -> pd.DataFrame:
    """The index of a shard: a row a sample."""
    import pandas as pd

    rows = []
    for item in part:
        image = _Place(problem=item.problem) if item.problem else seen.images[item.image]
        mask = _Place() if image.problem else seen.masks[item.mask]
        rows.append(
            {
                "sample_id": item.sample.sample_id, "image_row": image.row, "mask_row": mask.row,
                "image_digest": item.image[0] if item.image else "", "image_latents": image.latents,
                "mask_latents": mask.latents, "problem": image.problem or mask.problem,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
