"""A folder of latents: two memory-mapped arrays, an index as a Parquet table, and a record of what they were made from.

Every row has a digest in the index and is held against it when the store is opened, so that a damaged file, or one that
belongs to other images, is never trained on. The label is not in the store: it comes from the samples' own table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_core.categories import category
from coinco_core.devices import usable_cores
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.files import read_json, read_table, sha256_file
from coinco_core.objects_from_context.examples import Examples
from coinco_core.objects_from_context.latents.encoder import LATENT_SHAPE
from coinco_core.objects_from_context.latents.shards import progress_of
from coinco_core.samples import Sample
from coinco_core.store.journals import array_digest
from coinco_core.versions import versions

if TYPE_CHECKING:
    import pandas as pd

ARRAYS = ("image", "mask")
IMAGES, MASKS, INDEX, RECORD = "images.npy", "masks.npy", "index.parquet", "record.json"
VERSION = versions("latents")["latents"]  # of the latents that the same images give, and of the layout
Say = Callable[[str], None]
_LONG = 500_000_000  # bytes whose check takes long enough to be said
_BLOCK = 256  # rows that a thread checks before it takes others


@dataclass(frozen=True)
class LatentStore:
    """Latents of the images that differ (p, 4, 32, 32) and of the masks that differ (m, 4, 32, 32).

    `index` has one row per sample: sample_id, image_row, mask_row, image_digest (of the file), image_latents and
    mask_latents (digests of the rows), problem ('' when there is none). What cannot be used has the row -1. The
    arrays are mapped from their files, float32 or float16.
    """

    images: np.ndarray
    masks: np.ndarray
    index: pd.DataFrame
    record: dict[str, Any]
    reused: str  # why the latents were read or made anew

    @property
    def failures(self) -> tuple[tuple[str, str], ...]:
        """(sample_id, reason) of each sample whose image or mask could not be used."""
        failed = self.index[self.index["problem"] != ""]
        return tuple(zip(failed["sample_id"].tolist(), failed["problem"].tolist(), strict=True))

    @property
    def facts(self) -> dict[str, str]:
        """What a network that is trained on these latents has to remember of how they were made."""
        return dict(self.record["encoder"])

    def examples(self, samples: Sequence[Sample], split: str | None = None) -> Examples:
        """Latents and labels of the samples of one split (all for None) that have latents, in the samples' order."""
        chosen = [s for s in samples if split in (None, s.split)]
        if not chosen:
            raise InputError(f"There is no sample of the split '{split}'.")
        return self.labelled([s.sample_id for s in chosen], [s.original_object for s in chosen])

    def labelled(self, sample_ids: Sequence[str], labels: Sequence[int | str] | np.ndarray) -> Examples:
        """Those of the samples that have latents, with their labels: indices 0..79 or names of categories.

        A sample with a problem is left out. Raises InputError for a sample that the store does not know, for a label
        that is no category, and when no sample has latents.
        """
        if len(sample_ids) != len(labels):
            raise InputError(f"{len(sample_ids)} samples and {len(labels)} labels do not match.")
        rows = self._places(list(sample_ids))
        usable = (self.index["problem"] == "").to_numpy()[rows]
        if not usable.any():
            raise InputError(f"None of the {len(sample_ids)} samples has latents.")
        found, ids = self.index.iloc[rows[usable]], np.asarray(sample_ids, dtype=object)[usable]
        image_rows, mask_rows = (np.array(found[f"{name}_row"], np.int64) for name in ARRAYS)
        own = _indices(labels)[usable]
        return Examples(self.images, self.masks, image_rows, mask_rows, own, tuple(map(str, ids)))

    def _places(self, sample_ids: list[str]) -> np.ndarray:
        """Where the samples stand in the index."""
        import pandas as pd

        places = pd.Index(self.index["sample_id"]).get_indexer(pd.Series(sample_ids, dtype=object))
        unknown = np.flatnonzero(places < 0)
        if len(unknown):
            first = sample_ids[int(unknown[0])]
            raise InputError(f"The latents know nothing of {len(unknown)} of the samples, the first of them '{first}'.")
        return places


