"""`coinco classify` and `coinco objects`: one picture and a box of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.output import answer, columns, say, standard_output_kept_for_json
from coinco_core.judgements import CRITERIA, CRITERION_TITLES, verdict_text

if TYPE_CHECKING:
    from PIL.Image import Image

    from coinco_core.pictures import Box

DEMO = "demo"

Picture = Annotated[Path, typer.Argument(help="The picture, PNG or JPEG.")]
BoxText = Annotated[str, typer.Option("--box", help="X,Y,W,H: left, top, width and height in pixels.")]
Png = Annotated[Path | None, typer.Option(help="Also write the picture with the box and the answer as a PNG.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_commands(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("classify")(classify)
    app.command("objects")(objects)


def classify(
    image: Picture,
    name: Annotated[str, typer.Option("--object", help="What is in the box; one of COCO's 80 categories.")],
    box: BoxText,
    model: Annotated[str, typer.Option(help="'demo', 'released' (the authors'), a folder, or a hub id.")] = DEMO,
    png: Png = None,
    json: Json = False,
) -> None:
    """Say whether the object in the box is in context: three verdicts with probabilities and reasons."""
    from coinco_core.categories import category

    object_name = category(name).name
    picture, area = _picture_and_box(image, box)
    with standard_output_kept_for_json(json):
        from coinco_core import ContextClassifier

        verdict = ContextClassifier.from_pretrained(model)(picture, object_name, area)
    found = verdict.as_dict() | {"image": str(image), "box": _numbers(area), "model": model}
    _show(found, _verdict_lines(found), picture, area, png, json)


def objects(
    image: Picture,
    box: BoxText,
    model: Annotated[str, typer.Option(help="'demo' or a folder.")] = DEMO,
    top: Annotated[int, typer.Option(min=1, max=80, help="How many objects to name.")] = 10,
    png: Png = None,
    json: Json = False,
) -> None:
    """Say which objects belong in the box, judged by the rest of the picture."""
    picture, area = _picture_and_box(image, box)
    with standard_output_kept_for_json(json):
        from coinco_core import ObjectsFromContext

        belongs = ObjectsFromContext.from_pretrained(model, say=say)(picture, area)
    found = belongs.as_dict(top) | {"image": str(image), "box": _numbers(area), "model": model}
    _show(found, _object_lines(found), picture, area, png, json)


def _picture_and_box(path: Path, text: str) -> tuple[Image, Box]:
    """The picture and the part of the box inside it, checked before any model is loaded."""
    from coinco_core.pictures import Box, open_image

    box = Box.parse(text)
    picture = open_image(path)
    return picture, box.check(*picture.size)


def _numbers(box: Box) -> list[float]:
    return [box.x, box.y, box.w, box.h]


def _verdict_lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['object']}: {verdict_text(found['in_context'])}"]
    for criterion in CRITERIA:
        part = found[criterion]
        verdict = f"{verdict_text(part['in_context'])} (probability of in-context {part['probability']:.2f})"
        lines.append(f"{CRITERION_TITLES[criterion]}: {verdict}. {part['reason']}".rstrip())
    return lines


def _object_lines(found: dict[str, Any]) -> list[str]:
    entries = [(entry["name"], f"{entry['probability']:.3f}") for entry in found["objects"]]
    groups = ", ".join(f"{entry['name']} {entry['probability']:.2f}" for entry in found["cliques"][:3])
    return [*columns(entries).splitlines(), f"likeliest groups: {groups}"]


def _show(
    found: dict[str, Any], lines: Sequence[str], picture: Image, box: Box, png: Path | None, as_json: bool
) -> None:
    """Print the answer, with the warning that belongs to it, and write the PNG if one was asked for."""
    note = [f"Note: {found['warning']}"] if found["warning"] else []
    if png is not None:
        from coinco_core.cli.drawing import captioned
        from coinco_core.files import atomic_path

        with atomic_path(png) as temporary:
            captioned(picture, box, [*lines, *note]).save(temporary, format="PNG")
    answer(found | {"png": None if png is None else str(png)}, as_json, lambda _: "\n".join([*lines, *note]))
