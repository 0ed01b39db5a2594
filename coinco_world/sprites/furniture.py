"""Sprites of the furniture supercategory: chair, couch, plant, bed, table and toilet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coinco_world.pen import Colour, Pen, mix, shade
from coinco_world.sprites.curves import PAINT, WOOD, band, curve, pick

FABRIC: tuple[Colour, ...] = (
    (92, 112, 140), (164, 84, 74), (110, 132, 98), (184, 160, 128), (112, 96, 130), (202, 150, 72),
    (84, 88, 96),
)  # fmt: skip


def chair(pen: Pen, rng: np.random.Generator) -> None:
    """A chair with a back, seen from the front and a little from the side: slats, a panel or a cushion."""
    wood = pick(rng, (*WOOD, (70, 74, 82), (226, 222, 214)))
    dark = shade(wood, 0.66)
    pen.rectangle(0.18, 0.5, 0.28, 0.88, shade(wood, 0.52))
    pen.rectangle(0.9, 0.5, 1.0, 0.88, shade(wood, 0.52))
    back = pick(rng, ("slats", "rungs", "panel"))
    cloth = pick(rng, FABRIC)
    if back == "panel":
        pen.rectangle(0.18, 0.03, 1.0, 0.44, dark, 0.15)
        pen.rectangle(0.24, 0.06, 0.92, 0.42, cloth, 0.15)
        pen.rectangle(0.28, 0.08, 0.5, 0.4, shade(cloth, 1.2), 0.3)
    for i in range(3):
        if back == "slats":
            pen.rectangle(0.36 + 0.18 * i, 0.06, 0.46 + 0.18 * i, 0.5, shade(wood, 0.86))
        elif back == "rungs":
            pen.rectangle(0.22, 0.12 + 0.13 * i, 0.96, 0.18 + 0.13 * i, shade(wood, 0.86))
    pen.rectangle(0.16, 0.0, 0.27, 0.56, wood, 0.3)
    pen.rectangle(0.89, 0.0, 1.0, 0.56, dark, 0.3)
    pen.rectangle(0.16, 0.01, 1.0, 0.08, wood, 0.3)
    pen.rectangle(0.2, 0.02, 0.9, 0.038, shade(wood, 1.4))
    pen.polygon(
        ((0.17, 0.5), (1.0, 0.5), (0.88, 0.61), (0.0, 0.61)),
        cloth if rng.random() < 0.5 else shade(wood, 1.25),
    )
    pen.polygon(((0.0, 0.61), (0.88, 0.61), (0.88, 0.67), (0.0, 0.67)), wood)
    pen.polygon(((0.88, 0.61), (1.0, 0.5), (1.0, 0.56), (0.88, 0.67)), dark)
    pen.rectangle(0.0, 0.66, 0.1, 1.0, wood)
    pen.rectangle(0.78, 0.66, 0.88, 1.0, wood)
    pen.rectangle(0.06, 0.66, 0.1, 1.0, dark)
    pen.rectangle(0.84, 0.66, 0.88, 1.0, dark)
    pen.rectangle(0.1, 0.8, 0.78, 0.835, dark)


def couch(pen: Pen, rng: np.random.Generator) -> None:
    """A couch with arms, two or three seat cushions and perhaps a throw pillow."""
    cloth = pick(rng, FABRIC)
    seats = pick(rng, (2, 3, 3))
    for x in (0.06, 0.9):
        pen.rectangle(x, 0.9, x + 0.04, 1.0, (70, 48, 34))
    pen.rectangle(0.06, 0.0, 0.94, 0.7, shade(cloth, 0.72), 0.14)
    step = 0.8 / seats
    for i in range(seats):
        x = 0.1 + i * step
        pen.rectangle(x + 0.004, 0.03, x + step - 0.004, 0.6, shade(cloth, 0.92), 0.16)
        pen.rectangle(x + 0.03, 0.06, x + step - 0.04, 0.16, shade(cloth, 1.18), 0.5)
    pen.rectangle(0.08, 0.6, 0.92, 0.93, shade(cloth, 0.62))
    for i in range(seats):
        x = 0.1 + i * step
        pen.rectangle(x + 0.003, 0.5, x + step - 0.003, 0.76, shade(cloth, 0.84), 0.25)
        pen.rectangle(x + 0.003, 0.5, x + step - 0.003, 0.68, shade(cloth, 1.16), 0.3)
    for x, tone in ((0.0, 1.0), (0.87, 0.86)):
        pen.rectangle(x, 0.32, x + 0.13, 0.95, shade(cloth, 0.7 * tone), 0.35)
        pen.rectangle(x, 0.32, x + 0.115, 0.93, shade(cloth, tone), 0.4)
        pen.ellipse(x + 0.015, 0.35, x + 0.1, 0.5, shade(cloth, 1.25 * tone))
    for x in ((), (0.16,), (0.68,), (0.15, 0.7))[int(rng.integers(4))]:
        pillow = pick(rng, PAINT)
        pen.polygon(((x, 0.28), (x + 0.14, 0.2), (x + 0.17, 0.5), (x + 0.03, 0.56)), pillow)
        pen.polygon(((x + 0.14, 0.2), (x + 0.17, 0.5), (x + 0.03, 0.56), (x + 0.12, 0.44)), shade(pillow, 0.76))


def _pot(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a flower pot in the lower third of the box."""
    clay = pick(rng, ((196, 104, 66), (184, 92, 56), (232, 228, 220), (84, 110, 132), (90, 90, 94)))
    pen.polygon(((0.22, 0.7), (0.78, 0.7), (0.7, 1.0), (0.3, 1.0)), clay)
    pen.polygon(((0.6, 0.7), (0.78, 0.7), (0.7, 1.0), (0.58, 1.0)), shade(clay, 0.74))
    pen.polygon(((0.28, 0.76), (0.34, 0.76), (0.39, 0.98), (0.34, 0.98)), shade(clay, 1.35))
    pen.rectangle(0.18, 0.66, 0.82, 0.75, shade(clay, 1.1), 0.2)
    pen.rectangle(0.62, 0.66, 0.82, 0.75, shade(clay, 0.8), 0.2)


