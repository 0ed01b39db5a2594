"""`coinco classify`, `coinco objects` and `coinco recover`: one image and a box of one's own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from coinco_core.cli.one_image import BoxText, ImageFile, Png, image_and_box, numbers, show
from coinco_core.cli.output import Json, standard_output_kept_for_json
from coinco_core.demo import DEMO
from coinco_core.judgements import CRITERIA, CRITERION_TITLES, verdict_text


def add_commands(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("classify")(classify)


def classify(
    image: ImageFile,
    name: Annotated[str, typer.Option("--object", help="What is in the box; one of COCO's 80 categories.")],
    box: BoxText,
    model: Annotated[str, typer.Option(help="'demo', 'released' (the authors'), a folder, or a hub id.")] = DEMO,
    png: Png = None,
    json: Json = False,
) -> None:
    """Say whether the object in the box is in context: three verdicts with probabilities and reasons."""
    from coinco_core.categories import category

    object_name = category(name).name
    opened, area = image_and_box(image, box)
    with standard_output_kept_for_json(json):
        from coinco_core.distillation.classifier import ContextClassifier

        verdict = ContextClassifier.from_pretrained(model)(opened, object_name, area)
    found = verdict.as_dict() | {"image": str(image), "box": numbers(area), "model": model}
    show(found, _verdict_lines(found), opened, area, png, json)


def _verdict_lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['object']}: {verdict_text(found['in_context'])}"]
    for criterion in CRITERIA:
        part = found[criterion]
        verdict = f"{verdict_text(part['in_context'])} (probability of in-context {part['probability']:.2f})"
        lines.append(f"{CRITERION_TITLES[criterion]}: {verdict}. {part['reason']}".rstrip())
    return lines
