"""How well verdicts agree with labels (section 5.1): each score with an interval.

In-context is the positive class throughout. An answer without a readable verdict is never counted as a class: scores
are over the readable answers, the unreadable ones have a row of their own, and `accuracy_all` counts them as wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Verdicts = Sequence[bool | None]
DRAWS = 1000


@dataclass(frozen=True)
class Score:
    """One figure: its value (None where it is not defined), a 95 % interval where there is one, and what it is over."""

    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int


def as_verdicts(values: Iterable[Any]) -> list[bool | None]:
    """A column of verdicts as plain Python values: True, False, or None where it is missing."""
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
    truth: Sequence[bool], predicted: Verdicts, probabilities: Sequence[float] | None = None, seed: int = 0
) -> list[Score]:
    """All scores of predicted verdicts (None: unreadable) against the truth, in a fixed order.

    Shares have Wilson's interval; balanced accuracy, macro-F1, MCC, kappa and AUROC a bootstrap interval over samples.
    `probabilities` are those of in-context, for the AUROC. A score is None where it is undefined, as when a class is
    absent. Raises InputError when the lengths differ.
    """
    import numpy as np

    if len(truth) != len(predicted) or (probabilities is not None and len(probabilities) != len(truth)):
        raise InputError(f"{len(truth)} labels and {len(predicted)} verdicts do not match; give one of each a sample.")
    if any(label is None for label in truth):
        raise InputError("A label is missing; leave out the samples whose truth is not known.")
    readable = np.array([p is not None for p in predicted], dtype=bool)
    gold = np.array(truth, dtype=bool)[readable]
    said = np.array([p for p in predicted if p is not None], dtype=bool)
    right, n = int((gold == said).sum()), len(gold)
    rows = [
        share("accuracy", right, n),
        share("accuracy_all", right, len(truth)),
        share("recall", int((gold & said).sum()), int(gold.sum())),
        share("specificity", int((~gold & ~said).sum()), int((~gold).sum())),
        share("says_in_context", int(said.sum()), n),
        share("unreadable", len(truth) - n, len(truth)),
    ]
    likely = None if probabilities is None else np.array(probabilities, dtype=float)[readable]
    return rows + _bootstrapped(gold, said, likely, seed)


def _bootstrapped(gold: Array, said: Array, likely: Any, seed: int) -> list[Score]:
    """The scores that are no simple share, with 2.5 and 97.5 % quantiles over resampled samples."""
    import numpy as np

    names = ("balanced_accuracy", "macro_f1", "mcc", "kappa", *(() if likely is None else ("auroc",)))
    values = _class_scores(gold, said, likely)
    rng = np.random.default_rng(seed)
    draws: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(DRAWS if len(gold) else 0):
        rows = rng.integers(len(gold), size=len(gold))
        for name, value in _class_scores(gold[rows], said[rows], None if likely is None else likely[rows]).items():
            if value is not None:
                draws[name].append(value)
    result = []
    for name in names:
        ends = np.quantile(draws[name], [0.025, 0.975]).tolist() if values[name] is not None else [None, None]
        result.append(Score(name, values[name], ends[0], ends[1], len(gold)))
    return result


def _class_scores(gold: Array, said: Array, likely: Any) -> dict[str, float | None]:
    """Closed forms from the four counts: a thousand draws of scikit-learn's would take minutes."""
    tp, tn = int((gold & said).sum()), int((~gold & ~said).sum())
    fp, fn = int((~gold & said).sum()), int((gold & ~said).sum())
    both = bool(tp + fn and tn + fp)
    f1_in, f1_out = _ratio(2 * tp, 2 * tp + fp + fn), _ratio(2 * tn, 2 * tn + fp + fn)
    n = len(gold)
    chance = (tp + fn) * (tp + fp) + (tn + fp) * (tn + fn)
    found: dict[str, float | None] = {
        "balanced_accuracy": (tp / (tp + fn) + tn / (tn + fp)) / 2 if both else None,
        "macro_f1": (f1_in + f1_out) / 2 if both else None,
        "mcc": _ratio(tp * tn - fp * fn, sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))) if both else None,
        "kappa": (n * (tp + tn) - chance) / (n * n - chance) if chance != n * n else None,
    }
    return found if likely is None else found | {"auroc": _auroc(gold, likely)}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _auroc(gold: Array, likely: Array) -> float | None:
    """The probability that an in-context sample is rated above an out-of-context one, ties half (Mann-Whitney)."""
    from scipy.stats import rankdata

    n_in, n_out = int(gold.sum()), int((~gold).sum())
    if not n_in or not n_out:
        return None
    return float((rankdata(likely)[gold].sum() - n_in * (n_in + 1) / 2) / (n_in * n_out))
