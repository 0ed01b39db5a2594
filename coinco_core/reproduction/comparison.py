"""The paper's published numbers beside those of a run, each named for what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from coinco_core.errors import InputError, did_you_mean
from coinco_core.judgements import CRITERIA
from coinco_core.reproduction.layout import find_layout
from coinco_core.reproduction.results import read_numbers

if TYPE_CHECKING:
    import pandas

DEMO_BADGE = '<span class="demo-badge">demo number</span>'
_FILE = "published.yml"


@dataclass(frozen=True)
class Pair:
    """One published number and the run's of the same kind, both in percent; `low` and `high` bound the run's."""

    label: str
    paper: float
    here: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """A table of pairs: what it is about, and where in the paper its numbers stand."""

    title: str
    source: str
    pairs: tuple[Pair, ...]


def compare(name: str, run_dir: Path | str, published: Path | None = None) -> Comparison:
    """The comparison of that name ('consensus', 'students', 'objects') for the runs in `run_dir`.

    A number that a run did not record is None. Raises InputError for an unknown name, MissingError when a notebook has
    not been run.
    """
    path = find_layout().book / _FILE if published is None else published
    tables: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if name not in tables:
        raise InputError(f"No comparison is called '{name}'.{did_you_mean(name, tables)}")
    table = tables[name]
    notebooks = {row["run"].split("/")[0] for row in table["rows"]}
    numbers = {notebook: read_numbers(run_dir, notebook) for notebook in sorted(notebooks)}
    pairs = tuple(_pair(row, numbers) for row in table["rows"])
    return Comparison(table["title"], table["source"], pairs)


def _pair(row: Mapping[str, Any], numbers: Mapping[str, Mapping[str, Any]]) -> Pair:
    notebook, key = row["run"].split("/")
    entry = numbers[notebook].get(key, {})
    here = entry.get("value") if not isinstance(entry.get("value"), str) else None
    scale = (
        1.0 if "%" in entry.get("unit", "") else 100.0
    )  # shares are recorded as they are, percentages with their sign
    low, high = (None if entry.get(end) is None else scale * entry[end] for end in ("low", "high"))
    value = None if here is None else scale * here
    return Pair(row["label"], row["paper"], value, low, high, entry.get("n"), row.get("note", ""))


def gains(comparison: Comparison) -> pandas.DataFrame:
    """The change from 'before' to 'after' in points, one row for what stands in front of the last comma of the labels.

    Columns 'paper' and 'here'; NaN where this run has no number.
    """
    import pandas

    found: dict[str, dict[str, Pair]] = {}
    for pair in comparison.pairs:
        what, when = pair.label.rsplit(", ", 1)
        found.setdefault(what, {})[when] = pair
    rows = {what: _gain(pairs["before"], pairs["after"]) for what, pairs in found.items()}
    return pandas.DataFrame.from_dict(rows, orient="index", columns=["paper", "here"])


def published_bars(comparison: Comparison, where: str) -> pandas.DataFrame:
    """The paper's numbers of the students as shares (0..1), for those rows whose label names `where`.

    `where` is "replaced objects" or "unmodified scenes"; columns criterion, answerer ('before' or 'student'), value.
    Raises InputError when no row names it.
    """
    import pandas

    answerers = {"before": "before", "after": "student"}
    labels = [(pair.label.split(", "), pair.paper) for pair in comparison.pairs]
    rows = [
        {"criterion": what.replace("-", "_"), "answerer": answerers[when], "value": paper / 100}
        for (what, place, when), paper in labels
        if place == where
    ]
    if not rows:
        raise InputError(f"The paper has no numbers for '{where}' in this comparison.")
    found = pandas.DataFrame(rows)
    return found.sort_values("criterion", key=lambda names: names.map(CRITERIA.index), kind="stable", ignore_index=True)


def _gain(before: Pair, after: Pair) -> tuple[float, float]:
    here = float("nan") if before.here is None or after.here is None else after.here - before.here
    return after.paper - before.paper, here


def comparison_html(comparison: Comparison, *, demo: bool) -> str:
    """The comparison as an HTML table; every number of a demo run carries its mark."""
    titles = (f"{escape(comparison.title)}, %", "the paper", "this run")
    head = "<tr>" + "".join(f"<th>{title}</th>" for title in titles) + "</tr>"
    body = "".join(_row(pair, demo) for pair in comparison.pairs)
    source = f"<caption>The paper's numbers: {escape(comparison.source)}.</caption>"
    return f'<table class="table comparison">{source}<thead>{head}</thead><tbody>{body}</tbody></table>'


def _row(pair: Pair, demo: bool) -> str:
    note = f"<br><small>{escape(pair.note)}</small>" if pair.note else ""
    decimals = 1 if round(pair.paper, 1) == pair.paper else 2
    return f"<tr><td>{escape(pair.label)}{note}</td><td>{pair.paper:.{decimals}f}</td><td>{_here(pair, demo)}</td></tr>"


def _here(pair: Pair, demo: bool) -> str:
    if pair.here is None:
        return "not defined in this run"
    facts = [] if pair.low is None or pair.high is None else [f"95 % interval {pair.low:.1f} to {pair.high:.1f}"]
    facts += [] if pair.n is None else [f"n&nbsp;=&nbsp;{pair.n}"]
    details = f"<br><small>{', '.join(facts)}</small>" if facts else ""
    return f"{pair.here:.1f} {DEMO_BADGE if demo else ''}{details}"
