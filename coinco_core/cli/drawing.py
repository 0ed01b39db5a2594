"""An image with its box in red and lines of text below it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from coinco_core.images import Box, with_red_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

_MARGIN = 10  # pixels around the text
_MIN_WIDTH = 480  # pixels; smaller images are enlarged so that the text has room


def captioned(image: Image, box: Box, lines: Sequence[str]) -> Image:
    """The image with its red box above the wrapped lines in black on white, RGB.

    A small image is enlarged by a whole factor to at least 480 pixels in width. `box` is in pixels of the image given.
    """
    from PIL import Image as images
    from PIL import ImageDraw, ImageFont

    boxed = with_red_box(image, box)
    times = max(1, -(-_MIN_WIDTH // boxed.width))
    boxed = boxed.resize((boxed.width * times, boxed.height * times), images.Resampling.NEAREST)
    size = max(14, boxed.width // 42)
    font = ImageFont.load_default(size)
    letters = int((boxed.width - 2 * _MARGIN) / (font.getlength("abcdefghij") / 10))
    text = "\n".join(part for line in lines for part in textwrap.wrap(line, letters, subsequent_indent="   "))
    _, _, _, bottom = ImageDraw.Draw(boxed).multiline_textbbox((0, 0), text, font=font, spacing=size // 3)
    page = images.new("RGB", (boxed.width, boxed.height + int(bottom) + 2 * _MARGIN), "white")
    page.paste(boxed)
    place = (_MARGIN, boxed.height + _MARGIN)
    ImageDraw.Draw(page).multiline_text(place, text, fill="black", font=font, spacing=size // 3)
    return page
