"""Sprites of the supercategory accessory: things people carry or wear."""

from __future__ import annotations

from numpy.random import Generator

from coinco_world.pen import Pen, mix, shade
from coinco_world.sprites.shapes import WHITE, disc, path, pick

_CLOTH = ((196, 56, 60), (44, 98, 166), (60, 132, 92), (230, 160, 50), (110, 82, 150), (66, 72, 86))
_BRASS = (226, 190, 96)


def backpack(pen: Pen, rng: Generator) -> None:
    """A backpack: a rounded bag with a top handle, a flap, a front pocket with a zip and side straps."""
    cloth = pick(rng, *_CLOTH)
    dark, trim = shade(cloth, 0.68), pick(rng, (242, 214, 120), WHITE, shade(cloth, 0.4))
    pen.arc(0.36, 0.0, 0.64, 0.18, 180, 360, dark, 0.06)
    for x in (0.0, 0.86):
        pen.rectangle(x, 0.42, x + 0.14, 0.84, dark, 0.4)
    pen.rectangle(0.06, 0.06, 0.94, 1.0, dark, 0.3)
    pen.rectangle(0.07, 0.065, 0.87, 0.98, cloth, 0.3)
    pen.rectangle(0.15, 0.1, 0.3, 0.34, shade(cloth, 1.3), 0.5)
    pen.arc(0.12, 0.12, 0.88, 0.72, 180, 360, trim, 0.025)
    pen.rectangle(0.17, 0.52, 0.83, 0.93, shade(cloth, 0.6), 0.2)
    pen.rectangle(0.17, 0.52, 0.79, 0.905, shade(cloth, 1.15), 0.2)
    pen.rectangle(0.22, 0.6, 0.76, 0.625, trim)
    pen.rectangle(0.66, 0.6, 0.71, 0.7, shade(trim, 0.8), 0.3)
    for x in (0.26, 0.7):
        pen.rectangle(x - 0.03, 0.3, x + 0.03, 0.56, dark)
        pen.rectangle(x - 0.045, 0.46, x + 0.045, 0.52, trim, 0.2)


def umbrella(pen: Pen, rng: Generator) -> None:
    """An open umbrella: a scalloped canopy of coloured panels on a shaft with a hooked handle."""
    cloth = pick(rng, *_CLOTH[:5])
    other = pick(rng, WHITE, shade(cloth, 0.8), shade(cloth, 1.4), (244, 208, 90))
    pen.rectangle(0.485, 0.0, 0.515, 0.92, (96, 84, 76))
    pen.arc(0.34, 0.84, 0.515, 1.0, 0, 180, (150, 92, 50), 0.045)
    for x, colour in ((0.0, cloth), (0.18, other), (0.36, cloth)):
        pen.pie(x, 0.05, 1 - x, 0.97, 180, 271, colour)
        pen.pie(x, 0.05, 1 - x, 0.97, 270, 360, shade(colour, 0.78 + 0.2 * x))
    for x0, x1, colour in (
        (0.0, 0.18, cloth),
        (0.18, 0.36, other),
        (0.36, 0.64, cloth),
        (0.64, 0.82, shade(other, 0.82)),
        (0.82, 1.0, shade(cloth, 0.78)),
    ):
        pen.pie(x0, 0.46, x1, 0.56, 0, 180, shade(colour, 0.8))
    pen.polygon([(0.14, 0.34), (0.26, 0.18), (0.34, 0.12), (0.24, 0.3)], shade(cloth, 1.4))


def handbag(pen: Pen, rng: Generator) -> None:
    """A handbag: a leather trapezium with a looped handle, a flap and a brass clasp."""
    hide = pick(rng, (160, 92, 54), (178, 50, 62), (60, 56, 60), (214, 170, 120), (54, 96, 110), (206, 120, 150))
    pen.arc(0.2, 0.0, 0.8, 0.84, 180, 360, shade(hide, 0.6), 0.07)
    for x in (0.2, 0.74):
        pen.rectangle(x, 0.34, x + 0.06, 0.48, _BRASS, 0.3)
    pen.polygon([(0.08, 0.42), (0.92, 0.42), (1.0, 0.95), (0.95, 1.0), (0.05, 1.0), (0.0, 0.95)], hide)
    pen.polygon([(0.8, 0.42), (0.92, 0.42), (1.0, 0.95), (0.95, 1.0), (0.84, 1.0)], shade(hide, 0.76))
    pen.rectangle(0.02, 0.92, 0.98, 1.0, shade(hide, 0.66), 0.3)
    pen.polygon(path("8 42, 92 42, 90 60, 62 74, 38 74, 10 60"), shade(hide, 0.66))
    pen.polygon(path("8 42, 92 42, 90 57, 62 71, 38 71, 10 57"), shade(hide, 1.14))
    pen.polygon([(0.12, 0.45), (0.36, 0.45), (0.3, 0.56), (0.14, 0.53)], shade(hide, 1.4))
    disc(pen, 0.5, 0.68, 0.06, 1.0, shade(_BRASS, 0.75))
    disc(pen, 0.49, 0.67, 0.045, 1.0, _BRASS)


