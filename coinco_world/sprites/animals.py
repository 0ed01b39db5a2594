"""Sprites of the supercategory animal, the head to the right; those with hooves are drawn in `hoofed`."""

from __future__ import annotations

from numpy.random import Generator

from coinco_world.pen import Colour, Pen, mix, shade
from coinco_world.sprites.hoofed import cow, giraffe, horse, sheep, zebra
from coinco_world.sprites.shapes import WHITE, blob, disc, eye, limb, pick

_DARK: Colour = (44, 38, 36)


def bird(pen: Pen, rng: Generator) -> None:
    """A bird: a round body, a folded or a raised wing, a tail, a beak and thin legs."""
    coat = pick(rng, (86, 128, 184), (196, 84, 60), (120, 104, 92), (236, 196, 72), (92, 96, 108), (210, 216, 224))
    belly, raised = mix(coat, WHITE, 0.6), rng.random() < 0.4
    for x in (0.47, 0.58):
        pen.line([(x, 0.75), (x, 0.97), (x + 0.08, 0.98)], (214, 140, 50), 0.035)
    if raised:
        blob(pen, "52 50, 50 20, 62 0, 72 20, 68 50", shade(coat, 0.62))
    pen.polygon([(0.0, 0.5), (0.04, 0.38), (0.34, 0.44), (0.3, 0.66)], shade(coat, 0.7))
    blob(pen, "20 50, 38 36, 58 30, 66 10, 80 2, 92 12, 92 34, 84 58, 68 80, 44 84, 26 70", coat)
    blob(pen, "40 72, 64 62, 82 44, 84 56, 68 79, 46 82", belly)
    if raised:
        blob(pen, "36 52, 20 22, 24 0, 42 14, 62 46, 52 60", shade(coat, 0.8))
        pen.line([(0.27, 0.1), (0.5, 0.5)], shade(coat, 0.62), 0.03)
    else:
        blob(pen, "16 60, 40 42, 62 40, 66 54, 50 68, 30 68", shade(coat, 0.76))
        pen.line([(0.24, 0.61), (0.56, 0.58)], shade(coat, 0.58), 0.025)
        pen.ellipse(0.68, 0.0, 0.9, 0.2, coat)
    pen.polygon([(0.9, 0.17), (1.0, 0.26), (0.9, 0.31)], (240, 160, 44))
    eye(pen, 0.82, 0.18, 0.045, 1.3)


def cat(pen: Pen, rng: Generator) -> None:
    """A sitting cat: pointed ears, whiskers, a white chest, a tail curled up beside it, often striped."""
    coat = pick(rng, (226, 148, 70), (120, 116, 116), (58, 54, 58), (200, 176, 146), (240, 236, 228))
    pale, dark = mix(coat, WHITE, 0.65), shade(coat, 0.7)
    blob(pen, "60 98, 86 96, 100 78, 98 50, 88 44, 87 56, 89 74, 78 84, 60 84", shade(coat, 0.8))
    blob(pen, "22 50, 50 40, 72 58, 83 84, 76 100, 14 100, 10 80", coat)
    blob(pen, "56 98, 58 76, 72 68, 83 82, 80 97", shade(coat, 0.86))
    for x in (0.22, 0.44):
        pen.rectangle(x, 0.66, x + 0.15, 1.0, mix(coat, pale, 0.25), 0.45)
        pen.ellipse(x - 0.02, 0.92, x + 0.17, 1.0, pale)
    pen.ellipse(0.27, 0.5, 0.54, 0.82, pale)
    for x0, tip, x1 in ((0.0, 0.04, 0.3), (0.5, 0.75, 0.8)):
        pen.polygon([(x0 + 0.02, 0.28), (tip, 0.0), (x1, 0.12)], coat)
        pen.polygon(
            [(x0 + 0.07, 0.22), (tip + (0.03 if tip < 0.5 else -0.03), 0.06), (x1 - 0.06, 0.13)],
            (222, 150, 146),
        )
    blob(pen, "0 34, 6 16, 24 8, 40 6, 56 8, 74 16, 80 34, 68 50, 40 57, 12 50", coat)
    if rng.random() < 0.6:
        for x in (0.32, 0.4, 0.48):
            pen.line([(x, 0.08), (0.4 + (x - 0.4) * 0.7, 0.2)], dark, 0.035)
        for y in (0.62, 0.72):
            pen.line([(0.66, y), (0.76, y + 0.05)], dark, 0.04)
    pen.ellipse(0.26, 0.36, 0.54, 0.54, pale)
    for x in (0.22, 0.58):
        pen.ellipse(x - 0.065, 0.22, x + 0.065, 0.36, (170, 206, 84))
        pen.ellipse(x - 0.025, 0.23, x + 0.025, 0.35, (24, 22, 22))
    pen.polygon([(0.35, 0.38), (0.45, 0.38), (0.4, 0.44)], (206, 112, 112))
    for y in (0.42, 0.47):
        pen.line([(0.24, 0.43), (0.0, y)], (250, 250, 250), 0.012)
        pen.line([(0.56, 0.43), (0.8, y)], (250, 250, 250), 0.012)


