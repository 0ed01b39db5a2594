"""The six rooms: kitchen, dining room, living room, bedroom, bathroom, office.

A room is seen in one of three ways, all with one level camera: across a near surface into the room, close to a
surface that stands against the wall, or from the door with the floor in front and a sideboard at the far wall.
"""

from __future__ import annotations

import numpy as np

from coinco_world.pen import Colour, mix, shade
from coinco_world.scene_layout import SceneLayout, Zone
from coinco_world.scenes import furnishings as f
from coinco_world.scenes.room_kinds import Room
from coinco_world.scenes.sketch import Sketch, toward
from coinco_world.scenes.surfaces import WOODS, near_surface, pick


def room(kind: Room, rng: np.random.Generator) -> SceneLayout:
    """A drawn room of that kind with its zones."""
    view = (_across, _at_the_wall, _open_floor)[int(rng.choice(3, p=kind.views))]
    sketch = Sketch()
    return SceneLayout(kind.scene, view(kind, sketch, rng), sketch)


def _across(kind: Room, s: Sketch, rng: np.random.Generator) -> tuple[Zone, ...]:
    """A near surface along the bottom, and the room behind it."""
    horizon, camera = rng.uniform(0.25, 0.32), rng.uniform(0.42, 0.5)
    back = rng.uniform(0.6, 0.66)
    floor_y = horizon + rng.uniform(0.17, 0.21)
    eye = camera + kind.surface_m
    u = (floor_y - horizon) / eye
    _wall_and_floor(kind, s, rng, horizon, floor_y, u)
    _along_the_wall(kind, s, rng, floor_y, u, slots=3, free=-1)
    edge = (0.0, 1.0) if rng.random() < 0.5 else (rng.uniform(0.03, 0.1), rng.uniform(0.9, 0.97))
    near = near_surface(
        s, rng, kind.surface, style=_style(kind, rng), horizon=horizon, back=back, camera_m=camera, x=edge, weight=0.55
    )
    floor = Zone("the floor", "ground", (0.01, 0.99), (floor_y + 0.03, back - 0.025), horizon, eye, None, 0.45)
    return near, floor


def _at_the_wall(kind: Room, s: Sketch, rng: np.random.Generator) -> tuple[Zone, ...]:
    """A surface against the wall, seen from close by, with a free stretch of wall and sometimes a shelf."""
    horizon, camera = rng.uniform(0.22, 0.3), rng.uniform(0.45, 0.55)
    back = rng.uniform(0.52, 0.58)
    u = (back - horizon) / camera
    floor_y = back + kind.surface_m * u  # where the floor would be seen, were the surface not before it
    _wall_and_floor(kind, s, rng, horizon, floor_y, u)
    left = bool(rng.random() < 0.5)
    # what hangs there hangs low, so that it is seen whole
    _along_the_wall(kind, s, rng, back + 1.05 * u, u, slots=2, free=0 if left else 1, only=f.HUNG)
    free = (0.02, 0.52) if left else (0.48, 0.98)
    near = near_surface(
        s, rng, kind.surface, style=_style(kind, rng), horizon=horizon, back=back, camera_m=camera, weight=0.7
    )
    wall = Zone("the wall", "wall", free, (0.24, back - 0.08), fixed_scale=u, weight=0.25)
    if rng.random() < 0.4:
        shelf_y = rng.uniform(0.27, 0.31)
        _board(s, rng, free, shelf_y)
        return near, Zone("the shelf", "surface", free, (shelf_y, shelf_y + 0.004), fixed_scale=u, weight=0.3)
    return near, wall


def _open_floor(kind: Room, s: Sketch, rng: np.random.Generator) -> tuple[Zone, ...]:
    """The floor in front, furniture to put things on at the far wall, and a free stretch of wall."""
    horizon, eye = rng.uniform(0.28, 0.34), rng.uniform(1.1, 1.25)
    floor_y = horizon + rng.uniform(0.3, 0.34)
    u = (floor_y - horizon) / eye
    _wall_and_floor(kind, s, rng, horizon, floor_y, u)
    if kind.rug:
        _rug(s, rng, floor_y)
    slots, free = 3, int(rng.integers(3))
    _along_the_wall(kind, s, rng, floor_y, u, slots=slots, free=free)
    at = (free / slots, (free + 1) / slots)
    floor = Zone("the floor", "ground", (0.01, 0.99), (floor_y + 0.03, 0.97), horizon, eye, None, 0.6)
    top = _sideboard(s, rng, (at[0] + 0.01, at[1] - 0.01), floor_y, u)
    surface = Zone(kind.sideboard, "surface", at, (top + 0.004, top + 0.014), fixed_scale=u, weight=0.3)
    wall = Zone("the wall", "wall", at, (top - 0.14, top - 0.1), fixed_scale=u, weight=0.12)
    return floor, surface, wall


def _style(kind: Room, rng: np.random.Generator) -> str:
    return kind.styles[int(rng.integers(len(kind.styles)))]


