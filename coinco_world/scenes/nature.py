"""The scenes in the green, the white and the yellow: park, sports field, beach, farm, savanna, ski slope, forest."""

from __future__ import annotations

import numpy as np

from coinco_world.pen import Colour, shade
from coinco_world.scene_layout import SceneLayout, Zone
from coinco_world.scenes.outdoors import (
    Outside,
    bush,
    ground,
    ground_zones,
    hills,
    outside,
    peaks,
    sky_zone,
    some_green,
    tree,
    tree_row,
)
from coinco_world.scenes.sketch import Sketch, toward
from coinco_world.scenes.surfaces import pick

STONE: Colour = (150, 148, 142)


def park(rng: np.random.Generator) -> SceneLayout:
    """A park: trees, grass, a path, sometimes a pond's railing and a picnic table."""
    view = outside(rng, (0.33, 0.4), (1.1, 1.4))
    green = some_green(view)
    hills(view, shade(green, 0.9), 0.08)
    ground(view, shade(green, 1.1), shade(green, 0.9), tufts=shade(green, 0.82))
    x = view.between(0.2, 0.8)
    end = view.between(-0.2, 1.2)
    path = (224, 204, 166)
    view.s.polygon([(x - 0.01, view.horizon), (x + 0.02, view.horizon), (end + 0.28, 1.01), (end - 0.28, 1.01)], path)
    tree_row(view, int(rng.integers(4, 7)), "round", shade(green, 0.8), height_m=4.5)
    for _ in range(int(rng.integers(1, 4))):
        bush(view, view.between(0, 1), view.horizon + view.between(0.05, 0.08), shade(green, 0.75))
    return SceneLayout("park", (*ground_zones(view, "the grass", "the picnic table"), sky_zone(view)), view.s)


def sports_field(rng: np.random.Generator) -> SceneLayout:
    """A sports field: mown stripes, white lines, a goal or a stand."""
    view = outside(rng, (0.31, 0.37), (1.1, 1.3))
    green, h, s = some_green(view), view.horizon, view.s
    stand = pick(rng, ((176, 186, 200), (204, 150, 130), (150, 170, 196)))
    s.rectangle(0, h - 0.11, 1, h + 0.01, stand)
    for k in range(4):
        s.rectangle(0, h - 0.1 + 0.027 * k, 1, h - 0.088 + 0.027 * k, shade(stand, 0.82))
    ground(view, shade(green, 1.05), shade(green, 0.95))
    vanishing = (0.5, h)
    for k in range(-6, 7, 2):
        x = 0.5 + 0.1 * k
        far = [(toward(vanishing, x + d, 0.6, h + 0.015), h + 0.015) for d in (0, 0.1)]
        close = [(toward(vanishing, x + d, 0.6, 1.01), 1.01) for d in (0.1, 0)]
        s.polygon([*far, *close], shade(green, 0.88))
    white = (244, 246, 240)
    s.rectangle(0, h + 0.03, 1, h + 0.036, white)
    side = view.between(0.15, 0.85)
    s.polygon(
        [
            (toward(vanishing, side, 0.6, h + 0.03), h + 0.03),
            (toward(vanishing, side + 0.01, 0.6, h + 0.03), h + 0.03),
            (toward(vanishing, side + 0.01, 0.6, 1.01), 1.01),
            (toward(vanishing, side, 0.6, 1.01), 1.01),
        ],
        white,
    )
    _goal(view.s, view.between(0.25, 0.75), h + 0.035, view.depth(h + 0.05))
    zones = ground_zones(view, "the grass", "the trestle table", style="cloth")
    return SceneLayout("sports field", (*zones, sky_zone(view)), s)


def _goal(s: Sketch, x: float, y: float, u: float) -> None:
    """A goal 5 m wide on the line."""
    w, top, white = 2.4 * u, y - 2.2 * u, (248, 248, 246)
    for k in range(7):
        s.line([(x - w + k * w / 3, top), (x - w + k * w / 3, y)], (214, 220, 220), 0.002)
    for k in range(1, 4):
        s.line([(x - w, top + k * 0.55 * u), (x + w, top + k * 0.55 * u)], (214, 220, 220), 0.002)
    s.line([(x - w, y), (x - w, top), (x + w, top), (x + w, y)], white, 0.008)


