"""Whether a probability means what it says: reliability, expected calibration error, Brier score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coinco_core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def reliability_table(truth: Sequence[bool], probabilities: Sequence[float], bins: int = 15) -> pd.DataFrame:
    """The samples in bins of equal number by their probability of in-context: columns n, probability, share.

    `probability` is a bin's mean, `share` how many of its samples are in context. There are fewer bins than asked for
    where there are fewer samples. Raises InputError for a probability outside 0..1 or lengths that differ.
    """
    import numpy as np
    import pandas as pd

    likely, gold = np.array(probabilities, dtype=float), np.array(truth, dtype=bool)
    if len(likely) != len(gold) or not len(gold):
        raise InputError(f"{len(gold)} labels and {len(likely)} probabilities do not match; give one of each a sample.")
    if not ((likely >= 0) & (likely <= 1)).all():
        raise InputError("A probability lies outside 0..1; give the probability of in-context.")
    order = np.argsort(likely, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    rows = [{"n": len(p), "probability": likely[p].mean(), "share": gold[p].mean()} for p in parts]
    return pd.DataFrame(rows)


def expected_calibration_error(truth: Sequence[bool], probabilities: Sequence[float], bins: int = 15) -> float:
    """The mean distance between probability and share over the bins, weighted by their size, 0..1."""
    table = reliability_table(truth, probabilities, bins)
    return float(((table["probability"] - table["share"]).abs() * table["n"]).sum() / table["n"].sum())


def brier_score(truth: Sequence[bool], probabilities: Sequence[float]) -> float:
    """The mean squared distance between the probability of in-context and the truth, 0..1."""
    from sklearn.metrics import brier_score_loss

    reliability_table(truth, probabilities)  # refuses what is no probability
    return float(brier_score_loss([int(t) for t in truth], probabilities, pos_label=1))
