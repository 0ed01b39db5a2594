"""The plots of a student's evaluation: before and after, calibration, seeds, errors by group, signal detection.

Each takes a table as `coinco_core.evaluation` makes it and computes nothing. A figure answers one question, and numbers
of this run never share an axis with published ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coinco_book.figures.described import described
from coinco_book.figures.marks import interval_reach, point_marks, reliability_columns
from coinco_book.figures.style import style_of
from coinco_book.figures.wording import (
    LONGEST,
    ROOM,
    and_list,
    by_row,
    calibration,
    listed,
    number,
    scale_in_words,
    table_of,
    title_of,
)
from coinco_core.errors import InputError
from coinco_core.evaluation import BASELINES, one_question

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RATES = 170  # characters of the alt text for either of two rates
_TARGETS = {"reasoning": "student", "verdict": "verdict only"}  # a kind of target and the role with its look


def before_after_bars(
    run: pd.DataFrame,
    published: pd.DataFrame | None = None,
    *,
    label: str,
    titles: tuple[str, str] = ("This run", "The paper"),
) -> Figure:
    """Bars by criterion and answerer with intervals; what was published stands beside them on axes of its own.

    `run` is a table of one question and one metric with the columns question, metric, criterion, answerer, value, low
    and high; `published` has criterion, answerer and value (both 0..1). `titles` say what either side is. Raises
    InputError when `run` mixes questions or metrics.
    """
    import matplotlib.pyplot as plt

    one_question(run)
    if run["metric"].nunique() != 1:
        raise InputError("Bars show one metric; choose the rows of one before.")
    sides = [run] if published is None else [run, published]
    figure, grid = plt.subplots(1, len(sides), figsize=(4.9 * len(sides), 3.6), squeeze=False, layout="constrained")
    for axes, table, title in zip(grid[0], sides, titles, strict=False):
        _grouped_bars(axes, table)
        axes.set_title(title)
        axes.set(ylim=(0, 108), ylabel=label)
    looks: dict[str, Any] = {}
    for axes in grid[0]:
        handles, names = axes.get_legend_handles_labels()
        looks = dict(zip(names, handles, strict=True)) | looks
    figure.legend(looks.values(), looks.keys(), loc="outside upper center", ncols=len(looks), fontsize=9)
    room = ROOM // len(sides)
    said = [
        f"{title}, " * bool(title) + by_row(table_of(table, "criterion", "answerer", times=100), 0, room)
        for title, table in zip(titles, sides, strict=False)
    ]
    return described(figure, f"Bars with 95 % intervals. {scale_in_words(label)}. {'. '.join(said)}.")


def reliability_panels(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """A reliability diagram for each name, such as before and after a temperature, with its bins' counts below.

    Each table has the columns n, probability and share (0..1), as `reliability_table` makes it.
    """
    import matplotlib.pyplot as plt

    figure, grid = plt.subplots(
        2, len(tables), figsize=(3.7 * len(tables), 4.5), sharex=True, sharey="row", squeeze=False,
        height_ratios=(4, 1), layout="constrained",
    )  # fmt: skip
    reliability_columns(grid, tables, 1, markersize=5, alpha=0.8)  # no line: bins may lie above one another at 0 and 1
    for axes in grid[1]:
        axes.set_xlabel("Probability of in-context")
    grid[0, 0].set_ylabel("Share in context")
    panels = {title_of(name): table for name, table in tables.items()}
    return described(figure, f"Share in context over the probability of in-context. {calibration(panels)}.")


def seed_points(table: pd.DataFrame, *, label: str, chance: float | None = None) -> Figure:
    """Every training as a point over the number of training samples, a line through the means of each kind of target.

    `table` has the columns target ('reasoning' or 'verdict'), size, value, mean (0..1) and n, as `seed_table` makes it;
    `chance` draws a line across.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for k, (target, points) in enumerate(table.groupby("target", sort=False)):
        style = style_of(_TARGETS.get(str(target), str(target)), k)
        means = points.drop_duplicates("size").sort_values("size")
        apart = points["size"] * (0.98 if k == 0 else 1.02)  # two targets side by side, so that no point hides another
        axes.plot(apart, 100 * points["value"], alpha=0.7, **{**point_marks(style), "label": ""})
        name = f"{str(target).capitalize()}, mean of {_range(means['n'].tolist())} seeds"
        axes.plot(means["size"], 100 * means["mean"], style.line, color=style.colour, label=name)
    if chance is not None:
        axes.axhline(100 * chance, color="black", linestyle=":", linewidth=1.2, label="chance")
    sizes = sorted(set(table["size"]))
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="Training samples", ylabel=label)
    axes.legend(fontsize=9)
    text = f"A point for each training over the number of samples. {scale_in_words(label)}: {_seeds_in_words(table)}."
    return described(figure, text if chance is None else f"{text} A line across marks chance, {number(100 * chance)}.")


