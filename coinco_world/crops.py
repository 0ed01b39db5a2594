"""Drawn scenes cut to other shapes, since drawn ones are squares: what keeping the aspect ratio is worth needs both.

Half of the images become wide and half tall, 4 to 3, around their box. COCO's images are mostly 640 x 480.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path

import numpy as np

from coinco_core.files import atomic_path
from coinco_core.images import Box
from coinco_core.samples import Sample, sample_image, write_samples

SHAPES = ((1.0, 0.75), (0.75, 1.0))  # width and height in shares of the square that is cut


def crop_samples(samples: Sequence[Sample], folder: Path | str, out: Path | str, seed: int) -> list[Sample]:
    """The samples with images cut to one of SHAPES, in a new table in `out`; every box is kept whole.

    The shape and the place of the cut depend on the seed, the sample's number and its box. A side that the box needs
    more of stays as long as the box. The objects' own masks are left out.
    """
    out, cut = Path(out), []
    for i, sample in enumerate(samples):
        left, top, right, bottom = _window(sample, np.random.default_rng([seed, i]))
        with atomic_path(out / "images" / f"{sample.sample_id}.png") as temporary:
            sample_image(folder, sample).crop((left, top, right, bottom)).save(temporary)
        box = Box(sample.box.x - left, sample.box.y - top, sample.box.w, sample.box.h)
        name, width, height = f"images/{sample.sample_id}.png", right - left, bottom - top
        cut.append(replace(sample, image=name, width=width, height=height, box=box, mask=""))
    write_samples(out, cut)
    return cut


def _window(sample: Sample, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the cut, in whole pixels."""
    wide, tall = SHAPES[rng.integers(len(SHAPES))]
    box = sample.box.check(sample.width, sample.height)
    left, right = _span(box.x, box.x + box.w, sample.width, wide, rng)
    top, bottom = _span(box.y, box.y + box.h, sample.height, tall, rng)
    return left, top, right, bottom


def _span(first: float, last: float, length: int, share: float, rng: np.random.Generator) -> tuple[int, int]:
    """A stretch of that share of the length that holds everything from `first` to `last`."""
    low, high = int(first), ceil(last)
    size = max(round(share * length), high - low)
    start = int(rng.integers(max(high - size, 0), min(low, length - size) + 1))
    return start, start + size
