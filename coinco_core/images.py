"""An image and a box in it: reading the image, checking the box, drawing it in red, and its mask."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from coinco_core.errors import InputError, MissingError

if TYPE_CHECKING:
    from PIL.Image import Image

RED = (255, 0, 0)
_ORIENTATION, _ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)  # EXIF's tag, and those of its values that swap width and height


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels, COCO order: left, top, width, height, from the image's top left corner."""

    x: float
    y: float
    w: float
    h: float

    @classmethod
    def parse(cls, text: str) -> Box:
        """The box written as 'x,y,w,h'; an InputError when that is not four finite numbers."""
        try:
            x, y, w, h = (float(part) for part in text.split(","))
        except ValueError:
            raise InputError(f"The box '{text}' is not four numbers; write it as X,Y,W,H in pixels.") from None
        if not all(map(math.isfinite, (x, y, w, h))):
            raise InputError(f"The box '{text}' holds a number that is not finite; write it as X,Y,W,H in pixels.")
        return cls(x, y, w, h)

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels."""
        return self.x, self.y, self.x + self.w, self.y + self.h

    def __str__(self) -> str:
        """The box as `parse` reads it, 'x,y,w,h'."""
        return ",".join(f"{value:g}" for value in (self.x, self.y, self.w, self.h))

    def check(self, width: int, height: int) -> Box:
        """The part of the box inside an image of that size in pixels; InputError when not finite, empty or outside."""
        if not all(map(math.isfinite, self.xyxy)):
            raise InputError(f"The box {self} holds a number that is not finite.")
        if self.w <= 0 or self.h <= 0:
            raise InputError(f"The box {self} is empty; its width and height must be above 0.")
        left, top, right, bottom = self.xyxy
        left, top, right, bottom = (
            max(left, 0.0),
            max(top, 0.0),
            min(right, float(width)),
            min(bottom, float(height)),
        )
        if right <= left or bottom <= top:
            raise InputError(f"The box {self} lies outside the image, which is {width} x {height} pixels.")
        return Box(left, top, right - left, bottom - top)

    def place(self, width: int, height: int) -> str:
        """Where the box is in an image of that size, for a prompt: left, bottom, width, height in whole percent."""
        shares = (self.x / width, (self.y + self.h) / height, self.w / width, self.h / height)
        return " ".join(str(round(100 * share)) for share in shares)

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole pixels, the last two exclusive; at least one pixel each way."""
        left, top, right, bottom = self.check(width, height).xyxy
        column, row = min(int(left), width - 1), min(int(top), height - 1)
        return (
            column,
            row,
            max(min(math.ceil(right), width), column + 1),
            max(min(math.ceil(bottom), height), row + 1),
        )


def open_image(path: str | os.PathLike[str]) -> Image:
    """The image at `path` as RGB (8 bits), in its own size, turned upright by its EXIF orientation.

    Raises MissingError when there is no such file, InputError when it is not an image or is truncated.
    """
    if not Path(path).is_file():
        raise MissingError(f"There is no image {path}.")
    return decode_image(path, str(path))


def image_size(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Width and height in pixels of the image at `path` as `open_image` gives it, from its header alone.

    Raises as `open_image` does, but for what is wrong with the pixels, which are not read. Nor is an orientation that a
    PNG file states after its pixels; none is known to.
    """
    from PIL import Image, UnidentifiedImageError

    if not Path(path).is_file():
        raise MissingError(f"There is no image {path}.")
    try:
        with Image.open(path) as image:
            width, height = image.size
            exif = Image.Image.getexif(image)  # a PNG file's own method decodes all of the image first
            turned = exif.get(_ORIENTATION) in _ON_ITS_SIDE
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise InputError(f"{path} is not an image that can be read; use a PNG or JPEG file.") from None
    return (height, width) if turned else (width, height)


def decode_image(source: str | os.PathLike[str] | BinaryIO, name: str) -> Image:
    """The image in a file or stream as RGB (8 bits), upright; an InputError with that name when it is unreadable."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(source) as image:
            image.load()
            return upright_rgb(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise InputError(f"{name} is not an image that can be read; use a PNG or JPEG file.") from None


def upright_rgb(image: Image) -> Image:
    """The image as a viewer shows it, RGB with 8 bits: turned by its EXIF orientation, transparent pixels on white."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:  # hidden pixels can hold any colour
        rgba = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    if upright.mode.startswith("I;16"):  # Pillow itself would cut every value above 255
        upright = upright.convert("I").point(lambda value: value / 257).convert("L")
    return upright.convert("RGB")


def with_red_box(image: Image, box: Box, line_width: int = 3) -> Image:
    """A copy of the image with the box's outline in red, RGB of the same size: the LVLMs' input (section 3.2).

    `line_width` is in pixels. The line is centered on the box's edge; at the image's edge all four sides stay visible.
    """
    from PIL import ImageDraw

    copy = image.convert("RGB")
    if copy is image:
        copy = image.copy()
    left, top, right, bottom = box.pixels(*copy.size)
    grow = line_width // 2
    corners = (
        max(left - grow, 0),
        max(top - grow, 0),
        min(right - 1 + grow, copy.width - 1),
        min(bottom - 1 + grow, copy.height - 1),
    )
    ImageDraw.Draw(copy).rectangle(corners, outline=RED, width=line_width)
    return copy


def box_mask(box: Box, size: tuple[int, int]) -> Image:
    """A mask of that size (width, height), mode 'L': 255 in the box, 0 elsewhere, like COinCO's own masks."""
    from PIL import Image

    mask = Image.new("L", size, 0)
    mask.paste(255, box.pixels(*size))
    return mask
