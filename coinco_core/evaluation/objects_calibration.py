"""Whether the 80 probabilities of Objects-from-Context (section 5.2) mean what they say: reliability, temperature.

The reliability is that of the first answer: its probability against how often it is right. Brier score and log loss
are of all 80 probabilities. Knowing nothing, 1 of 80 for each, has a Brier score of 0.9875, a log loss of 4.382 nats.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

from coinco_core.categories import NAMES
from coinco_core.errors import InputError
from coinco_core.evaluation.calibration import (
    BINS,
    COLDEST,
    HOTTEST,
    NEVER,
    chance_calibration_error,
    expected_calibration_error,
    reliability_table,
)
from coinco_core.objects_from_context.ranking import check_labels

if TYPE_CHECKING:
    import pandas as pd

_OFF = 1e-4  # how far from 1 the probabilities of a sample may add up, for sums in float32


def first_answers(probabilities: np.ndarray, gold: np.ndarray) -> tuple[list[bool], list[float]]:
    """For each of n samples whether the likeliest category is correct, and its probability (0..1).

    `probabilities` are (n, 80), `gold` category indices (n,). Raises InputError when a row is not a distribution.
    """
    likely, labels = _checked(probabilities, gold)
    return (likely.argmax(axis=1) == labels).tolist(), np.minimum(likely.max(axis=1), 1.0).tolist()


def first_answer_reliability(probabilities: np.ndarray, gold: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """The reliability of the first answer in bins of about equal number, one row per bin.

    Columns n, probability and share as in `calibration.reliability_table`, `share` being how often the first answer was
    correct. `probabilities` are (n, 80), `gold` category indices (n,).
    """
    return reliability_table(*first_answers(probabilities, gold), bins)


def many_brier_score(probabilities: np.ndarray, gold: np.ndarray) -> float:
    """The squared distances of probabilities (n, 80) from the truth (n,), summed over the 80, mean over n: 0..2."""
    likely, labels = _checked(probabilities, gold)
    return float(((likely - np.eye(len(NAMES))[labels]) ** 2).sum(axis=1).mean())


def many_log_loss(probabilities: np.ndarray, gold: np.ndarray) -> float:
    """The mean negative log-likelihood in nats of gold categories (n,) under probabilities (n, 80).

    A probability of 0 counts as NEVER.
    """
    likely, labels = _checked(probabilities, gold)
    return float(-np.log(np.clip(likely[np.arange(len(labels)), labels], NEVER, 1.0)).mean())


def fit_many_temperature(probabilities: np.ndarray, gold: np.ndarray) -> float:
    """The temperature, COLDEST to HOTTEST, that minimizes the log loss of these samples (Guo and others, 2017).

    `probabilities` are (n, 80), `gold` category indices (n,). Fit it on validation samples and apply it to test
    samples. Above 1 the answers were overconfident. The loss is convex in 1 / temperature, so the minimum found is the
    global one. It is 1 where nothing is gained.
    """
    from scipy.optimize import minimize_scalar

    likely, labels = _checked(probabilities, gold)
    logs = _logs(likely)
    right = logs[np.arange(len(labels)), labels].mean()

    def loss(log_temperature: float) -> float:
        colder = logs / exp(log_temperature)
        most = colder.max(axis=1)
        return float((most + np.log(np.exp(colder - most[:, None]).sum(axis=1))).mean() - right / exp(log_temperature))

    found = minimize_scalar(loss, bounds=(log(COLDEST), log(HOTTEST)), method="bounded", options={"xatol": 1e-8})
    return exp(found.x) if found.fun < loss(0.0) else 1.0


def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities (n, 80) as the softmax of their logarithms over a temperature, (n, 80) float64; the ranking stays.

    Dividing the network's logits gives the same. A probability of 0 counts as NEVER, or as the smallest above 0
    where that is less. Raises InputError for a temperature that is not above 0.
    """
    if not temperature > 0:
        raise InputError(f"A temperature must be above 0, not {temperature}.")
    logs = _logs(np.asarray(probabilities, dtype=float)) / temperature
    scores = np.exp(logs - logs.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def many_calibration_table(
    methods: Mapping[str, np.ndarray], gold: np.ndarray, bins: int = BINS, *, seed: int = 0
) -> pd.DataFrame:
    """One row per method (or method at a temperature), from its probabilities (n, 80) and gold categories (n,).

    Columns method, n, top1 (how often the first answer is correct), confidence (its mean probability), ece and
    chance_ece (of the first answer; see `calibration`), all 0..1; brier (0..2) and log_loss (nats).
    """
    import pandas as pd

    rows = []
    for name, probabilities in methods.items():
        right, likely = first_answers(probabilities, gold)
        rows.append({
            "method": name,
            "n": len(right),
            "top1": float(np.mean(right)),
            "confidence": float(np.mean(likely)),
            "ece": expected_calibration_error(right, likely, bins),
            "chance_ece": chance_calibration_error(likely, bins, seed=seed),
            "brier": many_brier_score(probabilities, gold),
            "log_loss": many_log_loss(probabilities, gold),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _logs(likely: np.ndarray) -> np.ndarray:
    """The logarithms, finite where a probability is 0, as those of a forest may be."""
    return np.log(np.where(likely > 0, likely, min(NEVER, likely[likely > 0].min(initial=1.0))))


def _checked(probabilities: np.ndarray, gold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are a distribution a sample, and as many labels of categories."""
    labels, likely = check_labels(gold), np.asarray(probabilities, dtype=float)
    if likely.shape != (len(labels), len(NAMES)):
        raise InputError(f"Probabilities of shape {likely.shape} do not fit {len(labels)} labels of 80 categories.")
    if not ((likely >= 0).all() and np.allclose(likely.sum(axis=1), 1, atol=_OFF)):
        raise InputError("The probabilities of a sample must be from 0 up and add up to 1; these do not.")
    return likely, labels
