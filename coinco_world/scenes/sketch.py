"""A record of what a pen shall draw: a scene's chances are taken once, and its painting is always the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from coinco_world.pen import Colour, Pen, Point, mix


class Sketch:
    """Shapes in the unit square of the whole image, kept in order; calling it with a pen paints them."""

    def __init__(self) -> None:
        self._steps: list[Callable[[Pen], None]] = []

    def __call__(self, pen: Pen) -> None:
        """Paint every recorded shape with the pen."""
        for step in self._steps:
            step(pen)

    def __len__(self) -> int:
        """How many shapes are recorded."""
        return len(self._steps)

    def rectangle(self, x0: float, y0: float, x1: float, y1: float, fill: Colour, radius: float = 0.0) -> None:
        """Record a filled rectangle; see `Pen.rectangle`. One without area is left out."""
        if x1 > x0 and y1 > y0:
            self._steps.append(partial(Pen.rectangle, x0=x0, y0=y0, x1=x1, y1=y1, fill=fill, radius=radius))

    def ellipse(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        """Record a filled ellipse; see `Pen.ellipse`."""
        self._steps.append(partial(Pen.ellipse, x0=x0, y0=y0, x1=x1, y1=y1, fill=fill))

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Record a filled polygon; see `Pen.polygon`."""
        self._steps.append(partial(Pen.polygon, points=tuple(points), fill=fill))

    def line(self, points: Sequence[Point], fill: Colour, width: float = 0.004) -> None:
        """Record a line through the points; see `Pen.line`."""
        self._steps.append(partial(Pen.line, points=tuple(points), fill=fill, width=width))

    def bands(
        self, y0: float, y1: float, top: Colour, bottom: Colour, n: int = 7, x0: float = 0, x1: float = 1
    ) -> None:
        """Record a gradient from the colour at y0 to the one at y1, in n flat bands."""
        step = (y1 - y0) / n
        for k in range(n):
            # each band reaches to the end, so that rounding leaves no gap between two
            self.rectangle(x0, y0 + k * step, x1, y1, mix(top, bottom, k / max(n - 1, 1)))


def toward(vanishing: Point, x: float, y: float, at: float) -> float:
    """The x at image height `at` of the ground line that runs from (x, y) to the vanishing point."""
    vx, horizon = vanishing
    return vx + (x - vx) * (at - horizon) / (y - horizon)
