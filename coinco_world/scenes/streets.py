"""The scenes that people built: street, airport, station."""

from __future__ import annotations

import numpy as np

from coinco_world.pen import Colour, shade
from coinco_world.scene_layout import SceneLayout, Zone
from coinco_world.scenes.outdoors import Outside, ground, ground_zones, hills, outside, sky_zone, some_green, tree
from coinco_world.scenes.sketch import toward
from coinco_world.scenes.surfaces import pick

FACADES: tuple[Colour, ...] = (
    (214, 150, 120),
    (226, 204, 166),
    (178, 190, 200),
    (196, 172, 150),
    (160, 130, 120),
    (224, 186, 150),
)
PAVING: tuple[Colour, ...] = ((196, 192, 186), (206, 198, 186), (184, 186, 190))
ASPHALT: tuple[Colour, ...] = ((112, 116, 122), (126, 126, 128), (102, 106, 114))


def street(rng: np.random.Generator) -> SceneLayout:
    """A street: a row of houses, the road across the image, the pavement before it, sometimes a cafe table."""
    view = outside(rng, (0.34, 0.4), (1.5, 1.8))
    h, s = view.horizon, view.s
    houses_y = h + 0.05
    x = -0.02
    while x < 1:
        width = view.between(0.17, 0.28)
        _house(view, x, x + width, houses_y)
        x += width
    s.rectangle(0, houses_y - 0.005, 1, houses_y + 0.025, pick(rng, PAVING))
    asphalt, kerb = pick(rng, ASPHALT), h + view.between(0.25, 0.3)
    s.bands(houses_y + 0.02, kerb, shade(asphalt, 1.12), asphalt, 4)
    middle = (houses_y + kerb) / 2
    for k in range(6):
        s.rectangle(k / 6 + 0.03, middle, k / 6 + 0.12, middle + 0.008, (238, 234, 220))
    paving = pick(rng, PAVING)
    s.rectangle(0, kerb - 0.012, 1, kerb + 0.01, shade(paving, 1.4))
    ground(view, paving, shade(paving, 1.12), top=kerb)
    for k in range(-5, 16):
        s.line([(k / 10, kerb + 0.01), (toward((0.5, h), k / 10, kerb + 0.01, 1.01), 1.01)], shade(paving, 0.9), 0.003)
    road = Zone("the road", "ground", (0.01, 0.99), (h + 0.075, kerb - 0.03), h, view.camera, None, 0.4)
    near = ground_zones(view, "the pavement", "the cafe table", style="stone", first=kerb - h + 0.02)
    return SceneLayout("street", (road, *near, sky_zone(view, weight=0.05)), s)


def _house(view: Outside, x0: float, x1: float, y: float) -> None:
    """A house front with rows of windows and a shop or a door."""
    s, colour = view.s, pick(view.rng, FACADES)
    top = y - view.between(0.24, view.horizon + 0.02)
    s.rectangle(x0, top, x1, y, colour)
    s.rectangle(x0, top - 0.012, x1, top + 0.008, shade(colour, 0.75))
    pane, n = (226, 236, 240) if view.rng.random() < 0.7 else (250, 222, 150), int(view.rng.integers(2, 4))
    step = (x1 - x0) / n
    rows = int((y - 0.11 - top) / 0.075)
    for row in range(rows):
        for k in range(n):
            left, up = x0 + (k + 0.25) * step, top + 0.025 + row * 0.075
            s.rectangle(left, up, left + step * 0.5, up + 0.045, shade(pane, 0.8 if (row + k) % 2 else 0.9))
    awning = pick(view.rng, ((190, 86, 80), (90, 130, 120), (212, 170, 90)))
    s.rectangle(x0 + 0.02, y - 0.07, x1 - 0.02, y, shade(colour, 0.6))
    s.rectangle(x0 + 0.03, y - 0.06, x1 - 0.06, y - 0.015, (206, 224, 228))
    s.polygon([(x0 + 0.02, y - 0.085), (x1 - 0.02, y - 0.085), (x1 - 0.01, y - 0.055), (x0 + 0.01, y - 0.055)], awning)


def airport(rng: np.random.Generator) -> SceneLayout:
    """An airport: the apron with its marks, terminal and tower, sometimes a counter before it."""
    view = outside(rng, (0.36, 0.42), (2.0, 2.6))
    h, s = view.horizon, view.s
    hills(view, (150, 172, 150), 0.04)
    _terminal(view)
    grass, concrete = some_green(view), pick(rng, ((176, 178, 182), (166, 168, 172), (188, 186, 182)))
    s.rectangle(0, h, 1, h + 0.03, grass)
    ground(view, shade(concrete, 0.92), shade(concrete, 1.06), top=h + 0.028)
    vanishing = (0.5, h)
    for k in range(-2, 4):
        y = h + 0.06 + 0.02 * abs(k)
        s.rectangle(0.5 + 0.16 * k - 0.04, y, 0.5 + 0.16 * k + 0.04, y + 0.006, (240, 240, 236))
    x = view.between(0.1, 0.9)
    yellow = (236, 196, 84)
    s.polygon(
        [
            (toward(vanishing, x, 0.7, h + 0.03), h + 0.03),
            (toward(vanishing, x + 0.02, 0.7, 1.01), 1.01),
            (toward(vanishing, x - 0.02, 0.7, 1.01), 1.01),
        ],
        yellow,
    )
    for y in (h + 0.14, h + 0.27, h + 0.48):
        s.rectangle(0, y, 1, y + 0.004, shade(concrete, 0.86))
    zones = ground_zones(view, "the apron", "the airport counter", style="stone", first=0.065)
    return SceneLayout("airport", (*zones, sky_zone(view, (0.042, 0.048), 0.14)), s)


