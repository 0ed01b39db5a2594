"""`coinco objects` and `coinco recover`: what belongs in a box, where an object belongs, and it painted there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.one_image import BoxText, ImageFile, Png, image_and_box, note, numbers, write_captioned
from coinco_core.cli.output import Json, answer, columns, say, standard_output_kept_for_json
from coinco_core.demo import DEMO
from coinco_core.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from coinco_core.objects_from_context.use.heat_map import HeatMap
    from coinco_core.objects_from_context.use.predictor import ObjectsFromContext

PAINTER = "sd2-community/stable-diffusion-2-inpainting"  # of use.recover, whose import takes seconds


def add_commands(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("objects")(objects)
    app.command("recover")(recover)


Model = Annotated[str, typer.Option(help="'demo', a folder, or the authors' checkpoint as a .pth or .pt file.")]
Vae = Annotated[
    str | None,
    typer.Option(help="The autoencoder: 'sd-2.1', a folder or a hub id (else the one of the model's record)."),
]


def objects(
    image: ImageFile,
    box: Annotated[str | None, typer.Option("--box", help="X,Y,W,H: left, top, width and height in pixels.")] = None,
    model: Model = DEMO,
    vae: Vae = None,
    top: Annotated[int, typer.Option(min=1, max=80, help="How many objects to name.")] = 10,
    png: Png = None,
    where: Annotated[str | None, typer.Option(help="Also say where in the image this object would belong.")] = None,
    box_size: Annotated[
        str | None, typer.Option(help="For --where: W,H in pixels or a share of the sides (else --box's, else 0.25).")
    ] = None,
    where_png: Annotated[Path | None, typer.Option(help="Write the heat map of --where as a PNG.")] = None,
    json: Json = False,
) -> None:
    """Say which objects belong in the box, judged by the rest of the image, or where an object would belong."""
    from coinco_core.categories import category
    from coinco_core.images import open_image

    _check_asked(box, png, where, box_size, where_png)
    opened, area = (open_image(image), None) if box is None else image_and_box(image, box)
    wanted = None if where is None else category(where).name
    size = _box_size(box_size) if box_size is not None or area is None else (area.w, area.h)
    with standard_output_kept_for_json(json):
        predictor = _predictor(model, vae)
        belongs = None if area is None else predictor(opened, area)
        heat = None if wanted is None else predictor.where(opened, size, say=say)
    found: dict[str, Any] = {"image": str(image), "model": model, "png": None if png is None else str(png)}
    if belongs is not None and area is not None:
        found |= belongs.as_dict(top) | {"box": numbers(area)}
    if heat is not None and wanted is not None:
        found |= {"where": _place(heat, wanted, where_png), "warning": heat.warning}
    lines = [*_object_lines(found), *_where_lines(found), *note(found)]
    if png is not None and area is not None:
        write_captioned(png, opened, area, lines)
    if where_png is not None and heat is not None and wanted is not None:
        _write_heat(where_png, opened, heat, wanted)
    answer(found, json, lambda _: "\n".join(lines))


def recover(
    image: ImageFile,
    box: BoxText,
    out: Annotated[Path, typer.Option(help="Where to write the image, as a PNG.")],
    name: Annotated[str | None, typer.Option("--object", help="Paint this one (else the likeliest).")] = None,
    model: Model = DEMO,
    vae: Vae = None,
    painter: Annotated[str, typer.Option(help="The inpainting pipeline, a folder or a hub id.")] = PAINTER,
    seed: Annotated[int, typer.Option(min=0, help="Decides the noise.")] = 0,
    crop: Annotated[
        str, typer.Option(help="What the pipeline sees: 'around' the box, or the 'whole' image.")
    ] = "around",
    negative: Annotated[str, typer.Option(help="What it is told not to paint.")] = "",
    steps: Annotated[int, typer.Option(min=1, help="Steps of the pipeline.")] = 50,
    json: Json = False,
) -> None:
    """Paint the object that belongs in the box there, by an inpainting pipeline of diffusers (section 5.2)."""
    from coinco_core.categories import category
    from coinco_core.files import atomic_path

    chosen = None if name is None else category(name).name
    opened, area = image_and_box(image, box)
    with standard_output_kept_for_json(json):
        from coinco_core.objects_from_context.use.recover import PaintSettings, load_painter

        how: dict[str, Any] = {"crop": crop, "negative_prompt": negative, "steps": steps}
        PaintSettings(**how)  # refused before anything is loaded
        brush = load_painter(painter)
        predictor = _predictor(model, vae)
        made = predictor.recover(opened, area, brush, seed, name=chosen, say=say, **how)
    with atomic_path(out) as temporary:
        made.image.save(temporary, format="PNG")
    found: dict[str, Any] = {"image": str(image), "box": numbers(area), "model": model, "painter": painter}
    found |= {"object": made.object, "probability": made.probability, "prompt": made.prompt, "seed": made.seed}
    found |= {"out": str(out), "warning": predictor.warning}
    lines = [f"{made.object} ({made.probability:.3f}) painted into {out}, seed {made.seed}", *note(found)]
    answer(found, json, lambda _: "\n".join(lines))


def _predictor(model: str, vae: str | None) -> ObjectsFromContext:
    from coinco_core.objects_from_context.use.predictor import ObjectsFromContext

    named = {} if vae is None else {"vae": vae}
    return ObjectsFromContext.from_pretrained(model, say=say, **named)


def _check_asked(
    box: str | None, png: Path | None, where: str | None, box_size: str | None, where_png: Path | None
) -> None:
    """Refuse a call that asks nothing, or for something that belongs to a question that is not asked."""
    if box is None and where is None:
        raise InputError("Nothing is asked; give a box with --box, or an object with --where.")
    if box is None and png is not None:
        raise InputError("--png draws the box of --box, which is not given; the heat map is drawn by --where-png.")
    if where is None and (box_size is not None or where_png is not None):
        raise InputError("--box-size and --where-png belong to --where, which names the object to look for.")


def _box_size(text: str | None) -> float | tuple[float, ...]:
    """A share, or width and height, as they are typed."""
    if text is None:
        from coinco_core.objects_from_context.use.heat_map import SHARE

        return SHARE
    try:
        sides = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"The box size '{text}' is not W,H in pixels, nor a share such as 0.25.") from None
    return sides[0] if len(sides) == 1 else sides


def _object_lines(found: dict[str, Any]) -> list[str]:
    if "objects" not in found:
        return []
    entries = [(entry["name"], f"{entry['probability']:.3f}") for entry in found["objects"]]
    groups = ", ".join(f"{entry['name']} {entry['probability']:.2f}" for entry in found["cliques"][:3])
    return [*columns(entries).splitlines(), f"likeliest groups: {groups}"]


def _place(heat: HeatMap, name: str, png: Path | None) -> dict[str, Any]:
    """Where the object is likeliest, ready for JSON."""
    box, probability = heat.best(name)
    return {
        "object": name,
        "box": numbers(box),
        "probability": probability,
        "places": [len(heat.lefts), len(heat.tops)],
        "png": None if png is None else str(png),
    }


def _where_lines(found: dict[str, Any]) -> list[str]:
    if "where" not in found:
        return []
    place = found["where"]
    box, (across, down) = ",".join(f"{side:g}" for side in place["box"]), place["places"]
    return [f"{place['object']} is likeliest in the box {box}: {place['probability']:.3f}, of {across} x {down} places"]


def _write_heat(png: Path, image: Image, heat: HeatMap, name: str) -> None:
    from coinco_core.objects_from_context.use.heat_figure import write_heat_figure

    write_heat_figure(png, image, heat, name)
