"""Figures of the paper's own numbers, alone or beside a run's: panels of one scale, each with a title that says whose.

Each takes a plain table and computes nothing. Numbers of the paper and of a run never share a panel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import TYPE_CHECKING, Any

from coinco_book.figures.described import described
from coinco_book.figures.style import Style, style_of
from coinco_book.figures.wording import LONGEST, ROOM, by_row, number, scale_in_words, table_of, title_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FAINT = "0.55"
_OFF = 0.13  # how far before and after stand above and below the middle of their row


def before_and_after(table: pd.DataFrame) -> Figure:
    """Where each student stood before and after distillation, with intervals, a panel a side, one scale for all.

    Columns panel, where, criterion, answerer ('before' or 'student'), value, low and high (0..1); rows of a panel are
    grouped by `where`. A line joins before to after.
    """
    import matplotlib.pyplot as plt

    panels = list(dict.fromkeys(table["panel"]))
    rows = list(dict.fromkeys(zip(table["where"], table["criterion"], strict=True)))
    figure, grid = plt.subplots(
        1, len(panels), figsize=(1.6 + 4.3 * len(panels), 1.2 + 0.46 * len(rows)), sharex=True, sharey=True,
        squeeze=False, layout="constrained",
    )  # fmt: skip
    for axes, panel in zip(grid[0], panels, strict=True):
        _changes(axes, table[table["panel"] == panel], rows)
        axes.set(title=panel, xlabel="Accuracy (%)", xlim=(0, 103))
        axes.grid(axis="y", visible=False)
    names = [f"{style_of(criterion).title}, {where}" for where, criterion in rows]
    grid[0, 0].set_yticks(range(len(rows)), names)
    grid[0, 0].invert_yaxis()
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return described(figure, _changes_text(table))


def _changes_text(table: pd.DataFrame) -> str:
    """Where each student stood before and after, a sentence for each panel and place; which intervals overlap."""
    said, shared, ends = [], [], [title_of(name) for name in ("before", "student")]
    for (panel, where), own in table.groupby(["panel", "where"], sort=False):
        value, low, high = (table_of(own, "criterion", "answerer", v, times=100) for v in ("value", "low", "high"))
        changes = [f"{name} {' to '.join(number(pair.get(a, nan), 1) for a in ends)}" for name, pair in value.items()]
        said.append(f"{panel}, {where}: {', '.join(changes)}")
        shared += [f"{name}, {where}" for name in value if _overlap(low[name], high[name])]
    text = f"Accuracy, in percent, before and after distillation. {'. '.join(said)}."
    overlap = f" Overlapping intervals: {'; '.join(shared) or 'none'}."
    several = table["panel"].nunique() > 1  # whose places would have to be named, for which there is no room
    return text if several else text + overlap


def _overlap(low: Mapping[str, float], high: Mapping[str, float]) -> bool:
    """Whether the intervals before and after have something in common; not where one of them is unknown."""
    known = len(low) > 1 and not any(map(isnan, (*low.values(), *high.values())))
    return known and max(low.values()) <= min(high.values())


def _changes(axes: Axes, table: pd.DataFrame, rows: list[tuple[str, str]]) -> None:
    """One panel: a point for each number, and a line from before to after where both are known."""
    for name, off in (("before", -_OFF), ("student", _OFF)):
        own, style = table[table["answerer"] == name].dropna(subset="value"), style_of(name)
        at = [rows.index(row) + off for row in zip(own["where"], own["criterion"], strict=True)]
        ends = [own["value"] - own["low"].fillna(own["value"]), own["high"].fillna(own["value"]) - own["value"]]
        reach = [100 * end.clip(lower=0) for end in ends]
        axes.errorbar(100 * own["value"], at, xerr=reach, capsize=2.5, **_points(style), label=style.title)
    wide = table.pivot_table(index=["where", "criterion"], columns="answerer", values="value")
    for middle, row in enumerate(rows):
        if row in wide.index:
            line = 100 * wide.loc[[row]].reindex(columns=["before", "student"]).to_numpy()[0]
            axes.plot(line, [middle - _OFF, middle + _OFF], color=_FAINT, linewidth=1, zorder=1)


def top_k_lines(table: pd.DataFrame) -> Figure:
    """Accuracy over k, one line per method: a row of panels for each level, whose panels share their scale.

    Columns level, panel, method, k and value (percent). What is called chance is drawn without filled points. With one
    panel a level, the levels stand side by side.
    """
    import matplotlib.pyplot as plt

    levels, panels = (list(dict.fromkeys(table[name])) for name in ("level", "panel"))
    ks, methods = sorted(set(table["k"])), list(dict.fromkeys(table["method"]))
    high, wide = (len(levels), len(panels)) if len(panels) > 1 else (1, len(levels))
    size = (0.6 + 4.1 * wide, 0.7 + 2.6 * high)
    figure, grid = plt.subplots(high, wide, figsize=size, sharex=True, squeeze=False, layout="constrained")
    handles: dict[str, Any] = {}
    for row, level in zip(grid.reshape(len(levels), len(panels)), levels, strict=True):
        of_level = table[table["level"] == level]
        for axes, panel in zip(row, panels, strict=True):
            handles = _methods(axes, of_level[of_level["panel"] == panel], methods, ks) | handles
            axes.set(title=f"{panel}: {level}", ylim=(0, 1.06 * of_level["value"].max()))
            axes.set_xticks(range(len(ks)), [f"top-{k}" for k in ks])
        row[0].set_ylabel("Accuracy (%)")
    ordered = [handles[name] for name in methods if name in handles]
    figure.legend(handles=ordered, loc="outside lower center", ncols=min(4, len(ordered)))
    return described(figure, _top_k_text(table))


def _top_k_text(table: pd.DataFrame) -> str:
    """By panel, level and method the accuracies at the smallest and the largest k, or, were that long, the smallest."""
    ks = sorted(set(table["k"]))
    both = _accuracies(table, (ks[0], ks[-1]))
    text = f"Accuracy, in percent, at top-{ks[0]} and top-{ks[-1]}. {both}."
    return text if len(text) <= LONGEST else f"Accuracy, in percent, at top-{ks[0]}. {_accuracies(table, ks[:1])}."


def _accuracies(table: pd.DataFrame, ks: Sequence[int]) -> str:
    said = []
    for (level, panel), own in table[table["k"].isin(ks)].groupby(["level", "panel"], sort=False):
        rows = own.sort_values("k", kind="stable").groupby("method", sort=False)["value"]
        ways = [f"{name} {' and '.join(number(value, 1) for value in values)}" for name, values in rows]
        said.append(f"{panel}, {level}: {'; '.join(ways)}")
    return ". ".join(said)


def _methods(axes: Axes, table: pd.DataFrame, methods: list[str], ks: list[int]) -> dict[str, Any]:
    """The lines of one panel, by method."""
    lines = {}
    for order, name in enumerate(methods):
        own, style = table[table["method"] == name].sort_values("k"), style_of(name, order)
        fill = "none" if name.startswith(("Chance", "chance")) else "full"
        look: dict[str, Any] = {"fillstyle": fill, "markersize": 6, "label": style.title}
        at = [ks.index(k) for k in own["k"]]
        if at:
            (lines[name],) = axes.plot(at, own["value"], style.line, color=style.colour, marker=style.marker, **look)
    return lines


def sweep_lines(table: pd.DataFrame, *, label: str) -> Figure:
    """A measure over a factor, one panel per measure and one line per model through the points that were printed.

    Columns measure, model, factor, value (0..1).
    """
    import matplotlib.pyplot as plt

    measures, models = (list(dict.fromkeys(table[name])) for name in ("measure", "model"))
    figure, grid = plt.subplots(
        1, len(measures), figsize=(4.2 * len(measures), 3.4), sharex=True, sharey=True, squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for axes, measure in zip(grid[0], measures, strict=True):
        for k, model in enumerate(models):
            own, style = table[(table["measure"] == measure) & (table["model"] == model)], style_of(model, k)
            axes.plot(own["factor"], own["value"], style.line, color=style.colour, marker=style.marker, label=model)
        axes.set(title=measure, xlabel=label, ylim=(0, 1), xticks=sorted(set(table["factor"])))
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(models))
    said = [
        f"{measure}, {by_row(table_of(own, 'model', 'factor'), 2, ROOM // len(measures))}"
        for measure, own in table.groupby("measure", sort=False)
    ]
    return described(figure, f"Lines over the factor. {scale_in_words(label)}. {'. '.join(said)}.")


def _points(style: Style) -> dict[str, Any]:
    return {"color": style.colour, "marker": style.marker, "markersize": 6, "linestyle": "none", "zorder": 3}
