"""Figures of the chapter on Objects-from-Context: latents as pictures, training curves, ranking, confusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coinco_core.figures.style import style_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

_PANELS = {
    ("instance", ""): "80 categories",
    ("clique", "first"): "12 cliques, first",
    ("clique", "sum"): "12 cliques, sum",
}


def latent_strip(
    pictures: Sequence[Image], latents: np.ndarray, decoded: Sequence[Image], names: Sequence[str]
) -> Figure:
    """A row a picture: the picture, its four latent channels (n, 4, 32, 32) as maps, and what is decoded from them."""
    import matplotlib.pyplot as plt

    channels = latents.shape[1]
    figure, grid = plt.subplots(
        len(pictures), channels + 2, figsize=(9.6, 1.75 * len(pictures)), squeeze=False, layout="constrained"
    )
    for row, picture, maps, back, name in zip(grid, pictures, latents, decoded, names, strict=True):
        _picture(row[0], picture, name)
        for c, (axes, values) in enumerate(zip(row[1:], maps, strict=False)):
            limit = np.abs(values - values.mean()).max() or 1.0
            axes.imshow(values - values.mean(), cmap="RdBu_r", vmin=-limit, vmax=limit)
            _bare(axes, f"channel {c + 1}")
        _picture(row[-1], back, "decoded")
    return figure


def _picture(axes: Axes, picture: Image, title: str) -> None:
    axes.imshow(np.asarray(picture.convert("RGB").resize((256, 256))))
    _bare(axes, title)


def _bare(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=9, fontweight="normal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def training_curves(history: pd.DataFrame, *, best: int, steps: int) -> Figure:
    """Loss and top-1 accuracy over the epochs, with the epoch that was kept and the steps of the learning rate marked.

    `history` has the columns epoch, train_loss, validation_loss, train_top1 and validation_top1 (0..1).
    """
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.3), layout="constrained")
    for k, part in enumerate(("train", "validation")):
        style = style_of({"train": "training (with dropout)", "validation": "validation"}[part], k)
        look = {"color": style.colour, "linestyle": style.line, "label": style.title}
        left.plot(history["epoch"] + 1, history[f"{part}_loss"], **look)
        right.plot(history["epoch"] + 1, 100 * history[f"{part}_top1"], **look)
    for axes, label in ((left, "Cross-entropy (nats)"), (right, "Top-1 accuracy (%)")):
        for k, epoch in enumerate(range(steps, len(history), steps)):
            axes.axvline(
                epoch + 0.5, color="black", linestyle=":", linewidth=1, label="" if k else "learning rate / 10"
            )
        axes.axvline(best + 1, color="#d55e00", linestyle="--", linewidth=1.2, label="epoch kept")
        axes.set(xlabel="Epoch", ylabel=label)
    left.legend(fontsize=8)
    return figure


def top_k_panels(table: pd.DataFrame, *, ks: Sequence[int] = (1, 3, 5, 10)) -> Figure:
    """Accuracy over k for each method, a panel for the instance level and for each rule at clique level.

    `table` has the columns method, level, rule, top-1, top-3, ... in percent.
    """
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.4), sharey=True, layout="constrained")
    for axes, ((level, rule), title) in zip(panels, _PANELS.items(), strict=True):
        rows = table[(table["level"] == level) & (table["rule"] == rule)]
        for m, row in enumerate(rows.to_dict("records")):
            style = style_of(str(row["method"]), m)
            values = [row[f"top-{k}"] for k in ks]
            axes.plot(range(len(ks)), values, style.line, color=style.colour, marker=style.marker, label=style.title)
        axes.set_xticks(range(len(ks)), [f"top-{k}" for k in ks])
        axes.set_title(title)
    panels[0].set(ylabel="Accuracy (%)", ylim=(0, 102))
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, fontsize=9, loc="outside lower center", ncols=len(names))
    return figure


def clique_confusion(counts: pd.DataFrame) -> Figure:
    """How often each supercategory (row) got each answer (column): shares of the row, counts in the squares."""
    import matplotlib.pyplot as plt
    import seaborn as sns

    figure, axes = plt.subplots(figsize=(7.4, 5.4), layout="constrained")
    shares = 100 * counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    bar = {"label": "Share of the row (%)"}
    sns.heatmap(shares, annot=counts, fmt="d", cmap="cividis", vmin=0, vmax=100, ax=axes, cbar_kws=bar, linewidths=0.5)
    axes.set(xlabel="Ranked first", ylabel="What was in the box")
    axes.tick_params(axis="x", rotation=40)
    axes.tick_params(axis="y", rotation=0)
    return figure
