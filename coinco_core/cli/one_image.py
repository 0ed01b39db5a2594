"""What the commands about one picture share: their arguments, the checks before a model is loaded, how they answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.output import answer

if TYPE_CHECKING:
    from PIL.Image import Image

    from coinco_core.images import Box


Picture = Annotated[Path, typer.Argument(help="The picture, PNG or JPEG.")]
BoxText = Annotated[str, typer.Option("--box", help="X,Y,W,H: left, top, width and height in pixels.")]
Png = Annotated[Path | None, typer.Option(help="Also write the picture with the box and the answer as a PNG.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def picture_and_box(path: Path, text: str) -> tuple[Image, Box]:
    """The picture and the part of the box inside it, checked before any model is loaded."""
    from coinco_core.images import Box, open_image

    box = Box.parse(text)
    picture = open_image(path)
    return picture, box.check(*picture.size)


def numbers(box: Box) -> list[float]:
    """The box as JSON has it: left, top, width, height."""
    return [box.x, box.y, box.w, box.h]


def note(found: dict[str, Any]) -> list[str]:
    """The line with the warning that belongs to an answer; none where there is nothing to warn of."""
    return [f"Note: {found['warning']}"] if found["warning"] else []


def show(
    found: dict[str, Any], lines: Sequence[str], picture: Image, box: Box, png: Path | None, as_json: bool
) -> None:
    """Print the answer, with the warning that belongs to it, and write the PNG if one was asked for."""
    shown = [*lines, *note(found)]
    if png is not None:
        write_captioned(png, picture, box, shown)
    answer(found | {"png": None if png is None else str(png)}, as_json, lambda _: "\n".join(shown))


def write_captioned(png: Path, picture: Image, box: Box, lines: Sequence[str]) -> None:
    """Write the picture with its red box above the lines."""
    from coinco_core.cli.drawing import captioned
    from coinco_core.files import atomic_path

    with atomic_path(png) as temporary:
        captioned(picture, box, lines).save(temporary, format="PNG")
