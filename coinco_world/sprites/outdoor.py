"""Sprites of the supercategory outdoor: street furniture."""

from __future__ import annotations

from numpy.random import Generator

from coinco_world.pen import Pen, mix, shade
from coinco_world.sprites.shapes import STEEL, WHITE, disc, pick


def traffic_light(pen: Pen, rng: Generator) -> None:
    """A traffic light: a dark housing with a red, an amber and a green lamp on a pole; one or two are lit."""
    body, lit = pick(rng, (52, 56, 60), (60, 84, 66), (70, 66, 50)), int(rng.integers(3))
    pen.rectangle(0.42, 0.5, 0.58, 0.97, (96, 100, 106))
    pen.rectangle(0.42, 0.5, 0.48, 0.97, (140, 144, 150))
    pen.rectangle(0.25, 0.95, 0.75, 1.0, (78, 80, 86), 0.2)
    pen.rectangle(0.0, 0.0, 1.0, 0.56, shade(body, 0.75), 0.16)
    pen.rectangle(0.06, 0.012, 0.9, 0.545, body, 0.16)
    for i, lamp in enumerate(((232, 52, 44), (246, 190, 50), (64, 200, 96))):
        y = 0.105 + i * 0.175
        colour = lamp if i == lit else shade(lamp, 0.45)
        disc(pen, 0.48, y - 0.008, 0.086, 0.3, shade(body, 0.5))
        disc(pen, 0.48, y, 0.075, 0.3, colour)
        disc(pen, 0.4, y - 0.022, 0.026, 0.3, shade(colour, 1.6))


def fire_hydrant(pen: Pen, rng: Generator) -> None:
    """A fire hydrant: a red or yellow barrel with a domed cap, side nozzles and a flanged foot."""
    paint = pick(rng, (206, 44, 38), (206, 44, 38), (238, 184, 40))
    dark, light = shade(paint, 0.68), shade(paint, 1.4)
    pen.rectangle(0.0, 0.38, 1.0, 0.54, dark, 0.2)
    for x in (0.0, 0.9):
        pen.rectangle(x, 0.35, x + 0.1, 0.57, shade(paint, 0.55), 0.3)
    pen.rectangle(0.2, 0.24, 0.8, 0.92, paint)
    pen.rectangle(0.64, 0.24, 0.8, 0.92, dark)
    pen.rectangle(0.27, 0.26, 0.36, 0.9, light)
    pen.pie(0.2, 0.04, 0.8, 0.44, 180, 360, paint)
    pen.pie(0.3, 0.08, 0.52, 0.4, 180, 270, light)
    pen.rectangle(0.42, 0.0, 0.58, 0.08, dark, 0.2)
    pen.rectangle(0.12, 0.22, 0.88, 0.29, dark, 0.3)
    disc(pen, 0.5, 0.46, 0.125, 0.6, shade(paint, 0.55))
    disc(pen, 0.48, 0.45, 0.095, 0.6, paint)
    disc(pen, 0.5, 0.46, 0.035, 0.6, (60, 50, 48))
    pen.rectangle(0.12, 0.76, 0.88, 0.81, dark, 0.3)
    pen.rectangle(0.06, 0.91, 0.94, 1.0, shade(paint, 0.55), 0.2)


def stop_sign(pen: Pen, rng: Generator) -> None:
    """A stop sign: a red octagon with a white rim and the word STOP, on a post."""
    red = pick(rng, (204, 36, 40), spread=14)
    pen.rectangle(0.44, 0.3, 0.56, 1.0, (124, 128, 134))
    pen.rectangle(0.44, 0.3, 0.49, 1.0, (172, 176, 180))
    for size, colour in ((0.5, WHITE), (0.455, red)):
        cut, tall = size * 0.414, size * 0.36
        low = cut * 0.36
        ring = [
            (-cut, -tall),
            (cut, -tall),
            (size, -low),
            (size, low),
            (cut, tall),
            (-cut, tall),
            (-size, low),
            (-size, -low),
        ]
        pen.polygon([(0.5 + x, 0.18 + y) for x, y in ring], colour)
    pen.polygon([(0.33, 0.027), (0.67, 0.027), (0.93, 0.11), (0.07, 0.11)], shade(red, 1.15))
    letters = (
        [(0.24, 0.135), (0.13, 0.135), (0.13, 0.18), (0.24, 0.18), (0.24, 0.228), (0.12, 0.228)],
        [(0.3, 0.135), (0.46, 0.135)],
        [(0.38, 0.135), (0.38, 0.235)],
        [(0.52, 0.135), (0.65, 0.135), (0.65, 0.228), (0.52, 0.228), (0.52, 0.13)],
        [(0.73, 0.235), (0.73, 0.135), (0.86, 0.135), (0.86, 0.185), (0.73, 0.185)],
    )
    for stroke in letters:
        pen.line(stroke, WHITE, 0.052)


