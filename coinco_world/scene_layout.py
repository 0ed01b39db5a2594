"""Where things can stand in a scene, and how large a metre looks there.

A zone is one plane of a scene: the floor, a counter, the sea, the sky, a wall. On a horizontal plane seen from
`camera_m` metres above it, a metre at image height y spans (y - horizon) / camera_m of the image's height
(pinhole camera, level view); a wall, the sky or a shelf is taken to lie at one depth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coinco_world.pen import Pen


@dataclass(frozen=True)
class Zone:
    """One plane of a scene on which objects can stand, in shares of the image (y downwards).

    Attributes:
        name: in words, with its article: 'the kitchen counter', 'the grass', 'the sky'.
        support: one of `facts.SUPPORTS`.
        x: smallest left edge and largest right edge of an object, in image widths.
        y: smallest and largest bottom edge of an object, in image heights.
        horizon: the image height at which the plane vanishes.
        camera_m: the camera's height above the plane, in metres.
        fixed_scale: image heights per metre when the zone lies at one depth, else None.
        weight: how often an object is put here, against the scene's other zones.
    """

    name: str
    support: str
    x: tuple[float, float]
    y: tuple[float, float]
    horizon: float = 0.0
    camera_m: float = 1.5
    fixed_scale: float | None = None
    weight: float = 1.0

    def scale(self, y: float) -> float:
        """Image heights per metre for an object whose bottom edge is at image height y."""
        return self.fixed_scale if self.fixed_scale is not None else max(y - self.horizon, 1e-3) / self.camera_m


@dataclass(frozen=True)
class SceneLayout:
    """One instance of a scene type: its zones, and a function that paints it with a pen over the whole image."""

    scene: str
    zones: tuple[Zone, ...]
    paint: Callable[[Pen], None]
