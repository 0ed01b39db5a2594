"""Sprites of the kitchen supercategory: bottle, glass, cup, cutlery and bowl."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coinco_world.pen import Colour, Pen, mix, shade
from coinco_world.sprites.curves import CERAMIC, PAINT, STEEL, WOOD, band, pick


def bottle(pen: Pen, rng: np.random.Generator) -> None:
    """A bottle of glass or plastic with a cap, a label and a highlight."""
    glass = pick(rng, ((44, 104, 62), (112, 66, 36), (132, 184, 214), (178, 44, 40), (58, 64, 96)))
    neck = float(rng.uniform(0.16, 0.33))
    body = ((0.05, 0.16), (neck, 0.18), (neck + 0.08, 0.36), (neck + 0.17, 0.5), (0.95, 0.5), (1.0, 0.44))
    pen.polygon(band(body), glass)
    pen.polygon(band(body, 0.45, 1), shade(glass, 0.7))
    top = pick(rng, (0.52, 0.56, 0.6))
    paper = pick(rng, ((244, 238, 222), (236, 196, 74), (224, 232, 238), *PAINT[:3]))
    pen.rectangle(0, top, 1, top + 0.27, paper)
    pen.rectangle(0.74, top, 1, top + 0.27, shade(paper, 0.82))
    ink = shade(glass, 0.6) if sum(paper) > 520 else (246, 242, 230)
    pen.rectangle(0.12, top + 0.06, 0.7, top + 0.11, ink)
    pen.ellipse(0.26, top + 0.13, 0.58, top + 0.23, ink)
    pen.polygon(band(body, -0.78, -0.56), shade(glass, 1.5))
    cap = pick(rng, (*PAINT, (40, 40, 44), (212, 184, 110)))
    pen.rectangle(0.3, 0, 0.7, 0.085, cap, 0.2)
    pen.rectangle(0.54, 0.01, 0.7, 0.085, shade(cap, 0.72))
    pen.rectangle(0.35, 0.015, 0.42, 0.075, shade(cap, 1.45))


def wine_glass(pen: Pen, rng: np.random.Generator) -> None:
    """A wine glass on its stem, empty or with red, white or pink wine."""
    glass, edge = (206, 222, 230), (150, 170, 184)
    bowl = ((0.03, 0.42), (0.26, 0.5), (0.42, 0.42), (0.55, 0.06))
    pen.ellipse(0.08, 0.92, 0.92, 1.0, edge)
    pen.ellipse(0.12, 0.915, 0.88, 0.98, glass)
    pen.polygon(((0.45, 0.5), (0.55, 0.5), (0.56, 0.9), (0.66, 0.95), (0.34, 0.95), (0.44, 0.9)), edge)
    pen.rectangle(0.455, 0.5, 0.49, 0.93, (240, 246, 250))
    pen.polygon(band(bowl), edge)
    pen.polygon(band(bowl, -0.92, 0.92), glass)
    wine = pick(rng, ((124, 18, 44), (150, 26, 50), (238, 212, 120), (240, 150, 150), glass))
    if wine != glass:
        fill = ((0.24, 0.48), (0.28, 0.48), (0.42, 0.4), (0.54, 0.05))
        pen.polygon(band(fill, -0.94, 0.94), wine)
        pen.polygon(band(fill, 0.4, 0.94), shade(wine, 0.75))
        pen.ellipse(0.05, 0.205, 0.95, 0.275, shade(wine, 1.2))
    pen.polygon(band(bowl[:3], -0.76, -0.58), (252, 254, 255))
    pen.ellipse(0.07, 0.0, 0.93, 0.065, edge)
    pen.ellipse(0.11, 0.01, 0.89, 0.055, (228, 238, 244))


def cup(pen: Pen, rng: np.random.Generator) -> None:
    """A cup with a handle, full of coffee, tea or milk."""
    clay = pick(rng, (*PAINT, *CERAMIC))
    pen.arc(0.6, 0.24, 1.0, 0.78, 0, 360, shade(clay, 0.72), 0.13)
    pen.arc(0.6, 0.24, 0.99, 0.76, 0, 360, clay, 0.09)
    wall = ((0.1, 0.4), (0.6, 0.385), (0.88, 0.33), (0.97, 0.26), (1.0, 0.2))
    pen.polygon(band(wall, centre=0.4), clay)
    pen.polygon(band(wall, 0.5, 1, centre=0.4), shade(clay, 0.78))
    pen.polygon(band(wall, -0.84, -0.62, centre=0.4), shade(clay, 1.5))
    mark = pick(rng, ("stripe", "dots", "heart", "plain"))
    accent = (250, 248, 240) if sum(clay) < 560 else pick(rng, PAINT)
    if mark == "stripe":
        pen.polygon(band(((0.48, 0.392), (0.63, 0.38)), centre=0.4), accent)
        pen.polygon(band(((0.48, 0.392), (0.63, 0.38)), 0.5, 1, centre=0.4), shade(accent, 0.8))
    elif mark == "dots":
        for x, y in ((0.16, 0.4), (0.38, 0.5), (0.6, 0.4), (0.24, 0.68), (0.52, 0.7)):
            pen.ellipse(x - 0.05, y - 0.055, x + 0.05, y + 0.055, accent)
    elif mark == "heart":
        pen.ellipse(0.24, 0.42, 0.41, 0.6, accent)
        pen.ellipse(0.38, 0.42, 0.55, 0.6, accent)
        pen.polygon(((0.245, 0.54), (0.545, 0.54), (0.395, 0.74)), accent)
    pen.ellipse(0.0, 0.0, 0.8, 0.22, shade(clay, 1.3))
    pen.ellipse(0.04, 0.025, 0.76, 0.2, shade(clay, 0.6))
    drink = pick(rng, ((74, 44, 28), (150, 98, 56), (176, 96, 36), (240, 232, 216)))
    pen.ellipse(0.06, 0.07, 0.74, 0.2, drink)
    pen.ellipse(0.16, 0.1, 0.34, 0.14, shade(drink, 1.3))


def _handle(pen: Pen, rng: np.random.Generator, top: float) -> Colour:
    """Draw the handle of a fork or spoon from `top` down to the box's foot, and give its metal."""
    metal = pick(rng, (STEEL, (152, 160, 172), (196, 168, 96), (166, 172, 178)))
    stem = ((top, 0.13), (top + 0.14, 0.1), (0.9, 0.26), (0.97, 0.25), (1.0, 0.12))
    pen.polygon(band(stem), shade(metal, 0.62))
    pen.polygon(band(stem, -1, 0.45), metal)
    pen.polygon(band(stem, -0.6, -0.2), shade(metal, 1.6))
    if rng.random() < 0.35:
        grip = ((0.66, 0.17), (0.9, 0.27), (0.97, 0.26), (1.0, 0.13))
        colour = pick(rng, PAINT)
        pen.polygon(band(grip), shade(colour, 0.75))
        pen.polygon(band(grip, -1, 0.4), colour)
    return metal


