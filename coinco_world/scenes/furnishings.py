"""Things of a room that are not COCO's: cupboards, windows, curtains, pictures, lamps.

Each is drawn standing at x on a floor line at image height y, in metres at `u` image heights a metre, so that the
same thing serves a far wall and a near one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coinco_world.pen import Colour, mix, shade
from coinco_world.scenes.sketch import Sketch
from coinco_world.scenes.surfaces import WOODS, pick

Furnishing = Callable[[Sketch, np.random.Generator, float, float, float], None]
FABRICS: tuple[Colour, ...] = ((206, 150, 132), (150, 170, 190), (176, 186, 150), (212, 190, 150), (170, 146, 176))
PANES: tuple[Colour, ...] = ((178, 214, 236), (206, 226, 238), (150, 190, 224), (244, 206, 168))
FRONTS: tuple[Colour, ...] = ((232, 228, 220), (176, 194, 190), (150, 164, 178), (198, 160, 118), (222, 206, 184))


def window(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A window 1.3 m wide with a view of sky and green."""
    w, top, bottom = 0.65 * u, y - 2.15 * u, y - 1.0 * u
    pane, frame = pick(rng, PANES), (246, 243, 236)
    s.rectangle(x - w - 0.05 * u, top - 0.05 * u, x + w + 0.05 * u, bottom + 0.05 * u, frame)
    s.bands(top, bottom, pane, mix(pane, (255, 255, 255), 0.5), 4, x - w, x + w)
    s.ellipse(x - w * 0.9, bottom - 0.28 * u, x - w * 0.1, bottom, (150, 184, 140))
    s.rectangle(x - w, bottom - 0.14 * u, x + w, bottom, (136, 174, 128))
    s.rectangle(x - 0.025 * u, top, x + 0.025 * u, bottom, frame)
    s.rectangle(x - w, (top + bottom) / 2 - 0.02 * u, x + w, (top + bottom) / 2 + 0.02 * u, frame)
    s.rectangle(x - w - 0.1 * u, bottom + 0.03 * u, x + w + 0.1 * u, bottom + 0.1 * u, shade(frame, 0.9))


