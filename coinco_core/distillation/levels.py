"""Prepared pixels in a quarter of their room, to the last bit: an 8-bit image has at most 256 levels a channel.

A processor makes floats of them by one rule a channel, so the floats too are few: a table of those and, for each pixel,
which it is. Where an image was averaged after that, this does not hold, and the floats are kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_MOST = 256  # of which a byte can name one
_CHANNELS = 3


def to_levels(values: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """A table (3, levels) of float32 and, of the shape of `values`, which level each is (uint8).

    `values` are float32, (..., 3, height, width), or patches (..., 3 x numbers) of one channel after the other. None
    where `from_levels` would not give the same bits.
    """
    channels = _by_channel(values)
    if values.dtype != np.float32 or not values.size or channels is None:
        return None
    levels = [np.unique(channel) for channel in channels]
    most = max(map(len, levels))
    if most > _MOST:
        return None
    table = np.stack([np.pad(found, (0, most - len(found)), "edge") for found in levels])
    which = np.empty(values.shape, np.uint8)
    for place, found, channel in zip(_by_channel(which), levels, channels, strict=True):
        place[...] = np.searchsorted(found, channel).clip(0, most - 1)
    same = np.array_equal(from_levels(table, which).view(np.uint32), np.ascontiguousarray(values).view(np.uint32))
    return (table, which) if same else None


def from_levels(table: np.ndarray, which: np.ndarray) -> np.ndarray:
    """The values, float32 of the shape of `which`, of a table (3, levels) and of which level each is."""
    values = np.empty(which.shape, np.float32)
    for place, row, levels in zip(_by_channel(values), table, _by_channel(which), strict=True):
        place[...] = row[levels]
    return values


def _by_channel(values: np.ndarray) -> Any:
    """A view of an array with its channels as the first axis; None where it has no three channels."""
    if values.ndim >= 3 and values.shape[-3] == _CHANNELS:
        return np.moveaxis(values, -3, 0)
    if values.ndim >= 2 and values.shape[-1] % _CHANNELS == 0 and values.flags.c_contiguous:
        return np.moveaxis(values.reshape(*values.shape[:-1], _CHANNELS, -1), -2, 0)
    return None
