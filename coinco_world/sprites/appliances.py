"""Sprites of the appliance supercategory: microwave, oven, toaster, sink and refrigerator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coinco_world.pen import Colour, Pen, shade
from coinco_world.sprites.curves import PAINT, STEEL, band, curve, pick

ENAMEL: tuple[Colour, ...] = ((238, 240, 240), (190, 196, 202), (58, 62, 68), (226, 214, 186))
GLASS: Colour = (38, 42, 50)


def microwave(pen: Pen, rng: np.random.Generator) -> None:
    """A microwave: a wide box with a dark window and a panel of keys under a green display."""
    case = pick(rng, ENAMEL)
    for x in (0.06, 0.86):
        pen.rectangle(x, 0.93, x + 0.08, 1.0, (40, 40, 44))
    pen.rectangle(0.0, 0.0, 1.0, 0.96, shade(case, 0.72), 0.06)
    pen.rectangle(0.0, 0.0, 0.985, 0.93, case, 0.06)
    pen.rectangle(0.01, 0.015, 0.975, 0.05, shade(case, 1.4))
    pen.rectangle(0.04, 0.1, 0.7, 0.86, shade(case, 0.82), 0.08)
    pen.rectangle(0.08, 0.18, 0.6, 0.78, GLASS, 0.1)
    lit = rng.random() < 0.4
    if lit:
        pen.rectangle(0.11, 0.22, 0.57, 0.74, (236, 186, 96), 0.08)
        pen.ellipse(0.18, 0.62, 0.5, 0.72, (250, 226, 170))
        pen.ellipse(0.26, 0.46, 0.42, 0.68, pick(rng, PAINT))
    else:
        pen.polygon(((0.12, 0.74), (0.3, 0.22), (0.4, 0.22), (0.22, 0.74)), shade(GLASS, 1.25))
        pen.polygon(((0.28, 0.74), (0.46, 0.22), (0.49, 0.22), (0.31, 0.74)), shade(GLASS, 1.15))
    pen.rectangle(0.63, 0.16, 0.67, 0.8, shade(case, 0.55), 0.5)
    pen.rectangle(0.63, 0.16, 0.65, 0.79, shade(case, 1.3), 0.5)
    pen.rectangle(0.75, 0.12, 0.94, 0.26, (20, 30, 26), 0.1)
    for i in range(4):
        pen.rectangle(0.775 + 0.04 * i, 0.15, 0.795 + 0.04 * i, 0.23, (90, 230, 150))
    for i in range(9):
        x, y = 0.755 + 0.067 * (i % 3), 0.33 + 0.12 * (i // 3)
        pen.rectangle(x, y, x + 0.05, y + 0.08, shade(case, 0.5), 0.3)
    pen.rectangle(0.755, 0.71, 0.94, 0.83, pick(rng, (PAINT[0], PAINT[2], shade(case, 0.6))), 0.3)


def oven(pen: Pen, rng: np.random.Generator) -> None:
    """An oven: a cooker with hobs and knobs above, and a door with a window below."""
    case = pick(rng, ENAMEL)
    pen.rectangle(0.06, 0.95, 0.94, 1.0, (36, 36, 40))
    pen.rectangle(0.0, 0.1, 1.0, 0.97, shade(case, 0.74))
    pen.rectangle(0.0, 0.1, 0.97, 0.97, case)
    pen.polygon(((0.08, 0.02), (0.92, 0.02), (1.0, 0.12), (0.0, 0.12)), (60, 64, 70))
    for x0, x1, y in ((0.14, 0.42, 0.0), (0.58, 0.86, 0.0), (0.1, 0.44, 0.055), (0.56, 0.9, 0.055)):
        pen.ellipse(x0, y, x1, y + 0.05, (26, 26, 30))
        pen.ellipse(
            x0 + 0.06,
            y + 0.012,
            x1 - 0.06,
            y + 0.036,
            pick(rng, ((96, 100, 106), (96, 100, 106), (222, 92, 50))),
        )
    pen.rectangle(0.0, 0.12, 1.0, 0.135, shade(case, 1.5))
    for i in range(5):
        x = 0.1 + 0.165 * i + (0.04 if i > 2 else 0)
        pen.ellipse(x, 0.165, x + 0.1, 0.25, shade(case, 0.45))
        pen.ellipse(x + 0.01, 0.17, x + 0.08, 0.235, shade(case, 0.7 if sum(case) > 300 else 1.5))
    pen.rectangle(0.05, 0.29, 0.93, 0.78, shade(case, 0.84), 0.04)
    pen.rectangle(0.09, 0.33, 0.89, 0.37, shade(STEEL, 0.7), 0.5)
    pen.rectangle(0.09, 0.33, 0.89, 0.352, shade(STEEL, 1.4), 0.5)
    pen.rectangle(0.14, 0.42, 0.84, 0.73, GLASS, 0.1)
    if rng.random() < 0.4:
        pen.rectangle(0.17, 0.45, 0.81, 0.7, (220, 120, 50), 0.08)
        pen.ellipse(0.3, 0.52, 0.68, 0.68, (170, 96, 44))
    pen.line(((0.17, 0.6), (0.81, 0.6)), (110, 116, 124), 0.012)
    pen.polygon(((0.2, 0.7), (0.32, 0.45), (0.42, 0.45), (0.3, 0.7)), shade(GLASS, 1.25))
    pen.rectangle(0.05, 0.81, 0.93, 0.93, shade(case, 0.84), 0.1)
    pen.rectangle(0.36, 0.84, 0.62, 0.865, shade(case, 0.5), 0.5)


def toaster(pen: Pen, rng: np.random.Generator) -> None:
    """A toaster with a lever, a dial and two slices of toast."""
    case = pick(rng, (STEEL, STEEL, (204, 52, 46), (238, 234, 222), (120, 176, 180), (56, 58, 64)))
    toast = pick(rng, ((214, 158, 90), (190, 128, 66)))
    for x in (0.16, 0.5):
        pen.rectangle(x, 0.0, x + 0.27, 0.5, shade(toast, 0.66), 0.3)
        pen.rectangle(x + 0.025, 0.03, x + 0.245, 0.5, shade(toast, 1.3), 0.3)
        pen.rectangle(x + 0.05, 0.07, x + 0.15, 0.3, shade(toast, 1.5), 0.4)
    for x in (0.1, 0.74):
        pen.rectangle(x, 0.92, x + 0.1, 1.0, (40, 40, 44), 0.3)
    pen.rectangle(0.0, 0.26, 0.93, 0.96, shade(case, 0.66), 0.26)
    pen.rectangle(0.0, 0.26, 0.9, 0.92, case, 0.26)
    pen.rectangle(0.12, 0.29, 0.82, 0.35, shade(case, 0.4), 0.5)
    pen.rectangle(0.05, 0.42, 0.14, 0.84, shade(case, 1.55), 0.5)
    pen.rectangle(0.72, 0.4, 0.84, 0.9, shade(case, 0.82), 0.3)
    pen.rectangle(0.765, 0.44, 0.795, 0.8, (36, 36, 40), 0.5)
    lever = pick(rng, (0.46, 0.6))
    pen.rectangle(0.76, lever, 1.0, lever + 0.11, (44, 44, 50), 0.4)
    pen.rectangle(0.78, lever + 0.015, 0.97, lever + 0.045, (110, 112, 118), 0.5)
    pen.ellipse(0.3, 0.56, 0.5, 0.83, shade(case, 0.5))
    pen.ellipse(0.31, 0.57, 0.48, 0.8, shade(case, 1.3))
    pen.line(((0.4, 0.68), (0.44, 0.6)), (40, 40, 44), 0.035)


def sink(pen: Pen, rng: np.random.Generator) -> None:
    """A sink: a basin under a curved tap with two handles."""
    china = pick(rng, ((244, 246, 248), (238, 234, 224), (196, 204, 210)))
    tap = pick(rng, (STEEL, STEEL, (204, 170, 96)))
    body = ((0.5, 0.5), (0.66, 0.46), (0.8, 0.38), (0.93, 0.25), (1.0, 0.16))
    pen.polygon(band(body), shade(china, 0.88))
    pen.polygon(band(body, 0.35, 1), shade(china, 0.68))
    pen.polygon(band(body, -0.84, -0.66), (255, 255, 255))
    pen.ellipse(0.0, 0.3, 1.0, 0.72, shade(china, 0.8))
    pen.ellipse(0.0, 0.28, 1.0, 0.68, shade(china, 1.5))
    pen.ellipse(0.08, 0.35, 0.92, 0.65, shade(china, 0.6))
    pen.ellipse(0.1, 0.41, 0.9, 0.65, shade(china, 0.74))
    if rng.random() < 0.6:
        pen.ellipse(0.18, 0.48, 0.82, 0.64, (150, 200, 224))
        pen.ellipse(0.3, 0.5, 0.56, 0.54, (206, 232, 242))
    else:
        pen.ellipse(0.46, 0.54, 0.54, 0.6, (70, 76, 84))
    for x in (0.28, 0.64):
        pen.rectangle(x + 0.025, 0.2, x + 0.055, 0.36, shade(tap, 0.7))
        pen.rectangle(x, 0.16, x + 0.08, 0.22, tap, 0.4)
    pen.rectangle(0.43, 0.3, 0.57, 0.37, shade(tap, 0.62), 0.3)
    spout = [
        (0.5, 0.34),
        *curve((0.5, 0.12), (0.5, 0.03), (0.56, 0.035), 5),
        *curve((0.56, 0.035), (0.62, 0.04), (0.62, 0.26), 5),
    ]
    pen.line([(x + 0.008, y + 0.02) for x, y in spout], shade(tap, 0.6), 0.085)
    pen.line(spout, tap, 0.07)
    pen.line([(x - 0.006, y - 0.008) for x, y in spout], shade(tap, 1.6), 0.02)
    pen.rectangle(0.5, 0.0, 0.62, 0.04, tap, 0.5)


def refrigerator(pen: Pen, rng: np.random.Generator) -> None:
    """A refrigerator with a freezer door above or below, handles and a few magnets."""
    case = pick(rng, ((240, 242, 242), (190, 197, 204), (190, 197, 204), (64, 68, 74), (150, 196, 190), (196, 60, 54)))
    pen.rectangle(0.06, 0.96, 0.94, 1.0, (40, 40, 44))
    pen.rectangle(0.0, 0.0, 1.0, 0.98, shade(case, 0.62), 0.05)
    split = pick(rng, (0.3, 0.32, 0.62))
    for y0, y1 in ((0.005, split - 0.006), (split + 0.006, 0.965)):
        pen.rectangle(0.01, y0, 0.92, y1, case, 0.05)
        pen.rectangle(0.78, y0 + 0.01, 0.92, y1 - 0.01, shade(case, 0.86))
        pen.rectangle(0.2, y0 + 0.015, 0.32, y1 - 0.015, shade(case, 1.3))
        pen.rectangle(0.01, y1 - 0.012, 0.92, y1, shade(case, 0.74))
    metal = shade(STEEL, 0.62) if sum(case) > 400 else (214, 220, 226)
    for y0, y1 in ((split - 0.16, split - 0.035), (split + 0.035, split + 0.2)):
        pen.rectangle(0.07, y0, 0.15, y1, shade(metal, 0.66), 0.5)
        pen.rectangle(0.07, y0, 0.12, y1, metal, 0.5)
    for _ in range(int(rng.integers(0, 5))):
        x, y = float(rng.uniform(0.36, 0.68)), float(rng.uniform(split + 0.06, split + 0.26))
        pen.rectangle(x, y, x + 0.12, y + 0.045, pick(rng, PAINT), 0.2)


SPRITES: dict[str, Callable[[Pen, np.random.Generator], None]] = {
    "microwave": microwave,
    "oven": oven,
    "toaster": toaster,
    "sink": sink,
    "refrigerator": refrigerator,
}
