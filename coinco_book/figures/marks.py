"""What several figures draw alike: points without a line, the reach of intervals, panels of reliability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_book.figures.style import Style, style_of

if TYPE_CHECKING:
    import pandas as pd


def point_marks(style: Style) -> dict[str, Any]:
    """The keywords of matplotlib's `plot` and `errorbar` for points of that style without a line."""
    size = 9 if style.marker == "*" else 6
    look = {"color": style.colour, "marker": style.marker, "markersize": size, "linestyle": "none"}
    return look | {"label": style.title}


def interval_reach(rows: pd.DataFrame) -> Any:
    """How far intervals reach below and above their values, float array (2, rows) in percent points; 0 without one.

    `rows` has the columns value, low and high in 0..1.
    """
    value, low, high = (rows[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    return 100 * np.nan_to_num(np.clip(np.stack([value - low, high - value]), 0, None))


def reliability_columns(grid: Any, tables: Mapping[str, pd.DataFrame], scale: float, **look: Any) -> None:
    """Draw a reliability diagram for each name into the first row of axes, and its bins' counts into the second.

    `grid` is an array of axes (2, tables). Each table has the columns n, probability and share (0..1), which are
    multiplied by `scale`: 1, or 100 for percent. `look` changes how the points look.
    """
    limits = (-0.02 * scale, 1.02 * scale)
    for k, (name, table) in enumerate(tables.items()):
        above, below, style = grid[0, k], grid[1, k], style_of(name, k)
        probability = scale * table["probability"]
        above.plot([0, scale], [0, scale], color="black", linewidth=1, linestyle=":", label="perfectly calibrated")
        above.plot(probability, scale * table["share"], **point_marks(style) | look)
        above.set(xlim=limits, ylim=limits, title=style.title)
        below.vlines(probability, 0, table["n"], color=style.colour, linewidth=3)
        below.set(ylim=(0, None))
    grid[1, 0].set_ylabel("Samples\na bin")
    grid[0, 0].legend(handles=grid[0, 0].lines[:1], fontsize=8, loc="upper left")
