"""How much of what the teacher can do the student keeps: retention S / T, and gap closed (S - B) / (T - B).

S, T and B are the scores of student, teacher and base against the truth or people's labels: they are about correctness.
Against the teacher's own verdicts T would be 1 by construction and neither would say anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from coinco_core.evaluation.bootstrap import DRAWS, ImageIds, percentile_interval, resampled_sums
from coinco_core.evaluation.measures import Verdicts, cells, divided, measures

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

OF = ("accuracy_all", "balanced_accuracy_all")
ITSELF = "the truth is the teacher's own verdict on every sample"
NO_GAP = "the teacher is no better than the base, or a score is not defined"
UNDEFINED = "a score is not defined, or the teacher is never right"


def gap_closed(
    truth: Sequence[bool],
    teacher: Verdicts,
    before: Verdicts,
    after: Verdicts,
    *,
    images: ImageIds = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Retention and gap closed by accuracy and by balanced accuracy, unreadable answers wrong, on the same samples.

    `truth` and the verdicts of `teacher`, `before` and `after` have one entry per sample. One row per score and metric;
    columns question (always correctness), metric, of (which score), value, low, high, undefined, n, why. The interval
    is a paired bootstrap's; `undefined` is the share (0..1) of draws without a value, which the interval leaves out.
    Where there is no value, `why` gives the reason: T <= B for the gap, or a truth that is the teacher's own verdict.
    """
    import numpy as np
    import pandas as pd

    members = np.concatenate([cells(truth, said) for said in (teacher, before, after)], axis=1)
    values, drawn = members.sum(axis=0), resampled_sums(members, images=images, draws=draws, seed=seed)
    itself = all(said == label for said, label in zip(teacher, truth, strict=True))
    rows = []
    for of in OF:
        redrawn = _kept(drawn, of)
        for metric, value in _kept(values, of).items():
            why = ITSELF if itself else _why_not(metric, float(value))
            found = _row(float(value), redrawn[metric], why)
            rows.append({"question": "correctness", "metric": metric, "of": of, **found, "n": len(members), "why": why})
    return pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})


def _kept(counts: Array, of: str) -> dict[str, Array]:
    """Both figures from the six counts of teacher, base and student, (..., 18); NaN where they are not defined."""
    import numpy as np

    t, b, s = (measures(part)[of] for part in np.split(counts, 3, axis=-1))
    return {"retention": divided(s, t), "gap_closed": np.where(t > b, divided(s - b, t - b), np.nan)}


def _why_not(metric: str, value: float) -> str:
    """Why there is no such value; '' where there is one."""
    if not isnan(value):
        return ""
    return NO_GAP if metric == "gap_closed" else UNDEFINED


def _row(value: float, drawn: Array, why: str) -> dict[str, float | None]:
    import numpy as np

    if why:
        return {"value": None, "low": None, "high": None, "undefined": 1.0}
    low, high = percentile_interval(drawn)
    return {"value": value, "low": low, "high": high, "undefined": float(np.isnan(drawn).mean())}