def dog(pen: Pen, rng: Generator) -> None:
    """A standing dog: a hanging ear, a dark nose, a collar and a raised tail, sometimes with patches."""
    coat = pick(rng, (190, 130, 74), (104, 70, 48), (224, 196, 150), (66, 62, 64), (164, 96, 56), (236, 230, 220))
    ear, collar = shade(coat, 0.62), pick(rng, (206, 50, 48), (40, 104, 190), (60, 150, 90))
    blob(pen, "10 46, 0 26, 2 12, 8 14, 10 28, 20 42", shade(coat, 0.85))
    for x in (0.27, 0.66):
        limb(pen, (x, 0.6), (x + 0.02, 1.0), (0.13, 0.075), shade(coat, 0.72))
    blob(pen, "6 50, 16 38, 40 40, 60 36, 72 46, 70 70, 56 72, 34 66, 14 74, 5 62", coat)
    if rng.random() < 0.4:
        blob(pen, "22 40, 40 41, 46 52, 34 60, 22 54", ear)
    for x in (0.13, 0.6):
        limb(pen, (x, 0.58), (x, 1.0), (0.16, 0.075), coat)
        pen.rectangle(x - 0.045, 0.93, x + 0.075, 1.0, mix(coat, WHITE, 0.4), 0.45)
    blob(pen, "52 50, 60 24, 66 6, 80 0, 88 10, 98 20, 100 30, 90 37, 80 38, 74 60, 62 68", coat)
    blob(pen, "84 20, 98 20, 100 30, 90 37, 82 34", mix(coat, WHITE, 0.45))
    pen.line([(0.585, 0.38), (0.77, 0.46)], collar, 0.075)
    blob(pen, "60 6, 70 4, 74 16, 70 32, 60 34, 56 20", ear)
    pen.ellipse(0.94, 0.17, 1.0, 0.26, _DARK)
    pen.line([(0.86, 0.31), (0.96, 0.31)], _DARK, 0.015)
    eye(pen, 0.81, 0.15, 0.032, 1.2)