def fork(pen: Pen, rng: np.random.Generator) -> None:
    """A fork with three or four tines."""
    metal = _handle(pen, rng, 0.38)
    dark = shade(metal, 0.62)
    tines = pick(rng, (3, 4, 4))
    width = 0.16 if tines == 4 else 0.22
    head = ((0.26, 0.5), (0.33, 0.49), (0.4, 0.34), (0.45, 0.13))
    pen.polygon(band(head), dark)
    pen.polygon(band(head, -1, 0.5), metal)
    pen.polygon(band(head, -0.72, -0.4), shade(metal, 1.6))
    for i in range(tines):
        x = i * (1 - width) / (tines - 1)
        pen.polygon(((x, 0.28), (x + 0.03, 0.0), (x + width - 0.03, 0.0), (x + width, 0.28)), dark)
        pen.polygon(((x, 0.29), (x + 0.03, 0.0), (x + width * 0.55, 0.0), (x + width * 0.6, 0.29)), shade(metal, 1.2))


def spoon(pen: Pen, rng: np.random.Generator) -> None:
    """A spoon with its bowl upwards."""
    metal = _handle(pen, rng, 0.34)
    pen.ellipse(0, 0, 1, 0.41, shade(metal, 0.72))
    pen.ellipse(0, 0, 0.94, 0.4, metal)
    pen.ellipse(0.12, 0.03, 0.9, 0.365, shade(metal, 0.8))
    pen.ellipse(0.22, 0.09, 0.9, 0.365, shade(metal, 0.92))
    pen.ellipse(0.5, 0.2, 0.8, 0.33, shade(metal, 1.6))


