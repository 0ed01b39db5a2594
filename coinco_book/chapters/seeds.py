"""Several trainings that differ by their seed only: every point, and what they have in common beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coinco_core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def seed_table(points: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Every point with the mean, sd, min, max and n of its group in columns of its row: no mean without its points.

    `points` has the columns `by` (such as criterion, target, size), seed and value. `sd` is that of a sample (n - 1),
    missing where there is one seed; it says how much training varies and nothing of the test samples, whose interval
    is another. Raises InputError when a column is missing, a value is, or one seed stands twice in a group.
    """
    lacking = [name for name in (*by, "seed", "value") if name not in points.columns]
    if lacking:
        raise InputError(f"The points have no column {', '.join(lacking)}.")
    if points["value"].isna().any():
        raise InputError("A point has no value; leave out runs that have none, and say so.")
    if points.duplicated([*by, "seed"]).any():
        raise InputError("One seed stands twice in a group; every training is one point.")
    values = points.groupby(list(by), sort=False)["value"]
    summary = values.agg(mean="mean", sd="std", min="min", max="max", n="count").reset_index()
    return points.merge(summary, on=list(by)).sort_values([*by, "seed"], kind="stable").reset_index(drop=True)
