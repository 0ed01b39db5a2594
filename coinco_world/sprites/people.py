"""The sprite of the supercategory person."""

from __future__ import annotations

from numpy.random import Generator

from coinco_world.pen import Colour, Pen, Point, shade
from coinco_world.sprites.shapes import blob, disc, limb, pick

_ASPECT = 0.42
_SKIN = ((247, 208, 176), (226, 172, 130), (176, 116, 76), (120, 76, 50), (92, 58, 40))
_CLOTHES = (
    (206, 62, 58),
    (48, 104, 176),
    (62, 142, 90),
    (238, 182, 60),
    (120, 84, 160),
    (236, 236, 230),
    (60, 66, 80),
)
# elbow and hand of the left and the right arm
_ARMS: tuple[tuple[Point, Point, Point, Point], ...] = (
    ((0.12, 0.36), (0.08, 0.52), (0.88, 0.36), (0.92, 0.52)),
    ((0.12, 0.36), (0.08, 0.52), (0.92, 0.26), (0.91, 0.08)),
    ((0.09, 0.36), (0.27, 0.47), (0.91, 0.36), (0.73, 0.47)),
    ((0.14, 0.36), (0.08, 0.47), (0.86, 0.36), (0.92, 0.46)),
)


def _arm(pen: Pen, shoulder: Point, elbow: Point, hand: Point, sleeve: Colour, skin: Colour) -> None:
    pen.line([elbow, hand], skin, 0.12)
    pen.line([shoulder, elbow], sleeve, 0.17)
    disc(pen, *elbow, 0.033, _ASPECT, sleeve)
    disc(pen, *hand, 0.032, _ASPECT, skin)


def _legs(pen: Pen, rng: Generator, cloth: Colour, skin: Colour) -> None:
    stride, shoe, skirt = (
        float(rng.uniform(0.14, 0.3)),
        pick(rng, (50, 44, 44), (120, 70, 44), (220, 220, 220)),
        rng.random() < 0.25,
    )
    for side, tone in ((1, 0.84), (-1, 1.0)):
        foot = 0.5 + side * stride
        limb(
            pen,
            (0.5 + side * 0.12, 0.5),
            (foot, 0.965),
            (0.17 if skirt else 0.27, 0.13 if skirt else 0.17),
            shade(skin if skirt else cloth, tone),
        )
        blob(
            pen,
            [
                (foot - 0.1, 0.975),
                (foot - 0.02, 0.95),
                (foot + 0.15, 0.972),
                (foot + 0.16, 1.0),
                (foot - 0.1, 1.0),
            ],
            shade(shoe, tone),
        )
    if skirt:
        pen.polygon([(0.28, 0.5), (0.72, 0.5), (0.82, 0.74), (0.18, 0.74)], cloth)
        pen.polygon([(0.56, 0.5), (0.72, 0.5), (0.82, 0.74), (0.6, 0.74)], shade(cloth, 0.85))


def _head(pen: Pen, rng: Generator, skin: Colour) -> None:
    hair = pick(rng, (44, 30, 24), (92, 60, 34), (200, 158, 84), (150, 70, 40), (128, 124, 122))
    if rng.random() < 0.45:
        pen.rectangle(0.29, 0.03, 0.71, 0.2, shade(hair, 0.85), 0.4)
    pen.rectangle(0.43, 0.12, 0.57, 0.2, shade(skin, 0.85))
    pen.ellipse(0.3, 0.0, 0.7, 0.105, hair)
    pen.ellipse(0.33, 0.02, 0.67, 0.16, skin)
    pen.pie(0.31, 0.0, 0.69, 0.11, 180, 360, hair)
    for x in (0.43, 0.57):
        disc(pen, x, 0.087, 0.009, _ASPECT, (30, 26, 26))
    pen.line([(0.45, 0.128), (0.55, 0.128)], shade(skin, 0.6), 0.025)


def person(pen: Pen, rng: Generator) -> None:
    """A standing person in shirt and trousers or skirt, arms hanging, waving or on the hips."""
    skin, shirt, cloth = (
        pick(rng, *_SKIN),
        pick(rng, *_CLOTHES),
        pick(rng, *_CLOTHES[1:3], (70, 74, 92), (160, 140, 108)),
    )
    elbow_l, hand_l, elbow_r, hand_r = _ARMS[int(rng.integers(len(_ARMS)))]
    _legs(pen, rng, cloth, skin)
    _arm(pen, (0.72, 0.215), elbow_r, hand_r, shade(shirt, 0.8), skin)
    blob(pen, "25 20, 42 17.5, 58 17.5, 75 20, 74 35, 73 53, 27 53, 26 35", shirt)
    pen.polygon([(0.6, 0.19), (0.73, 0.21), (0.72, 0.53), (0.62, 0.53)], shade(shirt, 0.86))
    _arm(pen, (0.28, 0.215), elbow_l, hand_l, shade(shirt, 0.93), skin)
    if rng.random() < 0.35:
        pen.rectangle(0.28, 0.32, 0.72, 0.36, shade(shirt, 1.5))
    _head(pen, rng, skin)


SPRITES = {"person": person}
