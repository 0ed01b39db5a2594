"""Images on a page: in rows with a caption below each, or as a contact sheet.

A sheet carries an alt text that counts its images and repeats their captions: more is not known of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from coinco_book.figures.described import described
from coinco_book.figures.wording import LONGEST, listed
from coinco_core.errors import InputError
from coinco_core.samples import Sample, boxed_image

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

_PAPER, _INK = (255, 255, 255), (40, 40, 44)
_GAP = 8  # pixels between two images
_LINE = 1.3  # line height over font size


def contact_sheet(images: Sequence[Image], *, columns: int = 6, tile: int = 256) -> Image:
    """All images on one sheet, each fitted into tile x tile pixels, in rows of `columns`, without captions."""
    return tile_sheet(images, columns=columns, tile=tile)


def image_grid(
    images: Sequence[Image], captions: Sequence[str], *, columns: int = 3, tile: int = 300, font: int = 15
) -> Image:
    """The images in rows, each with its caption below it, broken into lines where it is long."""
    return tile_sheet(images, captions, columns=columns, tile=tile, font=font)


def boxed_grid(
    folder: str | Path, samples: Sequence[Sample], captions: Sequence[str] | None = None, *, columns: int = 3
) -> Image:
    """The samples' images with their red boxes, captioned with the object in the box unless captions are given."""
    texts = captions if captions is not None else [sample.object for sample in samples]
    grid = image_grid([boxed_image(folder, sample) for sample in samples], texts, columns=columns)
    return described(grid, sheet_text(f"{_counted(samples)}, each with a red box", texts))


def sheet_text(what: str, captions: Sequence[str]) -> str:
    """The alt text of a sheet: what its images are, and their captions on one line, as many as there is room for."""
    said = [", ".join(text.splitlines()) for text in captions if text]
    room = LONGEST - len(what) - len(": ; and 99 more.")
    return f"{what}: {listed(said, room)}." if said else f"{what}."


def _counted(images: Sequence[object]) -> str:
    return "An image" if len(images) == 1 else f"{len(images)} images"


def tile_sheet(
    images: Sequence[Image],
    captions: Sequence[str] | None = None,
    *,
    columns: int = 6,
    tile: int = 256,
    font: int = 15,
) -> Image:
    """One image made of many: rows of `columns` tiles on white, with captions below them where there are any.

    Raises InputError when there is no image, or when there is not one caption per image.
    """
    from PIL import Image, ImageDraw

    texts = list(captions) if captions is not None else [""] * len(images)
    if not images or len(texts) != len(images):
        raise InputError(f"{len(images)} images and {len(texts)} captions make no sheet; give one caption an image.")
    face = _font(font)
    lines = [_lines(text, face, tile) for text in texts]
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    step = round(font * _LINE)
    # a row is as tall as its longest caption asks for
    below = [step * max(map(len, lines[r * columns : (r + 1) * columns])) for r in range(rows)]
    sheet = Image.new("RGB", (columns * (tile + _GAP) + _GAP, rows * (tile + _GAP) + sum(below) + _GAP), _PAPER)
    brush = ImageDraw.Draw(sheet)
    for k, (image, text) in enumerate(zip(images, lines, strict=True)):
        r, c = divmod(k, columns)
        x, y = _GAP + c * (tile + _GAP), _GAP + r * (tile + _GAP) + sum(below[:r])
        fitted = _fit(image, tile)
        sheet.paste(fitted, (x + (tile - fitted.width) // 2, y + (tile - fitted.height) // 2))
        for n, line in enumerate(text):
            brush.text((x + tile / 2, y + tile + 2 + n * step), line, fill=_INK, font=face, anchor="ma")
    return described(sheet, sheet_text(_counted(images), texts))


def _fit(image: Image, tile: int) -> Image:
    """The image scaled so that its longer side is `tile` pixels."""
    from PIL import Image

    share = tile / max(image.size)
    size = (max(round(image.width * share), 1), max(round(image.height * share), 1))
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS) if size != image.size else image.convert("RGB")


def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _lines(text: str, face: FreeTypeFont | ImageFont, width: int) -> list[str]:
    """The caption in lines that fit the width; its own line breaks are kept."""
    letters = max(int(width / (face.getlength("abcdefghij klmno") / 16)), 4)
    return [line for part in text.splitlines() for line in (wrap(part, letters) or [""])]
