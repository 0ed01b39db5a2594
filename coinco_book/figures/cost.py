"""The figure of what training a student takes at full size: memory by its parts, a panel for each way to save some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coinco_book.figures.described import described
from coinco_book.figures.style import Style, style_of
from coinco_book.figures.wording import by_row, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_KEPT = {False: "all activations kept", True: "recomputed layer by layer"}  # by whether there is checkpointing


def memory_bars(memory: pd.DataFrame, parts: Sequence[str], *, limit: float) -> Figure:
    """Stacked bars of a GPU's memory in GB by rows at once, a row of panels without and one with checkpointing.

    `memory` has the index levels rows, where (at which tokens logits are computed) and checkpointing, the columns
    `parts`, which are stacked, and total; a dashed line is drawn at `limit` GB.
    """
    import matplotlib.pyplot as plt

    places = list(dict.fromkeys(memory.index.get_level_values("where")))
    figure, grid = plt.subplots(
        2, len(places), figsize=(3.8 * len(places), 5.2), sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    styles = [style_of(name, k) for k, name in enumerate(parts)]
    for row, checkpointing in zip(grid, (False, True), strict=True):
        for axes, where in zip(row, places, strict=True):
            own = memory.query("where == @where and checkpointing == @checkpointing").droplevel(
                ["where", "checkpointing"]
            )
            _stacked(axes, own[list(parts)], styles)
            axes.axvline(limit, color="black", linestyle="--", linewidth=1.2)
            axes.set(title=f"logits {where}, {_KEPT[checkpointing]}", xlabel="GB", ylabel="rows at once")
            axes.title.set_fontsize(9)
            axes.grid(axis="y", visible=False)
    handles = grid[0, 0].get_legend_handles_labels()
    grid[0, 0].invert_yaxis()
    figure.legend(*handles, loc="outside upper center", ncols=4, fontsize=9)
    return described(figure, _memory_text(memory["total"], limit))


def _stacked(axes: Axes, bars: pd.DataFrame, styles: Sequence[Style]) -> None:
    """One panel's bars, with the hatching of each part."""
    import matplotlib.pyplot as plt

    bars.plot.barh(stacked=True, ax=axes, legend=False, color=[style.colour for style in styles], width=0.75)
    drawn: Any = axes.containers
    for style, container in zip(styles, drawn, strict=True):
        plt.setp(container.patches, hatch=style.hatch, edgecolor="white", linewidth=0.3)


def _memory_text(totals: pd.Series, limit: float) -> str:
    """The totals of each panel, by the rows at once."""
    rows: dict[str, dict[str, float]] = {}
    for row in totals.reset_index().to_dict("records"):
        panel = f"logits {row['where']}, {_KEPT[row['checkpointing']]}"
        rows.setdefault(panel, {})[f"{row['rows']} rows" if row["rows"] > 1 else "1 row"] = row["total"]
    said = by_row(rows)
    return f"Stacked bars of GPU memory; a dashed line at {number(limit)} GB. In all, in GB, {said}."
