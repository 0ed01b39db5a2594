"""Sprites of the fruit and vegetables among the food: banana, apple, orange, broccoli and carrot."""

from __future__ import annotations

import numpy as np

from coinco_world.pen import Colour, Pen, Point, shade
from coinco_world.sprites.curves import curve, pick

LEAF: Colour = (74, 142, 58)


def _crescent(start: Point, end: Point, outer: Point, inner: Point) -> list[Point]:
    return curve(start, outer, end, 16) + curve(end, inner, start, 16)


def banana(pen: Pen, rng: np.random.Generator) -> None:
    """A banana or a bunch of two or three, the stem at the upper right."""
    skin = pick(rng, ((250, 214, 62), (244, 204, 44), (218, 206, 72)))
    count = pick(rng, (1, 2, 3))
    for i in reversed(range(count)):
        lift = 0.2 * i
        tip, stem = (0.0 + 0.03 * i, 0.5 - lift), (0.9, 0.14)
        pen.polygon(_crescent(tip, stem, (0.5, 1.68 - 1.5 * lift), (0.42, 0.72 - lift)), shade(skin, 0.74))
        pen.polygon(_crescent(tip, stem, (0.5, 1.44 - 1.5 * lift), (0.42, 0.72 - lift)), skin)
        pen.polygon(_crescent(tip, stem, (0.44, 1.0 - lift), (0.42, 0.78 - lift)), shade(skin, 1.45))
        pen.ellipse(tip[0], tip[1] - 0.05, tip[0] + 0.05, tip[1] + 0.07, (92, 70, 34))
    pen.polygon(((0.84, 0.2), (0.92, 0.0), (1.0, 0.03), (0.95, 0.27)), shade(skin, 0.66))
    pen.polygon(((0.9, 0.06), (0.92, 0.0), (1.0, 0.03), (0.985, 0.1)), (96, 76, 40))
    for _ in range(int(rng.integers(0, 5))):
        x, y = float(rng.uniform(0.34, 0.56)), float(rng.uniform(0.72, 0.82))
        pen.ellipse(x, y, x + 0.035, y + 0.035, (150, 104, 40))


def apple(pen: Pen, rng: np.random.Generator) -> None:
    """An apple, red, green or yellow, with its stalk and a leaf."""
    skin = pick(rng, ((204, 36, 40), (190, 28, 44), (134, 184, 52), (226, 186, 66)))
    left, right = (0.0, 0.16, 0.62, 0.94), (0.38, 0.16, 1.0, 0.94)
    dark = shade(skin, 0.72)
    for box in (left, right, (0.12, 0.4, 0.56, 1.0), (0.44, 0.4, 0.88, 1.0)):
        pen.ellipse(*box, dark)
    for x0, y0, x1, y1 in (left, (0.34, 0.17, 0.92, 0.88), (0.12, 0.4, 0.56, 0.98), (0.4, 0.4, 0.8, 0.93)):
        pen.ellipse(x0, y0, x1, y1, skin)
    pen.ellipse(0.36, 0.2, 0.64, 0.34, shade(skin, 0.6))
    pen.line(curve((0.5, 0.3), (0.5, 0.12), (0.58, 0.02)), (92, 60, 32), 0.055)
    pen.polygon(_crescent((0.54, 0.18), (0.9, 0.02), (0.86, 0.26), (0.6, -0.04)), LEAF)
    pen.line(((0.54, 0.18), (0.86, 0.05)), shade(LEAF, 1.4), 0.018)
    pen.ellipse(0.14, 0.28, 0.32, 0.52, shade(skin, 1.55))
    pen.ellipse(0.17, 0.31, 0.26, 0.43, shade(skin, 1.85))


def orange(pen: Pen, rng: np.random.Generator) -> None:
    """An orange: whole with a dimpled peel, or a half with its segments."""
    peel = pick(rng, ((244, 144, 30), (238, 128, 24), (250, 160, 48)))
    pen.ellipse(0, 0, 1, 1, shade(peel, 0.76))
    if rng.random() < 0.35:
        pen.ellipse(0.01, 0.01, 0.97, 0.97, peel)
        pen.ellipse(0.06, 0.06, 0.94, 0.94, (252, 232, 190))
        turn = float(rng.uniform(0, 45))
        for i in range(8):
            pen.pie(0.1, 0.1, 0.9, 0.9, turn + 45 * i + 4, turn + 45 * i + 41, shade(peel, 1.2 if i % 2 else 1.1))
        pen.ellipse(0.45, 0.45, 0.55, 0.55, (252, 232, 190))
        return
    pen.ellipse(0.0, 0.0, 0.9, 0.9, peel)
    pen.ellipse(0.08, 0.08, 0.66, 0.66, shade(peel, 1.14))
    pen.ellipse(0.18, 0.18, 0.38, 0.36, shade(peel, 1.6))
    for _ in range(14):
        x, y = float(rng.uniform(0.25, 0.8)), float(rng.uniform(0.3, 0.85))
        pen.ellipse(x, y, x + 0.025, y + 0.025, shade(peel, 0.82))
    pen.ellipse(0.48, 0.06, 0.62, 0.15, (88, 118, 44))
    if rng.random() < 0.5:
        pen.polygon(_crescent((0.55, 0.1), (0.9, 0.1), (0.76, 0.28), (0.7, -0.06)), LEAF)


