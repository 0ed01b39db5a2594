"""Whether a probability means what it says: reliability, calibration error, Brier score, log loss, temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError
from coinco_core.evaluation.scores import checked_probabilities

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

BINS = 15
NEVER = 1e-12  # 0 and 1 are taken for this far from it: a finite price for being certain and wrong
COLDEST, HOTTEST = 0.01, 100.0


def reliability_table(truth: Sequence[bool], probabilities: Sequence[float], bins: int = BINS) -> pd.DataFrame:
    """The samples in bins of about equal number by their probability of in-context, one row per bin.

    Columns n, probability (the bin's mean, 0..1) and share (of its samples that are in context, 0..1). Equal
    probabilities are in one bin, the one into which the middle of them falls, so that the order of the samples does not
    matter: bins are of equal number (to one) where all probabilities differ; where many are equal, the bins differ in
    size and are fewer than `bins`.
    Raises InputError for a probability outside 0..1 or lengths that differ.
    """
    import numpy as np
    import pandas as pd

    likely, gold = _checked(truth, probabilities)
    levels, at, counts = np.unique(likely, return_inverse=True, return_counts=True)
    middles = 2 * counts.cumsum() - counts  # twice how many samples lie below the middle of a level
    columns = np.stack([counts, levels * counts, np.bincount(at, weights=gold)])
    _, starts = np.unique(middles * bins // (2 * len(likely)), return_index=True)
    n, total, positive = np.add.reduceat(columns, starts, axis=1)
    return pd.DataFrame({"n": n.astype(int), "probability": total / n, "share": positive / n})


def expected_calibration_error(truth: Sequence[bool], probabilities: Sequence[float], bins: int = BINS) -> float:
    """The mean absolute difference of probability and share over the bins, weighted by their size, 0..1.

    With few samples it is large even for perfectly calibrated probabilities; see `chance_calibration_error`.
    """
    table = reliability_table(truth, probabilities, bins)
    return float(((table["probability"] - table["share"]).abs() * table["n"]).sum() / table["n"].sum())


def chance_calibration_error(
    probabilities: Sequence[float], bins: int = BINS, *, draws: int = 200, seed: int = 0
) -> float:
    """The calibration error (0..1) to expect of these probabilities (0..1) if they were perfectly calibrated.

    It is the mean over `draws` sets of labels, each label drawn with its sample's probability. The order of the samples
    does not matter.
    """
    import numpy as np

    rng, likely = np.random.default_rng(seed), np.sort(np.array(probabilities, dtype=float))
    labels = (rng.random(len(likely)) < likely for _ in range(draws))
    return float(np.mean([expected_calibration_error(drawn.tolist(), likely.tolist(), bins) for drawn in labels]))


def brier_score(truth: Sequence[bool], probabilities: Sequence[float]) -> float:
    """The mean squared distance between the probability of in-context and the truth, 0..1."""
    from sklearn.metrics import brier_score_loss

    likely, gold = _checked(truth, probabilities)
    return float(brier_score_loss(gold.astype(int), likely, pos_label=1))


def log_loss(truth: Sequence[bool], probabilities: Sequence[float]) -> float:
    """The mean negative log-likelihood of the labels, in nats; 0 and 1 count as NEVER and 1 - NEVER."""
    import numpy as np

    likely, gold = _checked(truth, probabilities)
    likely = np.clip(likely, NEVER, 1 - NEVER)
    return float(-np.where(gold, np.log(likely), np.log1p(-likely)).mean())


def fit_temperature(truth: Sequence[bool], probabilities: Sequence[float]) -> float:
    """The temperature, COLDEST to HOTTEST, that minimizes the log loss of these samples (Guo and others, 2017).

    `truth` and `probabilities` (of in-context, 0..1) have one entry per sample. Fit it on validation samples and apply
    it to test samples: it never raises the log loss of those it was fitted on. Above 1 the answers were overconfident.
    It is 1 where nothing is gained.
    """
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        return log_loss(truth, with_temperature(probabilities, exp(log_temperature)))

    found = minimize_scalar(loss, bounds=(log(COLDEST), log(HOTTEST)), method="bounded", options={"xatol": 1e-6})
    return exp(found.x) if found.fun < loss(0.0) else 1.0


def with_temperature(probabilities: Sequence[float], temperature: float) -> list[float]:
    """The probabilities (0..1) with their log-odds divided by a temperature; which verdict is likelier stays the same.

    Raises InputError for a temperature that is not above 0 or a probability outside 0..1.
    """
    import numpy as np
    from scipy.special import expit, logit

    if not temperature > 0:
        raise InputError(f"A temperature must be above 0, not {temperature}.")
    likely = np.array(probabilities, dtype=float)
    likely = checked_probabilities([True] * len(likely), likely.tolist())
    scaled: list[float] = expit(logit(np.clip(likely, NEVER, 1 - NEVER)) / temperature).tolist()
    return scaled


def calibration_table(
    truth: Sequence[bool], probabilities: Mapping[str, Sequence[float]], bins: int = BINS, *, seed: int = 0
) -> pd.DataFrame:
    """One row per answerer (or answerer at a temperature): columns answerer, ece, chance_ece, brier, log_loss, n.

    `truth` has one label per sample, `probabilities` those of in-context (0..1) by answerer. The log loss is in nats,
    the other figures are 0..1.
    """
    import pandas as pd

    rows = [
        {
            "answerer": name,
            "ece": expected_calibration_error(truth, likely, bins),
            "chance_ece": chance_calibration_error(likely, bins, seed=seed),
            "brier": brier_score(truth, likely),
            "log_loss": log_loss(truth, likely),
            "n": len(likely),
        }
        for name, likely in probabilities.items()
    ]
    return pd.DataFrame(rows)


def _checked(truth: Sequence[bool], probabilities: Sequence[float]) -> tuple[Array, Array]:
    """Probabilities and labels of the same samples, of one at least."""
    import numpy as np

    likely = checked_probabilities(truth, probabilities)
    if not len(likely):
        raise InputError("0 labels and 0 probabilities do not match a single sample; there is nothing to measure.")
    return likely, np.array(truth, dtype=bool)
