"""Sprites of the supercategory sports: balls, boards, bats and kites."""

from __future__ import annotations

from numpy.random import Generator

from coinco_world.pen import Colour, Pen, mix, shade
from coinco_world.sprites.shapes import BLACK, STEEL, WHITE, blob, disc, path, pick

_BRIGHT = (
    (222, 52, 52),
    (36, 120, 206),
    (250, 196, 40),
    (60, 170, 96),
    (236, 116, 40),
    (150, 84, 180),
    (240, 96, 150),
)


def frisbee(pen: Pen, rng: Generator) -> None:
    """A frisbee: a flat round disc seen from the side and above, with rings and a thick rim."""
    paint = pick(rng, *_BRIGHT)
    pen.ellipse(0.0, 0.12, 1.0, 1.0, shade(paint, 0.6))
    pen.ellipse(0.0, 0.0, 1.0, 0.86, paint)
    pen.ellipse(0.06, 0.05, 0.94, 0.78, shade(paint, 1.2))
    pen.ellipse(0.14, 0.11, 0.88, 0.74, paint)
    pen.arc(0.22, 0.18, 0.8, 0.68, 0, 360, shade(paint, 0.8), 0.03)
    pen.ellipse(0.36, 0.3, 0.66, 0.56, mix(paint, WHITE, 0.7))
    pen.arc(0.06, 0.05, 0.94, 0.78, 180, 260, WHITE, 0.04)


def skis(pen: Pen, rng: Generator) -> None:
    """A pair of skis stood upright with upturned tips and bindings, and two poles with baskets."""
    paint = pick(rng, *_BRIGHT)
    trim = pick(rng, WHITE, BLACK, (250, 220, 80))
    for x, lean in ((0.06, 0.05), (0.94, -0.05)):
        pen.line([(x, 0.12), (x + lean, 0.98)], STEEL, 0.05)
        pen.rectangle(x - 0.06, 0.08, x + 0.06, 0.2, BLACK, 0.3)
        pen.ellipse(x + lean - 0.11, 0.9, x + lean + 0.11, 0.935, BLACK)
    for x, tone in ((0.22, 1.0), (0.53, 0.85)):
        colour = shade(paint, tone)
        blob(
            pen,
            [
                (x + 0.12, 0.0),
                (x + 0.22, 0.04),
                (x + 0.24, 0.14),
                (x + 0.21, 0.5),
                (x + 0.24, 0.96),
                (x + 0.12, 1.0),
                (x, 0.96),
                (x + 0.03, 0.5),
                (x, 0.14),
                (x + 0.02, 0.04),
            ],
            colour,
        )
        pen.rectangle(x + 0.03, 0.12, x + 0.08, 0.94, shade(colour, 1.35), 0.5)
        pen.rectangle(x + 0.02, 0.2, x + 0.22, 0.26, trim)
        pen.rectangle(x + 0.02, 0.78, x + 0.22, 0.86, trim)
        pen.rectangle(x + 0.02, 0.5, x + 0.22, 0.56, BLACK, 0.2)
        pen.rectangle(x + 0.02, 0.62, x + 0.22, 0.68, BLACK, 0.2)
        pen.rectangle(x + 0.08, 0.55, x + 0.16, 0.63, (120, 124, 130))


def snowboard(pen: Pen, rng: Generator) -> None:
    """A snowboard stood upright: a wide pill with a bold pattern and two slanted boot bindings."""
    paint, other = pick(rng, *_BRIGHT), pick(rng, WHITE, (40, 44, 60), *_BRIGHT[:4])
    pen.rectangle(0.0, 0.0, 1.0, 1.0, shade(paint, 0.6), 0.5)
    pen.rectangle(0.0, 0.0, 0.92, 0.99, paint, 0.5)
    pen.polygon([(0.0, 0.4), (0.92, 0.52), (0.92, 0.66), (0.0, 0.54)], other)
    pen.ellipse(0.2, 0.06, 0.72, 0.2, other)
    pen.ellipse(0.34, 0.1, 0.58, 0.165, paint)
    pen.polygon([(0.46, 0.8), (0.74, 0.89), (0.46, 0.97), (0.18, 0.89)], other)
    pen.rectangle(0.1, 0.16, 0.19, 0.84, mix(paint, WHITE, 0.4), 0.5)
    for y, slant in ((0.29, 0.03), (0.69, -0.03)):
        pen.polygon(
            [
                (0.05, y - slant - 0.045),
                (0.95, y + slant - 0.045),
                (0.95, y + slant + 0.045),
                (0.05, y - slant + 0.045),
            ],
            (38, 40, 46),
        )
        pen.polygon([(0.3, y - 0.075), (0.72, y - 0.075), (0.72, y + 0.075), (0.3, y + 0.075)], (62, 64, 72))
        pen.line([(0.25, y - 0.025), (0.77, y - 0.025)], STEEL, 0.06)
        pen.line([(0.25, y + 0.035), (0.77, y + 0.035)], STEEL, 0.06)


