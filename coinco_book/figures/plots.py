"""The book's plots: bars of shares with their intervals, curves of training, agreement, calibration, ranking.

Each takes a plain table and returns a figure that carries its alt text; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coinco_book.figures.described import described
from coinco_book.figures.style import Style, style_of
from coinco_book.figures.wording import by_name, by_row, course, number, scale_in_words, table_of, title_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Interval = tuple[float, float, float]  # value, low, high


def share_bars(shares: Mapping[str, Interval], *, label: str, reference: Mapping[str, float] | None = None) -> Figure:
    """A bar a name with its interval, in percent; `reference` draws named lines across, such as chance.

    `shares` maps a role, criterion or any name to value, low and high in 0..1.
    """
    figure, axes = _axes(6.4, 0.6 + 0.5 * len(shares))
    names = list(shares)
    for k, name in enumerate(names):
        _bar(axes, k, shares[name], style_of(name, k), horizontal=True)
    axes.set_yticks(range(len(names)), [style_of(name, k).title for k, name in enumerate(names)])
    axes.invert_yaxis()
    axes.set(xlim=(0, 106), xlabel=label)
    axes.grid(axis="y", visible=False)
    for k, (name, value) in enumerate((reference or {}).items()):
        axes.axvline(100 * value, color="black", linestyle=(":", "--", "-.")[k % 3], linewidth=1.2, label=name)
    if reference:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=9)
    text = f"Bars. {scale_in_words(label)}: {by_name({title_of(k): 100 * v[0] for k, v in shares.items()})}."
    if reference:
        text += f" Lines across: {by_name({name: 100 * value for name, value in reference.items()}, 1)}."
    return described(figure, text)


def accuracy_bars(
    table: pd.DataFrame, *, group: str, by: str, label: str = "Accuracy (%)", chance: float | None = None
) -> Figure:
    """Groups of bars with intervals: columns `group`, `by`, value, low, high (0..1); `chance` draws a line across."""
    groups, names = list(dict.fromkeys(table[group])), list(dict.fromkeys(table[by]))
    figure, axes = _axes(max(4.5, 1.2 + 0.62 * len(groups) * len(names)), 3.4)
    width = 0.8 / len(names)
    for row in table.to_dict("records"):
        k = names.index(row[by])
        at = groups.index(row[group]) + (k - (len(names) - 1) / 2) * width
        _bar(axes, at, (row["value"], row["low"], row["high"]), style_of(str(row[by]), k), width=width * 0.92)
    axes.set_xticks(range(len(groups)), [style_of(str(name)).title for name in groups])
    axes.set(ylim=(0, 108), ylabel=label)
    axes.grid(axis="x", visible=False)
    _legend(axes, names, bars=True, chance=chance)
    text = f"Bars. {scale_in_words(label)}, {by_row(table_of(table, group, by, times=100))}."
    if chance is not None:
        text += f" A line across marks chance, {number(100 * chance)}."
    return described(figure, text)


def counts_bars(counts: Mapping[str, Mapping[str, int]], *, label: str = "Samples") -> Figure:
    """Side-by-side bars of counts: for each series a mapping from name to count; names in the first series' order."""
    series, names = list(counts), list(dict.fromkeys(name for row in counts.values() for name in row))
    figure, axes = _axes(6.8, 1.0 + 0.12 * len(names) * (len(series) + 0.6))
    height = 0.8 / len(series)
    for k, name in enumerate(series):
        style = style_of(name, k)
        at = [n + (k - (len(series) - 1) / 2) * height for n in range(len(names))]
        values = [counts[name].get(key, 0) for key in names]
        axes.barh(
            at, values, height * 0.92, color=style.colour, hatch=style.hatch, edgecolor="white", label=style.title
        )
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    axes.grid(axis="y", visible=False)
    if len(series) > 1:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(series), fontsize=9)
    if len(series) == 1:
        return described(figure, f"Bars. {scale_in_words(label)}: {by_name(counts[series[0]])}.")
    rows = {str(name): {title_of(key): counts[key].get(name, 0) for key in series} for name in names}
    return described(figure, f"Bars. {scale_in_words(label)}, {by_row(rows)}.")


def curves(
    table: pd.DataFrame, *, x: str, ys: Sequence[str], label: str, titles: Mapping[str, str] | None = None
) -> Figure:
    """Lines over training: one for each column of `ys` against column x; steps without a value are left out."""
    figure, axes = _axes(6.4, 3.2)
    courses = []
    for k, name in enumerate(ys):
        style, known = style_of(name, k), table[[x, name]].dropna()
        title = (titles or {}).get(name, style.title.replace("_", " "))
        courses.append(f"{title} {course(known[x].tolist(), known[name].tolist(), 0 if '%' in label else 2)}")
        marker = style.marker if len(known) <= 40 else ""
        axes.plot(known[x], known[name], style.line, color=style.colour, marker=marker, markersize=4, label=title)
    axes.set(xlabel=x.replace("_", " "), ylabel=label)
    axes.legend(fontsize=9)
    span = f"over {x.replace('_', ' ')} {number(table[x].min())} to {number(table[x].max())}" if len(table) else ""
    return described(figure, f"Lines. {scale_in_words(label)}, {span or 'no points'}: {'; '.join(courses)}.")


