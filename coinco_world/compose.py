"""Scenes made of objects: placing them with true perspective, drawing them, and replacing one.

The replacement follows COinCO (section 3.1): one of the categories present is picked, a category drawn uniformly
from the 80 is painted into that object's box. So whether the newcomer has the right size follows from the box,
whether it has the right place from where the box is, and whether it fits the rest from the scene.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from coinco_core.categories import NAMES
from coinco_world.facts import FACTS, SCENE_CATEGORIES, SCENES
from coinco_world.pen import Pen
from coinco_world.scene_layout import SceneLayout, Zone
from coinco_world.scenes import LAYOUTS
from coinco_world.sprites import SPRITES

SIZE = 256  # pixels, width and height of a finished image
_CANVAS = 2 * SIZE  # drawn twice as large, then reduced
_SMALLEST, _LARGEST = 0.065, 0.62  # height of a placed object, in image heights
_WIDEST = 0.8
_STRETCH = 1.3  # how far a replacement is stretched to fill its box
_SIZES = (0.8, 1.25)  # how much smaller or larger than usual an object at home may be
_ASPECTS = (-0.3, 0.3)  # natural log of how much wider than usual: else a box's shape alone would name its category
_SHADOW = 70  # of 255, how dark the shadow is where an object stands

LIGHTS = {
    "daylight": (1.0, 1.0, 1.0),
    "warm": (1.06, 0.98, 0.86),
    "cool": (0.92, 0.97, 1.05),
    "dim": (0.8, 0.8, 0.84),
}


@dataclass(frozen=True)
class Placed:
    """One object of a scene: category, box in pixels (x, y, w, h of 256), the zone it is in, and how it is drawn.

    `region` is the box that was open to it: its own box, or, for a replacement, the box of what it replaced.
    """

    category: str
    box: tuple[float, float, float, float]
    region: tuple[float, float, float, float]
    zone: Zone
    seed: int
    flip: bool

    @property
    def size_ratio(self) -> float:
        """How large it looks against its usual size (1 is usual, 2 twice as tall and wide), by box area in metres."""
        scale = self.zone.scale((self.box[1] + self.box[3]) / SIZE) * SIZE
        metres = (self.box[2] * self.box[3]) ** 0.5 / scale
        facts = FACTS[self.category]
        return float(metres / (facts.height_m * facts.aspect**0.5))


@dataclass(frozen=True)
class Scene:
    """A drawn scene: its layout, light, and objects from the back to the front."""

    layout: SceneLayout
    light: str
    objects: tuple[Placed, ...]


def compose(rng: np.random.Generator, scene: str | None = None) -> Scene:
    """A coherent scene of 3 to 7 objects, each at home in it, in a fitting place and of about its usual size."""
    name = scene if scene is not None else SCENES[rng.integers(len(SCENES))]
    while True:
        layout = LAYOUTS[name](rng)
        light = list(LIGHTS)[rng.choice(len(LIGHTS), p=(0.55, 0.18, 0.15, 0.12))]
        objects: list[Placed] = []
        wanted = int(rng.integers(3, 8))
        for _ in range(wanted * 8):
            placed = _place(layout, objects, rng)
            if placed is not None:
                objects.append(placed)
            if len(objects) == wanted:
                break
        if len(objects) >= 3:
            return Scene(layout, light, tuple(sorted(objects, key=_depth)))


def _depth(placed: Placed) -> tuple[bool, float]:
    return placed.zone.support not in ("sky", "wall"), placed.box[1] + placed.box[3]


def _place(layout: SceneLayout, others: list[Placed], rng: np.random.Generator) -> Placed | None:
    """Try once to put an object that is at home here into one of the zones; None when it does not fit."""
    weights = np.array([zone.weight for zone in layout.zones])
    zone = layout.zones[rng.choice(len(weights), p=weights / weights.sum())]
    fitting = [c for c in SCENE_CATEGORIES[layout.scene] if zone.support in FACTS[c].supports]
    if not fitting:
        return None
    category = fitting[rng.integers(len(fitting))]
    bottom = rng.uniform(*zone.y)
    facts = FACTS[category]
    stretch = float(np.exp(rng.uniform(*_ASPECTS) / 2))
    height = facts.height_m * rng.uniform(*_SIZES) * zone.scale(bottom) / stretch
    width = height * facts.aspect * stretch**2
    room = zone.x[1] - zone.x[0] - width
    if not _SMALLEST <= height <= min(_LARGEST, bottom - 0.01) or width > _WIDEST or room <= 0:
        return None
    left = zone.x[0] + rng.uniform(0, room)
    box = (SIZE * left, SIZE * (bottom - height), SIZE * width, SIZE * height)
    if any(_overlap(box, o.box) > 0.2 for o in others):
        return None
    return Placed(category, box, box, zone, int(rng.integers(2**31)), _mirrored(category, rng))


def _mirrored(category: str, rng: np.random.Generator) -> bool:
    return bool(rng.random() < 0.5) and category != "stop sign"  # its letters would read backwards


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Shared area over the smaller box's area."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(w, 0) * max(h, 0) / min(a[2] * a[3], b[2] * b[3])


def replace_object(scene: Scene, rng: np.random.Generator) -> tuple[Scene, int]:
    """The scene with one object replaced, and that object's place in `objects`.

    Picked uniformly over the categories present, replaced by one drawn uniformly from the 80 (it may be the same).
    """
    chosen = pick_object(scene, rng)
    newcomer = NAMES[rng.integers(len(NAMES))]
    old = scene.objects[chosen]
    new = replace(
        old,
        category=newcomer,
        box=fit_box(newcomer, old.box, floats=old.zone.support in ("sky", "wall")),
        seed=int(rng.integers(2**31)),
        flip=_mirrored(newcomer, rng),
    )
    objects = (*scene.objects[:chosen], new, *scene.objects[chosen + 1 :])
    return replace(scene, objects=objects), chosen


def pick_object(scene: Scene, rng: np.random.Generator) -> int:
    """The index of one object, drawn uniformly over the categories present and then over that category's objects."""
    present = sorted({o.category for o in scene.objects})
    category = present[rng.integers(len(present))]
    indices = [i for i, o in enumerate(scene.objects) if o.category == category]
    return int(indices[rng.integers(len(indices))])