def _soccer(pen: Pen) -> None:
    pen.polygon([(0.5, 0.34), (0.65, 0.45), (0.59, 0.62), (0.41, 0.62), (0.35, 0.45)], BLACK)
    for a, b in (
        ((0.5, 0.34), (0.5, 0.12)),
        ((0.65, 0.45), (0.86, 0.38)),
        ((0.59, 0.62), (0.72, 0.8)),
        ((0.41, 0.62), (0.28, 0.8)),
        ((0.35, 0.45), (0.14, 0.38)),
    ):
        pen.line([a, b], (60, 60, 64), 0.025)
    for patch in (
        [(0.37, 0.02), (0.63, 0.02), (0.58, 0.12), (0.5, 0.17), (0.42, 0.12)],
        [(0.98, 0.4), (0.97, 0.6), (0.89, 0.55), (0.82, 0.4), (0.9, 0.25)],
        [(0.02, 0.4), (0.03, 0.6), (0.11, 0.55), (0.18, 0.4), (0.1, 0.25)],
        [(0.63, 0.8), (0.8, 0.74), (0.84, 0.84), (0.7, 0.94)],
        [(0.37, 0.8), (0.2, 0.74), (0.16, 0.84), (0.3, 0.94)],
    ):
        pen.polygon(patch, BLACK)


def sports_ball(pen: Pen, rng: Generator) -> None:
    """A ball: a football with black patches, an orange basketball with seams, or a striped beach ball."""
    kind = int(rng.integers(3))
    base: Colour = ((242, 242, 240), (226, 124, 52), (250, 248, 240))[kind]
    ink, band = shade(base, 0.3), pick(rng, *_BRIGHT)
    pen.ellipse(0.0, 0.0, 1.0, 1.0, shade(base, 0.72))
    pen.ellipse(0.01, 0.0, 0.94, 0.93, base)
    if kind == 0:
        _soccer(pen)
    elif kind == 1:
        pen.ellipse(0.16, 0.08, 0.52, 0.4, shade(base, 1.25))
        pen.line([(0.0, 0.5), (1.0, 0.5)], ink, 0.03)
        pen.line([(0.5, 0.0), (0.5, 1.0)], ink, 0.03)
        pen.arc(-0.22, 0.06, 0.28, 0.94, -54, 54, ink, 0.03)
        pen.arc(0.72, 0.06, 1.22, 0.94, 126, 234, ink, 0.03)
    else:
        for start, colour in ((200, band), (320, shade(band, 0.85)), (80, _BRIGHT[2])):
            pen.pie(0.0, 0.0, 1.0, 1.0, start, start + 60, colour)
        disc(pen, 0.5, 0.5, 0.1, 1.0, WHITE)
        pen.arc(0.06, 0.06, 0.94, 0.94, 190, 260, WHITE, 0.04)


def kite(pen: Pen, rng: Generator) -> None:
    """A kite: a diamond of four coloured panels with crossed spars and a tail of bows."""
    first = int(rng.integers(len(_BRIGHT)))
    a, b, c = (_BRIGHT[(first + k) % len(_BRIGHT)] for k in (0, 2, 4))
    pen.line([(0.5, 0.7), (0.6, 0.78), (0.44, 0.86), (0.6, 0.93), (0.52, 1.0)], (90, 84, 80), 0.025)
    pen.polygon([(0.5, 0.0), (0.5, 0.28), (0.0, 0.28)], shade(a, 1.15))
    pen.polygon([(0.5, 0.0), (1.0, 0.28), (0.5, 0.28)], b)
    pen.polygon([(0.0, 0.28), (0.5, 0.28), (0.5, 0.72)], c)
    pen.polygon([(1.0, 0.28), (0.5, 0.28), (0.5, 0.72)], shade(a, 0.8))
    pen.line([(0.5, 0.0), (0.5, 0.72)], (84, 66, 54), 0.022)
    pen.line([(0.0, 0.28), (1.0, 0.28)], (84, 66, 54), 0.022)
    for (x, y), colour in zip(((0.59, 0.78), (0.45, 0.86), (0.59, 0.93)), (a, b, c), strict=True):
        pen.polygon([(x, y), (x - 0.13, y - 0.04), (x - 0.13, y + 0.04)], colour)
        pen.polygon([(x, y), (x + 0.13, y - 0.04), (x + 0.13, y + 0.04)], shade(colour, 0.8))
    pen.polygon([(0.48, 0.97), (0.56, 0.97), (0.54, 1.0), (0.5, 1.0)], c)


