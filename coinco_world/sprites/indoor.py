"""Sprites of the indoor supercategory: book, clock, vase, scissors, teddy bear, hair drier and toothbrush."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from coinco_world.pen import Pen, Point, mix, shade
from coinco_world.sprites.curves import CERAMIC, PAINT, STEEL, WOOD, band, curve, pick


def book(pen: Pen, rng: np.random.Generator) -> None:
    """A closed book that shows its cover, its spine and the edges of its pages."""
    cover = pick(rng, (*PAINT, (84, 58, 44), (44, 60, 92)))
    gold = pick(rng, ((244, 222, 150), (250, 246, 236), (236, 190, 80)))
    pen.polygon(((0.06, 0.06), (0.94, 0.0), (1.0, 0.05), (1.0, 1.0), (0.1, 1.0)), shade(cover, 0.55))
    pen.polygon(((0.14, 0.05), (0.955, 0.03), (0.955, 0.98), (0.14, 0.985)), (246, 240, 222))
    for i in range(3):
        pen.line(((0.915 + 0.016 * i, 0.04), (0.915 + 0.016 * i, 0.97)), (200, 190, 166), 0.008)
        pen.line(((0.14, 0.935 + 0.016 * i), (0.95, 0.935 + 0.016 * i)), (200, 190, 166), 0.008)
    pen.rectangle(0.0, 0.0, 0.9, 0.925, cover, 0.03)
    pen.rectangle(0.0, 0.0, 0.12, 0.925, shade(cover, 0.7), 0.1)
    pen.rectangle(0.12, 0.0, 0.145, 0.925, shade(cover, 1.3))
    design = pick(rng, ("title", "picture", "frame"))
    if design == "frame":
        pen.rectangle(0.2, 0.07, 0.84, 0.86, gold)
        pen.rectangle(0.225, 0.09, 0.815, 0.84, cover)
    pen.rectangle(0.28, 0.17, 0.76, 0.23, gold)
    pen.rectangle(0.34, 0.28, 0.7, 0.32, gold)
    if design == "picture":
        pen.rectangle(0.24, 0.4, 0.8, 0.76, shade(gold, 1.3))
        pen.ellipse(0.56, 0.45, 0.7, 0.56, (240, 170, 60))
        pen.polygon(((0.24, 0.76), (0.42, 0.52), (0.56, 0.66), (0.66, 0.58), (0.8, 0.76)), shade(cover, 0.75))
    else:
        pen.ellipse(0.4, 0.44, 0.64, 0.64, gold)
        pen.rectangle(0.38, 0.76, 0.66, 0.79, gold)
    for y in (0.1, 0.8):
        pen.rectangle(0.0, y, 0.12, y + 0.03, gold)


def clock(pen: Pen, rng: np.random.Generator) -> None:
    """A round clock with twelve marks and two hands at some hour."""
    frame = pick(rng, ((48, 50, 56), *WOOD, *PAINT, STEEL))
    face = pick(rng, ((250, 248, 240), (250, 248, 240), (240, 228, 198), (52, 60, 76)))
    ink = (40, 42, 48) if sum(face) > 400 else (240, 240, 236)
    pen.ellipse(0, 0, 1, 1, shade(frame, 0.66))
    pen.ellipse(0.0, 0.0, 0.97, 0.97, frame)
    pen.arc(0.025, 0.025, 0.96, 0.96, 170, 280, shade(frame, 1.5), 0.03)
    pen.ellipse(0.1, 0.1, 0.9, 0.9, shade(face, 0.76))
    pen.ellipse(0.12, 0.13, 0.9, 0.9, face)
    for hour in range(12):
        c, s = math.cos(hour * math.pi / 6), math.sin(hour * math.pi / 6)
        inner, width = (0.29, 0.04) if hour % 3 == 0 else (0.32, 0.022)
        pen.line(((0.5 + inner * c, 0.5 + inner * s), (0.5 + 0.365 * c, 0.5 + 0.365 * s)), ink, width)
    minute = int(rng.integers(12)) * math.pi / 6
    hour_angle = int(rng.integers(12)) * math.pi / 6 + minute / 12
    for angle, length, width in ((hour_angle, 0.2, 0.055), (minute, 0.31, 0.035)):
        c, s = math.sin(angle), -math.cos(angle)
        pen.line(((0.5 - 0.05 * c, 0.5 - 0.05 * s), (0.5 + length * c, 0.5 + length * s)), ink, width)
    pen.ellipse(0.465, 0.465, 0.535, 0.535, (206, 52, 46))


def vase(pen: Pen, rng: np.random.Generator) -> None:
    """A vase with a painted band, empty or with three flowers."""
    clay = pick(rng, (*CERAMIC, *PAINT))
    flowers = rng.random() < 0.45
    top = 0.36 if flowers else 0.0
    if flowers:
        bloom = pick(rng, ((232, 84, 110), (246, 198, 66), (240, 240, 240), (172, 110, 196)))
        for x, y in ((0.2, 0.14), (0.8, 0.16), (0.5, 0.105)):
            pen.line(curve((0.5, top + 0.04), (0.5 + (x - 0.5) * 0.4, 0.3), (x, y), 5), (76, 130, 60), 0.05)
            for dx, dy in ((-0.11, 0.0), (0.11, 0.0), (0.0, -0.055), (0.0, 0.055)):
                pen.ellipse(x + dx - 0.09, y + dy - 0.05, x + dx + 0.09, y + dy + 0.05, bloom)
            pen.ellipse(
                x - 0.06,
                y - 0.035,
                x + 0.06,
                y + 0.035,
                shade(bloom, 0.6) if sum(bloom) < 560 else (230, 170, 50),
            )
    span = 1 - top
    waist, belly = pick(rng, (0.16, 0.2)), pick(rng, (0.46, 0.6))
    knots = ((0.0, 0.3), (0.16, waist), (belly, 0.5), (0.94, 0.24), (1.0, 0.28))
    shape = [(top + span * y, w) for y, w in knots]
    pen.polygon(band(shape, steps=6), clay)
    pen.polygon(band(shape, 0.4, 1, steps=6), shade(clay, 0.72))
    pen.polygon(band(shape, -0.78, -0.52, steps=6), shade(clay, 1.45))
    accent = pick(rng, PAINT) if sum(clay) > 560 else (246, 240, 226)
    y = top + span * belly
    pen.rectangle(0.01, y - 0.035, 0.99, y + 0.035, accent)
    pen.rectangle(0.7, y - 0.035, 0.99, y + 0.035, shade(accent, 0.76))
    for i in range(4):
        pen.ellipse(0.12 + 0.22 * i, y - 0.022, 0.22 + 0.22 * i, y + 0.022, shade(clay, 0.8))
    pen.ellipse(0.18, top, 0.82, top + 0.055, shade(clay, 1.2))
    pen.ellipse(0.25, top + 0.01, 0.75, top + 0.05, shade(clay, 0.4))


def scissors(pen: Pen, rng: np.random.Generator) -> None:
    """Open scissors, the blades upwards, with two coloured rings."""
    grip = pick(rng, (*PAINT, (44, 46, 52)))
    gap = float(rng.uniform(0.1, 0.34))
    for side in (1, -1):
        tip: Point = (0.5 + side * gap, 0.0)
        metal = STEEL if side == 1 else shade(STEEL, 1.35)
        blade = [
            tip,
            (0.5 + side * (gap * 0.5 + 0.13), 0.3),
            (0.5 - side * 0.1, 0.62),
            (0.5 - side * 0.2, 0.56),
        ]
        pen.polygon(blade, metal)
        pen.polygon([tip, blade[1], (0.5 - side * 0.1, 0.62), (0.5 - side * 0.12, 0.6)], shade(metal, 0.74))
        x = 0.5 - side * 0.27
        pen.line(((0.5, 0.52), (x + side * 0.05, 0.7)), shade(grip, 0.8), 0.13)
        pen.arc(x - 0.23, 0.64, x + 0.23, 1.0, 0, 360, shade(grip, 0.66), 0.14)
        pen.arc(x - 0.225, 0.645, x + 0.21, 0.985, 0, 360, grip, 0.1)
        pen.arc(x - 0.2, 0.66, x + 0.19, 0.97, 190, 280, shade(grip, 1.45), 0.03)
    pen.ellipse(0.44, 0.475, 0.56, 0.545, (110, 118, 126))
    pen.ellipse(0.46, 0.485, 0.52, 0.52, (230, 234, 238))


def teddy_bear(pen: Pen, rng: np.random.Generator) -> None:
    """A sitting teddy bear with round ears, a pale muzzle and a bow."""
    fur = pick(rng, ((176, 118, 66), (150, 96, 54), (206, 160, 104), (220, 200, 176), (126, 86, 62)))
    pale, dark = mix(fur, (255, 240, 214), 0.55), shade(fur, 0.74)
    for x in (0.12, 0.64):
        pen.ellipse(x, 0.0, x + 0.24, 0.2, dark)
        pen.ellipse(x + 0.05, 0.04, x + 0.19, 0.155, pale)
    pen.ellipse(0.0, 0.46, 0.32, 0.74, dark)
    pen.ellipse(0.68, 0.46, 1.0, 0.74, dark)
    pen.ellipse(0.0, 0.45, 0.3, 0.71, fur)
    pen.ellipse(0.16, 0.42, 0.84, 0.97, dark)
    pen.ellipse(0.16, 0.42, 0.78, 0.94, fur)
    pen.ellipse(0.3, 0.54, 0.7, 0.88, pale)
    for x in (0.02, 0.62):
        pen.ellipse(x, 0.74, x + 0.36, 1.0, dark)
        pen.ellipse(x, 0.74, x + 0.34, 0.98, shade(fur, 1.08))
        pen.ellipse(x + 0.08, 0.81, x + 0.27, 0.95, pale)
    pen.ellipse(0.13, 0.04, 0.87, 0.52, dark)
    pen.ellipse(0.13, 0.04, 0.82, 0.49, fur)
    pen.ellipse(0.22, 0.08, 0.46, 0.2, shade(fur, 1.25))
    pen.ellipse(0.33, 0.28, 0.67, 0.48, pale)
    for x in (0.31, 0.61):
        pen.ellipse(x, 0.2, x + 0.08, 0.27, (34, 26, 22))
        pen.ellipse(x + 0.015, 0.21, x + 0.04, 0.23, (255, 255, 255))
    pen.ellipse(0.43, 0.29, 0.57, 0.37, (48, 34, 28))
    pen.arc(0.4, 0.34, 0.6, 0.44, 20, 160, (74, 50, 38), 0.022)
    if rng.random() < 0.65:
        bow = pick(rng, PAINT)
        pen.polygon(((0.5, 0.53), (0.32, 0.47), (0.32, 0.6)), bow)
        pen.polygon(((0.5, 0.53), (0.68, 0.47), (0.68, 0.6)), shade(bow, 0.8))
        pen.ellipse(0.45, 0.5, 0.55, 0.57, shade(bow, 1.3))


def hair_drier(pen: Pen, rng: np.random.Generator) -> None:
    """A hair drier: a barrel with its nozzle to the right, and a handle with its cord."""
    case = pick(rng, ((52, 54, 62), *PAINT, (226, 120, 160), (236, 236, 238)))
    pen.line(
        curve((0.36, 0.92), (0.5, 1.04), (0.72, 0.92), 6) + curve((0.72, 0.92), (0.84, 0.8), (0.9, 0.97), 5),
        (50, 50, 56),
        0.045,
    )
    grip = ((0.22, 0.4), (0.48, 0.4), (0.44, 0.98), (0.26, 1.0))
    pen.polygon(grip, shade(case, 0.84))
    pen.polygon(((0.38, 0.4), (0.48, 0.4), (0.44, 0.98), (0.36, 1.0)), shade(case, 0.6))
    pen.rectangle(0.29, 0.62, 0.36, 0.76, pick(rng, ((240, 240, 240), (220, 60, 50), (40, 40, 46))), 0.3)
    pen.polygon(((0.62, 0.1), (0.9, 0.16), (0.9, 0.42), (0.62, 0.5)), shade(case, 0.8))
    pen.polygon(((0.62, 0.36), (0.9, 0.32), (0.9, 0.42), (0.62, 0.5)), shade(case, 0.6))
    pen.rectangle(0.88, 0.1, 1.0, 0.48, (44, 46, 52), 0.2)
    pen.rectangle(0.89, 0.12, 0.93, 0.44, (112, 116, 124), 0.4)
    pen.ellipse(0.0, 0.0, 0.66, 0.58, shade(case, 0.7))
    pen.ellipse(0.0, 0.0, 0.63, 0.52, case)
    pen.polygon(((0.34, 0.005), (0.66, 0.08), (0.66, 0.36), (0.34, 0.5)), case)
    pen.polygon(((0.4, 0.46), (0.66, 0.36), (0.66, 0.5), (0.42, 0.575)), shade(case, 0.7))
    pen.ellipse(0.08, 0.1, 0.4, 0.46, shade(case, 0.5))
    for i in range(4):
        pen.line(((0.12, 0.19 + 0.06 * i), (0.36, 0.19 + 0.06 * i)), shade(case, 1.2), 0.02)
    pen.line(curve((0.14, 0.07), (0.3, 0.0), (0.6, 0.1), 6), shade(case, 1.6), 0.035)


def toothbrush(pen: Pen, rng: np.random.Generator) -> None:
    """A toothbrush, the bristles at the top left."""
    grip = shade(pick(rng, PAINT), 1.1)
    tuft = pick(rng, (*PAINT[:3], PAINT[6]))
    stem = [
        (0.5, 0.0),
        (0.9, 0.01),
        (0.92, 0.26),
        (0.82, 0.34),
        (0.86, 0.5),
        (1.0, 0.62),
        (1.0, 0.97),
        (0.8, 1.0),
    ]
    pen.polygon([*stem, (0.5, 1.0), (0.4, 0.96), (0.4, 0.64), (0.56, 0.5), (0.58, 0.34), (0.5, 0.28)], grip)
    pen.polygon([(0.76, 0.01), *stem[1:7], (0.8, 0.98), (0.8, 0.64), (0.72, 0.5), (0.72, 0.34)], shade(grip, 0.68))
    pen.polygon(((0.48, 0.66), (0.56, 0.64), (0.56, 0.94), (0.48, 0.94)), shade(grip, 1.6))
    if rng.random() < 0.7:
        for i in range(4):
            pen.rectangle(0.6, 0.68 + 0.06 * i, 0.86, 0.71 + 0.06 * i, (246, 248, 250), 0.4)
    for i in range(6):
        y = 0.015 + 0.042 * i
        colour = tuft if i % 3 == 1 else (250, 251, 252)
        pen.rectangle(0.0, y, 0.52, y + 0.042, shade(colour, 0.72))
        pen.rectangle(0.0, y, 0.52, y + 0.03, colour)


SPRITES: dict[str, Callable[[Pen, np.random.Generator], None]] = {
    "book": book,
    "clock": clock,
    "vase": vase,
    "scissors": scissors,
    "teddy bear": teddy_bear,
    "hair drier": hair_drier,
    "toothbrush": toothbrush,
}
