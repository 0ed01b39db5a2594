"""Sprites of the supercategory vehicle: side views, the front to the right."""

from __future__ import annotations

from numpy.random import Generator

from coinco_world.pen import Colour, Pen, mix, shade
from coinco_world.sprites.shapes import BLACK, GLASS, STEEL, WHITE, blob, disc, path, pick, wheel

_PAINT = (
    (200, 48, 48),
    (42, 96, 172),
    (236, 190, 60),
    (240, 240, 236),
    (70, 76, 88),
    (52, 132, 92),
    (222, 120, 44),
)
_TAIL: Colour = (190, 30, 30)
_LAMP: Colour = (255, 238, 170)


def _pane(pen: Pen, x0: float, y0: float, x1: float, y1: float) -> None:
    pen.rectangle(x0, y0, x1, y1, GLASS, 0.15)
    pen.polygon(
        [
            (x0 + (x1 - x0) * 0.15, y1),
            (x0 + (x1 - x0) * 0.55, y0),
            (x0 + (x1 - x0) * 0.8, y0),
            (x0 + (x1 - x0) * 0.4, y1),
        ],
        shade(GLASS, 1.4),
    )


def bicycle(pen: Pen, rng: Generator) -> None:
    """A bicycle: two spoked wheels, a diamond frame, a saddle and a handlebar."""
    paint = pick(rng, *_PAINT[:3], *_PAINT[5:], (60, 60, 66))
    for x0 in (0.0, 0.6):
        pen.line([(x0 + 0.06, 0.47), (x0 + 0.34, 0.9)], (176, 180, 186), 0.014)
        pen.line([(x0 + 0.34, 0.47), (x0 + 0.06, 0.9)], (176, 180, 186), 0.014)
        pen.line([(x0 + 0.2, 0.38), (x0 + 0.2, 0.98)], (176, 180, 186), 0.014)
        pen.arc(x0, 0.36, x0 + 0.4, 1.0, 0, 360, BLACK, 0.06)
        pen.arc(x0 + 0.03, 0.41, x0 + 0.37, 0.95, 0, 360, (170, 174, 180), 0.018)
        disc(pen, x0 + 0.2, 0.68, 0.035, 1.6, (80, 82, 88))
    pen.line([(0.33, 0.2), (0.45, 0.72), (0.2, 0.68), (0.36, 0.3), (0.71, 0.24)], paint, 0.06)
    pen.line([(0.45, 0.72), (0.72, 0.28)], shade(paint, 0.85), 0.06)
    pen.line([(0.8, 0.68), (0.69, 0.1)], shade(paint, 0.85), 0.06)
    pen.line([(0.6, 0.03), (0.7, 0.06), (0.78, 0.03)], BLACK, 0.06)
    blob(pen, "23 12, 30 13, 42 15, 36 19, 28 21, 23 19", (46, 40, 40))
    pen.ellipse(0.4, 0.65, 0.5, 0.8, (96, 98, 104))
    pen.line([(0.45, 0.72), (0.49, 0.89)], BLACK, 0.035)
    pen.rectangle(0.46, 0.87, 0.53, 0.91, BLACK)
    pen.rectangle(0.61, 0.0, 0.67, 0.055, BLACK, 0.4)


def car(pen: Pen, rng: Generator) -> None:
    """A car: a low body with a glazed cabin, two wheels, lamps; saloon, hatchback or estate."""
    paint, tail = pick(rng, *_PAINT), float(rng.choice([0.02, 0.06, 0.15]))
    pen.polygon(
        [(tail, 0.42), (tail + 0.1, 0.04), (0.2 + tail, 0.0), (0.56, 0.0), (0.64, 0.05), (0.78, 0.42)],
        shade(paint, 1.12),
    )
    pen.polygon([(tail + 0.06, 0.4), (tail + 0.13, 0.1), (0.37, 0.09), (0.37, 0.4)], GLASS)
    pen.polygon([(0.41, 0.4), (0.41, 0.09), (0.56, 0.09), (0.61, 0.14), (0.71, 0.4)], GLASS)
    pen.polygon([(0.44, 0.4), (0.5, 0.09), (0.55, 0.09), (0.5, 0.4)], shade(GLASS, 1.45))
    blob(pen, "0 50, 3 40, 30 36, 72 37, 93 44, 100 58, 100 80, 90 85, 10 85, 0 80", paint)
    pen.polygon([(0.005, 0.66), (0.995, 0.66), (0.99, 0.83), (0.01, 0.83)], shade(paint, 0.8))
    pen.line([(0.03, 0.47), (0.92, 0.47)], shade(paint, 1.35), 0.03)
    pen.line([(0.39, 0.42), (0.39, 0.8)], shade(paint, 0.66), 0.02)
    pen.rectangle(0.42, 0.52, 0.48, 0.56, shade(paint, 0.5), 0.4)
    pen.rectangle(0.0, 0.74, 1.0, 0.83, (72, 74, 80), 0.3)
    pen.ellipse(0.93, 0.49, 1.0, 0.66, _LAMP)
    pen.rectangle(0.0, 0.49, 0.035, 0.65, _TAIL, 0.3)
    for x in (0.2, 0.79):
        pen.pie(x - 0.106, 0.52, x + 0.106, 1.03, 180, 360, shade(paint, 0.5))
        wheel(pen, x, 0.775, 0.225, 2.4)