def baseball_bat(pen: Pen, rng: Generator) -> None:
    """A leaning baseball bat: a thick barrel at the top right, a wrapped grip and a knob below."""
    wood = pick(rng, (222, 172, 108), (190, 128, 70), (70, 62, 66), (190, 50, 46))
    pen.polygon(path("70 2, 96 4, 100 10, 92 34, 24 96, 12 93, 55 30"), wood)
    blob(pen, "68 6, 80 0, 96 2, 100 9, 94 30, 78 38, 58 30", wood)
    pen.polygon(path("94 16, 96 20, 92 34, 24 96, 19 95, 80 38"), shade(wood, 0.7))
    pen.polygon(path("74 6, 80 5, 64 32, 36 66, 34 64, 58 30"), shade(wood, 1.4))
    pen.polygon([(0.33, 0.64), (0.47, 0.75), (0.24, 0.96), (0.12, 0.93)], (58, 48, 46))
    for t in (0.2, 0.5, 0.8):
        x, y = 0.36 - t * 0.2, 0.66 + t * 0.26
        pen.line([(x, y), (x + 0.12, y + 0.06)], (110, 96, 90), 0.03)
    pen.ellipse(0.0, 0.91, 0.32, 1.0, shade(wood, 0.6))
    pen.ellipse(0.0, 0.9, 0.28, 0.98, wood)


def baseball_glove(pen: Pen, rng: Generator) -> None:
    """A baseball glove: a leather hand with thick fingers and a laced web, often with the ball."""
    hide = pick(rng, (166, 98, 50), (138, 78, 44), (190, 128, 70))
    dark, lace = shade(hide, 0.64), (232, 196, 140)
    blob(pen, "30 60, 6 62, 0 44, 4 28, 16 26, 24 40, 36 46", dark)
    pen.polygon([(0.12, 0.34), (0.34, 0.1), (0.42, 0.36), (0.3, 0.52)], shade(hide, 0.8))
    for t in (0.25, 0.5, 0.75):
        pen.line([(0.12 + 0.22 * t, 0.36 - 0.24 * t), (0.28 + 0.1 * t, 0.5 - 0.14 * t)], lace, 0.02)
    for x0, x1, y in ((0.3, 0.5, 0.03), (0.46, 0.67, 0.0), (0.63, 0.84, 0.06), (0.78, 1.0, 0.2)):
        pen.rectangle(x0, y, x1, 0.74, dark, 0.5)
        pen.rectangle(x0 + 0.01, y + 0.01, x1 - 0.05, 0.72, hide, 0.5)
    blob(pen, "10 50, 30 46, 60 42, 98 44, 96 70, 86 96, 60 100, 34 98, 20 84, 6 64", hide)
    pen.ellipse(0.28, 0.46, 0.8, 0.88, dark)
    pen.ellipse(0.3, 0.5, 0.78, 0.88, shade(hide, 0.8))
    pen.arc(0.2, 0.5, 0.92, 0.96, 20, 160, lace, 0.022)
    if rng.random() < 0.6:
        disc(pen, 0.54, 0.62, 0.18, 1.0, (200, 198, 192))
        disc(pen, 0.53, 0.61, 0.165, 1.0, (248, 246, 240))
        pen.arc(0.26, 0.46, 0.5, 0.78, -50, 50, (206, 50, 48), 0.022)
        pen.arc(0.58, 0.46, 0.82, 0.78, 130, 230, (206, 50, 48), 0.022)


def skateboard(pen: Pen, rng: Generator) -> None:
    """A skateboard in side view: a deck with turned-up ends, trucks and four coloured wheels."""
    deck, wheels = pick(rng, (186, 124, 70), *_BRIGHT[:5]), pick(rng, *_BRIGHT, (240, 236, 224))
    pen.polygon(path("0 0, 4 0, 16 28, 84 28, 96 0, 100 0, 100 12, 86 50, 14 50, 0 12"), deck)
    pen.polygon(path("0 0, 4 0, 16 26, 84 26, 96 0, 100 0, 86 36, 14 36"), (48, 46, 50))
    pen.rectangle(0.16, 0.42, 0.84, 0.5, shade(deck, 0.7))
    for x in (0.24, 0.76):
        pen.polygon([(x - 0.06, 0.5), (x + 0.06, 0.5), (x + 0.02, 0.78), (x - 0.02, 0.78)], STEEL)
        disc(pen, x, 0.77, 0.235, 3.2, shade(wheels, 0.66))
        disc(pen, x - 0.003, 0.755, 0.205, 3.2, wheels)
        disc(pen, x, 0.765, 0.09, 3.2, (90, 92, 98))
        disc(pen, x, 0.765, 0.04, 3.2, WHITE)


