"""How well verdicts agree with labels (section 5.1): each score with an interval.

In-context is the positive class throughout. An answer without a readable verdict is never counted as a class: scores
are over the readable answers, the unreadable ones have a row of their own, and `accuracy_all` and
`balanced_accuracy_all` count them as wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isnan, sqrt
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError
from coinco_core.evaluation.bootstrap import DRAWS, ImageIds, percentile_interval, resampled_sums, resampled_weights
from coinco_core.evaluation.measures import Verdicts, aurocs, cells, measures, shares

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Score:
    """One figure: its value (None where undefined), its 95 % interval if any, and the number of samples it is over."""

    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int


def as_verdicts(values: Iterable[Any]) -> list[bool | None]:
    """A column of verdicts as plain Python values, one per row: True, False, or None where it is missing."""
    import pandas as pd

    return [None if pd.isna(value) else bool(value) for value in values]


def wilson_interval(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share of k in n, within 0..1; (0, 1) when n is 0."""
    from scipy.stats import norm

    if not 0 <= k <= n:
        raise InputError(f"{k} of {n} is not a share; the count must lie between 0 and {n}.")
    if n == 0:
        return 0.0, 1.0
    z, share = float(norm.ppf(0.5 + confidence / 2)), k / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (0.0 if k == 0 else centre - half), (1.0 if k == n else centre + half)


def share(metric: str, k: int, n: int) -> Score:
    """The share k of n with its Wilson interval; value and interval are None when n is 0."""
    if n == 0:
        return Score(metric, None, None, None, 0)
    return Score(metric, k / n, *wilson_interval(k, n), n)


def scores(
    truth: Sequence[bool],
    predicted: Verdicts,
    probabilities: Sequence[float] | None = None,
    seed: int = 0,
    *,
    images: ImageIds = None,
    draws: int = DRAWS,
) -> list[Score]:
    """All scores of predicted verdicts (None: unreadable) against the truth, in a fixed order (measures.measures).

    The arguments have one entry per sample. Plain shares have Wilson's interval, the others a bootstrap interval over
    samples. With `images`, the image of each sample, whole images are resampled, and a share's interval is the wider of
    Wilson's, which assumes independent samples, and the bootstrap's. `probabilities` are those of in-context (0..1),
    for the AUROC. A score is None where it is undefined, as when a class is absent. Raises InputError when the lengths
    differ.
    """
    members = cells(truth, predicted)
    counts, n = members.sum(axis=0), int(members[:, :4].sum())
    drawn = measures(resampled_sums(members, images=images, draws=draws, seed=seed))
    plain = [share(name, int(k), int(of)) for name, (k, of) in shares(counts).items()]
    rows = plain if images is None else [wider(row, drawn[row.metric]) for row in plain]
    known = {row.metric for row in plain}
    rows += [_score(name, float(v), drawn[name], n) for name, v in measures(counts).items() if name not in known]
    if probabilities is None:
        return rows
    value, draws_of_it = resampled_auroc(truth, predicted, probabilities, images=images, draws=draws, seed=seed)
    return [*rows, _score("auroc", value, draws_of_it, n)]


def resampled_auroc(
    truth: Sequence[bool],
    predicted: Verdicts,
    probabilities: Sequence[float],
    *,
    images: ImageIds,
    draws: int,
    seed: int,
) -> tuple[float, Array]:
    """The AUROC (0..1) over the readable answers and its bootstrap draws (draws,) float64, NaN where undefined.

    `truth`, `predicted` and `probabilities` (of in-context, 0..1) have one entry per sample. The same seed draws the
    same samples. Without samples there are no draws.
    """
    import numpy as np

    likely = checked_probabilities(truth, probabilities)
    read = np.array([verdict is not None for verdict in predicted], dtype=bool)
    gold, likely = np.array(truth, dtype=bool)[read], likely[read]
    blocks = resampled_weights(len(read), images=images, draws=draws, seed=seed)
    drawn = [aurocs(gold, likely, block[:, read]) for block in blocks]
    value = aurocs(gold, likely, np.ones((1, len(gold))))
    return float(value[0]), np.concatenate([*drawn, np.zeros(0)])


def wider(row: Score, drawn: Array) -> Score:
    """A share with the interval that covers both its own and that of bootstrap draws (draws,)."""
    low, high = percentile_interval(drawn)
    if row.low is None or row.high is None or low is None or high is None:
        return row
    return replace(row, low=min(row.low, low), high=max(row.high, high))


def checked_probabilities(truth: Sequence[bool], probabilities: Sequence[float]) -> Array:
    """The probabilities as an array (n,) float64; InputError unless there is one in 0..1 for each of n labels."""
    import numpy as np

    likely = np.array(probabilities, dtype=float)
    if len(likely) != len(truth):
        raise InputError(
            f"{len(truth)} labels and {len(likely)} probabilities do not match; give one of each a sample."
        )
    if not ((likely >= 0) & (likely <= 1)).all():
        raise InputError("A probability lies outside 0..1; give the probability of in-context.")
    return likely


def _score(metric: str, value: float, drawn: Array, n: int) -> Score:
    return Score(metric, None, None, None, n) if isnan(value) else Score(metric, value, *percentile_interval(drawn), n)
