"""The authors' cached latents, one pickled file an image, read safely into a store of ours.

Their train.py wrote `{coco_index}.pt` for every image: `latent1` of the image and `latent2` of its mask, each
(4, 32, 32), and the `label`. It took a file that was there for a whole one, and read the label from it; here a file is
opened without running anything that is in it, what is wrong with it is listed, and the label is the table's.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from coinco_core.ahead import ahead
from coinco_core.categories import category
from coinco_core.devices import usable_cores
from coinco_core.errors import MissingError
from coinco_core.files import digest
from coinco_core.objects_from_context.latents.encoder import LATENT_SHAPE
from coinco_core.objects_from_context.latents.encoding import EVERY_S, SHARD
from coinco_core.objects_from_context.latents.mirrors import SD21, SD21_DIGEST
from coinco_core.objects_from_context.latents.preparation import PUBLISHED
from coinco_core.objects_from_context.latents.shards import ShardWriter
from coinco_core.objects_from_context.latents.store import VERSION, LatentStore, Say, open_store
from coinco_core.objects_from_context.latents.writing import Entry, finish_store, left_to_do, stale, write_store
from coinco_core.progress import Progress
from coinco_core.released.catalogue import released_file
from coinco_core.released.object_splits import read_objects
from coinco_core.store.file_digests import file_digests
from coinco_core.store.journals import array_digest

AUTHORS_FACTS = {"vae": SD21_DIGEST, "vae_source": SD21, "preparation": str(PUBLISHED)}
"""What a network that learns from these latents has to remember. Their train.py used Stable Diffusion 2.1's autoencoder
and the published preparation, so a network trained on them takes images through `load_encoder('sd-2.1')`; `made_by`
in the store's record says that the latents are the authors' own."""
_SHAPES = (LATENT_SHAPE, (1, *LATENT_SHAPE), (int(np.prod(LATENT_SHAPE)),))
_NO_LABEL = -1


@dataclass(frozen=True, kw_only=True)
class _Item(Entry):
    """One image of the authors' tables, with the file of its latents and what they should be labelled."""

    path: Path
    label: int


@dataclass(frozen=True)
class _Cached:
    """What a file holds: two latents, each of LATENT_SHAPE, and the label, -1 when it has none."""

    image: np.ndarray
    mask: np.ndarray
    label: int


def convert_latents(
    folder: Path | str,
    out: Path | str,
    say: Say | None = None,
    dtype: str = "float32",
    shard: int = SHARD,
    *,
    overwrite: bool = True,
) -> LatentStore:
    """The authors' latents of all images in their three tables, as a store in `out`; `folder` is the data folder.

    Samples have the ids of `read_objects`, which also gives the labels. A file that is missing, damaged, of another
    shape, not finite, or that would run code is a failure; labels that differ from the table's are listed in the
    record (`labels_that_differ`). Equal masks are stored once. A conversion that was killed goes on at its last shard,
    and one that is there is taken as it is when no file has changed. Raises MissingError when the tables or all of the
    latents are absent, InputError when no file can be used, or when `out` holds other latents that are finished and
    these may not `overwrite` them.
    """
    folder, out, tell = Path(folder), Path(out), say or (lambda _: None)
    items = _items(folder, tell)
    made_from = digest([VERSION, "authors", dtype, [(item.sample_id, item.label, item.file) for item in items]])
    reason = stale(out, made_from, overwrite)
    if reason is None:
        return open_store(out, say=say, reused="nothing changed since they were converted")
    with write_store(out, made_from, dtype, len(items), shard) as writer:
        _convert(items, writer, dtype, shard, tell)
        found = [(item, writer.known[item.image].row) for item in items]
        labels = [(item, row["columns"]["label_in_file"]) for item, row in found if not row["problem"]]
        differ = [item.sample_id for item, label in labels if label != item.label]
        more = {"made_by": "authors", "dtype": dtype, "labels_that_differ": differ}
        finish_store(writer, items, out, AUTHORS_FACTS, made_from, **more)
    return open_store(out, say=say, reused=reason)


