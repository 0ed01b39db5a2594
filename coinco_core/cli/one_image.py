"""What the commands about one image share: their arguments, the checks before a model is loaded, how they answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.output import answer

if TYPE_CHECKING:
    from PIL.Image import Image

    from coinco_core.images import Box


ImageFile = Annotated[Path, typer.Argument(help="The image, PNG or JPEG.")]
BoxText = Annotated[str, typer.Option("--box", help="X,Y,W,H: left, top, width and height in pixels.")]
Png = Annotated[Path | None, typer.Option(help="Also write the image with the box and the answer as a PNG.")]


def image_and_box(path: Path, text: str) -> tuple[Image, Box]:
    """The image (upright, RGB) and the part of the box inside it (pixels), checked before any model is loaded."""
    from coinco_core.images import Box, open_image

    box = Box.parse(text)
    image = open_image(path)
    return image, box.check(*image.size)


def numbers(box: Box) -> list[float]:
    """The box as written to JSON: left, top, width, height in pixels."""
    return [box.x, box.y, box.w, box.h]


def note(found: dict[str, Any]) -> list[str]:
    """The line with the warning that belongs to an answer; none where there is nothing to warn of."""
    return [f"Note: {found['warning']}"] if found["warning"] else []


def show(found: dict[str, Any], lines: Sequence[str], image: Image, box: Box, png: Path | None, as_json: bool) -> None:
    """Print the answer with its warning, and write the image (RGB) with its box (pixels) to `png` if that is given."""
    shown = [*lines, *note(found)]
    if png is not None:
        write_captioned(png, image, box, shown)
    answer(found | {"png": None if png is None else str(png)}, as_json, lambda _: "\n".join(shown))


def write_captioned(png: Path, image: Image, box: Box, lines: Sequence[str]) -> None:
    """Write the image (RGB) with its red box (pixels) above the lines as a PNG."""
    from coinco_core.cli.drawing import captioned
    from coinco_core.files import atomic_path

    with atomic_path(png) as temporary:
        captioned(image, box, lines).save(temporary, format="PNG")