def _terminal(view: Outside) -> None:
    """A glass terminal and a control tower on the horizon."""
    s, h = view.s, view.horizon + 0.01
    x, grey = view.between(0.55, 0.75), (206, 210, 216)
    left, right = (0.0, x) if view.rng.random() < 0.5 else (1 - x, 1.0)
    s.polygon([(left, h), (left, h - 0.1), ((left + right) / 2, h - 0.13), (right, h - 0.1), (right, h)], grey)
    s.rectangle(left + 0.01, h - 0.08, right - 0.01, h - 0.02, (134, 172, 196))
    for k in range(1, 10):
        at = left + (right - left) * k / 10
        s.rectangle(at, h - 0.08, at + 0.006, h - 0.02, grey)
    tower = right + 0.12 if left == 0 else left - 0.12
    s.polygon(
        [(tower - 0.02, h), (tower - 0.014, h - 0.2), (tower + 0.014, h - 0.2), (tower + 0.02, h)], shade(grey, 0.92)
    )
    s.polygon(
        [(tower - 0.03, h - 0.2), (tower - 0.045, h - 0.25), (tower + 0.045, h - 0.25), (tower + 0.03, h - 0.2)],
        (96, 134, 160),
    )
    s.rectangle(tower - 0.05, h - 0.262, tower + 0.05, h - 0.248, shade(grey, 0.8))


def station(rng: np.random.Generator) -> SceneLayout:
    """A station: a hall or trees behind, the tracks, the platform with its yellow line, sometimes a kiosk's counter."""
    view = outside(rng, (0.33, 0.38), (1.6, 1.9))
    h, s = view.horizon, view.s
    backdrop = _hall if rng.random() < 0.7 else _trees
    backdrop(view)
    gravel, paving = (156, 146, 136), pick(rng, PAVING)
    edge = h + view.between(0.21, 0.24)
    s.rectangle(0, h, 1, edge, gravel)
    s.rectangle(0, h, 1, h + 0.04, shade(gravel, 1.25))
    for y, rail in ((h + 0.075, 0.006), (h + 0.12, 0.008)):
        for k in range(16):
            s.rectangle(k / 16 + 0.01, y - 0.006, k / 16 + 0.04, y + 0.022, (112, 92, 78))
        s.rectangle(0, y, 1, y + rail, (196, 200, 206))
        s.rectangle(0, y + 0.012, 1, y + 0.012 + rail, (196, 200, 206))
    s.rectangle(0, edge - 0.035, 1, edge, shade(paving, 0.62))
    ground(view, shade(paving, 0.95), shade(paving, 1.1), top=edge)
    s.rectangle(0, edge, 1, edge + 0.012, (244, 244, 240))
    s.rectangle(0, edge + 0.03, 1, edge + 0.045, (236, 200, 84))
    for k in range(-5, 16):
        s.line(
            [(k / 10, edge + 0.045), (toward((0.5, h), k / 10, edge + 0.045, 1.01), 1.01)], shade(paving, 0.88), 0.003
        )
    tracks = Zone("the tracks", "ground", (0.01, 0.99), (h + 0.085, h + 0.13), h, view.camera, None, 0.3)
    near = ground_zones(view, "the platform", "the kiosk counter", style="wood", first=edge - h + 0.03)
    return SceneLayout("station", (tracks, *near, sky_zone(view, weight=0.04)), s)


def _hall(view: Outside) -> None:
    """A brick station hall with arched windows under a wide roof."""
    s, h, brick = view.s, view.horizon + 0.01, pick(view.rng, FACADES)
    top = h - view.between(0.16, 0.2)
    s.rectangle(0.04, top, 0.96, h, brick)
    s.polygon([(0.0, top + 0.005), (0.08, top - 0.05), (0.92, top - 0.05), (1.0, top + 0.005)], shade(brick, 0.6))
    for k in range(7):
        x = 0.1 + k * 0.125
        s.ellipse(x, top + 0.025, x + 0.07, top + 0.095, (196, 216, 226))
        s.rectangle(x, top + 0.06, x + 0.07, h - 0.02, (196, 216, 226))
        s.rectangle(x + 0.032, top + 0.025, x + 0.038, h - 0.02, shade(brick, 0.8))


def _trees(view: Outside) -> None:
    """Trees and a wire with its masts behind the tracks."""
    s, h = view.s, view.horizon
    hills(view, some_green(view), 0.06)
    for k in range(5):
        tree(view, (k + view.between(0.2, 0.8)) / 5, h + 0.03, 5.0, "round", shade(some_green(view), 0.85))
    for x in (0.12, 0.62):
        s.rectangle(x, h - 0.28, x + 0.012, h + 0.05, (110, 116, 122))
        s.rectangle(x, h - 0.26, x + 0.14, h - 0.252, (110, 116, 122))
    s.line([(0, h - 0.24), (1, h - 0.24)], (80, 86, 92), 0.003)