def error_rates(tables: Mapping[str, pd.DataFrame], *, label: str = "Errors (%)") -> Figure:
    """The share of errors in each group with its interval, a point an answerer; how many samples stands by the group.

    Each table has the columns group, n, value, low and high (0..1), as `error_table` makes it, all of the same groups.
    """
    import matplotlib.pyplot as plt

    first = next(iter(tables.values()))
    figure, axes = plt.subplots(figsize=(6.4, 1.1 + 0.34 * len(first)), layout="constrained")
    for k, (name, table) in enumerate(tables.items()):
        if list(table["group"]) != list(first["group"]):
            raise InputError("The tables have different groups; count both answerers on the same samples.")
        at = [row + 0.26 * (k - (len(tables) - 1) / 2) for row in range(len(table))]
        axes.errorbar(100 * table["value"], at, xerr=interval_reach(table), capsize=2, **point_marks(style_of(name, k)))
    names = [f"{group}  (n = {n})" for group, n in zip(first["group"], first["n"], strict=True)]
    axes.set_yticks(range(len(first)), names)
    axes.invert_yaxis()
    axes.set(xlabel=label, xlim=(-2, 102))
    axes.legend(fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(tables))
    rows = {
        f"{group} (of {n})": {title_of(name): 100 * table["value"].iloc[k] for name, table in tables.items()}
        for k, (group, n) in enumerate(zip(first["group"], first["n"], strict=True))
    }
    intro = f"Points with intervals. {scale_in_words(label)}, "
    return described(figure, f"{intro}{by_row(rows, room=LONGEST - len(intro))}.")


def signal_plot(table: pd.DataFrame) -> Figure:
    """How often each answerer says in-context where it is so (up) and where it is not (across), a panel a criterion.

    `table` is that of `robustness_table`. The two trivial answerers are the corners, chance is the diagonal between
    them: an answerer who only leans moves along it, one who judges lies above it.
    """
    import matplotlib.pyplot as plt

    one_question(table)
    criteria = list(dict.fromkeys(table["criterion"]))
    figure, grid = plt.subplots(
        1, len(criteria), figsize=(1.6 + 2.8 * len(criteria), 4.2), sharey=True, squeeze=False, layout="constrained"
    )
    for axes, criterion in zip(grid[0], criteria, strict=True):
        _signal_panel(axes, table[table["criterion"] == criterion])
        axes.set_title(style_of(str(criterion)).title)
    figure.supxlabel("Says in-context of out-of-context objects (%)", fontsize=10)
    grid[0, 0].set_ylabel("Says in-context of unmodified objects (%)")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 1 + len(criteria)), fontsize=8)
    return described(figure, _signal_text(table))


def _signal_text(table: pd.DataFrame) -> str:
    """Both rates of each answerer but the trivial ones, by criterion."""
    answerers = table[~table["answerer"].isin(list(BASELINES))]
    said = []
    for metric, objects in (("hit_rate", "unmodified"), ("false_alarm_rate", "out-of-context")):
        rates = table_of(answerers[answerers["metric"] == metric], "criterion", "answerer", times=100)
        said.append(f"Of {objects} objects, {by_row(rates, 0, _RATES)}.")
    corners = f"{and_list(BASELINES)} are the corners of a diagonal of chance"
    return f"How often each answerer says in-context, in percent. {' '.join(said)} {corners[0].upper()}{corners[1:]}."


def _signal_panel(axes: Axes, table: pd.DataFrame) -> None:
    """One criterion: the corners, the diagonal of chance, and each answerer's point with both its intervals."""
    axes.plot([0, 100], [0, 100], color="black", linewidth=1, linestyle=":", label="chance")
    for name, always in BASELINES.items():
        at, marker = 100 * always, "o" if always else "s"
        axes.plot(at, at, marker, color="white", markeredgecolor="black", clip_on=False, zorder=3, label=name)
    rows = table.set_index(["metric", "answerer"])[["value", "low", "high"]]
    names = [name for name in dict.fromkeys(table["answerer"]) if name not in BASELINES]
    for k, name in enumerate(names):
        across, up = rows.loc[[("false_alarm_rate", name)]], rows.loc[[("hit_rate", name)]]
        ends = {"xerr": interval_reach(across), "yerr": interval_reach(up)}
        axes.errorbar(100 * across["value"], 100 * up["value"], **ends, capsize=2, **point_marks(style_of(name, k)))
    axes.set(xlim=(-3, 103), ylim=(-3, 103), aspect="equal")


def _grouped_bars(axes: Axes, table: pd.DataFrame) -> None:
    """Bars in percent by criterion and answerer, their intervals where there are any, their values above."""
    groups, names = list(dict.fromkeys(table["criterion"])), list(dict.fromkeys(table["answerer"]))
    width = 0.82 / len(names)
    for k, name in enumerate(names):
        rows, style = table[table["answerer"] == name].dropna(subset="value"), style_of(name, k)
        at = [groups.index(c) + (k - (len(names) - 1) / 2) * width for c in rows["criterion"]]
        look: dict[str, Any] = {"color": style.colour, "hatch": style.hatch, "edgecolor": "white", "label": style.title}
        error = interval_reach(rows) if "low" in rows else None
        axes.bar(at, 100 * rows["value"], width * 0.92, yerr=error, ecolor="black", capsize=2, **look)
        tops = 100 * (rows["high"].fillna(rows["value"]) if "high" in rows else rows["value"])
        for x, top, value in zip(at, tops, rows["value"], strict=True):
            axes.text(x, top + 1.5, f"{100 * value:.0f}", ha="center", fontsize=8)
    axes.set_xticks(range(len(groups)), [style_of(str(name)).title for name in groups])
    axes.grid(axis="x", visible=False)


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low}" if low == high else f"{low} to {high}"


def _seeds_in_words(table: pd.DataFrame) -> str:
    """Mean, lowest and highest of each kind of target and number of samples, as many as there is room for."""
    said = []
    for (target, size), rows in table.groupby(["target", "size"], sort=False):
        values = (rows["mean"].iloc[0], rows["value"].min(), rows["value"].max())
        mean, low, high = (number(100 * value) for value in values)
        said.append(f"{target}, {size:,} samples: mean {mean}, {low} to {high}")
    return listed(said)