def potted_plant(pen: Pen, rng: np.random.Generator) -> None:
    """A plant in a pot: broad leaves, upright blades, or a bush with flowers."""
    leaf = pick(rng, ((70, 138, 64), (54, 116, 66), (100, 150, 70)))
    kind = pick(rng, ("leaves", "blades", "bush"))
    if kind == "bush":
        pen.rectangle(0.46, 0.4, 0.54, 0.7, (112, 78, 50))
        bloom = pick(rng, ((230, 90, 120), (244, 196, 70), (240, 240, 236), leaf, leaf))
        for x, y, r in (
            (0.2, 0.36, 0.2),
            (0.8, 0.36, 0.2),
            (0.5, 0.44, 0.24),
            (0.34, 0.2, 0.22),
            (0.66, 0.2, 0.2),
            (0.5, 0.24, 0.24),
        ):
            pen.ellipse(x - r, y - r, x + r, y + r * 0.8, shade(leaf, 0.74))
            pen.ellipse(x - r, y - r, x + r * 0.7, y + r * 0.55, leaf)
            pen.ellipse(x - r * 0.7, y - r * 0.75, x, y - r * 0.15, shade(leaf, 1.22))
            pen.ellipse(x - 0.05, y - 0.06, x + 0.06, y + 0.03, bloom)
    else:
        spread = ((0.0, 0.3), (1.0, 0.26), (0.12, 0.1), (0.9, 0.06), (0.32, 0.0), (0.7, 0.02), (0.5, 0.12))
        wide = 0.26 if kind == "leaves" else 0.12
        for i, (x, y) in enumerate(spread):
            tone = shade(leaf, 0.75 + 0.08 * i)
            middle = (0.5 + (x - 0.5) * 0.62, y * 0.4 + 0.18)
            left = curve((0.47, 0.7), (middle[0] - wide, middle[1] + 0.08), (x, y), 7)
            right = curve((x, y), (middle[0] + wide, middle[1] + 0.08), (0.53, 0.7), 7)
            pen.polygon(left + right, tone)
            pen.line(curve((0.5, 0.7), middle, (x, y), 6), shade(tone, 1.35), 0.016)
    _pot(pen, rng)