def surfboard(pen: Pen, rng: Generator) -> None:
    """A surfboard stood upright: a pointed nose, a thin centre line, bands of colour and fins at the tail."""
    paint, base = (
        pick(rng, *_BRIGHT),
        pick(rng, (250, 246, 232), (250, 246, 232), (170, 222, 226), (252, 226, 150)),
    )
    edge = [
        (0.5, 0.0),
        (0.72, 0.1),
        (0.92, 0.28),
        (1.0, 0.5),
        (0.94, 0.76),
        (0.74, 0.95),
        (0.5, 0.98),
        (0.26, 0.95),
        (0.06, 0.76),
        (0.0, 0.5),
        (0.08, 0.28),
        (0.28, 0.1),
    ]
    pen.polygon([(0.42, 0.9), (0.58, 0.9), (0.64, 1.0), (0.36, 1.0)], shade(paint, 0.5))
    blob(pen, edge, shade(base, 0.78))
    blob(pen, [(0.47 + (x - 0.5) * 0.9, 0.5 + (y - 0.5) * 0.97) for x, y in edge], base)
    blob(pen, "50 1.2, 70 10, 88 28, 47 34, 9 28, 28 10", paint)
    pen.polygon([(0.03, 0.56), (0.93, 0.56), (0.92, 0.64), (0.04, 0.64)], paint)
    pen.polygon(path("4.5 67, 92 67, 91 70, 5.5 70"), mix(paint, (40, 60, 110), 0.5))
    pen.line([(0.48, 0.02), (0.48, 0.97)], shade(base, 0.55), 0.035)
    blob(pen, "20 24, 28 22, 24 50, 20 76, 15 60, 14 40", mix(base, WHITE, 0.8))
    for x in (0.28, 0.48, 0.68):
        pen.polygon(
            [
                (x - 0.04, 0.86 if x == 0.48 else 0.82),
                (x + 0.04, 0.86 if x == 0.48 else 0.82),
                (x + 0.02, 0.93 if x == 0.48 else 0.88),
                (x - 0.05, 0.93 if x == 0.48 else 0.88),
            ],
            (60, 66, 80),
        )


def tennis_racket(pen: Pen, rng: Generator) -> None:
    """A tennis racket: an oval strung head, an open throat and a long wrapped grip."""
    frame, grip = pick(rng, *_BRIGHT, (50, 54, 64)), pick(rng, (50, 46, 46), (236, 234, 226), (60, 90, 140))
    pen.ellipse(0.06, 0.03, 0.94, 0.56, (228, 232, 224))
    for i in range(1, 7):
        x = 0.06 + i * 0.126
        bow = 0.2 * abs(x - 0.5) ** 2 / 0.2
        pen.line([(x, 0.04 + bow), (x, 0.55 - bow)], (160, 168, 160), 0.016)
    for i in range(1, 8):
        y = 0.03 + i * 0.066
        bow = 0.44 * (1 - (1 - ((y - 0.295) / 0.27) ** 2) ** 0.5)
        pen.line([(0.06 + bow, y), (0.94 - bow, y)], (160, 168, 160), 0.016)
    pen.line([(0.2, 0.49), (0.46, 0.68)], shade(frame, 0.8), 0.1)
    pen.line([(0.8, 0.49), (0.54, 0.68)], shade(frame, 0.65), 0.1)
    pen.arc(0.0, 0.0, 1.0, 0.59, 0, 360, frame, 0.095)
    pen.arc(0.02, 0.01, 0.98, 0.58, 170, 280, shade(frame, 1.5), 0.03)
    pen.rectangle(0.41, 0.65, 0.59, 0.99, grip, 0.15)
    pen.rectangle(0.52, 0.66, 0.59, 0.98, shade(grip, 0.7))
    for y in (0.72, 0.79, 0.86, 0.93):
        pen.line([(0.41, y + 0.02), (0.59, y)], shade(grip, 0.5), 0.025)
    pen.rectangle(0.38, 0.965, 0.62, 1.0, shade(grip, 0.6), 0.3)


SPRITES = {
    "frisbee": frisbee,
    "skis": skis,
    "snowboard": snowboard,
    "sports ball": sports_ball,
    "kite": kite,
    "baseball bat": baseball_bat,
    "baseball glove": baseball_glove,
    "skateboard": skateboard,
    "surfboard": surfboard,
    "tennis racket": tennis_racket,
}
