"""Latents of a table of samples, into a store that survives being killed.

The samples are taken in shards, each committed before the next. Images are read ahead in threads while the
autoencoder works; an image or a mask that several samples share is encoded once.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from coinco_core.ahead import ahead
from coinco_core.devices import usable_cores
from coinco_core.errors import CoincoError, InputError
from coinco_core.files import digest
from coinco_core.objects_from_context.latents.digested_image import read_image
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.preparation import SIZE
from coinco_core.objects_from_context.latents.shards import ShardWriter
from coinco_core.objects_from_context.latents.store import VERSION, LatentStore, Say, open_store
from coinco_core.objects_from_context.latents.writing import (
    Entry,
    check_any,
    finish_store,
    left_to_do,
    stale,
    write_store,
)  # fmt: skip
from coinco_core.progress import Progress
from coinco_core.samples import Sample, image_path
from coinco_core.store.file_digests import file_digests
from coinco_core.store.journals import Record

SHARD = 256  # samples that are encoded again at most when the work is killed
GROUP = 32  # images given to the autoencoder at once, which makes of them as many batches as suit its device
EVERY_S = 5.0  # between two lines of progress


@dataclass(frozen=True, kw_only=True)
class _Item(Entry):
    """A sample; what tells its image from others is its file and size, and its mask the size and the box in pixels."""

    sample: Sample


def encode_samples(
    samples: Sequence[Sample],
    folder: Path | str,
    encoder: Encoder,
    out: Path | str,
    say: Say | None = None,
    dtype: str = "float32",
    shard: int = SHARD,
    *,
    overwrite: bool = True,
) -> LatentStore:
    """The latents of the samples, whose table lies in `folder`; kept in `out` and read from there when still right.

    A run that was killed resumes at its last shard; a store of other images, boxes, weights or another
    preparation or dtype ('float32', 'float16') is made anew, and stays whole until the new one is. An image that is
    missing, unreadable or changed meanwhile becomes a failure in the store, never another image's latents. On a CPU
    an image's latents are the same to the last bit in whichever company; a GPU may add up batches of another size in
    another order. Raises InputError when no image can be used, when `out` holds anything but a store, or another one
    that is finished and that these may not `overwrite`.
    """
    folder, out, tell = Path(folder), Path(out), say or (lambda _: None)
    items = _items(samples, folder, tell)
    made_from = _made_from(items, encoder, dtype)
    reason = stale(out, made_from, overwrite)
    if reason is None:
        return open_store(out, say=say, reused="nothing changed since they were encoded")
    check_any([item.problem for item in items])
    with write_store(out, made_from, dtype, len(items), shard) as writer:
        _encode(items, folder, encoder, writer, dtype, shard, tell)
        finish_store(writer, items, out, encoder.facts, made_from, dtype=dtype, device=encoder.device)
    return open_store(out, say=say, reused=reason)


def _items(samples: Sequence[Sample], folder: Path, tell: Say) -> list[_Item]:
    if len({sample.sample_id for sample in samples}) != len(samples):
        raise InputError("Two samples share a sample_id; every id must occur once.")
    if len(samples) > 10_000:
        tell(f"Taking the digests of {len(samples):,} images")
    known = file_digests(image_path(folder, sample) for sample in samples)
    return [_item(sample, known.get(image_path(folder, sample), "")) for sample in samples]


def _item(sample: Sample, file: str) -> _Item:
    """The sample with what tells its image from others; `file` is the digest of that, '' when it cannot be read."""
    size, name = (sample.width, sample.height), sample.sample_id
    if not file:
        return _Item(sample=sample, sample_id=name, problem=f"There is no image {sample.image}.")
    try:
        mask = f"mask {size} {sample.box.pixels(*size)}"
        return _Item(sample=sample, sample_id=name, file=file, image=f"image {file} {size}", mask=mask)
    except InputError as error:
        return _Item(sample=sample, sample_id=name, problem=str(error))


def _made_from(items: Sequence[_Item], encoder: Encoder, dtype: str) -> str:
    """One digest over everything the latents depend on: images, boxes, autoencoder, preparation, dtype."""
    rows = [(item.sample_id, item.image, item.mask) for item in items]
    return digest([VERSION, SIZE, encoder.digest, str(encoder.preparation), dtype, rows])


def _encode(
    items: Sequence[_Item], folder: Path, encoder: Encoder, writer: ShardWriter, dtype: str, shard: int, tell: Say
) -> None:
    """Encode what is not committed yet, a shard at a time."""
    todo = left_to_do(items, writer.known, tell, "encoded")
    progress = Progress(len(todo), lambda line: tell(f"latents: {line}"), EVERY_S)
    threads = min(usable_cores(), 16)
    prepared = partial(_pixels, folder=folder, encoder=encoder)
    new = _new(todo, writer.known)
    with closing(ahead(prepared, new, window=2 * (threads + GROUP), workers=threads)) as pixels:
        for first in range(0, len(todo), shard):
            part = todo[first : first + shard]
            images = {item.image: item.sample_id for item in _new(part, writer.known)}
            _put(images, pixels, encoder, writer, dtype)
            masks = _new_masks(part, writer.known)
            drawn = (encoder.mask_pixels(one.box, (one.width, one.height)) for one in masks.values())
            _put(dict.fromkeys(masks, "the mask of this box"), drawn, encoder, writer, dtype)
            writer.commit([item.sample_id for item in part])
            progress(len(part))


def _new(items: Iterable[_Item], known: Container[str]) -> list[_Item]:
    """An item for each image that has not been dealt with, in the items' order."""
    first: dict[str, _Item] = {}
    for item in items:
        if not item.problem and item.image not in known:
            first.setdefault(item.image, item)
    return list(first.values())


def _pixels(item: _Item, folder: Path, encoder: Encoder) -> np.ndarray | str:
    """The prepared image, (3, SIZE, SIZE) float32 in -1..1, or why it cannot be used."""
    try:
        return encoder.pixels(read_image(folder, item.sample, item.file))
    except CoincoError as error:
        return str(error)


def _new_masks(items: Sequence[_Item], known: Mapping[str, Record]) -> dict[str, Sample]:
    """A sample for each mask that has not been dealt with, those of samples whose image can be used."""
    usable = [item for item in items if not item.problem and not known[item.image].row["problem"]]
    return {item.mask: item.sample for item in usable if item.mask not in known}


def _put(
    new: Mapping[str, str], pixels: Iterator[np.ndarray | str], encoder: Encoder, writer: ShardWriter, dtype: str
) -> None:
    """Store the latents of new images or masks, given by key with what a problem calls them.

    `pixels` has (3, SIZE, SIZE) for each, or why it cannot be used; that leaves its place in the batch blank.
    """
    waiting, blank = iter(new.items()), np.zeros((3, SIZE, SIZE), np.float32)
    while batch := list(islice(waiting, GROUP)):
        prepared = list(islice(pixels, len(batch)))
        latents = encoder.encode_pixels([blank if isinstance(p, str) else p for p in prepared])
        with np.errstate(over="ignore"):  # told by _not_finite, for the image or mask that it concerns
            stored = latents.astype(dtype)
        for (key, name), given, row in zip(batch, prepared, stored, strict=True):
            writer.put(key, row, given if isinstance(given, str) else _not_finite(row, name, dtype))


def _not_finite(row: np.ndarray, what: str, dtype: str) -> str:
    if np.isfinite(row).all():
        return ""
    return f"The autoencoder gives numbers for {what} that are not finite in {dtype}."
