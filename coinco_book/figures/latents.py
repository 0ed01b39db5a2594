"""Figures of the chapter on Objects-from-Context: latents as images, training curves, confusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from coinco_book.figures.described import described
from coinco_book.figures.style import style_of
from coinco_book.figures.wording import and_list, ends, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

_ENOUGH = 10  # images of a supercategory, for its share to be named
_DRAWN = (256, 256)  # pixels
_PARTS = {"train": "training (with dropout)", "validation": "validation"}
_BEST = "#d55e00"  # of the epoch that was kept, and of nothing else here


def latent_strip(
    images: Sequence[Image], latents: np.ndarray, decoded: Sequence[Image], names: Sequence[str]
) -> Figure:
    """A row an image: the image, its four latent channels (n, 4, 32, 32) as maps, and what is decoded from them."""
    import matplotlib.pyplot as plt

    channels = latents.shape[1]
    figure, grid = plt.subplots(
        len(images), channels + 2, figsize=(9.6, 1.75 * len(images)), squeeze=False, layout="constrained"
    )
    for row, image, maps, back, name in zip(grid, images, latents, decoded, names, strict=True):
        _image(row[0], image, name)
        for c, (axes, values) in enumerate(zip(row[1:], maps, strict=False)):
            limit = np.abs(values - values.mean()).max() or 1.0
            axes.imshow(values - values.mean(), cmap="RdBu_r", vmin=-limit, vmax=limit)
            _bare(axes, f"channel {c + 1}")
        _image(row[-1], back, "decoded")
    size = " by ".join(str(side) for side in latents.shape[2:])
    off = "; ".join(f"{name} {_off(*pair):.1f}" for name, *pair in zip(names, images, decoded, strict=True))
    text = f"A row for each of {and_list(names)}: the image, its {channels} latent channels of {size} as maps, and the "
    return described(figure, f"{text}image decoded from them. Mean error of a decoded pixel, of 255 levels: {off}.")


def _off(image: Image, decoded: Image) -> float:
    """The mean difference of two images, as they are drawn, over pixels and colours, 0..255."""
    one, other = (np.asarray(i.convert("RGB").resize(_DRAWN), dtype=float) for i in (image, decoded))
    return float(np.abs(one - other).mean())


def _image(axes: Axes, image: Image, title: str) -> None:
    axes.imshow(np.asarray(image.convert("RGB").resize(_DRAWN)))
    _bare(axes, title)


def _bare(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=9, fontweight="normal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def training_curves(
    history: pd.DataFrame, *, best: int, steps: int, published: Mapping[int, float] | None = None
) -> Figure:
    """Loss and top-1 accuracy over the epochs: where over-fitting begins, the epoch kept, the rate's steps.

    `history` has the columns epoch (from 0), train_loss, validation_loss, train_top1 and validation_top1 (0..1). `best`
    is the epoch that was kept, `steps` the epochs between two steps of the rate. From the epoch of the lowest
    validation loss on the ground is grey: there the network over-fits. `published` are validation accuracies in percent
    by epoch (from 0) of the authors' log; they are of other data, so they have axes of their own.
    """
    import matplotlib.pyplot as plt

    panels = 2 if published is None else 3
    figure, grid = plt.subplots(1, panels, figsize=(4.4 * panels, 3.5), squeeze=False, layout="constrained")
    for axes, measure, label in zip(
        grid[0], ("loss", "top1"), ("Cross-entropy (nats)", "Top-1 accuracy (%)"), strict=False
    ):
        _curve_panel(axes, history, measure, best, steps)
        axes.set(xlabel="Epoch", ylabel=label)
    if published is not None:
        _published_panel(grid[0, 2], published)
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, fontsize=8, loc="outside lower center", ncols=len(names))
    return described(figure, _curves_text(history, best, published))


def _curves_text(history: pd.DataFrame, best: int, published: Mapping[int, float] | None) -> str:
    """Where the losses end, where the validation loss is lowest, the epoch kept, and the published points."""
    validation, last = history["validation_loss"], history.iloc[-1]
    turn, kept = int(validation.argmin()), history[history["epoch"] == best].iloc[0]
    said = [
        f"Over {len(history)} epochs. Loss: training ends at {number(last['train_loss'], 2)}; validation is lowest in "
        f"epoch {int(history['epoch'].iloc[turn]) + 1}, {number(validation.iloc[turn], 2)}, and ends at "
        f"{number(last['validation_loss'], 2)}.",
        f"Accuracy: top-1 in validation is {number(100 * kept['validation_top1'], 1)} % in epoch {best + 1}, which was "
        f"kept, and {number(100 * last['validation_top1'], 1)} % at the end.",
    ]
    if published is not None:
        points = ", ".join(f"epoch {epoch + 1} {top1} %" for epoch, top1 in published.items())
        said.append(f"On the right the authors' log: {points}.")
    return " ".join(said)


def _curve_panel(axes: Axes, history: pd.DataFrame, measure: str, best: int, steps: int) -> None:
    """One measure of both parts; percent for the accuracy."""
    scale, epochs = (100 if measure == "top1" else 1), history["epoch"] + 1
    for k, (part, title) in enumerate(_PARTS.items()):
        style = style_of(title, k)
        axes.plot(epochs, scale * history[f"{part}_{measure}"], style.line, color=style.colour, label=title)
    turn = int(history["epoch"].iloc[history["validation_loss"].argmin()]) + 1
    if turn < len(history):
        axes.axvspan(turn, len(history), color="0.9", zorder=0, label="validation loss above its lowest")
    for k, epoch in enumerate(range(steps, len(history), steps)):
        label = "" if k else "learning rate / 10"
        axes.axvline(epoch + 0.5, color="black", linestyle=":", linewidth=1, label=label)
    kept = scale * history[f"validation_{measure}"][history["epoch"] == best].iloc[0]
    axes.plot([best + 1], [kept], "*", color=_BEST, markersize=12, linestyle="none", zorder=3, label="epoch kept")
    text = f"epoch {best + 1}: {kept:.1f} %" if measure == "top1" else f"epoch {best + 1}: {kept:.2f}"
    axes.annotate(text, (best + 1, kept), xytext=(6, 8), textcoords="offset points", fontsize=8, color=_BEST)


def _published_panel(axes: Axes, published: Mapping[int, float]) -> None:
    """The few epochs that the authors' log is quoted for, with their values written beside them and no line between."""
    axes.plot([e + 1 for e in published], list(published.values()), "D", color="black", fillstyle="none")
    for epoch, value in published.items():
        axes.annotate(f"{value:.2f}", (epoch + 1, value), xytext=(4, 6), textcoords="offset points", fontsize=8)
    axes.set(xlabel="Epoch", ylabel="Validation top-1 (%)", xlim=(-4, max(published) + 14))
    axes.margins(y=0.2)
    axes.set_title("The authors' log: other data (COinCO)", fontsize=9)


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
    return described(figure, _confusion_text(counts))


def _confusion_text(counts: pd.DataFrame) -> str:
    """How much lies on the diagonal, and the rows with the largest and the smallest share of it."""
    rows = list(zip(counts.index, counts.sum(axis=1), np.diag(counts), strict=True))
    share = number(100 * sum(found for *_, found in rows) / max(sum(n for _, n, _ in rows), 1))
    named = {f"{name} (of {n})": 100 * found / n for name, n, found in rows if n >= _ENOUGH}
    return (
        f"Confusion of {len(counts)} supercategories: {share} % of the images lie on the diagonal. Rows with {_ENOUGH} "
        f"images or more, in percent: {ends(named)}."
    )