def bed(pen: Pen, rng: np.random.Generator) -> None:
    """A bed from the side: headboard, pillow, mattress, blanket and footboard."""
    wood = pick(rng, (*WOOD, (226, 222, 214)))
    blanket = pick(rng, (*FABRIC, *PAINT))
    sheet = (240, 240, 244)
    for x in (0.02, 0.93):
        pen.rectangle(x, 0.8, x + 0.045, 1.0, shade(wood, 0.6))
    pen.rectangle(0.0, 0.0, 0.09, 0.92, wood, 0.3)
    pen.rectangle(0.055, 0.03, 0.09, 0.92, shade(wood, 0.7))
    pen.rectangle(0.93, 0.36, 1.0, 0.92, wood, 0.3)
    pen.rectangle(0.97, 0.39, 1.0, 0.92, shade(wood, 0.7))
    pen.rectangle(0.05, 0.74, 0.96, 0.88, shade(wood, 0.84))
    pen.rectangle(0.05, 0.74, 0.96, 0.77, shade(wood, 1.2))
    pen.rectangle(0.085, 0.5, 0.935, 0.76, shade(sheet, 0.84), 0.2)
    pen.rectangle(0.085, 0.46, 0.935, 0.6, sheet, 0.3)
    pen.rectangle(0.1, 0.28, 0.32, 0.5, shade(sheet, 0.8), 0.45)
    pen.rectangle(0.1, 0.27, 0.31, 0.46, (252, 252, 254), 0.45)
    top = curve((0.36, 0.44), (0.46, 0.3), (0.7, 0.36), 6) + curve((0.7, 0.36), (0.86, 0.38), (0.945, 0.46), 4)
    pen.polygon([*top, (0.945, 0.84), (0.36, 0.84)], blanket)
    pen.polygon(((0.36, 0.66), (0.945, 0.64), (0.945, 0.84), (0.36, 0.84)), shade(blanket, 0.78))
    pen.polygon([(0.34, 0.46), (0.42, 0.4), (0.46, 0.82), (0.34, 0.84)], mix(blanket, sheet, 0.55))
    pen.line(((0.6, 0.42), (0.63, 0.82)), shade(blanket, 0.68), 0.012)
    pen.line(((0.79, 0.42), (0.8, 0.82)), shade(blanket, 0.68), 0.012)


def dining_table(pen: Pen, rng: np.random.Generator) -> None:
    """A dining table on four legs, bare or with a cloth, a runner or plates."""
    wood = pick(rng, (*WOOD, (232, 228, 220)))
    for x in (0.17, 0.77):
        pen.rectangle(x, 0.3, x + 0.05, 0.84, shade(wood, 0.5))
    for x in (0.03, 0.91):
        pen.polygon(((x - 0.01, 0.38), (x + 0.07, 0.38), (x + 0.055, 1.0), (x + 0.005, 1.0)), shade(wood, 0.92))
        pen.polygon(((x + 0.04, 0.38), (x + 0.07, 0.38), (x + 0.055, 1.0), (x + 0.035, 1.0)), shade(wood, 0.62))
    pen.rectangle(0.04, 0.36, 0.96, 0.48, shade(wood, 0.7))
    top = ((0.13, 0.0), (0.87, 0.0), (1.0, 0.33), (0.0, 0.33))
    pen.polygon(top, shade(wood, 1.18))
    pen.rectangle(0.0, 0.33, 1.0, 0.41, shade(wood, 0.82))
    dressing = pick(rng, ("bare", "bare", "cloth", "runner", "plates"))
    cloth = pick(rng, ((246, 242, 234), *PAINT, *FABRIC))
    if dressing == "cloth":
        pen.polygon(top, shade(cloth, 1.15))
        pen.polygon(
            ((0.0, 0.33), (1.0, 0.33), (0.99, 0.52), (0.75, 0.56), (0.5, 0.52), (0.25, 0.56), (0.01, 0.52)),
            shade(cloth, 0.86),
        )
    elif dressing == "runner":
        pen.polygon(((0.42, 0.0), (0.58, 0.0), (0.61, 0.33), (0.39, 0.33)), cloth)
        pen.polygon(((0.39, 0.33), (0.61, 0.33), (0.61, 0.5), (0.5, 0.57), (0.39, 0.5)), shade(cloth, 0.8))
    elif dressing == "bare":
        for y in (0.1, 0.2):
            pen.line(((0.13 - 0.13 * y / 0.33, y), (0.87 + 0.13 * y / 0.33, y)), shade(wood, 1.05), 0.012)
    if dressing in ("plates", "cloth"):
        for x in (0.25, 0.5, 0.75):
            pen.ellipse(x - 0.08, 0.1, x + 0.08, 0.24, (206, 212, 218))
            pen.ellipse(x - 0.075, 0.095, x + 0.075, 0.22, (250, 250, 250))
    pen.polygon(
        ((0.13, 0.0), (0.3, 0.0), (0.2, 0.06), (0.11, 0.06)),
        shade(wood if dressing != "cloth" else cloth, 1.4),
    )


