"""A folder of latents: one safetensors file, an index as a Parquet table, and a record of what they were made from.

The store is written whole or not at all and checked when it is opened, so a file that was cut short, or that belongs
to other pictures or another autoencoder, is never trained on. The label is not in it: it comes from the samples' own
table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_core.categories import category
from coinco_core.errors import CheckError, CoincoError, InputError
from coinco_core.files import atomic_folder, digest, read_json, read_table, sha256_file, write_json, write_table
from coinco_core.objects_from_context.latents import SIZE, Encoder, join, mask_picture
from coinco_core.samples import Sample, sample_image

if TYPE_CHECKING:
    import pandas as pd

ARRAYS, INDEX, RECORD = "latents.safetensors", "index.parquet", "record.json"
_BATCH = 64  # pictures held in memory at a time while encoding
_VERSION = 1  # raised whenever the same pictures give other latents
Say = Callable[[str], None]


@dataclass(frozen=True)
class Examples:
    """What the network learns from: `inputs` (n, 8192) float32, `labels` (n,) int64 of 0..79, and the samples' ids."""

    inputs: np.ndarray
    labels: np.ndarray
    sample_ids: tuple[str, ...]


@dataclass(frozen=True)
class LatentStore:
    """Latents of pictures (n, 4, 32, 32) and of the masks that differ (m, 4, 32, 32).

    `index` has a row a sample: sample_id, picture_row, mask_row, picture_digest. `failures` lists (sample_id, reason)
    for every sample whose picture could not be used; those have no row.
    """

    pictures: np.ndarray
    masks: np.ndarray
    index: pd.DataFrame
    failures: tuple[tuple[str, str], ...]
    reused: str  # why the latents were read or made anew

    def examples(self, samples: Sequence[Sample], split: str | None = None) -> Examples:
        """Inputs and labels of the samples of one split (all for None) that have latents, in the samples' order."""
        rows = self.index.set_index("sample_id")
        chosen = [s for s in samples if split in (None, s.split) and s.sample_id in rows.index]
        if not chosen:
            raise InputError(f"No sample of the split '{split}' has latents.")
        found = rows.loc[[s.sample_id for s in chosen]]
        inputs = join(self.pictures[found["picture_row"]], self.masks[found["mask_row"]])
        labels = np.array([category(s.original_object).index for s in chosen], dtype=np.int64)
        return Examples(inputs, labels, tuple(s.sample_id for s in chosen))


def encode_samples(
    samples: Sequence[Sample], folder: Path | str, encoder: Encoder, out: Path | str, say: Say | None = None
) -> LatentStore:
    """The latents of the samples, whose table lies in `folder`; kept in `out` and read from there when still right.

    A picture that is missing or unreadable becomes a failure in the store, never another picture's latents. A mask that
    several samples share is encoded once.
    """
    keys, failures = _picture_digests(samples, Path(folder))
    usable = [s for s in samples if s.sample_id in keys]
    made_from = _made_from(usable, keys, encoder)
    reason = _stale(Path(out), made_from)
    if reason is None:
        return open_store(out, reused="nothing changed since they were encoded")
    pictures, masks, mask_rows, unreadable = _encode(usable, Path(folder), encoder, say or (lambda _: None))
    failures += unreadable
    if not len(pictures):
        first = f" ({failures[0][1].rstrip('.')})" if failures else ""
        raise InputError(f"None of the {len(samples)} samples has a picture that can be read{first}.")
    failed = {sample_id for sample_id, _ in unreadable}
    usable = [s for s in usable if s.sample_id not in failed]
    rows = {
        "sample_id": [s.sample_id for s in usable],
        "picture_row": range(len(usable)),
        "mask_row": mask_rows,
        "picture_digest": [keys[s.sample_id] for s in usable],
    }
    _write(Path(out), pictures, masks, rows, {"made_from": made_from, "encoder": encoder.name, "failures": failures})
    return open_store(out, reused=reason)


def open_store(folder: Path | str, *, reused: str = "it was asked for by its folder") -> LatentStore:
    """The store in a folder; MissingError when it is not there, CheckError when its files do not fit its record."""
    from safetensors.numpy import load_file

    folder = Path(folder)
    record, index = read_json(folder / RECORD), read_table(folder / INDEX)
    if sha256_file(folder / ARRAYS) != record["sha256"]:
        raise CheckError(f"{folder / ARRAYS} is not the file that was written; delete the folder to encode again.")
    arrays = load_file(folder / ARRAYS)
    if len(index) != len(arrays["pictures"]) or (index["mask_row"] >= len(arrays["masks"])).any():
        raise CheckError(f"{folder / INDEX} does not fit its latents; delete the folder to encode again.")
    failures = tuple((str(sample_id), str(reason)) for sample_id, reason in record["failures"])
    return LatentStore(arrays["pictures"], arrays["masks"], index, failures, reused)


def _picture_digests(samples: Sequence[Sample], folder: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The digest of each sample's picture file, and the samples whose file is not there."""
    digests, failures = {}, []
    for sample in samples:
        path = folder / sample.image
        if path.is_file():
            digests[sample.sample_id] = sha256_file(path)
        else:
            failures.append((sample.sample_id, f"There is no picture {sample.image}."))
    return digests, failures


def _made_from(samples: Sequence[Sample], keys: dict[str, str], encoder: Encoder) -> str:
    """One digest over everything the latents depend on: pictures, boxes, autoencoder, and how they are prepared."""
    rows = [(s.sample_id, keys[s.sample_id], str(s.box)) for s in samples]
    return digest([_VERSION, SIZE, encoder.digest, rows])


def _stale(folder: Path, made_from: str) -> str | None:
    """Why the latents in the folder cannot be used; None when they can."""
    if not (folder / RECORD).is_file():
        return "there were none yet"
    return None if read_json(folder / RECORD)["made_from"] == made_from else "pictures, boxes or autoencoder changed"


def _encode(
    samples: Sequence[Sample], folder: Path, encoder: Encoder, say: Say
) -> tuple[np.ndarray, np.ndarray, list[int], list[tuple[str, str]]]:
    """Picture latents, latents of the masks that differ, each sample's row among those, and what could not be read."""
    pictures, masks, mask_rows = [], [], []
    failures: list[tuple[str, str]] = []
    known: dict[tuple[int, ...], int] = {}
    for first in range(0, len(samples), _BATCH):
        images, new_masks = [], []
        for sample in samples[first : first + _BATCH]:
            try:
                image = sample_image(folder, sample)
                key = (*image.size, *sample.box.pixels(*image.size))
            except CoincoError as error:
                failures.append((sample.sample_id, str(error)))
                continue
            images.append(image)
            if key not in known:
                known[key] = len(known)
                new_masks.append(mask_picture(sample.box, image.size))
            mask_rows.append(known[key])
        pictures.append(encoder.encode(images))
        masks.append(encoder.encode(new_masks))
        if (first // _BATCH) % 16 == 15:
            say(f"latents: {min(first + _BATCH, len(samples))} of {len(samples)} samples")
    none = [encoder.encode([])]
    return np.concatenate(none + pictures), np.concatenate(none + masks), mask_rows, failures


def _write(out: Path, pictures: np.ndarray, masks: np.ndarray, rows: dict[str, Any], record: dict[str, Any]) -> None:
    import pandas as pd
    from safetensors.numpy import save_file

    with atomic_folder(out) as folder:
        save_file({"pictures": pictures, "masks": masks}, folder / ARRAYS)
        write_table(folder / INDEX, pd.DataFrame(rows))
        write_json(folder / RECORD, {**record, "sha256": sha256_file(folder / ARRAYS)})