def beach(rng: np.random.Generator) -> SceneLayout:
    """A beach: the sea with waves, sand, sometimes palms and rocks."""
    view = outside(rng, (0.3, 0.36), (1.15, 1.4))
    h, s, rng = view.horizon, view.s, view.rng
    shore = h + view.between(0.15, 0.19)
    sea = pick(rng, ((70, 150, 186), (86, 168, 184), (84, 136, 178)))
    s.bands(h, shore, shade(sea, 0.85), shade(sea, 1.3), 6)
    for _ in range(7):
        x, y = view.between(-0.1, 0.9), view.between(h + 0.015, shore - 0.02)
        s.ellipse(x, y, x + view.between(0.06, 0.2), y + 0.006, shade(sea, 1.55))
    sand = pick(rng, ((236, 212, 164), (226, 202, 158), (242, 222, 184)))
    s.ellipse(-0.3, shore - 0.022, 0.7, shore + 0.06, (246, 248, 246))
    s.ellipse(0.3, shore - 0.02, 1.4, shore + 0.06, (246, 248, 246))
    s.ellipse(-0.3, shore - 0.012, 0.7, shore + 0.06, shade(sand, 0.9))
    s.ellipse(0.3, shore - 0.01, 1.4, shore + 0.06, shade(sand, 0.9))
    ground(view, shade(sand, 0.94), shade(sand, 1.05), top=shore + 0.012, tufts=shade(sand, 0.9))
    if rng.random() < 0.6:
        x = float(rng.choice([0.06, 0.94])) + view.between(-0.03, 0.03)
        tree(view, x, shore + 0.05, 3.2, "palm", (104, 156, 92))
    first = shore - h + 0.04
    zones = ground_zones(view, "the sand", "the beach table", first=first)
    water = Zone("the sea", "water", (0.01, 0.99), (h + 0.06, shore - 0.015), h, view.camera, None, 0.35)
    return SceneLayout("beach", (*zones, water, sky_zone(view)), s)


def farm(rng: np.random.Generator) -> SceneLayout:
    """A farm: a barn, fields in strips, a fence, sometimes a crate to put things on."""
    view = outside(rng, (0.32, 0.4), (1.6, 2.0))
    green, h, s = some_green(view), view.horizon, view.s
    hills(view, shade(green, 0.95), 0.09)
    ground(view, shade(green, 1.15), shade(green, 0.92), tufts=shade(green, 0.84))
    crop = pick(rng, ((222, 196, 112), (206, 184, 120), (176, 142, 104)))
    s.polygon(
        [(-0.01, h), (1.01, h), (1.01, h + view.between(0.02, 0.04)), (-0.01, h + view.between(0.02, 0.05))], crop
    )
    _barn(view, view.between(0.15, 0.85), h + 0.035)
    y, post = h + 0.055, (226, 216, 198)
    for k in range(11):
        s.rectangle(k / 10 - 0.006, y - 0.045, k / 10 + 0.006, y, post)
    for d in (0.035, 0.018):
        s.rectangle(0, y - d, 1, y - d + 0.007, post)
    zones = ground_zones(view, "the meadow", "the wooden crate", first=0.085)
    return SceneLayout("farm", (*zones, sky_zone(view, weight=0.08)), s)


def _barn(view: Outside, x: float, y: float) -> None:
    """A barn with a pitched roof and a door, and a silo beside it."""
    s, red = view.s, pick(view.rng, ((178, 76, 66), (150, 92, 74), (196, 110, 84)))
    s.rectangle(x + 0.13, y - 0.2, x + 0.18, y, (196, 198, 202))
    s.ellipse(x + 0.13, y - 0.225, x + 0.18, y - 0.175, (170, 174, 180))
    s.rectangle(x - 0.11, y - 0.11, x + 0.11, y, red)
    s.polygon(
        [(x - 0.13, y - 0.105), (x - 0.08, y - 0.17), (x, y - 0.2), (x + 0.08, y - 0.17), (x + 0.13, y - 0.105)],
        shade(red, 0.65),
    )
    s.rectangle(x - 0.04, y - 0.075, x + 0.04, y, (240, 232, 220))
    s.rectangle(x - 0.033, y - 0.068, x + 0.033, y, shade(red, 0.85))
    s.rectangle(x - 0.02, y - 0.145, x + 0.02, y - 0.115, (240, 232, 220))


def savanna(rng: np.random.Generator) -> SceneLayout:
    """A savanna: dry grass, acacias, far hills, sometimes a camp table."""
    view = outside(rng, (0.34, 0.4), (1.8, 2.3))
    grass = pick(rng, ((214, 184, 110), (204, 172, 104), (222, 196, 128)))
    hills(view, (172, 158, 140), 0.06)
    ground(view, shade(grass, 1.1), shade(grass, 0.92), tufts=shade(grass, 0.84))
    tree_row(view, int(rng.integers(2, 5)), "acacia", (128, 142, 82), offset=0.035, height_m=6)
    for _ in range(int(rng.integers(2, 5))):
        bush(view, view.between(0, 1), view.horizon + view.between(0.05, 0.08), (150, 146, 88))
    for _ in range(2):
        x, y = view.between(0, 1), view.between(view.horizon + 0.08, 0.9)
        w = 0.5 * view.depth(y)
        view.s.ellipse(x - w, y - w * 0.6, x + w, y + w * 0.2, STONE)
    zones = ground_zones(view, "the dry grass", "the camp table")
    return SceneLayout("savanna", (*zones, sky_zone(view, (0.042, 0.048), 0.08)), view.s)


