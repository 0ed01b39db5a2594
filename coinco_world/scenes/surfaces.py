"""The plane seen from close by, at the bottom of an image: a counter, a desk, a table out of doors."""

from __future__ import annotations

import numpy as np

from coinco_world.pen import Colour, shade
from coinco_world.scene_layout import Zone
from coinco_world.scenes.sketch import Sketch, toward

WOODS: tuple[Colour, ...] = ((196, 152, 105), (170, 122, 82), (214, 178, 134), (140, 98, 66), (222, 196, 160))
STONES: tuple[Colour, ...] = ((214, 212, 206), (120, 124, 130), (232, 226, 214), (168, 172, 170), (86, 92, 100))
CLOTHS: tuple[Colour, ...] = ((236, 232, 224), (150, 178, 196), (206, 120, 108), (164, 188, 150), (228, 200, 140))


def pick(rng: np.random.Generator, colours: tuple[Colour, ...], spread: int = 8) -> Colour:
    """One of the colours, a little lighter or darker."""
    r, g, b = colours[int(rng.integers(len(colours)))]
    shift = int(rng.integers(-spread, spread + 1))
    return (min(max(r + shift, 0), 255), min(max(g + shift, 0), 255), min(max(b + shift, 0), 255))


def near_surface(
    s: Sketch,
    rng: np.random.Generator,
    name: str,
    *,
    style: str,
    horizon: float,
    back: float,
    camera_m: float,
    x: tuple[float, float] = (0.0, 1.0),
    weight: float = 1.0,
) -> Zone:
    """The zone of a drawn surface whose back edge lies at image height `back` from x[0] to x[1].

    An edge at 0 or 1 means that the surface runs on beyond the image on that side.

    Args:
        style: 'wood', 'stone' or 'cloth'.
        camera_m: the camera's height above the surface; it sets the scale.
    """
    vanishing = (0.5, horizon)
    left0, right0 = (-0.02 if x[0] <= 0 else x[0]), (1.02 if x[1] >= 1 else x[1])
    left1 = -0.02 if x[0] <= 0 else toward(vanishing, x[0], back, 1.02)
    right1 = 1.02 if x[1] >= 1 else toward(vanishing, x[1], back, 1.02)
    colour = pick(rng, {"wood": WOODS, "stone": STONES, "cloth": CLOTHS}[style])
    edges = _edges(left0, right0, left1, right1, back)
    drop = 0.018  # the shadow the surface throws on what lies behind its edge
    s.polygon(
        [(left0 - 0.012, back - drop), (right0 + 0.012, back - drop), (right1 + 0.03, 1.02), (left1 - 0.03, 1.02)],
        shade(colour, 0.66),
    )
    for k, (y, left, right) in enumerate(edges):
        s.polygon([(left, y), (right, y), (right1, 1.02), (left1, 1.02)], shade(colour, 1.16 - 0.05 * k))
    _grain(s, rng, style, colour, vanishing, back, (left0, right0))
    s.line([(left0, back), (right0, back)], shade(colour, 1.4), 0.006)
    return Zone(
        name, "surface", (max(x[0], 0.01), min(x[1], 0.99)), (back + 0.035, 0.975), horizon, camera_m, None, weight
    )


def _edges(left0: float, right0: float, left1: float, right1: float, back: float) -> list[tuple[float, float, float]]:
    """Four bands of the surface: y, left and right edge."""
    shares = (0.0, 0.2, 0.45, 0.72)
    return [(back + t * (1.02 - back), left0 + t * (left1 - left0), right0 + t * (right1 - right0)) for t in shares]


def _grain(
    s: Sketch,
    rng: np.random.Generator,
    style: str,
    colour: Colour,
    vanishing: tuple[float, float],
    back: float,
    edge: tuple[float, float],
) -> None:
    """Boards that run to the vanishing point, flecks of stone, or the squares of a cloth."""
    if style == "stone":
        for _ in range(14):
            x, y = rng.uniform(edge[0] + 0.03, edge[1] - 0.03), rng.uniform(back + 0.03, 1)
            s.ellipse(x, y, x + 0.016, y + 0.005, shade(colour, float(rng.choice([0.9, 1.25]))))
        return
    n = int(rng.integers(4, 8))
    tone = shade(colour, 0.87 if style == "wood" else 0.93)
    width = 0.004 if style == "wood" else 0.014
    for k in range(1, n):
        x = edge[0] + (edge[1] - edge[0]) * k / n
        s.line([(x, back), (toward(vanishing, x, back, 1.02), 1.02)], tone, width)