def fit_box(
    category: str, region: tuple[float, float, float, float], *, floats: bool = False
) -> tuple[float, float, float, float]:
    """The largest box for that category inside the region: stretched a little, centred, resting on the bottom edge.

    With `floats` it is centred in height too, as in the sky.
    """
    x, y, w, h = region
    usual = FACTS[category].aspect
    aspect = float(np.clip(w / h, usual / _STRETCH, usual * _STRETCH))
    width, height = (w, w / aspect) if w / h <= aspect else (h * aspect, h)
    top = y + (h - height) * (0.5 if floats else 1.0)
    return x + (w - width) / 2, top, width, height


def draw(scene: Scene) -> Image.Image:
    """The scene as a 256x256 RGB image; the same scene always gives the same bytes."""
    canvas = Image.new("RGB", (_CANVAS, _CANVAS))
    brush = ImageDraw.Draw(canvas)
    light = LIGHTS[scene.light]
    scene.layout.paint(Pen(brush, None, (0, 0, _CANVAS, _CANVAS), light=light))
    for placed in scene.objects:
        if placed.zone.support in ("ground", "surface"):
            _draw_shadow(placed, canvas)
        _draw_object(placed, brush, None, light)
    return canvas.reduce(2)


def draw_mask(placed: Placed) -> Image.Image:
    """The object's own shape as a 256x256 one-channel image, 255 inside and 0 outside."""
    canvas = Image.new("L", (_CANVAS, _CANVAS))
    _draw_object(placed, ImageDraw.Draw(Image.new("RGB", canvas.size)), ImageDraw.Draw(canvas), (1.0, 1.0, 1.0))
    return canvas.reduce(2).point(lambda value: 255 if value >= 128 else 0)


def _draw_shadow(placed: Placed, canvas: Image.Image) -> None:
    """Darkens a flat ellipse under the object, so that it is seen to stand where it does."""
    x, y, w, h = (2 * v for v in placed.box)
    deep = max(2, round(0.14 * min(w, h)))
    shape = Image.new("L", (max(2, round(w)), deep))
    ImageDraw.Draw(shape).ellipse((0, 0, shape.width - 1, deep - 1), fill=_SHADOW)
    canvas.paste((0, 0, 0), (round(x), round(y + h - 0.6 * deep)), shape)


def _draw_object(
    placed: Placed,
    brush: ImageDraw.ImageDraw,
    mask: ImageDraw.ImageDraw | None,
    light: tuple[float, float, float],
) -> None:
    x, y, w, h = (2 * v for v in placed.box)
    pen = Pen(brush, mask, (x, y, w, h), flip=placed.flip, light=light)
    SPRITES[placed.category](pen, np.random.default_rng(placed.seed))