def read_cached(path: Path, dtype: str = "float32") -> _Cached | str:
    """What one of the authors' files holds, or in a sentence why it cannot be used; nothing in the file is run."""
    if not path.is_file():
        return f"There is no file {path.name}."
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickles of another protocol, which then are refused or read
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can raise nearly anything
        return f"{path.name} cannot be read as latents alone, and nothing else in it is run ({type(error).__name__})."
    if not isinstance(content, Mapping):
        return f"{path.name} holds no dictionary with latent1 and latent2."
    image, mask = (_latent(content.get(name), dtype) for name in ("latent1", "latent2"))
    if isinstance(image, str):
        return f"{path.name} has {image} as latent1."
    if isinstance(mask, str):
        return f"{path.name} has {mask} as latent2."
    return _Cached(image, mask, _label(content.get("label")))


def _latent(value: Any, dtype: str) -> np.ndarray | str:
    """The latent as an array of its own of LATENT_SHAPE, or what there is in its place, in words."""
    if not _has_numbers(value) or not value.is_floating_point():
        return "no tensor of numbers"
    if tuple(value.shape) not in _SHAPES:
        return f"a tensor of {tuple(value.shape)}"
    with np.errstate(over="ignore"):  # what does not fit float16 is not finite in it
        latent = np.array(value.detach().float().reshape(LATENT_SHAPE).numpy()).astype(dtype)
    return latent if np.isfinite(latent).all() else f"numbers that are not finite in {dtype}"


def _label(value: Any) -> int:
    """The index of a category, an integer of Python, numpy or a tensor's one element; -1 for anything else."""
    if _has_numbers(value) and value.numel() == 1:
        value = value.item()
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return int(value) if whole and 0 <= value < 80 else _NO_LABEL


def _has_numbers(value: Any) -> bool:
    """Whether it is an ordinary tensor; one on the device 'meta' has a shape and no numbers."""
    return isinstance(value, torch.Tensor) and value.layout == torch.strided and value.device.type == "cpu"


def _items(folder: Path, tell: Say) -> list[_Item]:
    """A row an image of the authors' tables."""
    objects = read_objects(folder)
    pools = {pool: released_file(f"latents-{pool}") for pool in ("training", "testing")}
    tell(f"Taking the digests of {len(objects):,} files of latents")
    names = zip(objects["sample_id"], objects["coco_index"], objects["original_object"], strict=True)
    found = [(name, pools[name.partition("-")[0]], index, category(original).index) for name, index, original in names]
    paths = [folder / pool.path / f"{index}.pt" for _, pool, index, _ in found]
    known = file_digests(paths)
    if not known:
        raise MissingError(
            f"None of the authors' latents is below {folder}; fetch them with `{pools['training'].download}` and "
            f"`{pools['testing'].download}`."
        )
    return [
        _Item(sample_id=name, file=known.get(path, ""), image=f"image {name}", path=path, label=label)
        for (name, _, _, label), path in zip(found, paths, strict=True)
    ]


def _convert(items: Sequence[_Item], writer: ShardWriter, dtype: str, shard: int, tell: Say) -> None:
    """Store what is not committed yet, a shard at a time, while the next files are read in threads."""
    todo = left_to_do(items, writer.known, tell, "converted")
    progress = Progress(len(todo), lambda line: tell(f"latents: {line}"), EVERY_S)
    threads = min(usable_cores(), 16)
    read = ahead(lambda item: read_cached(item.path, dtype), todo, window=4 * threads, workers=threads)
    with closing(read) as contents:
        for first in range(0, len(todo), shard):
            part = todo[first : first + shard]
            for item in part:
                _put(item, next(contents), writer)
            writer.commit([item.sample_id for item in part])
            progress(len(part))


def _put(item: _Item, content: _Cached | str, writer: ShardWriter) -> None:
    """Store an image's latents, and those of its mask where they are new, or why the file cannot be used."""
    if isinstance(content, str):
        writer.put(item.image, None, content, mask="", columns={"label_in_file": _NO_LABEL})
        return
    mask = f"mask {array_digest(content.mask)}"
    writer.put(item.image, content.image, mask=mask, columns={"label_in_file": content.label})
    if mask not in writer.known:
        writer.put(mask, content.mask)
