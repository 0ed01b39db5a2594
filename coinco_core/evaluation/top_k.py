"""Objects-from-Context in numbers (section 5.2): top-k with intervals, balanced top-k, two methods on the same samples.

A method is its probabilities of the 80 categories, (n, 80); all methods are asked about the same samples, one a
image, so that samples are independent. Everything is read at both levels and by both rules
(`objects_from_context.ranking`), beside what chance gets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_core.errors import InputError, did_you_mean
from coinco_core.evaluation.bootstrap import DRAWS
from coinco_core.evaluation.paired import holm, mcnemar, paired_differences
from coinco_core.evaluation.scores import Score, share, wilson_interval
from coinco_core.objects_from_context.chance import chance_at
from coinco_core.objects_from_context.ranking import CLIQUE_OF, READINGS, TOP, read_places

if TYPE_CHECKING:
    import pandas as pd

CHANCE = "chance"
Methods = Mapping[str, np.ndarray]  # name -> probabilities (n, 80), each row summing to 1


def accuracy_table(methods: Methods, gold: np.ndarray, *, ks: Sequence[int] = TOP) -> pd.DataFrame:
    """Top-k of every method at both levels and by both rules: one row per method, level, rule and k, chance first.

    `methods` are probabilities (n, 80) by name, `gold` category indices (n,). Columns method, level, rule ('' at
    instance level), k, hits, n, value, low and high (0..1, Wilson's interval). Chance is computed for these gold labels
    and has no hits and no interval. Raises InputError when a method has another number of samples.
    """
    rows: list[dict[str, Any]] = []
    for level, rule in READINGS:
        for k, value in chance_at(level, rule, gold, ks).items():
            rows.append(_row(CHANCE, level, rule, k, Score("", value, None, None, len(gold))))
    for name, probabilities in methods.items():
        for level, rule in READINGS:
            places = read_places(probabilities, gold, level, rule)
            for k in ks:
                hits = int((places < k).sum())
                rows.append(_row(name, level, rule, k, share("", hits, len(gold)), hits))
    return _table(rows)


def balanced_table(methods: Methods, gold: np.ndarray, *, ks: Sequence[int] = TOP) -> pd.DataFrame:
    """Balanced top-k: the plain mean over the gold categories (at clique level, cliques) of the accuracy on each.

    A method that names what is frequent gets much of the plain accuracy and little of this. Arguments, rows and columns
    are as in `accuracy_table`, with `groups` (how many categories or cliques occur) in place of hits. The interval is
    Wilson's for the effective number of samples, groups^2 / sum(1 / samples of a group): a group of one sample weighs
    as much as one of a hundred. It is valid where all groups are equally hard, and usually too wide where they are not.
    """
    rows: list[dict[str, Any]] = []
    for level, rule in READINGS:  # chance for one gold label of each group is the mean over groups
        for k, value in chance_at(level, rule, _one_of_each(gold, level), ks).items():
            rows.append(_row(CHANCE, level, rule, k, Score("", value, None, None, len(gold))))
    for name, probabilities in methods.items():
        for level, rule in READINGS:
            places = read_places(probabilities, gold, level, rule)
            rows += [_row(name, level, rule, k, _balanced(places < k, _groups(gold, level))) for k in ks]
    groups = {level: len(np.unique(_groups(gold, level))) for level, _ in READINGS}
    table = _table(rows).rename(columns={"hits": "groups"})
    return table.assign(groups=table["level"].map(groups))


def paired_table(
    methods: Methods,
    gold: np.ndarray,
    comparisons: Sequence[tuple[str, str]],
    *,
    ks: Sequence[int] = (1, 5),
    readings: Sequence[tuple[str, str]] = READINGS,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """How much more often the second of two methods is correct than the first, on the same samples.

    `methods` are probabilities (n, 80) by name, `gold` category indices (n,). One row per comparison, level, rule and
    k. Columns before, after, level, rule, k; difference of the two accuracies with its paired bootstrap interval, low
    and high (-1..1); gained, lost and n (samples), the exact McNemar test's p_value, and p_holm, corrected over all
    rows. Raises InputError for a method that is not there.
    """
    import pandas as pd

    for name in {name for pair in comparisons for name in pair}:
        if name not in methods:
            raise InputError(f"There is no method '{name}' to compare.{did_you_mean(name, methods)}")
    rows: list[dict[str, Any]] = []
    for before, after in comparisons:
        for level, rule in readings:
            places = [read_places(methods[name], gold, level, rule) for name in (before, after)]
            for k in ks:
                said = [(place < k).tolist() for place in places]
                facts = {"before": before, "after": after, "level": level, "rule": rule, "k": k}
                rows.append(facts | _paired(said[0], said[1], draws, seed))
    return pd.DataFrame(rows).assign(p_holm=holm([row["p_value"] for row in rows]))


def page_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table of `accuracy_table` (or one like it) for a page: one row per method, level and rule.

    Columns method, level, rule and one per k ('top-1', ...), each a text in percent with the interval:
    '16.3 (14.9 to 17.8)'; chance has none.
    """
    texts = table.assign(text=[_text(*row) for row in zip(table["value"], table["low"], table["high"], strict=True)])
    order = dict.fromkeys(zip(table["method"], table["level"], table["rule"], strict=True))
    wide = texts.pivot(index=["method", "level", "rule"], columns="k", values="text").loc[list(order)]
    wide.columns = [f"top-{k}" for k in wide.columns]
    return wide.reset_index()


def _text(value: float, low: float, high: float) -> str:
    return f"{100 * value:.1f}" + ("" if isnan(low) else f" ({100 * low:.1f} to {100 * high:.1f})")


def _paired(before: list[bool], after: list[bool], draws: int, seed: int) -> dict[str, Any]:
    """Being right or not as a verdict whose truth is always being right."""
    truth = [True] * len(before)
    changes = paired_differences(truth, before, after, draws=draws, seed=seed)
    (change,) = changes[changes["metric"] == "accuracy_all"].to_dict("records")
    return {name: float(change[name]) for name in ("difference", "low", "high")} | mcnemar(truth, before, after)


def _one_of_each(gold: np.ndarray, level: str) -> np.ndarray:
    """One gold category (m,) of each category, or of each clique, that occurs."""
    return gold[np.unique(_groups(gold, level), return_index=True)[1]]


def _groups(gold: np.ndarray, level: str) -> np.ndarray:
    return gold if level == "instance" else CLIQUE_OF[gold]


def _balanced(right: np.ndarray, groups: np.ndarray) -> Score:
    """The mean over groups (n,) of the share of samples that are right (n,), with its interval."""
    _, at, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    value = (np.bincount(at, weights=right) / sizes).mean()
    effective: Any = len(sizes) ** 2 / (1 / sizes).sum()  # not whole, which Wilson's formula does not mind
    return Score("", float(value), *wilson_interval(value * effective, effective), len(right))


def _row(method: str, level: str, rule: str, k: int, score: Score, hits: int | None = None) -> dict[str, Any]:
    found = {name: value for name, value in asdict(score).items() if name != "metric"}
    return {"method": method, "level": level, "rule": rule, "k": k, "hits": hits, **found}


def _table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    columns = ["method", "level", "rule", "k", "hits", "n", "value", "low", "high"]
    types: dict[str, Any] = {"hits": "Int64", "value": float, "low": float, "high": float}
    return pd.DataFrame(rows, columns=columns).astype(types)
