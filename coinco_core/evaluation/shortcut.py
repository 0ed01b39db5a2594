"""Whether an answerer judges or merely leans: unmodified images read together with altered ones (section 5.1).

On unmodified images everything is in context, so whoever always says in-context would be right. Signal detection
tells the two apart: d' is how well unmodified and out-of-context images are told from each other, the criterion c
which way an answerer leans whatever it sees (above 0 towards out-of-context).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING, Any

from coinco_core.evaluation.bootstrap import DRAWS, ImageIds, percentile_interval, resampled_sums
from coinco_core.evaluation.comparison import BASELINES
from coinco_core.evaluation.measures import Verdicts, divided
from coinco_core.evaluation.paired import paired_differences
from coinco_core.evaluation.scores import Score, share, wider

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

BothImageIds = tuple[ImageIds, ImageIds]  # those of the first side's samples and of the second's


def shortcut_table(
    altered: tuple[Sequence[bool], Mapping[str, Verdicts]],
    unmodified: Mapping[str, Verdicts],
    *,
    baselines: bool = False,
    images: BothImageIds = (None, None),
    seed: int = 0,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Both sides of the check: one row per answerer and metric, columns as in `score_table`.

    `altered` is the truth and each answerer's verdicts on altered scenes, `unmodified` the verdicts on unmodified
    scenes, where everything is in context. `recall_unmodified` means something only beside `specificity_altered`; `gap`
    (-1..1) is how much more often the answerer answers in-context on unmodified scenes than on altered ones. An
    unreadable answer is wrong on either side. `hit_rate`, `false_alarm_rate`, `d_prime` and `criterion_c` are those of
    `signal_detection`. `baselines` adds the two trivial answerers. `images` names the image of each altered and of each
    unmodified sample, and affects the intervals as in `scores`.
    """
    import pandas as pd

    truth, verdicts = altered
    is_out = [not label for label in truth]
    of_out = None if images[0] is None else [p for p, wanted in zip(images[0], is_out, strict=True) if wanted]
    said = {name: (on_altered, unmodified[name]) for name, on_altered in verdicts.items()}
    if baselines:
        n_plain = max(map(len, unmodified.values()), default=0)
        said |= {name: ([v] * len(truth), [v] * n_plain) for name, v in BASELINES.items()}
    rows = []
    for name, (on_altered, plain) in said.items():
        out = [v for v, wanted in zip(on_altered, is_out, strict=True) if wanted]
        detected = signal_detection(plain, out, images=(images[1], of_out), seed=seed, draws=draws)
        sides = ((on_altered, images[0]), (out, of_out), (plain, images[1]))
        found = [*_sides(*sides, seed=seed, draws=draws), *detected]
        rows += [{"answerer": name, **asdict(score)} for score in found]
    return pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})


def signal_detection(
    in_context: Verdicts,
    out_of_context: Verdicts,
    *,
    images: BothImageIds = (None, None),
    seed: int = 0,
    draws: int = DRAWS,
) -> list[Score]:
    """How an answerer distinguishes images in context from images out of context, over its readable answers.

    Each side has one verdict per sample. A hit is an in-context verdict on the first side, a false alarm one on the
    second; their rates H and F are 0..1. With z the normal quantile: `d_prime` = z(H) - z(F), `criterion_c` =
    -(z(H) + z(F)) / 2, with bootstrap intervals. For these two alone every rate is (k + 0.5) / (n + 1), the log-linear
    correction of Hautus (1995), as z of 0 or 1 is infinite. With `images`, the image of each sample on either side,
    whole images are resampled, each side by itself, and a rate's interval is the wider of Wilson's and the bootstrap's.
    """
    members = [_said(side) for side in (in_context, out_of_context)]
    counts = [side.sum(axis=0) for side in members]
    drawn = [
        resampled_sums(side, images=shown, draws=draws, seed=seed + k)
        for k, (side, shown) in enumerate(zip(members, images, strict=True))
    ]
    n = sum(int(of) for _, of in counts)
    names = ("d_prime", "criterion_c")
    rates = list(map(_share, ("hit_rate", "false_alarm_rate"), counts, images, drawn))
    if any(of == 0 for _, of in counts):
        return [*rates, *(Score(name, None, None, None, n) for name in names)]
    found = zip(names, _detected(*counts), _detected(*drawn), strict=True)
    return [*rates, *(Score(name, float(value), *percentile_interval(draw), n) for name, value, draw in found)]


def bias_shift(
    before: Verdicts, after: Verdicts, *, images: ImageIds = None, seed: int = 0, draws: int = DRAWS
) -> Score:
    """How much more often `after` answers in-context than `before` on the same samples, -1..1, with a paired interval.

    Where the verdicts of many samples move one way, higher accuracy on one class alone does not mean better judgment.
    """
    table = paired_differences([True] * len(before), before, after, images=images, seed=seed, draws=draws)
    (row,) = table[table["metric"] == "says_in_context"].to_dict("records")
    shift, low, high = (None if isnan(row[end]) else float(row[end]) for end in ("difference", "low", "high"))
    return Score("bias_shift", shift, low, high, len(before))


def _sides(
    altered: tuple[Verdicts, ImageIds],
    out: tuple[Verdicts, ImageIds],
    plain: tuple[Verdicts, ImageIds],
    *,
    seed: int,
    draws: int,
) -> list[Score]:
    """The shares of all altered samples, of those out of context and of the unmodified ones, each with its images."""
    import numpy as np

    def said(metric: str, verdict: bool | None, side: tuple[Verdicts, ImageIds]) -> Score:
        verdicts, images = side
        members = np.array([(v is verdict, True) for v in verdicts], dtype=int).reshape(-1, 2)
        drawn = resampled_sums(members, images=images, draws=draws, seed=seed)
        return _share(metric, members.sum(axis=0), images, drawn)

    recall, unread = said("recall_unmodified", True, plain), said("unreadable_unmodified", None, plain)
    specific, says = said("specificity_altered", False, out), said("says_in_context", True, altered)
    gap = recall.value - says.value if recall.value is not None and says.value is not None else None
    return [recall, specific, Score("gap", gap, None, None, recall.n + says.n), unread]


def _share(metric: str, counts: Array, images: ImageIds, drawn: Array) -> Score:
    """A share from how many are counted of how many, (2,), and the draws of both, (draws, 2); see `scores`."""
    row = share(metric, int(counts[0]), int(counts[1]))
    return row if images is None else wider(row, divided(drawn[:, 0], drawn[:, 1]))


def _said(verdicts: Verdicts) -> Array:
    """For each answer whether it says in-context and whether it can be read, (samples, 2) of 0 and 1."""
    import numpy as np

    return np.array([(v is True, v is not None) for v in verdicts], dtype=int).reshape(-1, 2)


def _detected(signal: Array, noise: Array) -> tuple[Array, Array]:
    """d' and c from how many were said to be in context and how many could be read, each (..., 2)."""
    from scipy.special import ndtri

    hit, alarm = (ndtri((side[..., 0] + 0.5) / (side[..., 1] + 1)) for side in (signal, noise))
    return hit - alarm, -(hit + alarm) / 2
