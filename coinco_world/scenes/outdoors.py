"""What the scenes out of doors share: sky and clouds, hills, trees, ground, and a table that stands on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coinco_world.pen import Colour, mix, shade
from coinco_world.scene_layout import Zone
from coinco_world.scenes.sketch import Sketch, toward
from coinco_world.scenes.surfaces import near_surface, pick

SKIES: dict[str, tuple[Colour, Colour]] = {
    "clear": ((112, 176, 226), (214, 234, 242)),
    "cloudy": ((160, 184, 204), (226, 232, 234)),
    "evening": ((126, 130, 186), (250, 206, 160)),
    "morning": ((150, 190, 222), (252, 232, 206)),
}
GREENS: tuple[Colour, ...] = ((126, 172, 96), (142, 180, 104), (112, 160, 98), (156, 182, 110))


@dataclass(frozen=True)
class Outside:
    """One open-air view: the sketch so far, its chances, the horizon's image height and the camera's in metres."""

    s: Sketch
    rng: np.random.Generator
    horizon: float
    camera: float

    def between(self, low: float, high: float) -> float:
        """A number drawn between the two."""
        return float(self.rng.uniform(low, high))

    def depth(self, y: float) -> float:
        """Image heights a metre on the ground at image height y."""
        return (y - self.horizon) / self.camera


def outside(rng: np.random.Generator, horizon: tuple[float, float], camera: tuple[float, float]) -> Outside:
    """An open-air view with its sky painted."""
    view = Outside(Sketch(), rng, float(rng.uniform(*horizon)), float(rng.uniform(*camera)))
    name = list(SKIES)[int(rng.choice(4, p=(0.45, 0.25, 0.15, 0.15)))]
    top, low = SKIES[name]
    view.s.bands(0, view.horizon + 0.02, top, low, 12)
    if rng.random() < 0.4:
        x, y = view.between(0.1, 0.9), view.between(0.06, view.horizon * 0.6)
        view.s.ellipse(x - 0.05, y - 0.05, x + 0.05, y + 0.05, mix(low, (255, 246, 214), 0.7))
    for _ in range(int(rng.integers(1, 4)) + (2 if name == "cloudy" else 0)):
        _cloud(view, mix(low, (255, 255, 255), 0.65))
    return view


def _cloud(view: Outside, colour: Colour) -> None:
    x, y, w = view.between(0, 1), view.between(0.03, view.horizon * 0.7), view.between(0.06, 0.12)
    for dx, dy, r in ((-0.7, 0.1, 0.5), (0, -0.1, 0.7), (0.7, 0.1, 0.45)):
        view.s.ellipse(x + (dx - r) * w, y + (dy - r * 0.5) * w, x + (dx + r) * w, y + (dy + r * 0.5) * w, colour)


def hills(view: Outside, colour: Colour, height: float, n: int = 3) -> None:
    """Round hills along the horizon."""
    for k in range(n):
        x, w, h = (k + view.between(0, 1)) / n, view.between(0.3, 0.55), height * view.between(0.5, 1)
        view.s.ellipse(x - w, view.horizon - h, x + w, view.horizon + h, shade(colour, view.between(0.92, 1.1)))


def peaks(view: Outside, colour: Colour, height: float, snow: bool, n: int = 4) -> None:
    """Pointed mountains along the horizon, with snow on their tops if wanted."""
    base = view.horizon + 0.01
    for k in range(n):
        x, w, h = (k + view.between(0.1, 0.9)) / n, view.between(0.2, 0.34), height * view.between(0.6, 1)
        rock = shade(colour, view.between(0.92, 1.08))
        view.s.polygon([(x - w, base), (x, base - h), (x + w, base)], rock)
        view.s.polygon([(x, base - h), (x + w, base), (x + w * 0.15, base)], shade(rock, 0.88))
        if snow:
            t = 0.35
            view.s.polygon(
                [(x - w * t, base - h * (1 - t)), (x, base - h), (x + w * t, base - h * (1 - t)), (x, base - h * 0.74)],
                (246, 249, 252),
            )


def ground(view: Outside, far: Colour, near: Colour, top: float | None = None, tufts: Colour | None = None) -> None:
    """The ground from the horizon (or image height `top`) to the bottom, with tufts or stones if wanted."""
    top = view.horizon if top is None else top
    view.s.bands(top, 1.01, far, near, 8)
    for _ in range(0 if tufts is None else 10):
        y = top + (1 - top) * view.between(0.12, 1) ** 1.3
        x, w = view.between(0, 1), 0.09 * view.depth(y)
        view.s.ellipse(x - w, y - w * 0.3, x + w, y + w * 0.3, tufts or far)


def tree(view: Outside, x: float, y: float, height_m: float, kind: str, leaf: Colour) -> None:
    """A tree standing at (x, y): 'round', 'fir', 'acacia' or 'palm'."""
    u, s = view.depth(y), view.s
    h, trunk = height_m * u, (124, 94, 70)
    s.rectangle(x - 0.035 * h, y - 0.6 * h, x + 0.035 * h, y, trunk)
    if kind == "fir":
        for k in range(3):
            top, w = y - h * (1 - 0.25 * k), h * (0.16 + 0.07 * k)
            s.polygon([(x, top), (x + w, top + 0.4 * h), (x - w, top + 0.4 * h)], shade(leaf, 0.9 + 0.1 * k))
    elif kind == "acacia":
        s.polygon([(x, y - 0.5 * h), (x + 0.3 * h, y - 0.85 * h), (x - 0.3 * h, y - 0.85 * h)], trunk)
        s.ellipse(x - 0.6 * h, y - h, x + 0.6 * h, y - 0.68 * h, leaf)
        s.ellipse(x - 0.5 * h, y - h, x + 0.35 * h, y - 0.78 * h, shade(leaf, 1.15))
    elif kind == "palm":
        for dx, dy in ((-0.42, 0.1), (-0.28, -0.14), (0.3, -0.12), (0.44, 0.12), (0.02, -0.2)):
            s.polygon(
                [
                    (x, y - 0.66 * h),
                    (x + dx * h * 0.6, y - (0.72 - dy) * h + 0.02 * h),
                    (x + dx * h, y - (0.6 - dy) * h),
                ],
                leaf,
            )
            s.line([(x, y - 0.62 * h), (x + dx * h, y - (0.6 - dy) * h)], shade(leaf, 0.85), 0.014)
    else:
        s.ellipse(x - 0.34 * h, y - 0.86 * h, x + 0.34 * h, y - 0.3 * h, shade(leaf, 0.9))
        s.ellipse(x - 0.28 * h, y - h, x + 0.26 * h, y - 0.45 * h, leaf)
        s.ellipse(x - 0.2 * h, y - 0.95 * h, x + 0.06 * h, y - 0.68 * h, shade(leaf, 1.15))


def tree_row(view: Outside, n: int, kind: str, leaf: Colour, offset: float = 0.03, height_m: float = 5.0) -> None:
    """Trees a little beyond the place where objects begin to stand."""
    for k in range(n):
        x = (k + view.between(0.1, 0.9)) / n
        y = view.horizon + offset * view.between(0.7, 1.2)
        tree(view, x, y, height_m * view.between(0.8, 1.3), kind, shade(leaf, view.between(0.9, 1.1)))


def bush(view: Outside, x: float, y: float, colour: Colour) -> None:
    """A bush about 0.7 m high at (x, y)."""
    u = view.depth(y)
    for dx, r in ((-0.45, 0.4), (0.4, 0.42), (0, 0.55)):
        view.s.ellipse(x + (dx - r) * u, y - 1.3 * r * u, x + (dx + r) * u, y + 0.12 * u, shade(colour, 0.85 + r / 4))


def ground_zones(
    view: Outside, name: str, table: str | None, *, style: str = "wood", first: float = 0.07
) -> tuple[Zone, ...]:
    """The ground as zones, with a table of that name before it two times in three.

    A table takes the bottom of the image, or half of it; the ground beside it stays free then.
    """
    h, c, near = view.horizon, view.camera, 0.97
    if table is None or view.rng.random() > 0.66:
        return (Zone(name, "ground", (0.01, 0.99), (h + first, near), h, c, None, 0.8),)
    back = max(view.between(0.7, 0.76), h + first + 0.09)
    inner = view.between(0.53, 0.57)
    sides = ((0.0, 1.0), (0.0, inner), (1 - inner, 1.0))
    edge = sides[int(view.rng.choice(3, p=(0.4, 0.3, 0.3)))]
    surface = near_surface(
        view.s, view.rng, table, style=style, horizon=h, back=back, camera_m=view.between(0.6, 0.7), x=edge, weight=0.62
    )
    zones = [surface, Zone(name, "ground", (0.01, 0.99), (h + first, back - 0.03), h, c, None, 0.5)]
    if edge[1] - edge[0] < 1:
        foot = toward((0.5, h), inner, back, near) + 0.02  # how far the table reaches at the bottom
        beside = (foot, 0.99) if edge[0] == 0 else (0.01, 1 - foot)
        zones.append(Zone(name, "ground", beside, (back - 0.03, near), h, c, None, 0.25))
    return tuple(zones)


def sky_zone(view: Outside, scale: tuple[float, float] = (0.27, 0.33), weight: float = 0.14) -> Zone:
    """The sky as a zone at one depth."""
    return Zone(
        "the sky", "sky", (0.02, 0.98), (0.12, view.horizon - 0.03), fixed_scale=view.between(*scale), weight=weight
    )


def some_green(view: Outside) -> Colour:
    """A green for grass or leaves."""
    return pick(view.rng, GREENS)
