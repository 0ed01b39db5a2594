"""Every figure of one answerer as a closed form of six counts, for one table or for thousands of draws at once.

In-context is the positive class throughout. A figure that is not defined, as when a class is absent, is NaN. The MCC of
an answerer who always says the same is 0, as scikit-learn has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coinco_core.agreement import pair_figures
from coinco_core.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Verdicts = Sequence[bool | None]
CELLS = ("tn", "fn", "fp", "tp", "unread_out", "unread_in")  # the last two: unreadable, by what would have been right


def cells(truth: Sequence[bool], predicted: Verdicts) -> Array:
    """Which of CELLS each sample falls into, (samples, 6) int64 of 0 and 1, one 1 per row.

    Raises InputError when the lengths differ or a label is missing.
    """
    import numpy as np

    if len(truth) != len(predicted):
        raise InputError(f"{len(truth)} labels and {len(predicted)} verdicts do not match; give one of each a sample.")
    if any(label is None for label in truth):
        raise InputError("A label is missing; leave out the samples whose truth is not known.")
    gold = np.array(truth, dtype=int)
    said = np.array([2 if verdict is None else int(verdict) for verdict in predicted], dtype=int)
    return np.eye(6, dtype=int)[gold + 2 * said]


def shares(counts: Array) -> dict[str, tuple[Array, Array]]:
    """The figures that are plain shares, by name: how many, of how many, each of shape (...) for `counts` (..., 6).

    `counts` is in the order of CELLS. `accuracy_all` counts unreadable answers as wrong; except for it and
    `unreadable`, shares are over the readable answers.
    """
    tn, fn, fp, tp, *unread = _apart(counts)
    read, without = tn + fn + fp + tp, unread[0] + unread[1]
    return {
        "accuracy": (tp + tn, read),
        "accuracy_all": (tp + tn, read + without),
        "recall": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "precision": (tp, tp + fp),
        "precision_out": (tn, tn + fn),
        "says_in_context": (tp + fp, read),
        "unreadable": (without, read + without),
    }


def measures(counts: Array) -> dict[str, Array]:
    """All figures by name, the shares first, each float64 of shape (...) for `counts` (..., 6) in the order of CELLS.

    `f1` and `f1_out` are of the two classes, `macro_f1` their mean; `balanced_accuracy_all` counts unreadable answers
    as wrong. Except for `unreadable` and the two that end in `_all`, figures are over the readable answers. `kappa` is
    Cohen's; it and `mcc` are -1..1, all others 0..1, and NaN where undefined.
    """
    import numpy as np

    tn, fn, fp, tp, unread_out, unread_in = _apart(counts)
    n_in, n_out = tp + fn, tn + fp
    both = (n_in > 0) & (n_out > 0)
    f1, f1_out = divided(2 * tp, 2 * tp + fp + fn), divided(2 * tn, 2 * tn + fp + fn)
    spread = np.sqrt((tp + fp) * n_in * n_out * (tn + fn))
    mcc = np.where(spread > 0, divided(tp * tn - fp * fn, spread), 0.0)
    return {name: divided(part, whole) for name, (part, whole) in shares(counts).items()} | {
        "f1": f1,
        "f1_out": f1_out,
        "balanced_accuracy": (divided(tp, n_in) + divided(tn, n_out)) / 2,
        "balanced_accuracy_all": (divided(tp, n_in + unread_in) + divided(tn, n_out + unread_out)) / 2,
        "macro_f1": np.where(both, (f1 + f1_out) / 2, np.nan),
        "mcc": np.where(both, mcc, np.nan),
        "kappa": pair_figures(np.asarray(counts)[..., :4])["cohen_kappa"],
    }


def aurocs(truth: Array, probabilities: Array, weights: Array) -> Array:
    """The probability that an in-context sample is rated above an out-of-context one, ties half (Mann-Whitney).

    `truth` (samples,) is boolean, `probabilities` (samples,) of in-context, and `weights` (draws, samples) how often
    each sample counts. The result is (draws,), 0..1, NaN where a class has no weight.
    """
    import numpy as np

    levels, at = np.unique(probabilities, return_inverse=True)
    order = np.argsort(at, kind="stable")
    starts = np.searchsorted(at[order], np.arange(len(levels)))
    inside = _by_level(weights * truth, order, starts)
    outside = _by_level(weights * ~truth, order, starts)
    below = outside.cumsum(axis=1) - outside / 2
    return divided((inside * below).sum(axis=1), inside.sum(axis=1) * outside.sum(axis=1))


def divided(part: Any, whole: Any) -> Array:
    """part / whole as float64, NaN where whole is 0; of their broadcast shape, (...)."""
    import numpy as np

    return np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=np.asarray(whole) != 0)


def _by_level(weights: Array, order: Array, starts: Array) -> Array:
    import numpy as np

    return np.add.reduceat(weights[:, order], starts, axis=1) if len(starts) else np.zeros((len(weights), 0))


def _apart(counts: Array) -> Array:
    """The six counts, each on its own; floats, for products of four counts outgrow 64 bits."""
    import numpy as np

    return np.moveaxis(np.asarray(counts, dtype=float), -1, 0)
