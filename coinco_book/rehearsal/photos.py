"""Images of COCO's size and entropy, made up: smooth shapes with the grain of a camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

SIZE, GRAIN = (640, 480), 5.0  # COCO's usual size; the grain's deviation, of 255: PNG files of half a megabyte


def photo(rng: np.random.Generator) -> Image:
    """One image, RGB."""
    from PIL import Image

    colors = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
    shapes = colors.resize(SIZE, Image.Resampling.BICUBIC)
    grain = rng.normal(0, GRAIN, (SIZE[1], SIZE[0], 1))
    return Image.fromarray(np.clip(np.asarray(shapes) + grain, 0, 255).astype(np.uint8))
