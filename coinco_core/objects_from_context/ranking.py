"""Reading the network's answer at two levels: 80 categories (instance), 12 supercategories (clique), section 5.2.

There are two rules for the clique level. 'first': rank all 80, replace each by its supercategory, keep the first
appearance of each; this is what the authors' code computes. 'sum': add up the probabilities within each
supercategory; this is what the paper's figure shows. They differ, and so does what chance gets under them (`chance`).
"""

from __future__ import annotations

import numpy as np

from coinco_core.categories import NAMES, SUPERCATEGORIES, SUPERCATEGORY_INDICES
from coinco_core.errors import InputError, did_you_mean

TOP = (1, 3, 5, 10)  # section 5.2; test.py of the authors' code
RULES = ("first", "sum")
READINGS = (("instance", ""), ("clique", "first"), ("clique", "sum"))  # level and rule, as tables have them
CLIQUE_OF = np.array(SUPERCATEGORY_INDICES)  # (80,), the clique of each category
CLIQUE_SIZES = np.bincount(CLIQUE_OF)  # (12,), how many categories each has


def rank(scores: np.ndarray) -> np.ndarray:
    """The columns of each row of scores (n, m) from highest to lowest, (n, m) int64; ties in the columns' order."""
    return np.argsort(-scores, axis=1, kind="stable")


def clique_scores(probabilities: np.ndarray) -> np.ndarray:
    """The summed probability of each supercategory, (..., 12) float64, from probabilities (..., 80)."""
    membership = np.eye(len(SUPERCATEGORIES))[CLIQUE_OF]
    return probabilities @ membership


def rank_cliques(probabilities: np.ndarray, rule: str) -> np.ndarray:
    """The supercategories (0..11) of each row of probabilities (n, 80) from first to last, (n, 12) int64.

    `rule` is 'first' or 'sum', else an InputError is raised.
    """
    check_rule(rule)
    if rule == "sum":
        return rank(clique_scores(probabilities))
    # A clique first appears where its best member stands, so that member's place ranks it.
    places = np.argsort(rank(probabilities), axis=1)
    best = np.stack([places[:, c == CLIQUE_OF].min(axis=1) for c in range(len(SUPERCATEGORIES))], axis=1)
    return np.argsort(best, axis=1)


def check_rule(rule: str) -> None:
    """Raises InputError unless the rule is 'first' or 'sum'."""
    if rule not in RULES:
        raise InputError(f"'{rule}' is not a rule for cliques; use 'first' or 'sum'.{did_you_mean(rule, RULES)}")


def gold_places(ranking: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """The place of the gold label (n,) in each row of a ranking (n, m), (n,) int64: 0 is first.

    Raises InputError when there are none, their numbers differ, or a gold label is not in its row of the ranking.
    """
    if len(gold) != len(ranking) or not len(gold):
        raise InputError(f"{len(gold)} gold labels do not fit {len(ranking)} rankings.")
    found = ranking == np.asarray(gold)[:, None]
    if not found.any(axis=1).all():
        raise InputError(f"A gold label is not among the {ranking.shape[1]} that are ranked.")
    return found.argmax(axis=1)


def read_places(probabilities: np.ndarray, gold: np.ndarray, level: str, rule: str = "") -> np.ndarray:
    """The place of the gold category or its clique in each ranking, (n,) int64 from 0, by one of READINGS.

    `probabilities` are (n, 80), `gold` category indices (n,) at either level. Raises InputError for another shape or an
    unknown level or rule.
    """
    if probabilities.ndim != 2 or probabilities.shape[1] != len(NAMES):
        raise InputError(f"Probabilities of shape {probabilities.shape} are not a row of {len(NAMES)} a sample.")
    gold = check_labels(gold)
    if level == "instance":
        return gold_places(rank(probabilities), gold)
    if level != "clique":
        raise InputError(f"'{level}' is not a level; use 'instance' or 'clique'.")
    return gold_places(rank_cliques(probabilities, rule), CLIQUE_OF[gold])


def check_labels(labels: np.ndarray) -> np.ndarray:
    """The labels as an array (n,) of integers in 0..79; InputError when there are none or one is something else."""
    array = np.asarray(labels)
    if array.ndim != 1 or not len(array) or array.dtype.kind not in "iu":
        raise InputError("Labels must be a row of whole numbers, one a sample, of one sample at least.")
    if array.min() < 0 or array.max() >= len(NAMES):
        raise InputError(f"A label lies outside 0..{len(NAMES) - 1}; labels are indices of the 80 categories.")
    return array