def elephant(pen: Pen, rng: Generator) -> None:
    """An elephant: a huge grey body, a large ear, a trunk that reaches down, a tusk, pillar legs."""
    coat = pick(rng, (140, 142, 150), (122, 120, 124), (156, 146, 140))
    dark, curl = shade(coat, 0.76), float(rng.uniform(-0.02, 0.03))
    for x in (0.28, 0.58):
        pen.rectangle(x - 0.075, 0.55, x + 0.075, 1.0, shade(coat, 0.66), 0.15)
    pen.line([(0.05, 0.3), (0.015, 0.5), (0.015, 0.62)], dark, 0.03)
    blob(pen, "3 40, 10 16, 32 5, 54 8, 70 20, 70 56, 60 70, 34 74, 10 70, 3 58", coat)
    blob(pen, "10 70, 20 64, 45 66, 64 60, 60 70, 34 74", dark)
    for x in (0.13, 0.65):
        pen.rectangle(x - 0.09, 0.5, x + 0.09, 1.0, coat, 0.15)
        pen.rectangle(x + 0.04, 0.6, x + 0.09, 0.97, dark, 0.3)
        for dx in (-0.06, -0.01, 0.04):
            pen.ellipse(x + dx - 0.02, 0.955, x + dx + 0.025, 1.0, (226, 216, 200))
    blob(
        pen,
        [
            (0.62, 0.2),
            (0.7, 0.03),
            (0.82, 0.0),
            (0.93, 0.1),
            (0.96, 0.3),
            (0.965, 0.55),
            (0.97, 0.76),
            (1.0, 0.82 - curl),
            (0.97, 0.9),
            (0.91, 0.84),
            (0.88, 0.55),
            (0.84, 0.42),
            (0.7, 0.44),
        ],
        coat,
    )
    for y in (0.5, 0.58, 0.66, 0.74):
        pen.line([(0.885, y), (0.965, y - 0.01)], dark, 0.014)
    blob(pen, "85 40, 90 42, 98 56, 96 58, 86 50", (244, 238, 220))
    blob(pen, "50 12, 62 5, 74 12, 76 30, 68 52, 56 50, 48 30", dark)
    blob(pen, "52 14, 62 8, 72 14, 73 29, 66 46, 57 45, 50 30", shade(coat, 0.9))
    eye(pen, 0.84, 0.2, 0.024, 1.3)


def bear(pen: Pen, rng: Generator) -> None:
    """A bear on all fours: a heavy body with a hump, round ears, a pale muzzle, thick clawed legs."""
    coat = pick(rng, (112, 72, 44), (84, 56, 40), (52, 46, 46), (146, 100, 62))
    for x in (0.27, 0.6):
        limb(pen, (x, 0.6), (x + 0.02, 1.0), (0.16, 0.12), shade(coat, 0.66))
    blob(pen, "0 50, 6 26, 24 14, 42 10, 58 0, 72 12, 78 50, 70 74, 40 78, 12 80, 2 66", coat)
    blob(pen, "10 25, 24 17, 42 13, 58 3, 66 10, 44 22", shade(coat, 1.13))
    blob(pen, "16 79, 24 70, 50 71, 70 66, 70 74, 40 78", shade(coat, 0.8))
    for x in (0.13, 0.68):
        limb(pen, (x, 0.5), (x, 1.0), (0.24, 0.14), coat)
        pen.rectangle(x - 0.07, 0.92, x + 0.11, 1.0, shade(coat, 0.85), 0.45)
        for dx in (0.03, 0.06, 0.09):
            pen.ellipse(x + dx, 0.95, x + dx + 0.018, 1.0, (228, 218, 196))
    for x in (0.7, 0.84):
        disc(pen, x, 0.14, 0.085, 1.4, shade(coat, 0.82))
        disc(pen, x, 0.15, 0.045, 1.4, mix(coat, (210, 160, 130), 0.5))
    blob(pen, "63 32, 70 15, 80 11, 89 18, 93 32, 99 42, 97 54, 84 58, 70 54", coat)
    blob(pen, "86 36, 94 36, 100 42, 98 53, 88 56, 82 48", mix(coat, (236, 206, 166), 0.6))
    pen.ellipse(0.93, 0.36, 1.0, 0.46, (30, 26, 26))
    pen.line([(0.88, 0.52), (0.96, 0.51)], (50, 36, 30), 0.014)
    eye(pen, 0.82, 0.29, 0.03, 1.4)


SPRITES = {
    "bird": bird, "cat": cat, "dog": dog, "horse": horse, "sheep": sheep, "cow": cow, "elephant": elephant,
    "bear": bear, "zebra": zebra, "giraffe": giraffe,
}  # fmt: skip
