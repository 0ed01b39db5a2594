"""Curves that several sprites share: smooth outlines from a few knots, and a choice from a palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from coinco_world.pen import Colour, Point

T = TypeVar("T")

STEEL: Colour = (186, 194, 202)
PAINT: tuple[Colour, ...] = (
    (206, 62, 56), (52, 108, 178), (58, 140, 92), (232, 176, 58), (122, 84, 156), (226, 120, 62),
    (60, 154, 166),
)  # fmt: skip
WOOD: tuple[Colour, ...] = ((150, 98, 58), (184, 132, 84), (112, 72, 46), (204, 164, 116))
CERAMIC: tuple[Colour, ...] = (
    (238, 236, 230),
    (222, 212, 196),
    (120, 160, 190),
    (196, 92, 72),
    (84, 132, 116),
)


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """One of the options, each as likely as the others."""
    return options[int(rng.integers(len(options)))]


def curve(start: Point, control: Point, end: Point, steps: int = 10) -> list[Point]:
    """Points along the quadratic Bezier curve from `start` to `end` that bends towards `control`."""
    points = []
    for i in range(steps + 1):
        t = i / steps
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        points.append((a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1]))
    return points


def band(
    knots: Sequence[Point], left: float = -1.0, right: float = 1.0, centre: float = 0.5, steps: int = 4
) -> list[Point]:
    """The outline of a turned body (vase, glass), or of an upright band of it for a light or a shadow.

    Args:
        knots: (height y, half width) from top to bottom; a smooth curve runs through them.
        left, right: the band's edges in half widths, -1 the body's left side and 1 its right side.
        centre: x of the axis.
        steps: points between two knots.
    """
    widths = [w for _, w in knots]
    low, high, last = min(widths), max(widths), len(knots) - 1
    profile = [knots[0]]
    for k in range(last):
        (y0, b), (y1, c) = knots[k], knots[k + 1]
        rise = (c - widths[max(k - 1, 0)]) / 2
        fall = (widths[min(k + 2, last)] - b) / 2
        for i in range(1, steps + 1):
            t = i / steps
            w = b + t * (rise + t * (3 * (c - b) - 2 * rise - fall + t * (2 * (b - c) + rise + fall)))
            profile.append((y0 + (y1 - y0) * t, min(max(w, low), high)))
    outline = [(centre + left * w, y) for y, w in profile]
    return outline + [(centre + right * w, y) for y, w in reversed(profile)]