def _wall_and_floor(kind: Room, s: Sketch, rng: np.random.Generator, horizon: float, floor_y: float, u: float) -> None:
    wall, floor = pick(rng, kind.walls), shade(pick(rng, kind.floors), 0.94)
    s.bands(0, floor_y, shade(wall, 1.12), shade(wall, 0.95), 5)
    _wall_pattern(kind, s, wall, floor_y, u)
    if floor_y < 1:
        s.rectangle(0, floor_y - 0.1 * u, 1, floor_y, mix(wall, (255, 255, 255), 0.55))
        s.bands(floor_y, 1.01, shade(floor, 0.86), shade(floor, 1.08), 6)
        _floor_pattern(kind, s, floor, horizon, floor_y)


def _wall_pattern(kind: Room, s: Sketch, wall: Colour, floor_y: float, u: float) -> None:
    joint = shade(wall, 0.9)
    if kind.wall_style == "tiles":
        step = 0.2 * u if u > 0.25 else 0.4 * u
        low = min(floor_y, 1.0)
        for k in range(1, min(int(low / step) + 1, 20)):
            s.rectangle(0, floor_y - k * step, 1, floor_y - k * step + 0.004, joint)
        for k in range(1, min(int(1 / step) + 1, 20)):
            s.rectangle(k * step, 0, k * step + 0.004, low, joint)
    elif kind.wall_style == "stripes":
        step = max(0.5 * u, 0.07)
        for k in range(int(1 / step) + 1):
            s.rectangle(k * step, 0, k * step + step / 2, floor_y, shade(wall, 1.25 if u < 0.3 else 1.15))
    elif kind.wall_style == "panels":
        top = floor_y - 1.0 * u
        s.rectangle(0, top, 1, floor_y, shade(wall, 1.4))
        s.rectangle(0, top - 0.05 * u, 1, top, shade(wall, 1.7))
        for k in range(8):
            s.rectangle(k / 8 + 0.02, top + 0.15 * u, (k + 1) / 8 - 0.02, floor_y - 0.2 * u, shade(wall, 1.25))


def _floor_pattern(kind: Room, s: Sketch, floor: Colour, horizon: float, floor_y: float) -> None:
    if kind.floor_style == "plain":
        return
    joint = shade(floor, 0.82)
    for k in range(-9, 20):
        x = k / 10
        s.line([(x, floor_y), (toward((0.5, horizon), x, floor_y, 1.01), 1.01)], joint, 0.003)
    if kind.floor_style == "tiles":
        for k in range(1, 8):  # rows of equal depth come nearer together towards the horizon
            y = horizon + (floor_y - horizon) / (1 - 0.1 * k)
            s.rectangle(0, y, 1, y + 0.003, joint)


def _along_the_wall(
    kind: Room,
    s: Sketch,
    rng: np.random.Generator,
    floor_y: float,
    u: float,
    *,
    slots: int,
    free: int,
    only: tuple[f.Furnishing, ...] | None = None,
) -> None:
    """Furnishings in all slots but the free one, the room's own signs first."""
    places = [k for k in rng.permutation(slots) if k != free]
    signs = [kind.signs[k] for k in rng.permutation(len(kind.signs))]
    extras = [kind.things[k] for k in rng.permutation(len(kind.things))]
    chosen = [thing for thing in (signs[0], *extras, *signs[1:]) if only is None or thing in only]
    for place, thing in zip(places, chosen, strict=False):
        x = (place + 0.5) / slots + rng.uniform(-0.03, 0.03)
        thing(s, rng, float(x), floor_y, u)


def _board(s: Sketch, rng: np.random.Generator, x: tuple[float, float], y: float) -> None:
    colour = pick(rng, WOODS)
    s.rectangle(x[0] - 0.01, y + 0.02, x[1] + 0.01, y + 0.05, shade(colour, 0.8))
    s.rectangle(x[0] - 0.01, y - 0.006, x[1] + 0.01, y + 0.03, colour)


def _sideboard(s: Sketch, rng: np.random.Generator, x: tuple[float, float], floor_y: float, u: float) -> float:
    """Draw a sideboard 0.75 m high at the wall; the image height of its top."""
    colour, top, foot = pick(rng, WOODS), floor_y - 0.75 * u, floor_y + 0.02
    s.rectangle(x[0] + 0.01, top, x[1] - 0.01, foot, shade(colour, 0.85))
    for k in range(2):
        left = x[0] + 0.02 + k * (x[1] - x[0] - 0.03) / 2
        s.rectangle(left, top + 0.05, left + (x[1] - x[0] - 0.05) / 2, foot - 0.02, colour)
    s.rectangle(x[0], top - 0.002, x[1], top + 0.022, shade(colour, 1.2))
    return top


def _rug(s: Sketch, rng: np.random.Generator, floor_y: float) -> None:
    colour, y0 = pick(rng, f.FABRICS), floor_y + 0.08
    x0 = float(rng.uniform(0.15, 0.3))
    s.polygon([(x0, y0), (1 - x0, y0), (1.1 - x0 / 3, 0.96), (x0 / 3 - 0.1, 0.96)], shade(colour, 0.9))
    s.polygon(
        [(x0 + 0.03, y0 + 0.02), (0.97 - x0, y0 + 0.02), (1.03 - x0 / 3, 0.93), (x0 / 3 - 0.03, 0.93)],
        shade(colour, 1.2),
    )
