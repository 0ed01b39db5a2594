"""The same examples seen otherwise: stored in half the bytes, or with the box told more plainly than by latents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from coinco_core.objects_from_context.baselines import box_features
from coinco_core.objects_from_context.examples import Examples, with_masks
from coinco_core.samples import Sample

CELLS = 32  # a side of the latents


def published_views(parts: Mapping[str, Examples], samples: Mapping[str, Sample]) -> dict[str, dict[str, Examples]]:
    """Four views of the parts: published, float16 (as stored so), pixels and box (instead of the mask's latents).

    `samples` finds each example's sample by its id. What takes the place of the mask's latents is scaled to be as loud
    as they are: to their summed variance over the training examples, so that not the units decide what is learnt.
    """
    owners = {name: [samples[i] for i in examples.sample_ids] for name, examples in parts.items()}
    pixels = {name: box_cover(own) for name, own in owners.items()}
    numbers = {name: box_features(own) for name, own in owners.items()}
    spread = numbers["train"].std(axis=0) + 1e-12  # five numbers of five kinds, which count the same
    boxes = {name: own / spread for name, own in numbers.items()}
    return {
        "published": dict(parts),
        "float16": {name: in_half_precision(examples) for name, examples in parts.items()},
        "pixels": _as_loud(pixels, parts),
        "box": _as_loud(boxes, parts),
    }


def _as_loud(described: Mapping[str, np.ndarray], parts: Mapping[str, Examples]) -> dict[str, Examples]:
    """The parts with another description of the box, centred, and of the summed variance of the mask's latents."""
    masks = parts["train"].masks[parts["train"].mask_rows]
    own = described["train"]
    factor = np.sqrt(masks.var(axis=0, dtype=np.float64).sum() / own.var(axis=0, dtype=np.float64).sum())
    centre = own.mean(axis=0)
    return {name: with_masks(examples, (described[name] - centre) * factor) for name, examples in parts.items()}


def in_half_precision(examples: Examples) -> Examples:
    """The examples as they come back from a store in float16."""
    return replace(examples, images=examples.images.astype(np.float16), masks=examples.masks.astype(np.float16))


def box_cover(samples: Sequence[Sample]) -> np.ndarray:
    """How much of each of 32x32 cells of the image the box covers, (n, 1, 32, 32) float32 in 0..1."""
    return np.stack([_cover(sample) for sample in samples])


def _cover(sample: Sample) -> np.ndarray:
    left, top, right, bottom = sample.box.check(sample.width, sample.height).xyxy
    across = _overlap(left / sample.width, right / sample.width)
    down = _overlap(top / sample.height, bottom / sample.height)
    return np.outer(down, across)[None].astype(np.float32)


def _overlap(first: float, last: float) -> np.ndarray:
    """The share of each of the cells along one side that lies between two places in 0..1, (32,)."""
    edges = np.clip(np.arange(CELLS + 1) / CELLS, first, last)
    return np.diff(edges) * CELLS