def agreement_heatmap(table: pd.DataFrame, *, label: str, limits: tuple[float, float] = (0.0, 1.0)) -> Figure:
    """A square a pair, its value written in it: rows and columns are named as they are plotted."""
    import seaborn as sns

    figure, axes = _axes(1.6 + 1.15 * table.shape[1], 1.0 + 0.55 * table.shape[0])
    bar = {"label": label}
    sns.heatmap(
        table,
        annot=True,
        fmt=".2f",
        cmap="cividis",
        vmin=limits[0],
        vmax=limits[1],
        ax=axes,
        cbar_kws=bar,
        linewidths=1,
    )
    axes.set(xlabel="", ylabel="")
    axes.tick_params(axis="y", rotation=0)
    values = {str(name): {str(k): float(v) for k, v in row.items()} for name, row in table.iterrows()}
    return described(figure, f"A grid of {label}, {by_row(values, 2)}.")


def reliability(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """How often what is called likely is so: for each name a table with the columns probability and share (0..1)."""
    figure, axes = _axes(4.4, 4.0)
    axes.plot([0, 1], [0, 1], color="black", linewidth=1, linestyle=":", label="perfectly calibrated")
    for k, (name, table) in enumerate(tables.items()):
        style = style_of(name, k)
        axes.plot(
            table["probability"], table["share"], style.line, color=style.colour, marker=style.marker, label=style.title
        )
    axes.set(
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
        xlabel="Probability of in-context",
        ylabel="Share in context",
        aspect="equal",
    )
    axes.legend(fontsize=9)
    courses = {
        title_of(name): course([100 * p for p in t["probability"]], [100 * s for s in t["share"]], 0)
        for name, t in tables.items()
    }
    said = "; ".join(f"{name} {way}" for name, way in courses.items())
    return described(figure, f"Share in context over the probability of in-context, both in percent: {said}.")


def top_k_bars(table: pd.DataFrame, *, ks: Sequence[int] = (1, 3, 5, 10), label: str = "Accuracy (%)") -> Figure:
    """Groups of bars for top-1, 3, 5 and 10: one row per method, columns method, top-1, top-3, ... in percent."""
    figure, axes = _axes(6.8, 3.4)
    methods = list(table["method"])
    width = 0.8 / len(methods)
    for m, row in enumerate(table.to_dict("records")):
        style = style_of(methods[m], m)
        at = [k + (m - (len(methods) - 1) / 2) * width for k in range(len(ks))]
        values = [row[f"top-{k}"] for k in ks]
        bars = axes.bar(
            at, values, width * 0.92, color=style.colour, hatch=style.hatch, edgecolor="white", label=style.title
        )
        axes.bar_label(bars, fmt="%.0f", fontsize=8, padding=1)
    axes.set_xticks(range(len(ks)), [f"top-{k}" for k in ks])
    axes.set_ylabel(label)
    axes.grid(axis="x", visible=False)
    axes.legend(fontsize=9, loc="upper left")
    rows = {title_of(row["method"]): {f"top-{k}": row[f"top-{k}"] for k in ks} for row in table.to_dict("records")}
    return described(figure, f"Bars. {scale_in_words(label)}, {by_row(rows)}.")


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of that size in inches with one pair of axes."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    return figure, axes


def _bar(
    axes: Axes, at: float, interval: Interval, style: Style, *, width: float = 0.7, horizontal: bool = False
) -> None:
    """One bar in percent with its interval and its value written beside it."""
    value, low, high = (100 * number for number in interval)
    error = [[max(value - low, 0)], [max(high - value, 0)]]
    look: dict[str, Any] = {
        "color": style.colour,
        "hatch": style.hatch,
        "edgecolor": "white",
        "ecolor": "black",
        "capsize": 3,
    }
    if horizontal:
        axes.barh(at, value, width, xerr=error, **look)
        axes.text(max(high, value) + 1.5, at, f"{value:.0f}", va="center", fontsize=9)
    else:
        axes.bar(at, value, width, yerr=error, **look)
        axes.text(at, max(high, value) + 1.5, f"{value:.0f}", ha="center", fontsize=8)


def _legend(axes: Axes, names: Sequence[str], *, bars: bool, chance: float | None) -> None:
    """A legend above the plot with the fixed look of each name, and chance where it is drawn."""
    from matplotlib.patches import Patch

    handles: list[Any] = []
    for k, name in enumerate(names):
        style = style_of(str(name), k)
        handles.append(Patch(facecolor=style.colour, hatch=style.hatch, edgecolor="white", label=style.title))
    if chance is not None:
        handles.append(axes.axhline(100 * chance, color="black", linestyle=":", linewidth=1.2, label="chance"))
    axes.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(len(handles), 4), fontsize=9)