def motorcycle(pen: Pen, rng: Generator) -> None:
    """A motorcycle: two thick wheels, an engine, a bulging tank, a dark seat and an exhaust."""
    paint = pick(rng, *_PAINT[:3], *_PAINT[4:])
    for x in (0.19, 0.81):
        wheel(pen, x, 0.695, 0.305, 1.6)
        disc(pen, x, 0.695, 0.1, 1.6, (110, 112, 118))
    pen.line([(0.81, 0.69), (0.66, 0.12)], STEEL, 0.07)
    pen.polygon([(0.3, 0.5), (0.66, 0.42), (0.62, 0.86), (0.38, 0.86)], (62, 64, 70))
    for y in (0.56, 0.64, 0.72):
        pen.line([(0.4, y), (0.6, y - 0.03)], (150, 154, 160), 0.03)
    pen.line([(0.58, 0.78), (0.42, 0.86), (0.04, 0.8)], (200, 204, 210), 0.075)
    blob(pen, "2 33, 14 36, 34 42, 42 50, 30 56, 14 48", paint)
    blob(pen, "12 28, 26 34, 46 34, 48 45, 30 45, 14 38", (48, 42, 42))
    blob(pen, "42 36, 48 24, 60 20, 69 28, 68 42, 54 50, 44 48", paint)
    pen.ellipse(0.48, 0.25, 0.6, 0.33, shade(paint, 1.5))
    pen.pie(0.64, 0.36, 0.98, 0.9, 200, 310, shade(paint, 0.8))
    disc(pen, 0.81, 0.66, 0.16, 1.6, (38, 38, 42))
    disc(pen, 0.81, 0.695, 0.1, 1.6, (150, 152, 158))
    pen.ellipse(0.67, 0.14, 0.77, 0.3, _LAMP)
    pen.line([(0.54, 0.1), (0.62, 0.07), (0.69, 0.14)], BLACK, 0.06)
    pen.rectangle(0.63, 0.0, 0.69, 0.07, (80, 82, 88), 0.4)
    pen.rectangle(0.0, 0.36, 0.05, 0.43, _TAIL, 0.3)


def airplane(pen: Pen, rng: Generator) -> None:
    """An airliner in side view: white fuselage, a row of windows, swept wing, engine and tail fin."""
    paint = pick(rng, *_PAINT[:3], *_PAINT[5:])
    pen.polygon([(0.02, 0.0), (0.1, 0.0), (0.25, 0.46), (0.08, 0.48)], paint)
    pen.polygon([(0.02, 0.0), (0.05, 0.0), (0.15, 0.46), (0.08, 0.48)], shade(paint, 1.3))
    pen.polygon([(0.44, 0.44), (0.36, 0.2), (0.41, 0.2), (0.58, 0.44)], (178, 184, 192))
    blob(pen, "0 42, 15 40, 50 39, 84 40, 96 50, 100 59, 94 68, 80 72, 40 72, 16 62", (238, 240, 242))
    blob(pen, "5 51, 20 62, 50 64, 99 61, 93 68, 80 72, 40 72, 16 62", (192, 198, 206))
    pen.line([(0.06, 0.47), (0.2, 0.59), (0.96, 0.6)], paint, 0.04)
    for i in range(11):
        pen.rectangle(0.26 + i * 0.052, 0.48, 0.28 + i * 0.052, 0.54, (80, 110, 146), 0.4)
    pen.polygon([(0.9, 0.455), (0.94, 0.47), (0.97, 0.53), (0.9, 0.53)], (70, 96, 130))
    pen.polygon([(0.0, 0.38), (0.06, 0.38), (0.19, 0.5), (0.11, 0.52)], (170, 176, 184))
    pen.rectangle(0.4, 0.73, 0.55, 0.9, shade(paint, 0.85), 0.4)
    pen.ellipse(0.52, 0.74, 0.56, 0.89, (70, 74, 82))
    pen.polygon([(0.38, 0.6), (0.58, 0.6), (0.32, 0.96), (0.25, 0.96)], (160, 167, 176))
    pen.polygon([(0.42, 0.6), (0.58, 0.6), (0.31, 0.93), (0.28, 0.94)], (206, 211, 217))
    for x in (0.45, 0.85):
        pen.line([(x, 0.68), (x, 0.92)], (110, 114, 120), 0.02)
        disc(pen, x, 0.94, 0.06, 2.6, (44, 44, 48))


