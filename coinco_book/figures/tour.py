"""Images of the demo world for its tour: the 80 drawings, a scene's zones, a sample's making step by step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from coinco_book.figures.described import described
from coinco_book.figures.image_grids import image_grid, sheet_text, tile_sheet
from coinco_core.categories import NAMES, with_article
from coinco_core.images import Box, with_red_box
from coinco_world.compose import SIZE, Scene, draw, draw_mask
from coinco_world.facts import FACTS
from coinco_world.pen import Pen
from coinco_world.sprites import SPRITES

_TILE = 120  # pixels of one drawing on the sheet of categories
_PAGE = (247, 246, 242)
_SUPPORT_COLOURS = {
    "ground": (213, 94, 0),
    "surface": (1, 115, 178),
    "water": (0, 190, 200),
    "sky": (236, 225, 51),
    "wall": (204, 120, 188),
}


def category_sheet(seed: int = 0, *, columns: int = 10) -> Image.Image:
    """All 80 categories in COCO's order, each drawn once with its name below it."""
    sheet = tile_sheet([_drawn(name, seed) for name in NAMES], NAMES, columns=columns, tile=_TILE, font=13)
    order = f"in COCO's order from {NAMES[0]} to {NAMES[-1]}"
    return described(sheet, f"All {len(NAMES)} categories, each drawn once with its name, {order}.")


def _drawn(name: str, seed: int) -> Image.Image:
    """One category alone on a tile, as wide and tall as its shape allows."""
    canvas = Image.new("RGB", (2 * _TILE, 2 * _TILE), _PAGE)
    aspect, room = FACTS[name].aspect, 1.76 * _TILE
    w, h = (room, room / aspect) if aspect > 1 else (room * aspect, room)
    box = (_TILE - w / 2, _TILE - h / 2, w, h)
    SPRITES[name](Pen(ImageDraw.Draw(canvas), None, box), np.random.default_rng([seed, NAMES.index(name)]))
    return canvas.reduce(2)


def zones_image(scene: Scene) -> Image.Image:
    """The scene with the places where things may rest outlined in the colour of their kind, 512x512."""
    image = draw(scene).resize((2 * SIZE, 2 * SIZE), Image.Resampling.LANCZOS)
    brush = ImageDraw.Draw(image)
    for zone in scene.layout.zones:
        box = [2 * SIZE * v for v in (zone.x[0], zone.y[0], zone.x[1], zone.y[1])]
        brush.rectangle(box, outline=_SUPPORT_COLOURS[zone.support], width=4)
    return described(image, sheet_text("A scene with the places outlined where things may rest", [_zones(scene)]))


def zones_sheet(scenes: Sequence[Scene], *, columns: int = 2, tile: int = 380) -> Image.Image:
    """The scenes of `zones_image` in rows, each with the names of its places and their supports below it."""
    names = [_zones(scene) for scene in scenes]
    sheet = image_grid([zones_image(scene) for scene in scenes], names, columns=columns, tile=tile)
    said = [name.replace(";", ",") for name in names]
    return described(sheet, sheet_text(f"{len(scenes)} scenes with the places outlined where things may rest", said))


def _zones(scene: Scene) -> str:
    """Each place of a scene once, as 'counter (surface)'."""
    return "; ".join(dict.fromkeys(f"{zone.name} ({zone.support})" for zone in scene.layout.zones))


def step_strip(before: Scene, after: Scene, index: int) -> Image.Image:
    """How one sample is made, in four images: the scene, the object picked, what replaces it, and its mask."""
    old, new = before.objects[index], after.objects[index]
    captions = (
        f"1. A coherent {before.layout.scene}",
        f"2. Picked: {with_article(old.category)}",
        f"3. Painted into its box: {with_article(new.category)}",
        "4. The newcomer's mask",
    )
    region = Box(*new.region).check(SIZE, SIZE)
    images = [draw(before), with_red_box(draw(before), region), with_red_box(draw(after), region), draw_mask(new)]
    strip = image_grid(images, captions, columns=4, tile=240, font=14)
    a, b = with_article(old.category), with_article(new.category)
    place = with_article(before.layout.scene).capitalize()
    text = f"{place} in four images: as drawn, {a} boxed, {b} in its box instead, and the newcomer's mask."
    return described(strip, text)


def scene_sheet(scenes: Sequence[Scene], *, columns: int = 6, tile: int = 200) -> Image.Image:
    """The scenes on one sheet, each with its type below it."""
    kinds = [scene.layout.scene for scene in scenes]
    sheet = tile_sheet([draw(scene) for scene in scenes], kinds, columns=columns, tile=tile, font=14)
    return described(sheet, sheet_text(f"Contact sheet of {len(scenes)} drawn scenes", list(dict.fromkeys(kinds))))
