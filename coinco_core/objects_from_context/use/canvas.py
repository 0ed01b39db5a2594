"""The part of an image that is painted: brought to the pipeline's canvas with the box's mask, and pasted back.

As in the sample code on the authors' site, but for what is pasted: theirs softens the mask outwards, here nothing
outside the box is touched.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

_MARGIN, _MARGIN_SHARE = 5, 1750  # pixels at least, and pixels for the box's share of the image; the site's code

Region = tuple[int, int, int, int]  # left, top, right, bottom in whole pixels, the last two exclusive


def around(box: Region, size: tuple[int, int]) -> Region:
    """The box with its margin, clipped to an image of `size` (width, height): what is painted at once (section 3.1)."""
    left, top, right, bottom = box
    share = (right - left) * (bottom - top) / (size[0] * size[1])
    margin = max(_MARGIN, int(_MARGIN_SHARE * share))
    return max(left - margin, 0), max(top - margin, 0), min(right + margin, size[0]), min(bottom + margin, size[1])


def on_canvas(
    image: Image.Image, box: Region, region: Region, side: int, cell: int
) -> tuple[Image.Image, Image.Image, Region]:
    """The region on a canvas of side x side pixels (RGB), the box's mask on it, and where on it the region lies.

    The mask is 'L', 255 in the box grown to whole cells of cell x cell pixels, 0 elsewhere. Around the region the
    canvas is black. `box` and `region` are in the image's pixels, the returned region in the canvas's.
    """
    width, height = region[2] - region[0], region[3] - region[1]
    scale = side / max(width, height)
    fitted = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (side - fitted[0]) // 2, (side - fitted[1]) // 2
    canvas = Image.new("RGB", (side, side))
    canvas.paste(image.crop(region).resize(fitted, Image.Resampling.LANCZOS), (left, top))
    sides = [
        (start + (edge - begin) * scale)
        for edge, begin, start in zip(box, region[:2] * 2, (left, top) * 2, strict=True)
    ]
    mask = Image.new("L", (side, side))
    mask.paste(255, _whole_cells(sides, cell, side))
    return canvas, mask, (left, top, left + fitted[0], top + fitted[1])


def _whole_cells(sides: list[float], cell: int, side: int) -> Region:
    """The rectangle grown to whole latent cells: the pipeline looks at one pixel of each, and would lose a thin box."""
    first = [int(value // cell) * cell for value in sides[:2]]
    last = [min(side, int(-(-value // cell)) * cell) for value in sides[2:]]
    return first[0], first[1], max(last[0], first[0] + cell), max(last[1], first[1] + cell)


def pasted(image: Image.Image, painted: Image.Image, region: Region, box: Region, feather: int) -> Image.Image:
    """The image with what was painted in the box, RGB of the image's size; outside the box it is unchanged.

    `painted` shows `region` in the image's own scale. The new fades into the old over `feather` pixels inside the box,
    except at the image's edges.
    """
    left, top, right, bottom = box
    old = np.array(image.convert("RGB"))
    x, y = left - region[0], top - region[1]
    new = np.asarray(painted.convert("RGB"))[y : y + bottom - top, x : x + right - left].astype(float)
    share = np.outer(_ramp(top, bottom, image.height, feather), _ramp(left, right, image.width, feather))[..., None]
    mixed = share * new + (1 - share) * old[top:bottom, left:right]
    old[top:bottom, left:right] = mixed.round().astype(np.uint8)
    return Image.fromarray(old)


def _ramp(first: int, last: int, size: int, feather: int) -> np.ndarray:
    """How much of the new there is at each pixel from first to last, (last - first,) of 0..1: 1 but near the edges."""
    inside = np.arange(last - first) + 1
    ramp = np.ones(last - first)
    if first > 0:
        ramp = np.minimum(ramp, inside / (feather + 1))
    if last < size:
        ramp = np.minimum(ramp, inside[::-1] / (feather + 1))
    return ramp