def ski_slope(rng: np.random.Generator) -> SceneLayout:
    """A ski slope: mountains, snow, firs, a lift, sometimes a hut's table."""
    view = outside(rng, (0.34, 0.4), (1.2, 1.5))
    h, s = view.horizon, view.s
    peaks(view, (142, 158, 182), 0.24, snow=True)
    snow = (238, 243, 250)
    hills(view, shade(snow, 0.96), 0.05)
    ground(view, shade(snow, 0.93), snow, tufts=shade(snow, 0.95))
    for _ in range(5):  # tracks of earlier runs
        x = view.between(-0.3, 1.3)
        s.line(
            [(0.5 + (x - 0.5) * 0.25, h + 0.05), (0.5 + (x - 0.5) * 0.6, h + 0.25), (x, 1.01)], shade(snow, 0.9), 0.004
        )
    if rng.random() < 0.6:
        _lift(view)
    tree_row(view, int(rng.integers(4, 8)), "fir", (84, 122, 108), offset=0.045, height_m=4)
    zones = ground_zones(view, "the snow", "the terrace table")
    return SceneLayout("ski slope", (*zones, sky_zone(view, weight=0.12)), s)


def _lift(view: Outside) -> None:
    """A cable with cabins across the sky."""
    s, y0, y1 = view.s, view.between(0.05, 0.12), view.between(0.2, 0.28)
    s.line([(0, y1), (1, y0)], (92, 98, 108), 0.004)
    for x in (0.2, 0.5, 0.8):
        y = y1 + (y0 - y1) * x
        s.rectangle(x - 0.002, y, x + 0.002, y + 0.03, (92, 98, 108))
        s.rectangle(x - 0.022, y + 0.025, x + 0.022, y + 0.06, (206, 88, 76), 0.25)


def forest(rng: np.random.Generator) -> SceneLayout:
    """A forest: rows of trees, trunks that reach beyond the image, sometimes a log to put things on."""
    view = outside(rng, (0.34, 0.4), (1.2, 1.6))
    h, s = view.horizon, view.s
    leaf = pick(rng, ((84, 130, 86), (98, 140, 84), (74, 120, 96), (172, 140, 78)))
    s.rectangle(0, h - 0.12, 1, h + 0.02, shade(leaf, 1.25))
    tree_row(view, 7, "fir" if rng.random() < 0.5 else "round", shade(leaf, 1.12), offset=0.02, height_m=7)
    floor = pick(rng, ((132, 138, 88), (150, 128, 92), (120, 140, 94)))
    ground(view, shade(floor, 1.08), shade(floor, 0.88), tufts=shade(floor, 0.82))
    tree_row(view, 5, "fir" if rng.random() < 0.7 else "round", leaf, offset=0.05, height_m=5.5)
    trunk = pick(rng, ((112, 86, 66), (128, 100, 80), (104, 92, 80)))
    for x, w in ((0.04, 0.04), (view.between(0.25, 0.4), 0.022), (view.between(0.6, 0.75), 0.026), (0.95, 0.042)):
        _trunk(view, x + view.between(-0.03, 0.03), w, trunk)
    for k in range(6):
        x, r = k / 5 + view.between(-0.05, 0.05), view.between(0.13, 0.17)
        s.ellipse(x - r, -0.16, x + r, view.between(0.07, 0.13), shade(leaf, view.between(0.75, 0.9)))
    for _ in range(3):
        bush(view, view.between(0, 1), h + view.between(0.06, 0.09), shade(leaf, 0.85))
    zones = ground_zones(view, "the forest floor", "the log table", first=0.09)
    return SceneLayout("forest", (*zones, sky_zone(view, weight=0.05)), s)


def _trunk(view: Outside, x: float, w: float, colour: Colour) -> None:
    """A trunk that reaches beyond the image, thicker the nearer it stands."""
    y = view.horizon + 3.2 * w
    view.s.ellipse(x - 1.8 * w, y - 0.4 * w, x + 1.8 * w, y + 0.4 * w, shade(colour, 0.7))
    view.s.polygon([(x - 0.8 * w, 0), (x + 0.8 * w, 0), (x + w, y), (x - w, y)], colour)
    view.s.polygon([(x + 0.25 * w, 0), (x + 0.8 * w, 0), (x + w, y), (x + 0.3 * w, y)], shade(colour, 0.84))
