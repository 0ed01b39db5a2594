"""Figures of how well Objects-from-Context does: top-k, calibration, categories, sizes of boxes, seeds of a study.

Each takes a table as `coinco_core.evaluation` makes it and computes nothing but percentages. Intervals are those of the
table, 95 %. Numbers of this run never share axes with published ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coinco_book.figures.described import described
from coinco_book.figures.marks import interval_reach, point_marks, reliability_columns
from coinco_book.figures.style import style_of
from coinco_book.figures.wording import by_name, by_row, calibration, number, scale_in_words, table_of, title_of
from coinco_core.categories import SUPERCATEGORIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANELS = {
    ("instance", ""): "80 categories",
    ("clique", "first"): "12 cliques, first",
    ("clique", "sum"): "12 cliques, sum",
}
_CHANCE = "chance"
_NAMED = 3  # categories that the alt text names
_COLOURS = 8  # of style_of, before they come again
_APART = 0.07  # between the points of two methods at one k


def top_k_panels(table: pd.DataFrame) -> Figure:
    """Accuracy over k for each method with intervals, a panel for the instance level and for each rule at clique level.

    `table` is that of `evaluation.objects.accuracy_table`: method, level, rule, k, value, low, high (0..1). Chance has
    no interval and no points.
    """
    import matplotlib.pyplot as plt

    panels = [key for key in _PANELS if ((table["level"] == key[0]) & (table["rule"] == key[1])).any()]
    figure, grid = plt.subplots(
        1, len(panels), figsize=(1.2 + 3.0 * len(panels), 3.9), sharey=True, squeeze=False, layout="constrained"
    )
    for axes, (level, rule) in zip(grid[0], panels, strict=True):
        _top_k_panel(axes, table[(table["level"] == level) & (table["rule"] == rule)])
        axes.set_title(_PANELS[level, rule])
    grid[0, 0].set(ylabel="Accuracy (%)", ylim=(0, 102))
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, fontsize=8, loc="outside lower center", ncols=min(len(names), 4))
    return described(figure, _top_k_text(table))


def _top_k_text(table: pd.DataFrame) -> str:
    """The accuracies at the smallest k by method and panel, and the largest k that is drawn."""
    ks = sorted(set(table["k"]))
    rows: dict[str, dict[str, float]] = {}
    for one in table[table["k"] == ks[0]].to_dict("records"):
        if panel := _PANELS.get((one["level"], one["rule"])):
            rows.setdefault(title_of(one["method"]), {})[panel] = 100 * one["value"]
    return f"Accuracy from top-{ks[0]} to top-{ks[-1]}. Top-{ks[0]}, in percent, {by_row(rows, 1)}."


def first_answer_reliability(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """A reliability diagram of the first answer for each name, with how many samples are in each bin below.

    Each table has the columns n, probability and share (0..1), as `first_answer_reliability` of the evaluation has it.
    """
    import matplotlib.pyplot as plt

    figure, grid = plt.subplots(
        2, len(tables), figsize=(0.6 + 3.2 * len(tables), 4.4), sharex=True, sharey="row", squeeze=False,
        height_ratios=(4, 1), layout="constrained",
    )  # fmt: skip
    reliability_columns(grid, tables, 100)
    for axes in grid[1]:
        axes.set_xlabel("Probability of the first answer (%)")
    grid[0, 0].set_ylabel("First answer is right (%)")
    panels = {title_of(name): table for name, table in tables.items()}
    return described(figure, f"How often the first answer is right over its probability. {calibration(panels)}.")


def category_dots(table: pd.DataFrame, *, measure: str = "top5", chance: float | None = None) -> Figure:
    """A point a category with its interval, best first, coloured by supercategory; how many samples stands by the name.

    `table` is that of `evaluation.objects_groups.category_table`, `measure` 'top1' or 'top5'; `chance` (0..1) draws a
    line across. In two columns, so that 80 categories fit on a page.
    """
    import matplotlib.pyplot as plt

    rows = table.sort_values([measure, "n"], ascending=False, kind="stable").reset_index(drop=True)
    half = (len(rows) + 1) // 2
    figure, grid = plt.subplots(1, 2, figsize=(9.6, 1.3 + 0.19 * half), sharex=True, layout="constrained")
    for axes, part in zip(grid, (rows[:half], rows[half:]), strict=True):
        _category_column(axes, part, measure, half)
        if chance is not None:
            axes.axvline(100 * chance, color="black", linestyle=":", linewidth=1.2, label="chance")
        axes.set(xlabel=f"Top-{measure.removeprefix('top')} accuracy (%)", xlim=(-3, 103))
    looks: dict[str, Any] = {}
    for axes in grid:
        handles, names = axes.get_legend_handles_labels()
        looks |= dict(zip(names, handles, strict=True))
    figure.legend(looks.values(), looks.keys(), fontsize=8, loc="outside upper center", ncols=7)
    return described(figure, _categories_text(rows, measure))


def _categories_text(rows: pd.DataFrame, measure: str) -> str:
    """How many categories there are, the best of them, and how many are never found; `rows` are best first."""
    best = by_name({f"{c} (of {n})": 100 * v for c, n, v in rows[["category", "n", measure]].head(_NAMED).to_numpy()})
    never, k = int((rows[measure] == 0).sum()), measure.removeprefix("top")
    return (
        f"A point with its interval for each of {len(rows)} categories: top-{k} accuracy, in percent. Highest: {best}. "
        f"The median is {number(100 * rows[measure].median())}; {never} of them are at 0."
    )


def size_points(table: pd.DataFrame, *, label: str = "Top-1 accuracy (%)") -> Figure:
    """Accuracy by the share of the image that the box takes, a point a method and bin with its interval.

    `table` is that of `evaluation.objects_groups.size_table`.
    """
    import matplotlib.pyplot as plt

    groups, methods = list(dict.fromkeys(table["group"])), list(dict.fromkeys(table["method"]))
    figure, axes = plt.subplots(figsize=(2.2 + 1.15 * len(groups), 3.6), layout="constrained")
    for m, method in enumerate(methods):
        rows, style = table[table["method"] == method], style_of(str(method), m)
        at = [groups.index(group) + _shift(m, len(methods)) for group in rows["group"]]
        look = point_marks(style) | {"linestyle": style.line, "linewidth": 1}
        axes.errorbar(at, 100 * rows["value"], yerr=interval_reach(rows), capsize=2, **look)
    counts = table.drop_duplicates("group").set_index("group")["n"]
    axes.set_xticks(range(len(groups)), [f"{group}\nn = {counts[group]}" for group in groups])
    axes.set(xlabel="Box's share of the image", ylabel=label, ylim=(0, None))
    axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(len(methods), 4))
    said = by_row(table_of(table, "method", "group", times=100))
    return described(figure, f"Points by the box's share of the image. {scale_in_words(label)}, {said}.")


def variant_points(
    table: pd.DataFrame, *, label: str, order: Sequence[str] = (), reference: str | None = None
) -> Figure:
    """Every training of a study as a point, one row per variant, with a bar at the mean of its seeds.

    `table` has the columns variant, seed, value, mean (0..1) and n, as `seed_table(points, ["variant"])` makes it. Rows
    are in `order`, then in the table's. The mean of the variant `reference` is drawn across all rows.
    """
    import matplotlib.pyplot as plt

    known = set(table["variant"])
    variants = [variant for variant in dict.fromkeys([*order, *table["variant"]]) if variant in known]
    figure, axes = plt.subplots(figsize=(7.2, 1.1 + 0.36 * len(variants)), layout="constrained")
    for row, variant in enumerate(variants):
        points, style = table[table["variant"] == variant], style_of(str(variant), row)
        apart = [row + 0.5 * _shift(k, len(points)) for k in range(len(points))]
        axes.plot(100 * points["value"], apart, alpha=0.8, **(point_marks(style) | {"label": ""}))
        mean = 100 * points["mean"].iloc[0]
        axes.vlines(mean, row - 0.32, row + 0.32, color="black", linewidth=2)
    if reference is not None:
        mean = 100 * table.loc[table["variant"] == reference, "mean"].iloc[0]
        axes.axvline(mean, color="black", linestyle=":", linewidth=1.2, label=f"mean of '{reference}'")
        axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    counts = table.drop_duplicates("variant").set_index("variant")["n"]
    axes.set_yticks(range(len(variants)), [f"{variant}  ({counts[variant]} seeds)" for variant in variants])
    axes.set(xlabel=label, ylim=(len(variants) - 0.5, -0.5))
    axes.grid(axis="y", visible=False)
    means = table.drop_duplicates("variant").set_index("variant")["mean"]
    said = by_name({variant: 100 * means[variant] for variant in variants}, 1)
    spread = f"single trainings from {number(100 * table['value'].min(), 1)} to {number(100 * table['value'].max(), 1)}"
    return described(figure, f"A point for each training. {scale_in_words(label)}, means: {said}; {spread}.")


def _top_k_panel(axes: Axes, table: pd.DataFrame) -> None:
    methods, ks = list(dict.fromkeys(table["method"])), sorted(set(table["k"]))
    for m, method in enumerate(methods):
        rows, style = table[table["method"] == method], style_of(str(method), m)
        at = [ks.index(k) + (0 if method == _CHANCE else _shift(m, len(methods))) for k in rows["k"]]
        if method == _CHANCE:
            axes.plot(at, 100 * rows["value"], ":", color="black", linewidth=1.2, label=_CHANCE)
            continue
        look = point_marks(style) | {"linestyle": style.line, "linewidth": 1.2}
        axes.errorbar(at, 100 * rows["value"], yerr=interval_reach(rows), capsize=2, **look)
    axes.set_xticks(range(len(ks)), [f"top-{k}" for k in ks])


def _category_column(axes: Axes, rows: pd.DataFrame, measure: str, height: int) -> None:
    """One column of categories, from the top down; the look is that of the supercategory."""
    for at, row in enumerate(rows.to_dict("records")):
        order = SUPERCATEGORIES.index(str(row["supercategory"]))
        value, low, high = (100 * row[name] for name in (measure, f"{measure}_low", f"{measure}_high"))
        ends = [[max(value - low, 0.0)], [max(high - value, 0.0)]]
        axes.errorbar([value], [at], xerr=ends, **_supercategory_look(order))
    names = [f"{name} ({n})" for name, n in zip(rows["category"], rows["n"], strict=True)]
    axes.set_yticks(range(len(rows)), names, fontsize=7)
    axes.set_ylim(height - 0.4, -0.6)


def _supercategory_look(order: int) -> dict[str, Any]:
    """Twelve looks of eight colours: from the ninth on the markers are hollow."""
    hollow = {"fillstyle": "none"} if order >= _COLOURS else {}
    return point_marks(style_of(SUPERCATEGORIES[order], order)) | {"markersize": 5, "elinewidth": 0.8} | hollow


def _shift(place: int, of: int) -> float:
    """How far aside the place-th of several points at one tick stands, so that none hides another."""
    return _APART * (place - (of - 1) / 2)