def toilet(pen: Pen, rng: np.random.Generator) -> None:
    """A toilet from the side: tank, seat, bowl and foot, the lid up or down."""
    china = pick(rng, ((244, 246, 248), (240, 236, 224), (226, 236, 240)))
    grey, dark = shade(china, 0.86), shade(china, 0.7)
    pen.polygon(band(((0.6, 0.34), (0.78, 0.2), (0.94, 0.22), (1.0, 0.27)), centre=0.52), grey)
    pen.polygon(band(((0.6, 0.34), (0.78, 0.2), (0.94, 0.22), (1.0, 0.27)), 0.3, 1, centre=0.52), dark)
    pen.rectangle(0.2, 0.5, 0.4, 0.8, dark)
    bowl = [
        (0.2, 0.56),
        (0.98, 0.56),
        *curve((0.98, 0.58), (0.94, 0.8), (0.6, 0.84), 7),
        (0.4, 0.82),
        (0.22, 0.7),
    ]
    pen.polygon(bowl, china)
    pen.polygon(
        [
            (0.98, 0.57),
            *curve((0.98, 0.58), (0.94, 0.8), (0.6, 0.84), 7),
            (0.4, 0.82),
            *curve((0.5, 0.79), (0.8, 0.76), (0.86, 0.57), 5),
        ],
        grey,
    )
    pen.rectangle(0.02, 0.05, 0.38, 0.56, china, 0.12)
    pen.rectangle(0.28, 0.07, 0.38, 0.56, dark, 0.1)
    pen.rectangle(0.06, 0.14, 0.1, 0.48, (255, 255, 255))
    pen.rectangle(0.0, 0.02, 0.4, 0.1, grey, 0.3)
    pen.rectangle(0.0, 0.02, 0.4, 0.06, (255, 255, 255), 0.4)
    pen.rectangle(0.12, 0.0, 0.24, 0.025, (168, 176, 184))
    seat = pick(rng, ((232, 236, 240), (232, 236, 240), (150, 104, 66), (60, 62, 68)))
    pen.rectangle(0.3, 0.52, 1.0, 0.575, shade(seat, 0.74), 0.5)
    pen.rectangle(0.3, 0.515, 1.0, 0.55, seat, 0.5)
    if rng.random() < 0.6:
        pen.polygon(((0.4, 0.53), (0.5, 0.14), (0.55, 0.11), (0.58, 0.14), (0.49, 0.53)), shade(seat, 0.8))
        pen.polygon(((0.4, 0.53), (0.5, 0.14), (0.55, 0.11), (0.46, 0.53)), shade(seat, 1.15))
    else:
        pen.rectangle(0.32, 0.475, 0.98, 0.52, shade(seat, 1.2), 0.5)


SPRITES: dict[str, Callable[[Pen, np.random.Generator], None]] = {
    "chair": chair,
    "couch": couch,
    "potted plant": potted_plant,
    "bed": bed,
    "dining table": dining_table,
    "toilet": toilet,
}
