"""Instance masks from COCO's two notations, polygons and run lengths, without pycocotools.

A run-length mask lists how many pixels in turn are outside and inside, column by column from the top left
corner. The compressed form packs each length, less the one two before it, into characters of five bits (code
minus 48).

Decoded by hand, although pycocotools has wheels for every supported system: it decodes run lengths that are cut short
or do not fill the image without a word, so they would have to be unpacked here anyway to refuse them; and of polygons
it counts other pixels along the outline, some 2 % of a mask.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

_FINER = 4


def segmentation_mask(segmentation: Any, size: tuple[int, int]) -> Image:
    """The mask of an annotation's `segmentation`: mode 'L', 0 or 255, `size` (width, height).

    Polygons may differ from pycocotools' by pixels that the outline crosses; run lengths are exact. Raises
    InputError when the notation is neither, is empty, or does not fit the image.
    """
    if isinstance(segmentation, Mapping):
        return _from_run_lengths(segmentation, size)
    if segmentation and isinstance(segmentation, Sequence) and not isinstance(segmentation, str):
        return _from_polygons(segmentation, size)
    raise InputError("A segmentation must be a list of polygons or a run-length mask.")


def _from_polygons(polygons: Sequence[Sequence[float]], size: tuple[int, int]) -> Image:
    """The polygons drawn four times as large and averaged, so that a pixel counts when half of it is inside.

    Drawn at their own size they would come out some 6 % too large, as Pillow fills every pixel the outline
    touches.
    """
    from PIL import Image, ImageDraw

    if any(len(polygon) < 6 or len(polygon) % 2 for polygon in polygons):
        raise InputError("A polygon needs three or more points, each as x and y.")
    left, top, right, bottom = _bounds(polygons, size)
    canvas = Image.new("L", ((right - left) * _FINER, (bottom - top) * _FINER), 0)
    pen = ImageDraw.Draw(canvas)
    for polygon in polygons:
        points = zip(polygon[::2], polygon[1::2], strict=True)
        pen.polygon([((x - left) * _FINER - 0.5, (y - top) * _FINER - 0.5) for x, y in points], fill=255)
    mask = Image.new("L", size, 0)
    mask.paste(canvas.reduce(_FINER).point(_at_least_half), (left, top))
    return mask


def _at_least_half(value: int) -> int:
    return 255 if value >= 128 else 0


def _bounds(polygons: Sequence[Sequence[float]], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of the image that the polygons touch, in whole pixels, one pixel large at the least."""
    xs, ys = ([value for polygon in polygons for value in polygon[axis::2]] for axis in (0, 1))
    left, top = (max(0, min(int(min(part)), end - 1)) for part, end in zip((xs, ys), size, strict=True))
    right, bottom = (min(math.ceil(max(part)), end) for part, end in zip((xs, ys), size, strict=True))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _from_run_lengths(segmentation: Mapping[str, Any], size: tuple[int, int]) -> Image:
    import numpy as np
    from PIL import Image

    width, height = size
    counts = segmentation.get("counts")
    if counts is None or list(segmentation.get("size", ())) != [height, width]:
        raise InputError(f"A run-length mask for this image needs counts and the size {[height, width]}.")
    lengths = decode_counts(counts) if isinstance(counts, str | bytes) else [int(count) for count in counts]
    if min(lengths, default=0) < 0 or sum(lengths) != width * height:
        raise InputError(f"A run-length mask's counts must add up to the image's {width * height} pixels.")
    inside = np.arange(len(lengths)) % 2 == 1
    columns = np.repeat(inside, lengths).reshape(width, height)
    return Image.fromarray((columns.T * np.uint8(255)).astype(np.uint8))


def decode_counts(text: str | bytes) -> list[int]:
    """The run lengths in pixels that COCO's compressed notation encodes; an InputError when it is truncated."""
    codes = text.encode("ascii", "replace") if isinstance(text, str) else text
    lengths: list[int] = []
    value = shift = 0
    for code in codes:
        bits = code - 48
        if not 0 <= bits < 64:
            raise InputError("A compressed run-length mask holds a character that does not belong there.")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:  # more characters belong to this number
            continue
        if bits & 0x10:  # the sign of a two's complement number
            value -= 1 << shift
        lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
        value = shift = 0
    if shift:
        raise InputError("A compressed run-length mask ends in the middle of a number.")
    return lengths