def curtained_window(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A window between two curtains."""
    window(s, rng, x, y, u)
    colour = pick(rng, FABRICS)
    for side in (-1, 1):
        inner, outer = x + side * 0.42 * u, x + side * 0.9 * u
        left, right = min(inner, outer), max(inner, outer)
        s.polygon([(left, y - 2.3 * u), (right, y - 2.3 * u), (right, y - 0.7 * u), (left, y - 0.7 * u)], colour)
        for k in (0.3, 0.7):
            fold = left + (right - left) * k
            s.rectangle(fold, y - 2.3 * u, fold + 0.07 * u, y - 0.7 * u, shade(colour, 0.88))
    s.rectangle(x - 1.0 * u, y - 2.36 * u, x + 1.0 * u, y - 2.29 * u, (120, 96, 76))


def blinds(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """An office window with its blinds half down."""
    window(s, rng, x, y, u)
    low = float(rng.uniform(0.35, 0.8))
    for k in range(int(9 * low)):
        top = y - 2.17 * u + k * 0.12 * u
        s.rectangle(x - 0.67 * u, top, x + 0.67 * u, top + 0.08 * u, (226, 228, 228))


def wall_cupboards(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """Kitchen cupboards on the wall, with knobs."""
    colour = pick(rng, FRONTS)
    top, bottom = y - 2.3 * u, y - 1.5 * u
    s.rectangle(x - 0.75 * u, bottom, x + 0.75 * u, bottom + 0.05 * u, shade(colour, 0.6))
    for k in range(3):
        left = x + (k - 1.5) * 0.5 * u
        s.rectangle(left + 0.01 * u, top, left + 0.49 * u, bottom, colour)
        s.rectangle(left + 0.07 * u, top + 0.07 * u, left + 0.43 * u, bottom - 0.07 * u, shade(colour, 1.25))
        s.ellipse(left + 0.38 * u, bottom - 0.12 * u, left + 0.43 * u, bottom - 0.07 * u, shade(colour, 0.5))


def hood(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A cooker hood, and a rail with ladles beneath it."""
    steel = (190, 194, 198)
    s.rectangle(x - 0.15 * u, y - 2.6 * u, x + 0.15 * u, y - 1.95 * u, shade(steel, 0.9))
    s.polygon(
        [
            (x - 0.2 * u, y - 1.95 * u),
            (x + 0.2 * u, y - 1.95 * u),
            (x + 0.5 * u, y - 1.65 * u),
            (x - 0.5 * u, y - 1.65 * u),
        ],
        steel,
    )
    s.rectangle(x - 0.5 * u, y - 1.65 * u, x + 0.5 * u, y - 1.57 * u, shade(steel, 0.75))


def picture(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A framed landscape."""
    w, frame = float(rng.uniform(0.28, 0.42)) * u, pick(rng, WOODS)
    top, bottom = y - 1.95 * u, y - 1.4 * u
    s.rectangle(x - w - 0.05 * u, top - 0.05 * u, x + w + 0.05 * u, bottom + 0.05 * u, shade(frame, 0.75))
    s.rectangle(x - w, top, x + w, bottom, (238, 226, 202))
    s.polygon(
        [
            (x - w, bottom),
            (x - w * 0.3, top + 0.2 * u),
            (x + w * 0.3, bottom - 0.1 * u),
            (x + w, bottom - 0.22 * u),
            (x + w, bottom),
        ],
        pick(rng, FABRICS),
    )
    s.ellipse(x + w * 0.3, top + 0.08 * u, x + w * 0.3 + 0.12 * u, top + 0.2 * u, (240, 190, 110))


def floor_lamp(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A standing lamp with a shade."""
    s.rectangle(x - 0.02 * u, y - 1.5 * u, x + 0.02 * u, y, (96, 84, 76))
    s.ellipse(x - 0.16 * u, y - 0.05 * u, x + 0.16 * u, y + 0.03 * u, (96, 84, 76))
    s.polygon(
        [
            (x - 0.13 * u, y - 1.85 * u),
            (x + 0.13 * u, y - 1.85 * u),
            (x + 0.27 * u, y - 1.45 * u),
            (x - 0.27 * u, y - 1.45 * u),
        ],
        (250, 226, 170),
    )


def pendant(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A lamp that hangs from the ceiling."""
    colour = pick(rng, FABRICS)
    s.rectangle(x - 0.01 * u, -0.01, x + 0.01 * u, y - 2.0 * u, (90, 84, 80))
    s.polygon(
        [
            (x - 0.1 * u, y - 2.1 * u),
            (x + 0.1 * u, y - 2.1 * u),
            (x + 0.32 * u, y - 1.8 * u),
            (x - 0.32 * u, y - 1.8 * u),
        ],
        shade(colour, 0.8),
    )
    s.ellipse(x - 0.3 * u, y - 1.84 * u, x + 0.3 * u, y - 1.76 * u, (255, 236, 180))


def wardrobe(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A wardrobe with two doors."""
    colour = pick(rng, WOODS)
    s.rectangle(x - 0.6 * u, y - 2.05 * u, x + 0.6 * u, y + 0.01 * u, shade(colour, 0.8))
    for left in (x - 0.55 * u, x + 0.02 * u):
        s.rectangle(left, y - 1.98 * u, left + 0.53 * u, y - 0.1 * u, colour)
        s.rectangle(left + 0.08 * u, y - 1.88 * u, left + 0.45 * u, y - 1.1 * u, shade(colour, 1.15))
    s.ellipse(x - 0.09 * u, y - 1.0 * u, x - 0.04 * u, y - 0.9 * u, shade(colour, 0.45))
    s.ellipse(x + 0.04 * u, y - 1.0 * u, x + 0.09 * u, y - 0.9 * u, shade(colour, 0.45))


def fireplace(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A fireplace with a fire in it."""
    stone = pick(rng, FRONTS)
    s.rectangle(x - 0.65 * u, y - 1.1 * u, x + 0.65 * u, y, shade(stone, 0.95))
    s.rectangle(x - 0.75 * u, y - 1.18 * u, x + 0.75 * u, y - 1.06 * u, shade(stone, 0.8))
    s.rectangle(x - 0.4 * u, y - 0.75 * u, x + 0.4 * u, y, (66, 56, 54))
    s.polygon(
        [
            (x - 0.25 * u, y),
            (x - 0.15 * u, y - 0.35 * u),
            (x - 0.03 * u, y - 0.2 * u),
            (x + 0.08 * u, y - 0.48 * u),
            (x + 0.25 * u, y),
        ],
        (236, 140, 62),
    )
    s.polygon([(x - 0.14 * u, y), (x + 0.04 * u, y - 0.25 * u), (x + 0.15 * u, y)], (250, 208, 110))


def mirror(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A round or square mirror."""
    w, top, bottom = 0.42 * u, y - 2.05 * u, y - 1.2 * u
    radius = float(rng.choice([0.08, 0.5]))
    s.rectangle(x - w - 0.04 * u, top - 0.04 * u, x + w + 0.04 * u, bottom + 0.04 * u, (190, 160, 110), radius)
    s.rectangle(x - w, top, x + w, bottom, (204, 224, 230), radius)
    s.polygon(
        [
            (x - w * 0.5, bottom - 0.2 * u),
            (x + w * 0.1, top + 0.15 * u),
            (x + w * 0.3, top + 0.15 * u),
            (x - w * 0.3, bottom - 0.2 * u),
        ],
        (232, 242, 244),
    )


def towels(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A rail with two towels."""
    s.rectangle(x - 0.5 * u, y - 1.42 * u, x + 0.5 * u, y - 1.38 * u, (150, 152, 156))
    for left in (x - 0.42 * u, x + 0.05 * u):
        colour = pick(rng, FABRICS)
        s.rectangle(left, y - 1.43 * u, left + 0.36 * u, y - 0.75 * u, colour)
        s.rectangle(left, y - 0.9 * u, left + 0.36 * u, y - 0.84 * u, shade(colour, 1.4))


def bathtub(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A bathtub with its curtain drawn back."""
    cloth = pick(rng, FABRICS)
    s.rectangle(x - 0.85 * u, y - 2.1 * u, x + 0.85 * u, y - 2.05 * u, (160, 160, 164))
    s.rectangle(x + 0.4 * u, y - 2.1 * u, x + 0.85 * u, y - 0.5 * u, cloth)
    s.rectangle(x + 0.55 * u, y - 2.1 * u, x + 0.63 * u, y - 0.5 * u, shade(cloth, 0.86))
    s.rectangle(x - 0.8 * u, y - 0.6 * u, x + 0.8 * u, y, (244, 246, 246), 0.25)
    s.rectangle(x - 0.86 * u, y - 0.64 * u, x + 0.86 * u, y - 0.54 * u, (222, 228, 230), 0.5)


def whiteboard(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A whiteboard with a curve and some lines on it."""
    s.rectangle(x - 0.78 * u, y - 2.1 * u, x + 0.78 * u, y - 1.2 * u, (150, 154, 160))
    s.rectangle(x - 0.73 * u, y - 2.05 * u, x + 0.73 * u, y - 1.25 * u, (248, 249, 249))
    points = [(x + (k / 4 - 0.55) * u, y - (1.4 + float(rng.uniform(0, 0.5))) * u) for k in range(4)]
    s.line(points, (86, 120, 180), 0.006)
    for k in range(3):
        s.line(
            [(x + 0.3 * u, y - (1.9 - 0.15 * k) * u), (x + 0.6 * u, y - (1.9 - 0.15 * k) * u)], (190, 110, 100), 0.005
        )


def cabinet(s: Sketch, rng: np.random.Generator, x: float, y: float, u: float) -> None:
    """A cabinet with three drawers, 1.1 m high."""
    colour = pick(rng, FRONTS)
    s.rectangle(x - 0.45 * u, y - 1.1 * u, x + 0.45 * u, y, shade(colour, 0.82))
    for k in range(3):
        top = y - (1.06 - 0.35 * k) * u
        s.rectangle(x - 0.41 * u, top, x + 0.41 * u, top + 0.31 * u, colour)
        s.rectangle(x - 0.1 * u, top + 0.08 * u, x + 0.1 * u, top + 0.12 * u, shade(colour, 0.55))


HUNG: tuple[Furnishing, ...] = (
    window, curtained_window, blinds, wall_cupboards, hood, picture, pendant, mirror, towels, whiteboard,
)  # fmt: skip
