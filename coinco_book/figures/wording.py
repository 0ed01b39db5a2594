"""The sentences of alt texts: values by name, tables by row, the course of a line, each short enough to listen to.

A table is a mapping from row to column to value. Where its values would take more than ROOM characters, the text gives
their number, the highest and the lowest instead. A value that is missing is NaN, and called 'not defined'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isnan, nan
from typing import TYPE_CHECKING

from coinco_book.figures.style import style_of

if TYPE_CHECKING:
    import pandas as pd

Table = Mapping[str, Mapping[str, float]]

LONGEST = 500  # characters of an alt text
ROOM = 400  # of them for the values; the rest says what is drawn
_ENDS = 3  # how many of the highest, and of the lowest, where not all are listed


def scale_in_words(label: str) -> str:
    """An axis' label as part of a sentence: 'Accuracy (%)' becomes 'Accuracy, in percent'."""
    return label.replace(" (%)", ", in percent")


def number(value: float, digits: int = 0) -> str:
    """The value with so many decimals, thousands apart; 'not defined' for NaN."""
    return "not defined" if isnan(value) else f"{value:,.{digits}f}"


def listed(items: Sequence[str], room: int = ROOM) -> str:
    """The items, as many from the first on as have room, and how many more there are."""
    shown, length = [], 0
    for item in items:
        length += len(item) + 2
        if length > room:
            break
        shown.append(item)
    left = len(items) - len(shown)
    return "; ".join([*shown, f"and {left} more"] if shown and left else shown or [f"{left} in all"])


def by_name(values: Mapping[str, float], digits: int = 0, room: int = ROOM) -> str:
    """Each name with its value, or the highest and the lowest."""
    said = "; ".join(f"{name} {number(value, digits)}" for name, value in values.items())
    return said if len(said) <= room else ends(values, digits)


def by_row(rows: Table, digits: int = 0, room: int = ROOM) -> str:
    """The rows' values in the order of the columns, which are named first, or the highest and the lowest."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    if not columns:
        return "no values"
    if len(columns) == 1:
        return f"{columns[0]}: {by_name({name: row.get(columns[0], nan) for name, row in rows.items()}, digits, room)}"
    lines = (f"{name} {', '.join(number(row.get(c, nan), digits) for c in columns)}" for name, row in rows.items())
    order = ("; " if any("," in column for column in columns) else ", ").join(columns)
    said = f"in the order {order}: {'; '.join(lines)}"
    if len(said) <= room:
        return said
    return ends({f"{name}, {column}": value for name, row in rows.items() for column, value in row.items()}, digits)


def ends(values: Mapping[str, float], digits: int = 0) -> str:
    """How many values there are, and the highest and the lowest with their names."""
    known = {name: value for name, value in values.items() if not isnan(value)}
    ordered = sorted(known, key=lambda name: -known[name])
    highest, lowest = (
        "; ".join(f"{name} {number(known[name], digits)}" for name in names)
        for names in (ordered[:_ENDS], ordered[::-1][:_ENDS])
    )
    return f"{len(values)} values; highest: {highest or 'none'}; lowest: {lowest or 'none'}"


def course(at: Sequence[float], values: Sequence[float], digits: int = 2) -> str:
    """How a line runs: its first and its last value, and its lowest and highest where they lie between.

    `at` and `values` are of equal length; a line without points is called 'no points'.
    """
    if not len(values):
        return "no points"
    first, last = values[0], values[-1]
    start, end = number(first, digits), number(last, digits)
    way = "falls" if last < first else "rises"
    said = f"stays at {start}" if start == end else f"{way} from {start} to {end}"
    for name, extreme in (("lowest", min(values)), ("highest", max(values))):
        if number(extreme, digits) not in (start, end):
            said += f", {name} {number(extreme, digits)} at {number(at[list(values).index(extreme)])}"
    return said


def table_of(
    table: pd.DataFrame, row: str, column: str, value: str = "value", *, times: float = 1.0
) -> dict[str, dict[str, float]]:
    """A long table by the titles of its columns `row` and `column`, in their order; the values `times` so much."""
    found: dict[str, dict[str, float]] = {}
    for one in table.to_dict("records"):
        known = nan if one[value] is None else one[value]
        found.setdefault(title_of(one[row]), {})[title_of(one[column])] = times * known
    return found


def title_of(name: object) -> str:
    """The name as figures write it."""
    return style_of(str(name)).title


def and_list(names: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def calibration(tables: Mapping[str, pd.DataFrame]) -> str:
    """How far the bins of each reliability table lie from the diagonal, and on which side most samples do.

    The tables have the columns n, probability and share (0..1). The mean distance, weighted by n, is the expected
    calibration error of those bins, in percentage points.
    """
    said = []
    for name, table in tables.items():
        off, n = table["share"] - table["probability"], table["n"]
        below = n[off < 0].sum() / max(n.sum(), 1)
        side = "below" if below > 1 / 2 else "on or above"
        points = number(100 * (off.abs() * n).sum() / max(n.sum(), 1), 1)
        said.append(f"{name}: {len(table)} bins, on average {points} points from the diagonal, mostly {side} it")
    return "; ".join(said)
