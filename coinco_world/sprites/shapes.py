"""Shapes that several sprites share: smooth outlines, round discs in oblong boxes, limbs, wheels, eyes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from numpy.random import Generator

from coinco_world.pen import Colour, Pen, Point, shade

BLACK: Colour = (32, 32, 36)
WHITE: Colour = (244, 244, 240)
GLASS: Colour = (156, 200, 224)
STEEL: Colour = (150, 156, 164)


def pick(rng: Generator, *colours: Colour, spread: int = 10) -> Colour:
    """One of the colours made lighter or darker by up to `spread`, its hue moved by a little."""
    chosen, tone = colours[int(rng.integers(len(colours)))], int(rng.integers(-spread, spread + 1))
    r, g, b = (min(255, max(0, c + tone + int(rng.integers(-3, 4)))) for c in chosen)
    return (r, g, b)


@cache
def path(text: str) -> tuple[Point, ...]:
    """The points of a path written in hundredths of the box: '10 46, 20 36' is (0.1, 0.46), (0.2, 0.36)."""
    pairs = (pair.split() for pair in text.split(","))
    return tuple((float(x) / 100, float(y) / 100) for x, y in pairs)


def smooth(points: Sequence[Point], steps: int = 4) -> list[Point]:
    """The corners of a closed, rounded outline through the points: a Catmull-Rom curve kept in the box."""
    n, out = len(points), []
    for i in range(n):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = (points[(i + k) % n] for k in (-1, 0, 1, 2))
        for j in range(steps):
            t = j / steps
            p, q = -0.5 * t + t * t - 0.5 * t**3, 1 - 2.5 * t * t + 1.5 * t**3
            r, s = 0.5 * t + 2 * t * t - 1.5 * t**3, -0.5 * t * t + 0.5 * t**3
            x, y = p * ax + q * bx + r * cx + s * dx, p * ay + q * by + r * cy + s * dy
            out.append((min(1.0, max(0.0, x)), min(1.0, max(0.0, y))))
    return out


@cache
def _smooth_path(text: str) -> list[Point]:
    return smooth(path(text))


def blob(pen: Pen, outline: str | Sequence[Point], fill: Colour) -> None:
    """Fill the rounded outline through the points, given as they are or as the text of a `path`."""
    pen.polygon(_smooth_path(outline) if isinstance(outline, str) else smooth(outline), fill)


def disc(pen: Pen, x: float, y: float, r: float, aspect: float, fill: Colour) -> None:
    """Fill a true circle in a box of that aspect; `r` is a share of the box's height."""
    pen.ellipse(x - r / aspect, y - r, x + r / aspect, y + r, fill)


def limb(pen: Pen, top: Point, foot: Point, widths: tuple[float, float], fill: Colour) -> None:
    """Fill a tapering limb from `top` to `foot`; the two widths are shares of the box's width."""
    (x0, y0), (x1, y1), (a, b) = top, foot, widths
    pen.polygon([(x0 - a / 2, y0), (x0 + a / 2, y0), (x1 + b / 2, y1), (x1 - b / 2, y1)], fill)


def eye(pen: Pen, x: float, y: float, r: float, aspect: float) -> None:
    """Draw a dark round eye with a spark of light in it."""
    disc(pen, x, y, r, aspect, (24, 20, 20))
    disc(pen, x - 0.3 * r / aspect, y - 0.35 * r, 0.35 * r, aspect, WHITE)


def wheel(pen: Pen, x: float, y: float, r: float, aspect: float, hub: Colour = (190, 194, 200)) -> None:
    """Draw a tyre with a rim and a hub."""
    disc(pen, x, y, r, aspect, (38, 38, 42))
    disc(pen, x, y, r * 0.6, aspect, shade(hub, 0.72))
    disc(pen, x - 0.04 * r / aspect, y - 0.06 * r, r * 0.5, aspect, hub)
    disc(pen, x, y, r * 0.17, aspect, (70, 72, 78))
