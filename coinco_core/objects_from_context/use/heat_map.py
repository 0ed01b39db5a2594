"""Where in an image would an object belong: one box slid over the image, the network asked at every place.

The image is encoded once; what differs from place to place is the mask of the box alone.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_core.categories import SUPERCATEGORIES, category
from coinco_core.errors import InputError, did_you_mean
from coinco_core.images import Box

if TYPE_CHECKING:
    from PIL.Image import Image

    from coinco_core.objects_from_context.latents.encoder import Encoder

log = logging.getLogger(__name__)
SHARE = 0.25  # of the image's width and height, the box's sides when none are given
STEPS = (16, 12)  # places across and down when none are given: 192 masks
MOST_PLACES = 4096  # more than 64 x 64 places in one image are refused
MASKS_AT_ONCE = 64  # masks that are encoded before the next report

Say = Callable[[str], None]
BoxSize = float | Sequence[float]


@dataclass(frozen=True)
class HeatMap:
    """The network's answer for one box at each place of a grid over the image.

    `lefts` (c,) and `tops` (r,) are the box's left and upper edges in whole pixels (int64), `box_size` its width and
    height in pixels, `image_size` the image's. `probabilities` (r, c, 80) float64 sum to 1 at each place: they tell
    which object is likeliest there, not how likely it is that there is an object at all.

    Interpret with care: the network was trained on boxes around an object that had been removed. A box of a size or at
    a place where no object would have been is out of its distribution, and the prediction there means little. And
    nothing is removed here: the network's input shows whatever is at that place now.
    """

    lefts: np.ndarray
    tops: np.ndarray
    box_size: tuple[int, int]
    image_size: tuple[int, int]
    probabilities: np.ndarray
    warning: str = ""

    @property
    def centres(self) -> tuple[np.ndarray, np.ndarray]:
        """The boxes' centers in pixels: (c,) across and (r,) down, float64."""
        return self.lefts + self.box_size[0] / 2, self.tops + self.box_size[1] / 2

    def box(self, row: int, column: int) -> Box:
        """The box at a place of the grid, in pixels."""
        return Box(float(self.lefts[column]), float(self.tops[row]), *map(float, self.box_size))

    def of(self, name: str) -> np.ndarray:
        """The probability (0..1) of one of the 80 categories at each place, (r, c); InputError for another name."""
        return self.probabilities[..., category(name).index]

    def cliques(self, name: str) -> np.ndarray:
        """The summed probability (0..1) of one of the 12 supercategories at each place, (r, c).

        Raises InputError for another name.
        """
        from coinco_core.objects_from_context.ranking import clique_scores

        if name not in SUPERCATEGORIES:
            hint = did_you_mean(name, SUPERCATEGORIES)
            raise InputError(f"'{name}' is not one of the 12 supercategories.{hint}")
        sums: np.ndarray = clique_scores(self.probabilities)[..., SUPERCATEGORIES.index(name)]
        return sums

    def best(self, name: str) -> tuple[Box, float]:
        """The box where the category is likeliest and its probability there; of equal ones the upper left."""
        scores = self.of(name)
        row, column = np.unravel_index(int(scores.argmax()), scores.shape)
        return self.box(int(row), int(column)), float(scores[row, column])


def where(
    encoder: Encoder,
    network: Any,
    image: Image,
    box_size: BoxSize = SHARE,
    steps: tuple[int, int] = STEPS,
    *,
    at_once: int = MASKS_AT_ONCE,
    warning: str = "",
    say: Say = log.info,
) -> HeatMap:
    """The heat map of an image (upright, RGB) for a box of one size at steps[0] places across and steps[1] down.

    `box_size` is a width and a height in pixels, or one share (0..1] of the image's sides. All boxes lie entirely in
    the image, from edge to edge; an image with too few pixels for so many places gets fewer. `at_once` of them are
    taken together, `warning` is kept in the map, and `say` receives progress messages.

    Raises InputError for a box that does not fit, and for no place or more than 4,096.
    """
    width, height = _pixels(box_size, image.size)
    if min(steps) < 1 or math.prod(steps) > MOST_PLACES:
        raise InputError(f"{steps[0]} x {steps[1]} places are not possible; take 1 to {MOST_PLACES} of them.")
    lefts, tops = _places(image.width - width, steps[0]), _places(image.height - height, steps[1])
    boxes = [Box(float(x), float(y), float(width), float(height)) for y in tops for x in lefts]
    scores = _at_each(encoder, network, image, boxes, at_once, say).reshape(len(tops), len(lefts), -1)
    return HeatMap(lefts, tops, (width, height), image.size, scores, warning)


def _pixels(box_size: BoxSize, size: tuple[int, int]) -> tuple[int, int]:
    """The box's width and height in whole pixels, at least one each."""
    if isinstance(box_size, (int, float)):
        if not 0 < box_size <= 1:
            raise InputError(f"The box's share of the image's sides is {box_size:g}; it must be above 0 and at most 1.")
        width, height = (max(1, round(box_size * side)) for side in size)
        return width, height
    sides = [float(side) for side in box_size]
    if len(sides) != 2 or not all(math.isfinite(side) and side > 0 for side in sides):
        raise InputError("The box's size must be two numbers above 0, its width and height in pixels, or one share.")
    width, height = (max(1, round(side)) for side in sides)
    if width > size[0] or height > size[1]:
        raise InputError(f"A box of {width} x {height} pixels does not fit the image of {size[0]} x {size[1]}.")
    return width, height


def _places(room: int, steps: int) -> np.ndarray:
    """Whole pixels from 0 to `room`, evenly spread, each once; the middle when there is to be one only."""
    wanted = np.linspace(0, room, steps) if steps > 1 else np.array([room / 2])
    return np.unique(np.round(wanted).astype(np.int64))


def _at_each(encoder: Encoder, network: Any, image: Image, boxes: Sequence[Box], at_once: int, say: Say) -> np.ndarray:
    """The probabilities (n, 80) for each box in the image."""
    from coinco_core.objects_from_context.network.checkpoints import probabilities

    seen = encoder.encode([image]).reshape(1, -1)
    parts = []
    for first in range(0, len(boxes), at_once):
        some = boxes[first : first + at_once]
        masks = encoder.encode_masks(some, image.size).reshape(len(some), -1)
        inputs = np.concatenate([np.repeat(seen, len(some), axis=0), masks], axis=1)
        parts.append(probabilities(network, inputs))
        if len(boxes) > at_once:
            say(f"heat map: {first + len(some)} of {len(boxes)} places")
    return np.concatenate(parts)
