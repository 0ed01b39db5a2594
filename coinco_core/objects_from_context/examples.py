"""What a network learns from: latents of images and of box masks, in rows that samples share, and their labels.

The arrays stay where they are, mapped from the store's file, and are gathered a batch at a time; so nothing is copied
to leave out the image, or to put another description of the box where the mask's latents were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coinco_core.errors import InputError

_AT_ONCE = 1024  # rows gathered at a time to be digested


@dataclass(frozen=True)
class Examples:
    """n examples: a network's inputs for an image and its box, and the category that was in the box.

    `images` (p, ...) and `masks` (m, ...) are float32 or float16, as published latents (4, 32, 32) per row, and may
    hold other samples' rows too; `image_rows` and `mask_rows`, each (n,) int64, are the rows of each example. `labels`
    (n,) are int64 in 0..79.
    """

    images: np.ndarray
    masks: np.ndarray
    image_rows: np.ndarray
    mask_rows: np.ndarray
    labels: np.ndarray
    sample_ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def width(self) -> int:
        """The number of inputs per example; 8192 as published."""
        return _width(self.images) + _width(self.masks)

    def inputs(self, chosen: slice | np.ndarray = slice(None)) -> np.ndarray:
        """The network's inputs for the k chosen examples, (k, width) float32: the image, then the mask, flattened.

        `chosen` is a slice, or positions (k,) of integers.
        """
        images = self.images[self.image_rows[chosen]]
        masks = self.masks[self.mask_rows[chosen]]
        return np.concatenate([_flat(images), _flat(masks)], axis=1, dtype=np.float32)

    def digest(self) -> str:
        """The SHA-256 over inputs and labels: sets that train alike have the same, wherever their rows lie."""
        seen = hashlib.sha256(np.ascontiguousarray(self.labels).tobytes())
        for first in range(0, len(self), _AT_ONCE):
            seen.update(self.inputs(slice(first, first + _AT_ONCE)).tobytes())
        return seen.hexdigest()


def make_examples(
    images: np.ndarray, masks: np.ndarray, labels: np.ndarray, sample_ids: Sequence[str] | None = None
) -> Examples:
    """Examples from arrays with one row per example: images (n, ...), masks (n, ...), labels (n,) of 0..79.

    Without ids they are numbered. Raises InputError when the lengths differ.
    """
    if not len(images) == len(masks) == len(labels):
        raise InputError(f"{len(images)} images, {len(masks)} masks and {len(labels)} labels do not match.")
    rows = np.arange(len(labels))
    return Examples(
        images,
        masks,
        rows,
        rows,
        labels.astype(np.int64),
        tuple(map(str, rows)) if sample_ids is None else tuple(sample_ids),
    )


def without_image(examples: Examples) -> Examples:
    """The same examples with the mask only: `images` becomes (p, 0)."""
    return replace(examples, images=_nothing(examples.images))


def without_mask(examples: Examples) -> Examples:
    """The same examples with the image only, so that the box is unknown: `masks` becomes (m, 0)."""
    return replace(examples, masks=_nothing(examples.masks))


def with_masks(examples: Examples, masks: np.ndarray) -> Examples:
    """The same examples with another description of each box (n, ...), kept as float32, in place of the mask's latents.

    Raises InputError unless there is one per example.
    """
    if len(masks) != len(examples):
        raise InputError(f"{len(masks)} descriptions of a box do not fit {len(examples)} examples.")
    return replace(examples, masks=masks.astype(np.float32), mask_rows=np.arange(len(examples)))


def first_examples(examples: Examples, n: int) -> Examples:
    """The first n of the examples, or all of them where there are fewer."""
    return replace(
        examples,
        image_rows=examples.image_rows[:n],
        mask_rows=examples.mask_rows[:n],
        labels=examples.labels[:n],
        sample_ids=examples.sample_ids[:n],
    )


def _nothing(array: np.ndarray) -> np.ndarray:
    return np.zeros((len(array), 0), array.dtype)


def _flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(len(array), _width(array))


def _width(array: np.ndarray) -> int:
    return int(np.prod(array.shape[1:]))