def broccoli(pen: Pen, rng: np.random.Generator) -> None:
    """A head of broccoli on its pale stalk."""
    green = pick(rng, ((62, 128, 54), (48, 112, 56), (84, 140, 52)))
    stalk = (164, 196, 110)
    pen.polygon(((0.38, 0.45), (0.62, 0.45), (0.6, 0.8), (0.66, 1.0), (0.34, 1.0), (0.4, 0.8)), stalk)
    pen.polygon(((0.54, 0.45), (0.62, 0.45), (0.6, 0.8), (0.66, 1.0), (0.56, 1.0)), shade(stalk, 0.74))
    pen.polygon(((0.42, 0.74), (0.14, 0.5), (0.26, 0.46), (0.44, 0.6)), shade(stalk, 1.2))
    pen.polygon(((0.58, 0.74), (0.86, 0.5), (0.74, 0.46), (0.56, 0.6)), shade(stalk, 0.8))
    florets = (
        (0.0, 0.28, 0.36),
        (0.64, 0.28, 0.36),
        (0.3, 0.36, 0.34),
        (0.1, 0.08, 0.4),
        (0.5, 0.08, 0.42),
        (0.3, 0.0, 0.4),
    )
    for x, y, size in florets:
        pen.ellipse(x, y, x + size, y + size * 0.95, shade(green, 0.72))
        pen.ellipse(x, y, x + size * 0.86, y + size * 0.8, green)
        pen.ellipse(x + size * 0.12, y + size * 0.08, x + size * 0.5, y + size * 0.4, shade(green, 1.25))
    for _ in range(12):
        x, y = float(rng.uniform(0.1, 0.86)), float(rng.uniform(0.08, 0.55))
        pen.ellipse(x, y, x + 0.045, y + 0.04, shade(green, float(pick(rng, (0.6, 1.3)))))


def carrot(pen: Pen, rng: np.random.Generator) -> None:
    """A carrot, its tip down and its green leaves up."""
    root = pick(rng, ((240, 124, 36), (232, 108, 28), (246, 144, 60)))
    tip = float(rng.uniform(0.42, 0.58))
    for x, y, bend in (
        (0.0, 0.06, 0.3),
        (1.0, 0.08, 0.7),
        (0.24, 0.0, 0.4),
        (0.78, 0.0, 0.62),
        (0.5, 0.02, 0.5),
    ):
        leaf = shade(LEAF, float(rng.uniform(0.75, 1.2)))
        pen.polygon(_crescent((0.5, 0.4), (x, y), (bend - 0.24, 0.22), (bend + 0.24, 0.2)), leaf)
    body = [
        (0.08, 0.36),
        (0.3, 0.29),
        (0.7, 0.29),
        (0.92, 0.36),
        (0.9, 0.5),
        (tip + 0.06, 0.98),
        (tip, 1.0),
        (0.1, 0.5),
    ]
    pen.polygon(body, root)
    pen.polygon(
        ((0.7, 0.29), (0.92, 0.36), (0.9, 0.5), (tip + 0.06, 0.98), (tip, 1.0), (0.62, 0.6)),
        shade(root, 0.78),
    )
    pen.polygon(((0.2, 0.36), (0.32, 0.34), (0.4, 0.68), (0.34, 0.68)), shade(root, 1.45))
    for x0, x1, y in (
        (0.1, 0.34, 0.45),
        (0.6, 0.86, 0.52),
        (0.3, 0.5, 0.62),
        (0.5, 0.7, 0.72),
        (0.4, 0.54, 0.84),
    ):
        pen.line(((x0, y), (x1, y + 0.012)), shade(root, 0.66), 0.045)
    pen.ellipse(0.34, 0.28, 0.66, 0.335, shade(LEAF, 0.6))
