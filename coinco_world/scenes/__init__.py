"""The sixteen scene types: each draws its background and says where things can stand in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from coinco_world.facts import SCENES
from coinco_world.scene_layout import SceneLayout
from coinco_world.scenes import nature, streets
from coinco_world.scenes.room_kinds import ROOMS
from coinco_world.scenes.rooms import room

_MADE: dict[str, Callable[[np.random.Generator], SceneLayout]] = {
    **{name: partial(room, kind) for name, kind in ROOMS.items()},
    "street": streets.street,
    "park": nature.park,
    "sports field": nature.sports_field,
    "beach": nature.beach,
    "farm": nature.farm,
    "savanna": nature.savanna,
    "ski slope": nature.ski_slope,
    "forest": nature.forest,
    "airport": streets.airport,
    "station": streets.station,
}
LAYOUTS: dict[str, Callable[[np.random.Generator], SceneLayout]] = {scene: _MADE[scene] for scene in SCENES}

__all__ = ["LAYOUTS"]
