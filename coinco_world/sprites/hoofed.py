"""Sprites of the hoofed animals: side views, the head to the right."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.random import Generator

from coinco_world.pen import Colour, Pen, mix, shade
from coinco_world.sprites.shapes import WHITE, blob, disc, eye, limb, path, pick

_DARK: Colour = (44, 38, 36)
# the giraffe's patches, from the rump along the belly and up the neck
_PATCHES = "16 56, 31 53, 46 52, 24 62, 40 60, 57 54, 56 62, 56 46, 66 47, 61 38, 70 38, 66 30, 74 29, 70 22, 75 16"
_PATCH_SIZES = (1.0, 1.1, 1.1, 1.1, 1.2, 1.1, 1.0, 0.9, 0.8, 0.9, 0.7, 0.9, 0.6, 0.8, 0.7)


def _legs(pen: Pen, xs: Sequence[float], top: float, widths: tuple[float, float], coat: Colour, hoof: Colour) -> None:
    """Draw one leg at each x from `top` to the ground, the hoof in its own colour."""
    for x in xs:
        limb(pen, (x, top), (x, 1.0), widths, coat)
        pen.rectangle(x - widths[1] * 0.6, 0.945, x + widths[1] * 0.6, 1.0, hoof, 0.2)


def _equine(pen: Pen, coat: Colour, muzzle: Colour) -> None:
    """Draw the body, neck, head and ears that horse and zebra share (box aspects about 1.2)."""
    blob(pen, "10 46, 20 36, 40 39, 58 36, 70 42, 70 60, 54 66, 34 64, 16 68, 9 58", coat)
    pen.polygon([(0.76, 0.08), (0.79, 0.0), (0.83, 0.08)], shade(coat, 0.8))
    blob(pen, "54 42, 66 22, 74 6, 82 6, 90 15, 99 28, 98 35, 91 36, 81 27, 76 40, 72 58, 60 60", coat)
    blob(pen, "92 23, 98.5 28, 98.5 34.5, 91 36, 87 30", muzzle)
    pen.polygon([(0.73, 0.09), (0.745, 0.0), (0.79, 0.07)], coat)


def horse(pen: Pen, rng: Generator) -> None:
    """A horse: long legs, an arched neck with a mane, a long face and a flowing tail."""
    coat = pick(rng, (138, 84, 50), (96, 60, 42), (184, 128, 80), (70, 62, 60), (160, 104, 62), (206, 196, 186))
    hair, sock = shade(coat, 0.5), pick(rng, WHITE, shade(coat, 0.6))
    _legs(pen, (0.25, 0.57), 0.55, (0.1, 0.05), shade(coat, 0.7), _DARK)
    blob(pen, "12 40, 3 46, 0 64, 2 84, 7 78, 10 60, 16 50", hair)
    _equine(pen, coat, shade(coat, 0.66))
    blob(pen, "20 65, 30 60, 50 61, 64 58, 56 65, 36 64", shade(coat, 0.82))
    for x in (0.16, 0.67):
        limb(pen, (x - 0.01, 0.52), (x, 1.0), (0.12, 0.055), coat)
        pen.rectangle(x - 0.035, 0.82, x + 0.035, 0.95, sock)
        pen.rectangle(x - 0.04, 0.945, x + 0.045, 1.0, _DARK, 0.2)
    blob(pen, "76 3, 72 6, 63 20, 53 38, 57 44, 66 34, 72 18", hair)
    if rng.random() < 0.5:
        pen.polygon([(0.84, 0.11), (0.87, 0.14), (0.94, 0.26), (0.92, 0.26)], WHITE)
    eye(pen, 0.83, 0.15, 0.022, 1.15)
    disc(pen, 0.965, 0.29, 0.01, 1.15, _DARK)
    pen.rectangle(0.98, 0.29, 1.0, 0.33, shade(coat, 0.66), 0.4)


def zebra(pen: Pen, rng: Generator) -> None:
    """A zebra: a white horse-like body with black stripes, an upright striped mane and a dark muzzle."""
    coat, ink, sway = (
        pick(rng, (244, 242, 236), spread=5),
        pick(rng, (34, 32, 36), (52, 44, 40), spread=4),
        float(rng.uniform(-0.015, 0.02)),
    )
    _legs(pen, (0.25, 0.57), 0.55, (0.1, 0.055), shade(coat, 0.74), ink)
    pen.line([(0.11, 0.44), (0.03, 0.6), (0.03, 0.76)], coat, 0.04)
    blob(pen, "3 68, 6 76, 4 90, 0 80", ink)
    for i in range(5):
        x, y = 0.72 - i * 0.045, 0.02 + i * 0.085
        pen.polygon(
            [(x, y), (x - 0.03, y + 0.04), (x + 0.03, y + 0.1), (x + 0.06, y + 0.02)],
            ink if i % 2 == 0 else coat,
        )
    _equine(pen, coat, ink)
    for x in (0.16, 0.67):
        limb(pen, (x - 0.01, 0.52), (x, 1.0), (0.12, 0.06), coat)
        pen.rectangle(x - 0.04, 0.945, x + 0.045, 1.0, ink, 0.2)
        for y in (0.66, 0.75, 0.84):
            pen.line([(x - 0.05, y), (x + 0.045, y - 0.015)], ink, 0.028)
    for i in range(7):
        x = 0.14 + i * 0.078 + sway
        pen.polygon([(x, 0.375), (x + 0.034, 0.38), (x + 0.022, 0.5), (x + 0.012, 0.645), (x - 0.008, 0.5)], ink)
    for x, y in ((0.62, 0.31), (0.67, 0.23), (0.71, 0.155)):
        pen.line([(x, y), (x + 0.13, y + 0.1)], ink, 0.032)
    pen.line([(0.79, 0.08), (0.81, 0.26)], ink, 0.025)
    pen.line([(0.86, 0.13), (0.86, 0.3)], ink, 0.022)
    eye(pen, 0.83, 0.15, 0.022, 1.25)
    pen.rectangle(0.98, 0.29, 1.0, 0.33, ink, 0.4)


def sheep(pen: Pen, rng: Generator) -> None:
    """A sheep: a cloud of wool on short dark legs, a dark or pale face and ears held out."""
    wool, face = (
        pick(rng, (242, 238, 226), (224, 216, 200), (250, 248, 244)),
        pick(rng, (62, 56, 56), (62, 56, 56), (214, 186, 160)),
    )
    _legs(pen, (0.3, 0.64), 0.7, (0.08, 0.06), shade(face, 0.75), _DARK)
    _legs(pen, (0.2, 0.56), 0.7, (0.09, 0.065), face, _DARK)
    for x, y, r in (
        (0.14, 0.48, 0.17),
        (0.2, 0.64, 0.17),
        (0.4, 0.68, 0.17),
        (0.6, 0.66, 0.17),
        (0.68, 0.5, 0.17),
    ):
        disc(pen, x, y, r, 1.25, shade(wool, 0.8))
    for x, y, r in (
        (0.15, 0.42, 0.18),
        (0.28, 0.28, 0.18),
        (0.46, 0.24, 0.18),
        (0.62, 0.28, 0.18),
        (0.7, 0.42, 0.16),
        (0.28, 0.5, 0.2),
        (0.5, 0.48, 0.22),
    ):
        disc(pen, x, y, r, 1.25, wool)
    for x, y in ((0.22, 0.4), (0.4, 0.36), (0.34, 0.54), (0.55, 0.5), (0.6, 0.34)):
        pen.arc(x - 0.06, y - 0.06, x + 0.06, y + 0.08, 20, 160, shade(wool, 0.8), 0.02)
    pen.ellipse(0.62, 0.2, 0.78, 0.3, shade(face, 0.8))
    blob(pen, "70 20, 80 10, 90 16, 97 34, 100 46, 94 54, 84 52, 73 38", face)
    for x, y, r in ((0.7, 0.12, 0.1), (0.8, 0.09, 0.09), (0.86, 0.13, 0.07)):
        disc(pen, x, y, r, 1.25, wool)
    disc(pen, 0.84, 0.28, 0.035, 1.25, WHITE)
    disc(pen, 0.85, 0.285, 0.02, 1.25, (20, 18, 18))
    pen.line([(0.92, 0.48), (0.98, 0.46)], shade(face, 0.5), 0.02)
    pen.rectangle(0.0, 0.4, 0.05, 0.56, wool, 0.5)
    pen.ellipse(0.4, 0.0, 0.62, 0.3, wool)


def cow(pen: Pen, rng: Generator) -> None:
    """A cow: a square body with patches, horns, a pink muzzle and udder, a tufted tail."""
    coat, patch = (
        ((240, 238, 232), pick(rng, (44, 40, 40), (130, 74, 44)))
        if rng.random() < 0.7
        else (pick(rng, (150, 92, 54)), (238, 230, 218))
    )
    _legs(pen, (0.24, 0.6), 0.6, (0.08, 0.055), shade(coat, 0.72), _DARK)
    pen.line([(0.09, 0.26), (0.02, 0.34), (0.025, 0.62)], shade(coat, 0.8), 0.035)
    blob(pen, "2.5 58, 5 66, 3 78, 0 68", patch)
    pen.ellipse(0.2, 0.6, 0.36, 0.78, (236, 170, 164))
    blob(pen, "7 34, 12 22, 40 24, 66 20, 76 30, 74 56, 66 70, 40 72, 14 70, 7 56", coat)
    blob(pen, "16 70, 24 64, 50 65, 68 62, 64 70, 40 72", shade(coat, 0.84))
    shift = float(rng.uniform(-0.03, 0.03))
    blob(pen, [(0.1, 0.27), (0.24 + shift, 0.24), (0.3 + shift, 0.38), (0.2, 0.52), (0.09, 0.44)], patch)
    blob(pen, [(0.4 + shift, 0.27), (0.56, 0.25), (0.58, 0.4), (0.5 + shift, 0.56), (0.38, 0.46)], patch)
    for x in (0.14, 0.68):
        limb(pen, (x, 0.56), (x, 1.0), (0.11, 0.06), coat)
        pen.rectangle(x - 0.035, 0.94, x + 0.04, 1.0, _DARK, 0.2)
    for tip, base in ((0.75, 0.79), (0.96, 0.9)):
        pen.polygon([(tip, 0.0), (base - 0.025, 0.12), (base + 0.03, 0.12)], (226, 212, 180))
    pen.ellipse(0.68, 0.13, 0.82, 0.23, patch)
    blob(pen, "70 26, 76 10, 86 6, 93 12, 98 32, 98 44, 88 50, 78 42", coat)
    blob(pen, "73 22, 77 10, 84 7, 85 20, 80 30", patch)
    blob(pen, "86 36, 98 33, 100 42, 95 50, 86 50", (232, 166, 158))
    disc(pen, 0.955, 0.41, 0.018, 1.5, (120, 70, 66))
    eye(pen, 0.87, 0.2, 0.032, 1.5)


def giraffe(pen: Pen, rng: Generator) -> None:
    """A giraffe: a very long neck, brown patches on yellow, two small horns, long thin legs."""
    coat, patch = pick(rng, (240, 204, 124), (232, 190, 110)), pick(rng, (156, 92, 44), (130, 76, 40))
    _legs(pen, (0.25, 0.62), 0.64, (0.12, 0.06), shade(coat, 0.72), _DARK)
    pen.line([(0.08, 0.54), (0.03, 0.66)], patch, 0.035)
    pen.ellipse(0.0, 0.64, 0.07, 0.76, _DARK)
    blob(pen, "6 60, 12 53, 34 50, 56 44, 68 50, 70 62, 56 68, 30 68, 12 70", coat)
    pen.polygon([(0.47, 0.5), (0.68, 0.1), (0.82, 0.12), (0.7, 0.58)], coat)
    pen.polygon([(0.43, 0.49), (0.47, 0.5), (0.68, 0.11), (0.65, 0.07)], patch)
    for x, w in ((0.13, 0.13), (0.66, 0.14)):
        limb(pen, (x, 0.6), (x, 1.0), (w, 0.065), coat)
        pen.rectangle(x - 0.04, 0.97, x + 0.05, 1.0, _DARK, 0.2)
        pen.rectangle(x - 0.04, 0.68, x + 0.03, 0.73, patch, 0.3)
        pen.rectangle(x - 0.02, 0.75, x + 0.035, 0.79, patch, 0.3)
    for (x, y), size in zip(path(_PATCHES), _PATCH_SIZES, strict=True):
        dx, dy = 0.055 * size, 0.03 * size
        corners = ((-1, -0.5), (0.2, -1), (1, -0.2), (0.6, 1), (-0.6, 0.8))
        pen.polygon([(x + u * dx, y + v * dy) for u, v in corners], patch)
    for x in (0.7, 0.77):
        pen.line([(x, 0.06), (x - 0.015, 0.015)], shade(coat, 0.8), 0.04)
        disc(pen, x - 0.015, 0.016, 0.016, 0.6, _DARK)
    pen.polygon([(0.66, 0.08), (0.5, 0.075), (0.56, 0.05), (0.68, 0.05)], shade(coat, 0.85))
    blob(pen, "65 8, 70 4, 80 4, 90 9, 100 13, 99 16.5, 88 17, 74 15", coat)
    blob(pen, "90 11, 100 13, 99 16.5, 90 16.8", mix(coat, patch, 0.4))
    eye(pen, 0.79, 0.075, 0.013, 0.6)