def tie(pen: Pen, rng: Generator) -> None:
    """A necktie: a knot and a long blade that widens to a point, striped, dotted or plain."""
    cloth, kind = pick(rng, *_CLOTH, (120, 30, 44)), int(rng.integers(3))
    mark = pick(rng, WHITE, (240, 200, 90), shade(cloth, 0.6))
    pen.polygon([(0.34, 0.12), (0.66, 0.12), (1.0, 0.84), (0.5, 1.0), (0.0, 0.84)], cloth)
    if kind == 0:
        for y in (0.3, 0.45, 0.6, 0.75):
            half = 0.16 + (y - 0.12) * 0.46
            pen.polygon(
                [
                    (0.5 - half, y + 0.06),
                    (0.5 + half * 0.93, y - 0.03),
                    (0.5 + half, y + 0.02),
                    (0.5 - half, y + 0.11),
                ],
                mark,
            )
    elif kind == 1:
        for i in range(6):
            for j in (-1, 0, 1):
                disc(
                    pen,
                    0.5 + j * (0.1 + i * 0.03) + (0.0 if i % 2 else 0.04),
                    0.24 + i * 0.11,
                    0.014,
                    0.26,
                    mark,
                )
    pen.polygon([(0.56, 0.13), (0.66, 0.13), (1.0, 0.84), (0.78, 0.91)], shade(cloth, 0.76))
    pen.polygon([(0.36, 0.14), (0.4, 0.14), (0.14, 0.84), (0.03, 0.83)], mix(cloth, WHITE, 0.3))
    pen.polygon([(0.12, 0.0), (0.88, 0.0), (0.68, 0.13), (0.32, 0.13)], shade(cloth, 0.88))
    pen.polygon([(0.12, 0.0), (0.5, 0.0), (0.44, 0.13), (0.32, 0.13)], shade(cloth, 1.2))
    pen.line([(0.32, 0.13), (0.68, 0.13)], shade(cloth, 0.5), 0.05)


def suitcase(pen: Pen, rng: Generator) -> None:
    """A wheeled suitcase: a ribbed upright shell with a pull-out handle, a carrying grip and a tag."""
    shell = pick(rng, *_CLOTH, (222, 140, 150), (150, 156, 160))
    dark = shade(shell, 0.66)
    for x in (0.28, 0.66):
        pen.rectangle(x, 0.02, x + 0.06, 0.26, (150, 154, 160))
    pen.rectangle(0.25, 0.0, 0.75, 0.05, (60, 62, 68), 0.4)
    for x in (0.1, 0.72):
        pen.rectangle(x, 0.9, x + 0.18, 1.0, (40, 40, 44), 0.4)
    pen.rectangle(0.0, 0.2, 1.0, 0.95, dark, 0.14)
    pen.rectangle(0.0, 0.2, 0.92, 0.93, shell, 0.14)
    for i in range(5):
        x = 0.12 + i * 0.165
        pen.rectangle(x, 0.26, x + 0.035, 0.88, shade(shell, 0.8), 0.5)
        pen.rectangle(x + 0.035, 0.26, x + 0.06, 0.88, shade(shell, 1.3), 0.5)
    pen.rectangle(0.34, 0.17, 0.66, 0.235, (52, 54, 60), 0.4)
    pen.rectangle(0.4, 0.46, 0.56, 0.56, shade(dark, 0.7), 0.3)
    pen.polygon([(0.64, 0.21), (0.68, 0.21), (0.8, 0.38), (0.74, 0.44), (0.66, 0.38)], (240, 220, 150))


SPRITES = {"backpack": backpack, "umbrella": umbrella, "handbag": handbag, "tie": tie, "suitcase": suitcase}