def bus(pen: Pen, rng: Generator) -> None:
    """A city bus: a tall box with a row of large windows, a door, a stripe and two wheels."""
    paint = pick(rng, *_PAINT[:4], *_PAINT[5:])
    pen.rectangle(0.0, 0.02, 1.0, 0.9, paint, 0.1)
    pen.rectangle(0.02, 0.0, 0.97, 0.07, shade(paint, 1.3), 0.4)
    pen.rectangle(0.0, 0.6, 1.0, 0.68, mix(paint, WHITE, 0.75))
    pen.rectangle(0.0, 0.75, 1.0, 0.9, shade(paint, 0.74), 0.2)
    pen.rectangle(0.025, 0.15, 0.975, 0.54, (52, 60, 72), 0.1)
    for i in range(5):
        _pane(pen, 0.035 + i * 0.148, 0.18, 0.17 + i * 0.148, 0.51)
    pen.rectangle(0.79, 0.15, 0.9, 0.85, (52, 60, 72), 0.1)
    _pane(pen, 0.8, 0.18, 0.842, 0.8)
    _pane(pen, 0.848, 0.18, 0.89, 0.8)
    pen.rectangle(0.92, 0.18, 1.0, 0.57, GLASS, 0.1)
    pen.rectangle(0.8, 0.07, 0.97, 0.135, (40, 40, 46), 0.3)
    pen.line([(0.82, 0.1), (0.95, 0.1)], (250, 190, 70), 0.03)
    pen.ellipse(0.96, 0.7, 1.0, 0.8, _LAMP)
    pen.rectangle(0.0, 0.68, 0.02, 0.8, _TAIL)
    for x in (0.2, 0.7):
        pen.pie(x - 0.07, 0.67, x + 0.07, 1.02, 180, 360, shade(paint, 0.45))
        wheel(pen, x, 0.85, 0.15, 2.5)


def train(pen: Pen, rng: Generator) -> None:
    """A train: a long carriage with a sloping nose on many small wheels, on a rail, a pantograph above."""
    paint = pick(rng, *_PAINT[:3], *_PAINT[5:])
    body: Colour = pick(rng, (226, 229, 232), (206, 212, 218), mix(paint, WHITE, 0.15))
    pen.line([(0.2, 0.12), (0.27, 0.02), (0.34, 0.12)], (70, 72, 78), 0.025)
    pen.line([(0.2, 0.01), (0.34, 0.01)], (50, 52, 58), 0.03)
    pen.rectangle(0.0, 0.78, 0.96, 0.88, (62, 64, 70))
    pen.polygon(path("0 10, 76 10, 86 20, 97 52, 100 70, 97 83, 0 83"), body)
    pen.polygon([(0.0, 0.1), (0.76, 0.1), (0.8, 0.15), (0.0, 0.15)], shade(body, 0.7))
    pen.polygon([(0.0, 0.58), (0.98, 0.58), (1.0, 0.7), (0.0, 0.7)], paint)
    pen.polygon([(0.0, 0.7), (1.0, 0.7), (0.97, 0.83), (0.0, 0.83)], shade(paint, 0.7))
    pen.rectangle(0.03, 0.24, 0.68, 0.48, (48, 56, 70), 0.2)
    for i in range(6):
        pen.rectangle(0.04 + i * 0.107, 0.26, 0.128 + i * 0.107, 0.46, GLASS, 0.15)
    for x in (0.36, 0.7):
        pen.rectangle(x, 0.22, x + 0.065, 0.8, shade(body, 0.86))
        pen.rectangle(x + 0.015, 0.26, x + 0.05, 0.46, GLASS, 0.2)
    pen.polygon([(0.81, 0.22), (0.855, 0.22), (0.94, 0.5), (0.81, 0.5)], (64, 92, 122))
    pen.polygon([(0.82, 0.24), (0.85, 0.24), (0.88, 0.34), (0.82, 0.44)], GLASS)
    pen.ellipse(0.945, 0.6, 0.98, 0.68, _LAMP)
    pen.rectangle(0.0, 0.965, 1.0, 1.0, (122, 112, 104))
    for x in (0.09, 0.19, 0.45, 0.55, 0.79, 0.89):
        disc(pen, x, 0.885, 0.085, 2.8, (40, 40, 44))
        disc(pen, x, 0.885, 0.04, 2.8, (150, 152, 158))


