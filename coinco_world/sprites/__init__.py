"""One drawing function per category: SPRITES maps each of the 80 COCO names, in COCO's order, to it."""

from __future__ import annotations

from collections.abc import Callable

from numpy.random import Generator

from coinco_core.categories import NAMES
from coinco_world.pen import Pen
from coinco_world.sprites import (
    accessories,
    animals,
    appliances,
    electronics,
    food,
    furniture,
    indoor,
    kitchenware,
    outdoor,
    people,
    sports,
    vehicles,
)

_GROUPS = (
    people, vehicles, outdoor, animals, accessories, sports,
    kitchenware, food, furniture, electronics, appliances, indoor,
)  # fmt: skip
_DRAWN = {name: draw for group in _GROUPS for name, draw in group.SPRITES.items()}

SPRITES: dict[str, Callable[[Pen, Generator], None]] = {name: _DRAWN[name] for name in NAMES}
