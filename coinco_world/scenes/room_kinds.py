"""What sets one kind of room apart: its colours, its surface, and what stands along its walls."""

from __future__ import annotations

from dataclasses import dataclass

from coinco_world.pen import Colour
from coinco_world.scenes import furnishings as f
from coinco_world.scenes.surfaces import WOODS


@dataclass(frozen=True)
class Room:
    """What sets one kind of room apart.

    Attributes:
        views: chances of the three views (across a surface, at the wall, open floor).
        walls, floors: colours to choose from.
        wall_style, floor_style: 'tiles', 'stripes', 'panels' or 'plain'; 'tiles', 'boards' or 'plain'.
        surface: name and height in metres of the near surface; styles it may have.
        sideboard: name of the furniture at the far wall in the open view.
        things: what may stand or hang along the wall; those of `signs` come first, since they tell the room.
    """

    scene: str
    views: tuple[float, float, float]
    walls: tuple[Colour, ...]
    floors: tuple[Colour, ...]
    wall_style: str
    floor_style: str
    surface: str
    surface_m: float
    styles: tuple[str, ...]
    sideboard: str
    signs: tuple[f.Furnishing, ...]
    things: tuple[f.Furnishing, ...]
    rug: bool = False


PASTELS: tuple[Colour, ...] = ((236, 226, 206), (206, 220, 222), (220, 226, 204), (234, 212, 198), (214, 208, 224))
TILES: tuple[Colour, ...] = ((226, 234, 232), (196, 222, 220), (238, 230, 214), (186, 208, 226))
GREYS: tuple[Colour, ...] = ((222, 224, 226), (206, 214, 220), (232, 230, 224))
DEEP: tuple[Colour, ...] = ((150, 176, 168), (196, 146, 122), (164, 172, 196), (224, 198, 150))
CARPETS: tuple[Colour, ...] = ((160, 170, 180), (186, 174, 160), (150, 162, 152))

ROOMS: dict[str, Room] = {
    "kitchen": Room(
        "kitchen", (0.5, 0.35, 0.15), TILES, TILES + WOODS, "tiles", "tiles", "the kitchen counter", 0.9,
        ("stone", "wood"), "the sideboard", (f.wall_cupboards, f.hood), (f.window, f.wall_cupboards, f.cabinet),
    ),
    "dining room": Room(
        "dining room", (0.75, 0.25, 0.0), DEEP, WOODS, "panels", "boards", "the table", 0.75,
        ("wood", "cloth"), "the sideboard", (f.pendant, f.picture), (f.curtained_window, f.picture, f.cabinet),
    ),
    "living room": Room(
        "living room", (0.35, 0.15, 0.5), PASTELS, WOODS, "plain", "boards", "the low table", 0.5,
        ("wood", "stone"), "the sideboard", (f.fireplace, f.floor_lamp), (f.curtained_window, f.picture), True,
    ),
    "bedroom": Room(
        "bedroom", (0.35, 0.2, 0.45), PASTELS, CARPETS + WOODS, "stripes", "plain", "the dresser", 0.6,
        ("wood", "cloth"), "the shelf", (f.wardrobe,), (f.curtained_window, f.picture, f.floor_lamp),
    ),
    "bathroom": Room(
        "bathroom", (0.5, 0.25, 0.25), TILES, TILES, "tiles", "tiles", "the washstand", 0.8,
        ("stone",), "the shelf", (f.bathtub, f.mirror), (f.towels, f.mirror, f.window),
    ),
    "office": Room(
        "office", (0.4, 0.4, 0.2), GREYS, CARPETS, "plain", "plain", "the desk", 0.75,
        ("wood", "stone"), "the sideboard", (f.whiteboard,), (f.blinds, f.cabinet, f.picture),
    ),
}  # fmt: skip