def knife(pen: Pen, rng: np.random.Generator) -> None:
    """A table or kitchen knife, the blade upwards."""
    metal = pick(rng, (STEEL, (172, 182, 192), (156, 166, 178)))
    blade = [
        (0.16, 0.62),
        (0.16, 0.1),
        (0.22, 0.0),
        (0.5, 0.06),
        (0.8, 0.18),
        (0.96, 0.34),
        (1.0, 0.5),
        (0.98, 0.62),
    ]
    pen.polygon(blade, metal)
    pen.polygon([(0.6, 0.62), (0.6, 0.14), (0.8, 0.18), (0.96, 0.34), (1.0, 0.5), (0.98, 0.62)], shade(metal, 1.55))
    pen.polygon(((0.16, 0.62), (0.16, 0.1), (0.22, 0.0), (0.28, 0.02), (0.28, 0.62)), shade(metal, 0.68))
    grip = pick(rng, (*WOOD, (44, 44, 50), (44, 44, 50), PAINT[0], PAINT[1]))
    pen.rectangle(0.0, 0.61, 1.0, 0.655, shade(metal, 0.6), 0.3)
    pen.rectangle(0.08, 0.65, 0.86, 1.0, shade(grip, 0.68), 0.4)
    pen.rectangle(0.08, 0.65, 0.62, 1.0, grip, 0.5)
    pen.rectangle(0.18, 0.67, 0.3, 0.95, shade(grip, 1.3), 0.5)
    for y in (0.71, 0.81, 0.91):
        pen.ellipse(0.38, y - 0.018, 0.58, y + 0.018, shade(metal, 1.4))


def bowl(pen: Pen, rng: np.random.Generator) -> None:
    """A bowl, empty or with soup, salad, cereal or fruit."""
    clay = pick(rng, (*CERAMIC, *PAINT))
    pen.rectangle(0.32, 0.88, 0.68, 1.0, shade(clay, 0.6), 0.3)
    wall = ((0.2, 0.5), (0.45, 0.46), (0.7, 0.37), (0.88, 0.24), (0.95, 0.14))
    pen.polygon(band(wall), clay)
    pen.polygon(band(wall, 0.45, 1), shade(clay, 0.74))
    pen.polygon(band(wall, -0.85, -0.68), shade(clay, 1.5))
    if rng.random() < 0.5:
        stripe = pick(rng, PAINT)
        pen.polygon(band(((0.42, 0.466), (0.53, 0.44))), stripe)
        pen.polygon(band(((0.42, 0.466), (0.53, 0.44)), 0.45, 1), shade(stripe, 0.74))
    pen.ellipse(0, 0.0, 1, 0.4, shade(clay, 1.35))
    pen.ellipse(0.035, 0.03, 0.965, 0.37, shade(clay, 0.62))
    food = pick(rng, (None, (206, 92, 40), (98, 158, 62), (222, 184, 108), (216, 68, 60), (232, 214, 170)))
    pen.ellipse(0.06, 0.1, 0.94, 0.37, food or shade(clay, 0.82))
    if food is None:
        pen.ellipse(0.2, 0.2, 0.9, 0.36, shade(clay, 0.95))
        return
    for _ in range(9):
        x, y = float(rng.uniform(0.18, 0.78)), float(rng.uniform(0.13, 0.28))
        bit = mix(food, pick(rng, ((250, 244, 214), (70, 120, 46), (200, 60, 40))), 0.4)
        pen.ellipse(x - 0.05, y - 0.045, x + 0.05, y + 0.055, shade(bit, float(rng.uniform(0.85, 1.25))))


SPRITES: dict[str, Callable[[Pen, np.random.Generator], None]] = {
    "bottle": bottle,
    "wine glass": wine_glass,
    "cup": cup,
    "fork": fork,
    "knife": knife,
    "spoon": spoon,
    "bowl": bowl,
}