def truck(pen: Pen, rng: Generator) -> None:
    """A lorry: a large cargo box behind a separate cab, on three wheels."""
    paint, box = (
        pick(rng, *_PAINT),
        pick(rng, (236, 236, 230), (206, 212, 216), (222, 200, 160), (98, 140, 170)),
    )
    pen.rectangle(0.02, 0.74, 0.98, 0.86, (58, 60, 66))
    pen.rectangle(0.0, 0.0, 0.66, 0.77, box)
    pen.rectangle(0.0, 0.0, 0.66, 0.05, shade(box, 1.4))
    pen.rectangle(0.0, 0.7, 0.66, 0.77, shade(box, 0.7))
    for i in range(1, 6):
        pen.line([(i * 0.11, 0.06), (i * 0.11, 0.69)], shade(box, 0.87), 0.015)
    pen.polygon([(0.08, 0.42), (0.58, 0.26), (0.58, 0.38), (0.08, 0.54)], paint)
    pen.polygon(path("69 20, 86 20, 92 24, 98 50, 100 58, 100 82, 69 82"), paint)
    pen.polygon([(0.69, 0.66), (1.0, 0.66), (1.0, 0.82), (0.69, 0.82)], shade(paint, 0.78))
    pen.polygon([(0.75, 0.27), (0.86, 0.27), (0.88, 0.29), (0.94, 0.5), (0.75, 0.5)], GLASS)
    pen.polygon([(0.77, 0.5), (0.82, 0.27), (0.86, 0.27), (0.82, 0.5)], shade(GLASS, 1.4))
    pen.rectangle(0.75, 0.55, 0.8, 0.58, shade(paint, 0.5), 0.4)
    pen.rectangle(0.965, 0.6, 1.0, 0.7, _LAMP, 0.3)
    pen.rectangle(0.9, 0.78, 1.0, 0.86, (90, 92, 98), 0.2)
    for x in (0.13, 0.32, 0.83):
        pen.pie(x - 0.09, 0.68, x + 0.09, 1.02, 180, 360, (46, 46, 52))
        wheel(pen, x, 0.855, 0.145, 1.9)


def boat(pen: Pen, rng: Generator) -> None:
    """A sailing boat: a curved hull with a stripe, a mast, a mainsail, a jib and a pennant."""
    hull, sail = (
        pick(rng, (178, 56, 48), (40, 84, 140), (240, 240, 236), (140, 90, 54)),
        pick(rng, (248, 246, 238), (246, 226, 190), (240, 170, 120)),
    )
    pen.polygon([(0.44, 0.06), (0.52, 0.24), (0.56, 0.44), (0.55, 0.7), (0.08, 0.7)], shade(sail, 0.88))
    pen.polygon([(0.44, 0.06), (0.47, 0.3), (0.44, 0.7), (0.08, 0.7)], sail)
    pen.polygon([(0.6, 0.12), (0.72, 0.36), (0.95, 0.7), (0.6, 0.7)], shade(sail, 0.94))
    pen.polygon([(0.6, 0.3), (0.66, 0.5), (0.66, 0.7), (0.6, 0.7)], sail)
    pen.rectangle(0.56, 0.0, 0.59, 0.8, (120, 84, 54))
    pen.polygon([(0.56, 0.0), (0.56, 0.07), (0.42, 0.035)], (214, 60, 50))
    pen.rectangle(0.36, 0.71, 0.7, 0.8, WHITE, 0.2)
    for x in (0.41, 0.52, 0.63):
        disc(pen, x, 0.755, 0.022, 1.3, (70, 100, 130))
    pen.polygon(path("0 77, 30 79, 80 79, 100 74, 90 93, 82 100, 16 100, 7 93"), hull)
    pen.polygon(path("5 90, 92 90, 88 96, 82 100, 16 100, 8 95"), shade(hull, 0.7))
    pen.line([(0.02, 0.81), (0.3, 0.83), (0.8, 0.83), (0.97, 0.79)], mix(WHITE, hull, 0.15), 0.03)


SPRITES = {
    "bicycle": bicycle,
    "car": car,
    "motorcycle": motorcycle,
    "airplane": airplane,
    "bus": bus,
    "train": train,
    "truck": truck,
    "boat": boat,
}
