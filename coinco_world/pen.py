"""A pen that draws in the unit square of an object's box, onto an image and onto a mask at once.

Sprites are written in coordinates from 0 to 1 (x to the right, y downwards, (0, 0) the box's top left corner), so
that the same drawing fits a box of any size. The canvas is drawn larger than the image and reduced, which smooths
every edge.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (factor below 1) or lighter (above 1, towards white)."""
    if factor <= 1:
        return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))
    share = min(factor - 1, 1)
    r, g, b = (int(c + (255 - c) * share) for c in colour)
    return (r, g, b)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour that lies `share` (0..1) of the way from a to b."""
    r, g, bl = (int(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return (r, g, bl)


class Pen:
    """Draws filled shapes in the unit square of one box of a canvas.

    Args:
        image: the canvas to colour.
        mask: a one-channel canvas of the same size that gets 255 wherever the image is coloured, or None.
        box: x, y, w, h of the object in canvas pixels.
        flip: mirror the drawing left to right.
        light: multiplies the red, green and blue of every colour (1, 1, 1 is daylight).
    """

    def __init__(
        self,
        image: ImageDraw.ImageDraw,
        mask: ImageDraw.ImageDraw | None,
        box: tuple[float, float, float, float],
        *,
        flip: bool = False,
        light: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> None:
        self._image, self._mask = image, mask
        self._x, self._y, self._w, self._h = box
        self._flip, self._light = flip, light

    def _at(self, x: float, y: float) -> Point:
        if self._flip:
            x = 1 - x
        return self._x + x * self._w, self._y + y * self._h

    def _rect(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        (ax, ay), (bx, by) = self._at(x0, y0), self._at(x1, y1)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def _lit(self, colour: Colour) -> Colour:
        r, g, b = (min(255, int(c * f)) for c, f in zip(colour, self._light, strict=True))
        return (r, g, b)

    def ellipse(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        """Fill the ellipse inside the rectangle from (x0, y0) to (x1, y1)."""
        rect = self._rect(x0, y0, x1, y1)
        self._image.ellipse(rect, fill=self._lit(fill))
        if self._mask:
            self._mask.ellipse(rect, fill=255)

    def rectangle(self, x0: float, y0: float, x1: float, y1: float, fill: Colour, radius: float = 0.0) -> None:
        """Fill a rectangle; `radius` rounds its corners, as a share of its shorter side (0.5 gives a pill)."""
        rect = self._rect(x0, y0, x1, y1)
        if radius:
            r = radius * min(rect[2] - rect[0], rect[3] - rect[1])
            self._image.rounded_rectangle(rect, r, fill=self._lit(fill))
            if self._mask:
                self._mask.rounded_rectangle(rect, r, fill=255)
            return
        self._image.rectangle(rect, fill=self._lit(fill))
        if self._mask:
            self._mask.rectangle(rect, fill=255)

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill the polygon with these corners."""
        corners = [self._at(x, y) for x, y in points]
        self._image.polygon(corners, fill=self._lit(fill))
        if self._mask:
            self._mask.polygon(corners, fill=255)

    def line(self, points: Sequence[Point], fill: Colour, width: float) -> None:
        """Draw a line through the points; `width` is a share of the box's shorter side."""
        corners = [self._at(x, y) for x, y in points]
        pixels = max(1, round(width * min(self._w, self._h)))
        self._image.line(corners, fill=self._lit(fill), width=pixels, joint="curve")
        if self._mask:
            self._mask.line(corners, fill=255, width=pixels, joint="curve")

    def pie(self, x0: float, y0: float, x1: float, y1: float, start: float, end: float, fill: Colour) -> None:
        """Fill a slice of the ellipse in the rectangle, from `start` to `end` degrees clockwise from three o'clock."""
        rect = self._rect(x0, y0, x1, y1)
        if self._flip:
            start, end = 180 - end, 180 - start
        self._image.pieslice(rect, start, end, fill=self._lit(fill))
        if self._mask:
            self._mask.pieslice(rect, start, end, fill=255)

    def arc(
        self, x0: float, y0: float, x1: float, y1: float, start: float, end: float, fill: Colour, width: float
    ) -> None:
        """Draw an arc of the ellipse in the rectangle; `width` is a share of the box's shorter side."""
        rect = self._rect(x0, y0, x1, y1)
        if self._flip:
            start, end = 180 - end, 180 - start
        pixels = max(1, round(width * min(self._w, self._h)))
        self._image.arc(rect, start, end, fill=self._lit(fill), width=pixels)
        if self._mask:
            self._mask.arc(rect, start, end, fill=255, width=pixels)