def parking_meter(pen: Pen, rng: Generator) -> None:
    """A parking meter: a rounded grey head with a glass dial and a coin slot, on a pole."""
    body = pick(rng, (112, 120, 130), (84, 108, 128), (96, 112, 98))
    pen.rectangle(0.4, 0.42, 0.6, 0.97, (92, 96, 102))
    pen.rectangle(0.4, 0.42, 0.47, 0.97, (146, 150, 156))
    pen.rectangle(0.2, 0.95, 0.8, 1.0, (74, 76, 82), 0.3)
    pen.rectangle(0.0, 0.0, 1.0, 0.46, shade(body, 0.72), 0.48)
    pen.rectangle(0.03, 0.006, 0.88, 0.445, body, 0.48)
    pen.rectangle(0.28, 0.42, 0.72, 0.5, shade(body, 0.6), 0.2)
    pen.pie(0.14, 0.045, 0.82, 0.25, 180, 360, (226, 236, 226))
    pen.rectangle(0.14, 0.145, 0.82, 0.2, (40, 46, 52))
    pen.line([(0.48, 0.145), (0.6 - 0.3 * float(rng.random()), 0.07)], (206, 40, 36), 0.06)
    pen.rectangle(0.2, 0.155, 0.58, 0.19, (120, 210, 130))
    pen.rectangle(0.2, 0.26, 0.76, 0.36, shade(body, 0.5), 0.2)
    pen.rectangle(0.45, 0.275, 0.51, 0.345, (24, 24, 28))
    disc(pen, 0.48, 0.4, 0.018, 0.3, (220, 190, 90))


def bench(pen: Pen, rng: Generator) -> None:
    """A park bench: wooden slats of a back and a seat on two iron frames with arm rests."""
    wood, iron = pick(rng, (166, 108, 60), (132, 84, 50), (92, 128, 88), (188, 140, 86)), (56, 58, 64)
    for x in (0.12, 0.85):
        pen.line([(x + 0.02, 0.02), (x, 0.62)], iron, 0.06)
        pen.line([(x, 0.6), (x - 0.03, 0.97)], iron, 0.06)
    for i in range(3):
        y = 0.0 + i * 0.16
        pen.rectangle(0.03, y, 0.97, y + 0.12, wood, 0.15)
        pen.rectangle(0.03, y, 0.97, y + 0.035, shade(wood, 1.3), 0.3)
        pen.rectangle(0.03, y + 0.09, 0.97, y + 0.12, shade(wood, 0.72))
    pen.polygon([(0.05, 0.54), (0.95, 0.54), (1.0, 0.66), (0.0, 0.66)], wood)
    pen.line([(0.025, 0.6), (0.975, 0.6)], shade(wood, 0.65), 0.02)
    pen.line([(0.04, 0.56), (0.96, 0.56)], shade(wood, 1.3), 0.025)
    pen.rectangle(0.0, 0.66, 1.0, 0.74, shade(wood, 0.66))
    for x in (0.06, 0.88):
        pen.rectangle(x, 0.4, x + 0.05, 0.68, iron)
        pen.rectangle(x - 0.02, 0.37, x + 0.08, 0.43, mix(iron, STEEL, 0.4), 0.4)
        pen.polygon([(x, 0.74), (x + 0.05, 0.74), (x + 0.055, 1.0), (x - 0.005, 1.0)], iron)


SPRITES = {
    "traffic light": traffic_light, "fire hydrant": fire_hydrant, "stop sign": stop_sign,
    "parking meter": parking_meter, "bench": bench,
}  # fmt: skip
