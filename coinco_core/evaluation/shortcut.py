"""Whether an answerer judges or merely leans: unmodified pictures read together with altered ones (section 5.1).

On unmodified pictures everything is in context, so whoever always says in-context would be right. Signal detection
tells the two apart: d' is how well unmodified and out-of-context pictures are told from each other, the criterion c
which way an answerer leans whatever it sees (above 0 towards out-of-context).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING, Any

from coinco_core.evaluation.bootstrap import DRAWS, Pictures, percentile_interval, resampled_sums
from coinco_core.evaluation.comparison import BASELINES
from coinco_core.evaluation.measures import Verdicts
from coinco_core.evaluation.paired import paired_differences
from coinco_core.evaluation.scores import Score, share

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


def shortcut_table(
    altered: tuple[Sequence[bool], Mapping[str, Verdicts]],
    unmodified: Mapping[str, Verdicts],
    *,
    baselines: bool = False,
    seed: int = 0,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Both sides of the check: a row per answerer and metric, columns as in `score_table`.

    `altered` is the truth and each answerer's verdicts on altered scenes, `unmodified` the verdicts on scenes nobody
    changed, where everything is in context. `recall_unmodified` is worth something only with `specificity_altered`
    beside it; `gap` is how much more often the answerer says in-context of unmodified scenes than of altered ones. An
    unreadable answer says neither: it is wrong there. `hit_rate`, `false_alarm_rate`, `d_prime` and `criterion_c` are
    of signal detection (see `signal_detection`). `baselines` adds the two trivial answerers.
    """
    import pandas as pd

    truth, verdicts = altered
    said = {name: (on_altered, unmodified[name]) for name, on_altered in verdicts.items()}
    if baselines:
        n_plain = max(map(len, unmodified.values()), default=0)
        said |= {name: ([v] * len(truth), [v] * n_plain) for name, v in BASELINES.items()}
    rows = []
    for name, (on_altered, plain) in said.items():
        out = [v for t, v in zip(truth, on_altered, strict=True) if not t]
        found = [*_sides(on_altered, out, plain), *signal_detection(plain, out, seed=seed, draws=draws)]
        rows += [{"answerer": name, **asdict(score)} for score in found]
    return pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})


def signal_detection(
    in_context: Verdicts, out_of_context: Verdicts, *, seed: int = 0, draws: int = DRAWS
) -> list[Score]:
    """How an answerer tells pictures in context from pictures out of context, over its readable answers.

    A hit is saying in-context of the first, a false alarm saying it of the second. With H and F their rates, z the
    normal quantile: `d_prime` = z(H) - z(F), `criterion_c` = -(z(H) + z(F)) / 2, with bootstrap intervals. For these
    two alone every rate is (k + 0.5) / (n + 1), the log-linear correction of Hautus (1995), as z of 0 or 1 is infinite.
    """
    signal, noise = _said(in_context), _said(out_of_context)
    counts = [side.sum(axis=0) for side in (signal, noise)]
    drawn = [resampled_sums(side, draws=draws, seed=seed + k) for k, side in enumerate((signal, noise))]
    n = sum(int(of) for _, of in counts)
    names = ("d_prime", "criterion_c")
    rate_names = ("hit_rate", "false_alarm_rate")
    rates = [share(name, int(k), int(of)) for name, (k, of) in zip(rate_names, counts, strict=True)]
    if any(of == 0 for _, of in counts):
        return [*rates, *(Score(name, None, None, None, n) for name in names)]
    found = zip(names, _detected(*counts), _detected(*drawn), strict=True)
    return [*rates, *(Score(name, float(value), *percentile_interval(draw), n) for name, value, draw in found)]


def bias_shift(
    before: Verdicts, after: Verdicts, *, pictures: Pictures = None, seed: int = 0, draws: int = DRAWS
) -> Score:
    """How much more often `after` says in-context than `before` on the same samples, with its paired interval, -1..1.

    Where the verdicts of many samples move one way, a change of accuracy on one class alone is no better judgement.
    """
    table = paired_differences([True] * len(before), before, after, pictures=pictures, seed=seed, draws=draws)
    (row,) = table[table["metric"] == "says_in_context"].to_dict("records")
    shift, low, high = (None if isnan(row[end]) else float(row[end]) for end in ("difference", "low", "high"))
    return Score("bias_shift", shift, low, high, len(before))


def _sides(on_altered: Verdicts, out: Verdicts, plain: Verdicts) -> list[Score]:
    recall = share("recall_unmodified", sum(v is True for v in plain), len(plain))
    unread = share("unreadable_unmodified", sum(v is None for v in plain), len(plain))
    specific = share("specificity_altered", sum(v is False for v in out), len(out))
    says = share("says_in_context", sum(v is True for v in on_altered), len(on_altered))
    gap = recall.value - says.value if recall.value is not None and says.value is not None else None
    return [recall, specific, Score("gap", gap, None, None, recall.n + says.n), unread]


def _said(verdicts: Verdicts) -> Array:
    """For each answer whether it says in-context and whether it can be read, (samples, 2) of 0 and 1."""
    import numpy as np

    return np.array([(v is True, v is not None) for v in verdicts], dtype=int).reshape(-1, 2)


def _detected(signal: Array, noise: Array) -> tuple[Array, Array]:
    """d' and c from how many were said to be in context and how many could be read, each (..., 2)."""
    from scipy.special import ndtri

    hit, alarm = (ndtri((side[..., 0] + 0.5) / (side[..., 1] + 1)) for side in (signal, noise))
    return hit - alarm, -(hit + alarm) / 2
