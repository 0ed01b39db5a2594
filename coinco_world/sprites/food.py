"""Sprites of the food supercategory: prepared food here, fruit and vegetables in `produce`."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from coinco_world.pen import Colour, Pen, shade
from coinco_world.sprites.curves import PAINT, band, pick
from coinco_world.sprites.produce import apple, banana, broccoli, carrot, orange

CRUST: Colour = (206, 150, 84)
CRUMB: Colour = (244, 222, 176)


def _filling(pen: Pen, rng: np.random.Generator) -> None:
    """Draw lettuce, tomato, cheese and ham across the middle of a sandwich."""
    pen.rectangle(0.01, 0.68, 0.99, 0.82, (226, 138, 132))
    pen.rectangle(0.01, 0.76, 0.99, 0.82, (196, 104, 104))
    pen.rectangle(0.02, 0.58, 0.98, 0.68, (204, 56, 44))
    pen.rectangle(0.02, 0.58, 0.98, 0.61, (232, 110, 90))
    cheese = pick(rng, ((250, 202, 70), (252, 224, 120)))
    pen.rectangle(0.0, 0.64, 1.0, 0.7, cheese)
    for x in (0.1, 0.4, 0.7):
        pen.polygon(((x, 0.69), (x + 0.2, 0.69), (x + 0.1, 0.8)), shade(cheese, 0.93))
    for i in range(8):
        pen.ellipse(0.12 * i, 0.49, 0.12 * i + 0.16, 0.63, shade((116, 178, 66), 0.82 + 0.25 * (i % 2)))


def sandwich(pen: Pen, rng: np.random.Generator) -> None:
    """A sandwich of two slices with lettuce, tomato, cheese and ham: a triangle, or whole with a pick."""
    crust = pick(rng, (CRUST, (176, 116, 62), (218, 170, 104)))
    crumb = shade(crust, 1.6)
    triangle = rng.random() < 0.6
    top = (
        ((0.58, 0.0), (0.58, 0.0), (1.0, 0.42), (0.0, 0.42))
        if triangle
        else ((0.14, 0.14), (0.86, 0.14), (1.0, 0.42), (0.0, 0.42))
    )
    inner = ((0.58, 0.055), (0.58, 0.055), (0.94, 0.42), (0.08, 0.42))
    pen.polygon(top, crust)
    pen.polygon(inner if triangle else ((0.17, 0.17), (0.83, 0.17), (0.95, 0.4), (0.05, 0.4)), shade(crumb, 0.97))
    for x, y in ((0.4, 0.3), (0.58, 0.19), (0.7, 0.34), (0.53, 0.35), (0.28, 0.36)):
        pen.ellipse(x, y, x + 0.05, y + 0.03, shade(crumb, 0.86))
    for y in (0.42, 0.82):
        pen.rectangle(0.0, y, 1.0, y + (0.12 if y < 0.5 else 0.18), crumb if triangle else crust, 0.2)
        pen.rectangle(0.0, y + 0.08, 1.0, y + 0.12, shade(crumb if triangle else crust, 0.88))
    pen.rectangle(0.0, 0.95, 1.0, 1.0, shade(crust, 0.8), 0.3)
    _filling(pen, rng)
    if not triangle:
        pen.rectangle(0.49, 0.04, 0.515, 0.3, (226, 190, 130))
        pen.ellipse(0.45, 0.0, 0.555, 0.16, (110, 132, 50))
        pen.ellipse(0.465, 0.02, 0.505, 0.07, (170, 190, 100))


def hot_dog(pen: Pen, rng: np.random.Generator) -> None:
    """A hot dog: a sausage in a bun with mustard or ketchup."""
    bun = pick(rng, ((222, 160, 84), (208, 142, 72), (232, 180, 108)))
    meat = pick(rng, ((178, 70, 44), (196, 84, 56), (150, 58, 40)))
    pen.rectangle(0.05, 0.0, 0.95, 0.7, shade(bun, 0.78), 0.5)
    pen.rectangle(0.08, 0.04, 0.9, 0.5, bun, 0.5)
    pen.rectangle(0.06, 0.26, 0.94, 0.6, CRUMB, 0.5)
    pen.rectangle(0.0, 0.2, 1.0, 0.66, shade(meat, 0.7), 0.5)
    pen.rectangle(0.0, 0.2, 0.99, 0.56, meat, 0.5)
    pen.rectangle(0.06, 0.25, 0.9, 0.32, shade(meat, 1.4), 0.5)
    pen.rectangle(0.04, 0.52, 0.96, 1.0, shade(bun, 0.72), 0.5)
    pen.rectangle(0.04, 0.5, 0.95, 0.9, bun, 0.5)
    pen.rectangle(0.12, 0.56, 0.78, 0.66, shade(bun, 1.4), 0.5)
    sauce = pick(rng, ((250, 206, 40), (250, 206, 40), (200, 28, 30)))
    wave = [(0.1 + 0.8 * i / 24, 0.37 + 0.1 * math.sin(i * math.pi / 2)) for i in range(25)]
    pen.line(wave, shade(sauce, 0.8), 0.13)
    pen.line(wave, sauce, 0.09)


def pizza(pen: Pen, rng: np.random.Generator) -> None:
    """A round pizza seen from above and aside, with salami, olives or basil, perhaps a slice short."""
    crust = pick(rng, (CRUST, (190, 126, 66), (216, 164, 96)))
    start, end = pick(rng, ((0, 360), (0, 360), (92, 450 - 52), (380, 708)))
    pen.pie(0, 0.08, 1, 1, start, end, shade(crust, 0.7))
    pen.pie(0, 0, 1, 0.92, start, end, crust)
    pen.pie(0.03, 0.02, 0.96, 0.84, start, end, shade(crust, 1.25))
    pen.pie(0.07, 0.08, 0.93, 0.84, start, end, (200, 70, 36))
    cheese = pick(rng, ((250, 206, 96), (252, 218, 128)))
    pen.pie(0.09, 0.1, 0.91, 0.81, start, end, cheese)
    for degrees in (20, 92, 146, 200, 272, 326):
        edge = (0.5 + 0.41 * math.cos(math.radians(degrees)), 0.455 + 0.355 * math.sin(math.radians(degrees)))
        pen.line(((0.5, 0.455), edge), shade(cheese, 0.8), 0.02)
    topping = pick(rng, ((188, 48, 36), (188, 48, 36), (70, 120, 50), (74, 60, 66)))
    for i in range(12):
        turn, reach = (i * 137.5 + 50) % 360, 0.36 * math.sqrt((i + 0.7) / 12)
        if end - start < 360 and (turn - end + 14) % 360 < 360 - (end - start) + 28:
            continue
        angle = math.radians(turn)
        x, y = 0.5 + reach * math.cos(angle), 0.45 + 0.84 * reach * math.sin(angle)
        pen.ellipse(x - 0.055, y - 0.055, x + 0.055, y + 0.08, shade(topping, 0.72))
        pen.ellipse(x - 0.055, y - 0.065, x + 0.05, y + 0.055, topping)
        pen.ellipse(x - 0.035, y - 0.045, x, y - 0.005, shade(topping, 1.35))


def donut(pen: Pen, rng: np.random.Generator) -> None:
    """A ring donut with icing and sprinkles."""
    dough = pick(rng, ((214, 154, 86), (196, 134, 70)))
    icing = pick(rng, ((236, 130, 170), (94, 54, 36), (250, 244, 236), (140, 206, 210), (240, 190, 90)))
    pen.ellipse(0, 0.06, 1, 1, shade(dough, 0.74))
    pen.ellipse(0, 0.02, 1, 0.92, dough)
    pen.ellipse(0.02, 0, 0.98, 0.8, icing)
    for i in range(7):
        x, low = 0.05 + 0.13 * i, 0.72 + 0.13 * math.sin(0.5 + i * 0.42) + 0.03 * (i % 2)
        pen.ellipse(x - 0.01, low - 0.24, x + 0.15, low, icing)
    pen.arc(0.07, 0.05, 0.93, 0.72, 180, 290, shade(icing, 1.55), 0.05)
    pen.ellipse(0.32, 0.27, 0.68, 0.56, shade(icing, 0.72))
    pen.ellipse(0.34, 0.32, 0.66, 0.57, shade(dough, 0.55))
    pen.ellipse(0.36, 0.42, 0.64, 0.57, shade(dough, 0.85))
    for i in range(13):
        angle, reach = i * 0.49 + float(rng.uniform(-0.1, 0.1)), float(rng.uniform(0.27, 0.4))
        x, y = 0.5 + reach * math.cos(angle), 0.42 + 0.78 * reach * math.sin(angle)
        dx, dy = 0.022 * math.cos(7 * i), 0.03 * math.sin(7 * i)
        pen.line(((x - dx, y - dy), (x + dx, y + dy)), shade(pick(rng, PAINT), 1.3), 0.035)


def cake(pen: Pen, rng: np.random.Generator) -> None:
    """A round layer cake with dripping icing, and candles or cherries on top."""
    sponge = pick(rng, ((236, 200, 130), (112, 68, 44), (240, 216, 190), (196, 62, 62)))
    icing = pick(rng, ((250, 246, 240), (240, 160, 186), (94, 54, 38), (170, 214, 222), (250, 226, 140)))
    side = ((0.36, 0.46), (0.9, 0.46), (0.95, 0.44))
    pen.ellipse(0, 0.78, 1, 1, (196, 204, 210))
    pen.ellipse(0.02, 0.77, 0.98, 0.97, (236, 240, 242))
    pen.ellipse(0.04, 0.72, 0.96, 0.94, shade(sponge, 0.8))
    pen.rectangle(0.04, 0.36, 0.96, 0.83, sponge)
    pen.polygon(band(side[:2], 0.5, 1), shade(sponge, 0.8))
    pen.rectangle(0.04, 0.62, 0.96, 0.69, icing)
    pen.rectangle(0.73, 0.62, 0.96, 0.69, shade(icing, 0.82))
    for i in range(8):
        x = 0.04 + 0.115 * i
        low = 0.5 + 0.07 * math.sin(i * 2.1 + float(rng.uniform(0, 1)))
        pen.rectangle(x, 0.34, x + 0.115, low + 0.06, shade(icing, 0.84 if i > 5 else 1.0), 0.5)
    pen.ellipse(0.04, 0.22, 0.96, 0.48, shade(icing, 0.92))
    pen.ellipse(0.04, 0.22, 0.94, 0.46, shade(icing, 1.2))
    candles, colour = rng.random() < 0.6, pick(rng, PAINT)
    for x, y in ((0.18, 0.33), (0.34, 0.37), (0.5, 0.38), (0.66, 0.37), (0.82, 0.33)):
        if candles:
            pen.rectangle(x - 0.018, 0.11, x + 0.018, y, colour)
            pen.rectangle(x + 0.004, 0.11, x + 0.018, y, shade(colour, 0.72))
            pen.ellipse(x - 0.024, 0.0, x + 0.024, 0.13, (250, 168, 40))
            pen.ellipse(x - 0.012, 0.05, x + 0.012, 0.12, (255, 236, 150))
        else:
            pen.ellipse(x - 0.055, y - 0.12, x + 0.055, y + 0.02, (190, 28, 44))
            pen.ellipse(x - 0.035, y - 0.1, x - 0.005, y - 0.065, (250, 190, 190))
            pen.line(((x, y - 0.1), (x + 0.03, 0.0)), (88, 120, 50), 0.014)


SPRITES: dict[str, Callable[[Pen, np.random.Generator], None]] = {
    "banana": banana,
    "apple": apple,
    "sandwich": sandwich,
    "orange": orange,
    "broccoli": broccoli,
    "carrot": carrot,
    "hot dog": hot_dog,
    "pizza": pizza,
    "donut": donut,
    "cake": cake,
}