def open_store(
    folder: Path | str,
    *,
    verify: bool = True,
    say: Say | None = None,
    reused: str = "it was asked for by its folder",
) -> LatentStore:
    """The store in a folder, every row held against its digest unless `verify` is off (about a second a gigabyte).

    Raises MissingError when it is not there or not finished, CheckError when a file is not what was written; both say
    what to do.
    """
    folder = Path(folder)
    if not (folder / RECORD).is_file():
        raise MissingError(_why_absent(folder))
    record = read_json(folder / RECORD)
    if record.get("version") != VERSION:
        raise CheckError(f"The latents in {folder} were written by another version of this package; make them again.")
    if not (folder / INDEX).is_file() or sha256_file(folder / INDEX) != record["index"]:
        raise CheckError(f"{folder / INDEX} is not the table that was written; {_again(folder)}.")
    store = LatentStore(
        open_rows(folder / IMAGES), open_rows(folder / MASKS), read_table(folder / INDEX), record, reused
    )
    _check_shapes(store, folder)
    if verify:
        _verify(store, folder, say or (lambda _: None))
    return store


def open_rows(path: Path) -> np.ndarray:
    """The array (rows, 4, 32, 32) in a .npy file, mapped copy-on-write: what is written to it stays in memory.

    Raises CheckError when the file is absent, cut short, or no array.
    """
    try:
        return np.load(path, mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CheckError(f"{path} is not a whole array of latents ({str(error).splitlines()[0]}).") from None


def unfinished(folder: Path) -> Path:
    """Where a store is made before it takes its place."""
    return folder.with_name(f"{folder.name}.unfinished")


def _indices(labels: Sequence[int | str] | np.ndarray) -> np.ndarray:
    """Labels as category indices, (n,) int64."""
    found = [category(label).index if isinstance(label, str) else int(label) for label in labels]
    wrong = [label for label in found if not 0 <= label < 80]
    if wrong:
        raise InputError(f"A label must be one of the 80 categories, 0 to 79; there is {wrong[0]}.")
    return np.array(found, dtype=np.int64)


def _why_absent(folder: Path) -> str:
    progress = progress_of(folder) or progress_of(unfinished(folder))
    if progress is None:
        return f"There are no latents in {folder}; `coinco latents encode` makes them."
    return (
        f"The latents in {folder} are not finished, {progress[0]:,} of {progress[1]:,} samples are done; the same "
        "command that began them goes on there."
    )


def _check_shapes(store: LatentStore, folder: Path) -> None:
    for name, array in zip(ARRAYS, (store.images, store.masks), strict=True):
        rows = store.index[f"{name}_row"]
        fits = array.shape[1:] == LATENT_SHAPE and str(array.dtype) == store.record["dtype"]
        if not fits or (len(rows) and int(rows.max()) + 1 != len(array)):
            raise CheckError(f"{folder / name}s.npy does not fit the index beside it; {_again(folder)}.")


def _verify(store: LatentStore, folder: Path, say: Say) -> None:
    """Hold every row against its digest, on all cores."""
    size = store.images.nbytes + store.masks.nbytes
    if size > _LONG:
        say(f"Checking {size / 1e9:.1f} GB of latents against their digests")
    with ThreadPoolExecutor(usable_cores()) as pool:
        for name, array in zip(ARRAYS, (store.images, store.masks), strict=True):
            used = store.index[store.index[f"{name}_row"] >= 0].drop_duplicates([f"{name}_row", f"{name}_latents"])
            rows = used[f"{name}_row"].to_numpy()
            blocks = (rows[first : first + _BLOCK] for first in range(0, len(rows), _BLOCK))
            found = chain.from_iterable(pool.map(partial(_digests, np.asarray(array)), blocks))
            wrong = [i for i, (a, b) in enumerate(zip(found, used[f"{name}_latents"], strict=True)) if a != b]
            if wrong:
                first = used.iloc[wrong[0]]
                raise CheckError(
                    f"The latents of {len(wrong)} {name}s in {folder} are not those that were written, the first of "
                    f"them sample '{first['sample_id']}', row {first[f'{name}_row']} of {name}s.npy; {_again(folder)}."
                )


def _digests(array: np.ndarray, rows: np.ndarray) -> list[str]:
    return [array_digest(array[row]) for row in rows]


def _again(folder: Path) -> str:
    return f"delete {folder} and make it again"
