"""The images in two runs' notebooks, matched by cell and order: the same bytes, or which share of pixels differs."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from coinco_book.comparing.cells import CodeCell, matched
from coinco_book.comparing.match import DiffRow, Match, presence

if TYPE_CHECKING:
    import numpy
    from PIL.Image import Image

PNG = "image/png"
_MARK = (200, 30, 90)  # the colour of pixels that differ, on the faded image of A


@dataclass(frozen=True)
class Figure:
    """An image that a cell shows: a PNG file, and its alt text."""

    png: bytes
    alt: str = ""


def compare_figures(where: str, a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> Iterator[DiffRow]:
    """One row for each image of either executed notebook, with both images and one of where they differ."""
    for title, (one, other) in matched(a, b):
        for order, (first, second) in enumerate(zip_longest(_figures(one), _figures(other)), start=1):
            yield _row(where, f"{title} (image {order})" if order > 1 else title, first, second)


def _figures(cell: CodeCell | None) -> list[Figure]:
    outputs = [] if cell is None else [o for o in cell.outputs if PNG in o.get("data", {})]
    return [Figure(_decoded(output["data"][PNG]), _alt(output.get("metadata", {}))) for output in outputs]


def _decoded(text: str | list[str]) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "".join(text))
    except ValueError:
        return b""


def _alt(metadata: Mapping[str, Any]) -> str:
    own = metadata.get(PNG)
    return str(metadata.get("alt") or (own.get("alt") if isinstance(own, Mapping) else "") or "")


def _row(where: str, title: str, a: Figure | None, b: Figure | None) -> DiffRow:
    first, second, alone = a or Figure(b""), b or Figure(b""), presence(a, b)
    share, both, note = (None, b"", "") if alone else _compared(first.png, second.png)
    match = alone or (Match.IDENTICAL if share == 0 else Match.DIFFERENT)
    return DiffRow(where, title, first.alt, second.alt, match, share, note, first.png, second.png, both)


def _compared(a: bytes, b: bytes) -> tuple[float | None, bytes, str]:
    """The share of pixels that differ, an image of where, and the same in words."""
    from PIL import Image

    if a == b:
        return 0.0, b"", ""
    try:
        images = [Image.open(io.BytesIO(png)).convert("RGBA") for png in (a, b)]
    except (OSError, ValueError):
        return None, b"", "an image cannot be read"
    share, both = pixel_difference(*images)
    sizes = [f"{image.width} x {image.height}" for image in images]
    other = "" if sizes[0] == sizes[1] else f", {sizes[0]} against {sizes[1]}"
    return share, both, f"{share:.1%} of the pixels differ{other}" if share else "other bytes, the same pixels"


def pixel_difference(a: Image, b: Image) -> tuple[float, bytes]:
    """The share (0..1) of pixels that differ, and a PNG of A faded with those pixels marked.

    Images of two sizes are laid on white, upper left corners together; the share is that of the larger frame.
    """
    import numpy
    from PIL import Image

    size = (max(a.width, b.width), max(a.height, b.height))
    first, second = (_on_white(image, size) for image in (a, b))
    other = (first != second).any(axis=-1)
    faded = (255 - (255 - first.mean(axis=-1, keepdims=True)) * 0.35).repeat(3, axis=-1)
    faded[other] = _MARK
    file = io.BytesIO()
    Image.fromarray(faded.astype(numpy.uint8)).quantize(64).save(file, "PNG", optimize=True)
    return float(other.mean()), file.getvalue()


def _on_white(image: Image, size: tuple[int, int]) -> numpy.ndarray[Any, Any]:
    import numpy
    from PIL import Image

    sheet = Image.new("RGB", size, "white")
    sheet.paste(image, mask=image.getchannel("A") if "A" in image.getbands() else None)
    return numpy.asarray(sheet)
