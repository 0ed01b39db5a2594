"""Two answerers on the same samples: the change of every score with its interval, McNemar's test, Holm's correction.

Both were asked the same, so what makes a sample hard is common to both and cancels: a paired interval is narrower than
two intervals side by side suggest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError
from coinco_core.evaluation.bootstrap import DRAWS, ImageIds, percentile_interval, resampled_sums
from coinco_core.evaluation.measures import CELLS, Verdicts, cells, measures
from coinco_core.evaluation.scores import resampled_auroc

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


def paired_differences(
    truth: Sequence[bool],
    before: Verdicts,
    after: Verdicts,
    probabilities: tuple[Sequence[float], Sequence[float]] | None = None,
    *,
    images: ImageIds = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """How each score changed from `before` to `after`: one row per metric, columns metric, difference, low, high, n.

    `truth`, `before` and `after` have one entry per sample. Each draw of the bootstrap takes the same samples (with
    `images`, whole images) for both, so the interval is that of the difference. `probabilities` are those of in-context
    (0..1) before and after, for the AUROC. Where either score is undefined the difference is missing. Scores over
    readable answers are over each answerer's own; n counts all samples.
    """
    import numpy as np
    import pandas as pd

    members = np.concatenate([cells(truth, before), cells(truth, after)], axis=1)
    values = _change(members.sum(axis=0))
    drawn = _change(resampled_sums(members, images=images, draws=draws, seed=seed))
    if probabilities is not None:
        found = [
            resampled_auroc(truth, said, likely, images=images, draws=draws, seed=seed)
            for said, likely in zip((before, after), probabilities, strict=True)
        ]
        values["auroc"], drawn["auroc"] = (second - first for first, second in zip(*found, strict=True))
    rows = [_row(name, float(value), drawn[name], len(members)) for name, value in values.items()]
    return pd.DataFrame(rows).astype({"difference": float, "low": float, "high": float})


def mcnemar(truth: Sequence[bool], before: Verdicts, after: Verdicts) -> dict[str, float | int]:
    """The exact McNemar test of two answerers on the same samples: `gained`, `lost`, `p_value` (two-sided), `n`.

    `gained` were wrong before and right after. An unreadable answer is a wrong one here: it is what was answered.
    """
    from scipy.stats import binomtest

    pairs = list(zip(truth, before, after, strict=True))
    gained = sum(b != t and a == t for t, b, a in pairs)
    lost = sum(b == t and a != t for t, b, a in pairs)
    p = float(binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0
    return {"gained": int(gained), "lost": int(lost), "p_value": p, "n": len(pairs)}


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values (0..1) of several tests after Holm's correction (1979), in their order: they hold for all jointly.

    The k-th smallest of m is multiplied by m - k + 1, at most 1 and never below a smaller one's. Raises InputError for
    a p-value outside 0..1.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise InputError("A p-value lies outside 0..1; leave out tests that could not be made.")
    corrected, largest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[at]))
        corrected[at] = largest
    return corrected


def paired_tests(
    truth: Mapping[str, Sequence[bool]],
    answerers: Mapping[str, Mapping[str, Verdicts]],
    comparisons: Sequence[tuple[str, str]],
) -> pd.DataFrame:
    """McNemar's test of every comparison on every criterion, one row each, corrected by Holm over all rows.

    `truth` has the labels by criterion, `answerers` each one's verdicts by criterion, `comparisons` pairs of names,
    before and after. Columns criterion, before, after, gained, lost, p_value, n, p_holm.
    """
    import pandas as pd

    rows = [
        {"criterion": criterion, "before": a, "after": b}
        | mcnemar(labels, answerers[a][criterion], answerers[b][criterion])
        for criterion, labels in truth.items()
        for a, b in comparisons
    ]
    return pd.DataFrame(rows).assign(p_holm=holm([float(row["p_value"]) for row in rows]))


def _change(counts: Array) -> dict[str, Array]:
    """How much higher each figure is by the last six counts than by the first six."""
    first, second = measures(counts[..., : len(CELLS)]), measures(counts[..., len(CELLS) :])
    return {name: second[name] - value for name, value in first.items()}


def _row(metric: str, value: float, drawn: Array, n: int) -> dict[str, Any]:
    low, high = (None, None) if isnan(value) else percentile_interval(drawn)
    return {"metric": metric, "difference": value, "low": low, "high": high, "n": n}
