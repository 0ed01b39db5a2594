"""The heat map of Objects-from-Context over its image: where one object would belong, and where it does most."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coinco_core.categories import SUPERCATEGORIES, with_article
from coinco_core.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

    from coinco_core.objects_from_context.use.heat_map import HeatMap

_COLOURS = "cividis"  # grows lighter all the way, and looks alike to the colour-blind
_WIDTH = 6.4  # inches
_DPI = 120
_LIGHTER = -150  # the level that is black: with so little contrast a dark place is not taken for a low probability


def heat_figure(image: Image, heat: HeatMap, name: str, *, opacity: float = 0.55) -> Figure:
    """The image (RGB) in gray under the probability of the object or supercategory, centered where each box is.

    The likeliest box is outlined; colors run from 0 to the highest probability in the image, so they are not comparable
    between figures. `opacity` is 0..1. Beyond the outermost centers, where no box fits, the image shows through. The
    figure's label (`get_label`) is its alt text, that of `heat_alt`.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(_WIDTH, 0.6 + 0.8 * _WIDTH * image.height / image.width), layout="constrained")
    scores = _scores(heat, name)
    axes.imshow(np.asarray(image.convert("L")), cmap="gray", vmin=_LIGHTER, vmax=255)
    colours = axes.imshow(
        scores, cmap=_COLOURS, alpha=opacity, extent=_extent(heat), interpolation="nearest", vmin=0, vmax=scores.max()
    )
    figure.colorbar(colours, ax=axes, label=f"Probability of {name}", shrink=0.9)
    _outline(axes, heat, scores)
    axes.set(xlim=(0, image.width), ylim=(image.height, 0), title=f"Where would {_an(name)} belong?")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    figure.set_label(heat_alt(heat, name))
    return figure


def write_heat_figure(path: str | os.PathLike[str], image: Image, heat: HeatMap, name: str) -> Path:
    """The path of a PNG (768 pixels wide) that now holds `heat_figure`."""
    import matplotlib.pyplot as plt

    figure = heat_figure(image, heat, name)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=_DPI, metadata={"Software": None})
    plt.close(figure)
    return Path(path)


def heat_alt(heat: HeatMap, name: str) -> str:
    """A text alternative for the figure: the box, where the object is likeliest, and how likely."""
    scores = _scores(heat, name)
    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    across, down = (float(c[i]) / s for c, i, s in zip(heat.centres, (column, row), heat.image_size, strict=True))
    width, height = heat.box_size
    return (
        f"An image under a heat map of the probability of {name} in a box of {width} by {height} pixels. "
        f"It is highest {_place(across, down)}, {scores.max():.2f}; half of the places lie below "
        f"{np.median(scores):.2f}."
    )


def _scores(heat: HeatMap, name: str) -> np.ndarray:
    return heat.cliques(name) if name in SUPERCATEGORIES and name != "person" else heat.of(name)


def _extent(heat: HeatMap) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the map in pixels, so that each square's middle is the centre of its box."""
    (left, right), (top, bottom) = (
        _edges(centres, side) for centres, side in zip(heat.centres, heat.image_size, strict=True)
    )
    return left, right, bottom, top


def _edges(centres: np.ndarray, side: int) -> tuple[float, float]:
    """Half a step beyond the outermost centres; the whole side where there is one place only."""
    if len(centres) == 1:
        return 0.0, float(side)
    half = (centres[-1] - centres[0]) / (len(centres) - 1) / 2
    return float(centres[0] - half), float(centres[-1] + half)


def _outline(axes: Axes, heat: HeatMap, scores: np.ndarray) -> None:
    """The likeliest box in red on white, to be seen on dark and on light."""
    from matplotlib.patches import Rectangle

    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    box = heat.box(int(row), int(column))
    for colour, width in (("white", 4.0), ("red", 2.0)):
        axes.add_patch(Rectangle((box.x, box.y), box.w, box.h, fill=False, edgecolor=colour, linewidth=width))


def _an(name: str) -> str:
    return f"something of the group {name}" if name in SUPERCATEGORIES and name != "person" else with_article(name)


def _place(across: float, down: float) -> str:
    """A place in words, from its shares of the image's width and height."""
    column = ("left", "middle", "right")[min(int(3 * across), 2)]
    row = ("upper", "middle", "lower")[min(int(3 * down), 2)]
    if row == column:
        return "in the middle"
    return (
        f"half-way up at the {column}"
        if row == "middle"
        else f"in the {row} {'part' if column == 'middle' else column}"
    )
