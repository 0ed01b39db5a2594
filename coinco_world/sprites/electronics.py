"""Sprites of the electronic supercategory: screens, and the things one presses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coinco_world.pen import Colour, Pen, shade
from coinco_world.sprites.curves import PAINT, curve, pick

CASES: tuple[Colour, ...] = ((44, 46, 52), (32, 34, 38), (178, 184, 190), (226, 228, 230))
SKIES: tuple[Colour, ...] = ((92, 160, 214), (232, 150, 90), (80, 96, 168), (150, 206, 216))


def tv(pen: Pen, rng: np.random.Generator) -> None:
    """A flat television on its foot, dark or showing a landscape."""
    case = pick(rng, CASES[:3])
    pen.polygon(((0.42, 0.86), (0.58, 0.86), (0.62, 0.97), (0.38, 0.97)), shade(case, 0.7))
    pen.rectangle(0.26, 0.95, 0.74, 1.0, case, 0.4)
    pen.rectangle(0.0, 0.0, 1.0, 0.9, case, 0.04)
    pen.rectangle(0.005, 0.006, 0.995, 0.02, shade(case, 1.35))
    x0, y0, x1, y1 = 0.035, 0.055, 0.965, 0.82
    if rng.random() < 0.3:
        pen.rectangle(x0, y0, x1, y1, (22, 26, 34))
        pen.polygon(((x0, y0), (0.5, y0), (0.22, y1), (x0, y1)), (44, 50, 62))
        pen.polygon(((0.56, y0), (0.64, y0), (0.36, y1), (0.28, y1)), (36, 42, 54))
    else:
        sky = pick(rng, SKIES)
        pen.rectangle(x0, y0, x1, y1, sky)
        pen.rectangle(x0, 0.4, x1, y1, shade(sky, 1.35))
        sun = float(rng.uniform(0.2, 0.75))
        pen.ellipse(sun, 0.14, sun + 0.12, 0.32, (254, 236, 160))
        peak = float(rng.uniform(0.3, 0.7))
        pen.polygon(
            ((x0, 0.66), (peak - 0.1, 0.34), (peak + 0.2, 0.62), (x1, 0.48), (x1, y1), (x0, y1)),
            (88, 116, 120),
        )
        pen.polygon(
            ((x0, 0.6), (0.4, 0.68), (x1, 0.58), (x1, y1), (x0, y1)),
            pick(rng, ((76, 146, 78), (196, 168, 96))),
        )
        pen.polygon(((x0, y0), (0.22, y0), (x0, 0.4)), shade(sky, 1.5))
    pen.ellipse(0.49, 0.845, 0.51, 0.875, (220, 60, 50))


def laptop(pen: Pen, rng: np.random.Generator) -> None:
    """An open laptop: the screen above, the keys and the trackpad below."""
    case = pick(rng, ((186, 192, 198), (210, 214, 218), (70, 74, 82), (120, 126, 138)))
    pen.rectangle(0.1, 0.0, 0.9, 0.66, shade(case, 0.55), 0.05)
    pen.rectangle(0.115, 0.015, 0.885, 0.64, (26, 28, 32), 0.04)
    glow = pick(rng, (*SKIES, (240, 242, 246)))
    pen.rectangle(0.145, 0.05, 0.855, 0.6, glow)
    if rng.random() < 0.5:
        pen.rectangle(0.2, 0.1, 0.64, 0.52, (248, 250, 252))
        for i in range(5):
            pen.rectangle(0.23, 0.16 + 0.07 * i, 0.45 + 0.05 * (i * 3 % 4), 0.185 + 0.07 * i, (140, 150, 164))
        pen.rectangle(0.2, 0.1, 0.64, 0.135, pick(rng, PAINT))
    else:
        pen.polygon(
            ((0.145, 0.6), (0.145, 0.4), (0.4, 0.26), (0.6, 0.44), (0.855, 0.3), (0.855, 0.6)),
            shade(glow, 0.66),
        )
    pen.polygon(((0.145, 0.05), (0.34, 0.05), (0.145, 0.34)), shade(glow, 1.5))
    pen.polygon(((0.1, 0.66), (0.9, 0.66), (1.0, 0.94), (0.0, 0.94)), case)
    pen.rectangle(0.0, 0.94, 1.0, 1.0, shade(case, 0.62), 0.3)
    pen.polygon(((0.135, 0.68), (0.865, 0.68), (0.92, 0.83), (0.08, 0.83)), shade(case, 0.35))
    for i in range(3):
        y = 0.715 + 0.037 * i
        pen.line(((0.12 - 0.013 * i, y), (0.88 + 0.013 * i, y)), shade(case, 0.75), 0.008)
    for i in range(1, 11):
        x = i / 11
        pen.line(((0.135 + 0.73 * x, 0.68), (0.08 + 0.84 * x, 0.83)), shade(case, 0.75), 0.008)
    pen.polygon(((0.39, 0.85), (0.61, 0.85), (0.63, 0.925), (0.37, 0.925)), shade(case, 0.82))


def mouse(pen: Pen, rng: np.random.Generator) -> None:
    """A computer mouse from above: two buttons and a wheel to the left, where the cable leaves."""
    case = pick(rng, (*CASES, PAINT[0], PAINT[1]))
    seam = shade(case, 0.45)
    pen.line([*curve((0.0, 0.2), (0.02, 0.46), (0.2, 0.46), 8)], shade(case, 0.6), 0.055)
    pen.rectangle(0.12, 0.04, 1.0, 1.0, shade(case, 0.6), 0.46)
    pen.rectangle(0.12, 0.0, 0.985, 0.9, case, 0.46)
    pen.polygon(
        curve((0.46, 0.9), (0.9, 0.9), (0.985, 0.46), 8) + curve((0.985, 0.46), (0.86, 0.76), (0.46, 0.76), 8),
        shade(case, 0.84),
    )
    pen.line(curve((0.46, 0.01), (0.54, 0.45), (0.46, 0.89), 8), seam, 0.035)
    pen.line(((0.13, 0.45), (0.5, 0.45)), seam, 0.035)
    pen.rectangle(0.24, 0.33, 0.42, 0.57, (30, 32, 36), 0.5)
    pen.rectangle(0.26, 0.36, 0.4, 0.5, pick(rng, ((150, 156, 164), (220, 70, 60), (80, 180, 220))), 0.5)
    for x in (0.3, 0.345):
        pen.line(((x, 0.36), (x, 0.5)), (60, 64, 70), 0.02)
    pen.line(curve((0.18, 0.27), (0.22, 0.09), (0.42, 0.08), 6), shade(case, 1.6), 0.05)
    pen.line(curve((0.56, 0.08), (0.74, 0.07), (0.86, 0.2), 6), shade(case, 1.6), 0.07)
    pen.ellipse(0.66, 0.38, 0.76, 0.54, shade(case, 0.75))


def remote(pen: Pen, rng: np.random.Generator) -> None:
    """A remote control: a long case with a red button, a ring of arrows and rows of keys."""
    case = pick(rng, ((40, 42, 48), (56, 60, 68), (206, 210, 214)))
    key = (214, 218, 222) if sum(case) < 300 else (84, 90, 100)
    pen.rectangle(0.0, 0.0, 1.0, 1.0, shade(case, 0.6), 0.28)
    pen.rectangle(0.0, 0.0, 0.92, 0.985, case, 0.28)
    pen.rectangle(0.06, 0.05, 0.13, 0.94, shade(case, 1.3), 0.5)
    pen.ellipse(0.2, 0.04, 0.42, 0.105, (220, 44, 40))
    pen.ellipse(0.24, 0.048, 0.34, 0.08, (250, 130, 120))
    pen.rectangle(0.56, 0.055, 0.8, 0.09, key, 0.4)
    pen.ellipse(0.18, 0.15, 0.82, 0.36, shade(key, 0.8))
    pen.ellipse(0.36, 0.21, 0.64, 0.3, shade(case, 0.8))
    accents = (PAINT[0], PAINT[2], PAINT[3], PAINT[1])
    rows = pick(rng, (4, 5))
    for row in range(rows):
        for column in range(3):
            x, y = 0.19 + 0.24 * column, 0.41 + 0.085 * row
            pen.rectangle(x, y, x + 0.16, y + 0.05, key, 0.4)
    for i, colour in enumerate(accents):
        pen.rectangle(0.17 + 0.175 * i, 0.86, 0.3 + 0.175 * i, 0.9, colour, 0.4)


def keyboard(pen: Pen, rng: np.random.Generator) -> None:
    """A computer keyboard: rows of keys and a long space bar."""
    case = pick(rng, CASES)
    key = (232, 234, 236) if sum(case) < 240 and rng.random() < 0.4 else shade(case, 1.22 if sum(case) < 240 else 1.6)
    gap = shade(case, 0.55)
    pen.rectangle(0.0, 0.06, 1.0, 1.0, shade(case, 0.6), 0.1)
    pen.rectangle(0.0, 0.0, 1.0, 0.92, case, 0.1)
    pen.rectangle(0.025, 0.09, 0.975, 0.85, gap)
    for row in range(4):
        y = 0.11 + 0.185 * row
        pen.rectangle(0.03, y, 0.97, y + 0.15, key)
        pen.rectangle(0.03, y + 0.115, 0.97, y + 0.15, shade(key, 0.74))
        if row < 3:
            for i in range(10):
                x = 0.1 + 0.018 * row + 0.083 * i
                pen.rectangle(x - 0.006, y, x + 0.006, y + 0.15, gap)
    for x in (0.13, 0.24, 0.7, 0.82):
        pen.rectangle(x - 0.006, 0.665, x + 0.006, 0.815, gap)
    accent = pick(rng, (None, PAINT[0], PAINT[1]))
    if accent:
        pen.rectangle(0.03, 0.11, 0.094, 0.225, accent)


def cell_phone(pen: Pen, rng: np.random.Generator) -> None:
    """A cell phone with a bright screen full of icons, or a clock."""
    case = pick(rng, ((30, 32, 36), (30, 32, 36), (196, 200, 206), (180, 60, 70), (60, 90, 150)))
    pen.rectangle(0.0, 0.0, 1.0, 1.0, shade(case, 0.65), 0.18)
    pen.rectangle(0.0, 0.0, 0.97, 0.99, case, 0.18)
    pen.rectangle(0.05, 0.025, 0.93, 0.965, (18, 20, 24), 0.14)
    glow = pick(rng, (*SKIES, (120, 84, 170), (60, 150, 140)))
    pen.rectangle(0.08, 0.05, 0.9, 0.94, glow, 0.1)
    pen.polygon(((0.08, 0.62), (0.9, 0.36), (0.9, 0.9), (0.08, 0.9)), shade(glow, 0.8))
    if rng.random() < 0.7:
        for i in range(12):
            x, y = 0.15 + 0.25 * (i % 3), 0.14 + 0.155 * (i // 3)
            colour = (250, 250, 250) if i % 4 == 3 else shade(pick(rng, PAINT), 1.2)
            pen.rectangle(x, y, x + 0.17, y + 0.09, colour, 0.3)
    else:
        pen.rectangle(0.24, 0.18, 0.44, 0.28, (250, 250, 250), 0.2)
        pen.rectangle(0.54, 0.18, 0.74, 0.28, (250, 250, 250), 0.2)
        pen.rectangle(0.16, 0.4, 0.82, 0.5, (244, 246, 250), 0.3)
        pen.rectangle(0.16, 0.54, 0.82, 0.64, (244, 246, 250), 0.3)
    pen.rectangle(0.14, 0.8, 0.84, 0.91, shade(glow, 1.45), 0.4)
    pen.rectangle(0.36, 0.05, 0.62, 0.078, (18, 20, 24), 0.5)


SPRITES: dict[str, Callable[[Pen, np.random.Generator], None]] = {
    "tv": tv,
    "laptop": laptop,
    "mouse": mouse,
    "remote": remote,
    "keyboard": keyboard,
    "cell phone": cell_phone,
}
