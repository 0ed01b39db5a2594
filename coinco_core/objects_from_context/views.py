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

    `samples` finds each example's sample by its id.
    """
    owners = {name: [samples[i] for i in examples.sample_ids] for name, examples in parts.items()}
    return {
        "published": dict(parts),
        "float16": {name: in_half_precision(examples) for name, examples in parts.items()},
        "pixels": {name: with_masks(examples, box_cover(owners[name])) for name, examples in parts.items()},
        "box": {name: with_masks(examples, box_features(owners[name])) for name, examples in parts.items()},
    }


def in_half_precision(examples: Examples) -> Examples:
    """The examples as they come back from a store in float16."""
    return replace(examples, pictures=examples.pictures.astype(np.float16), masks=examples.masks.astype(np.float16))


def box_cover(samples: Sequence[Sample]) -> np.ndarray:
    """How much of each of 32x32 cells of the picture the box covers, (n, 1, 32, 32) float32 in 0..1."""
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
