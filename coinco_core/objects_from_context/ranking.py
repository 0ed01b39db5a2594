"""Reading the network's answer at two levels: 80 categories (instance), 12 supercategories (clique), section 5.2.

There are two rules for the clique level. 'first': rank all 80, replace each by its supercategory, keep the first
appearance of each; this is what the authors' code computes. 'sum': add up the probabilities within each
supercategory; this is what the paper's figure shows. They differ, and so does what chance gets under them, which is
computed here and not assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coinco_core.categories import NAMES, SUPERCATEGORIES, SUPERCATEGORY_INDICES
from coinco_core.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

TOP = (1, 3, 5, 10)  # section 5.2; test.py of the authors' code
RULES = ("first", "sum")
CLIQUE_OF = np.array(SUPERCATEGORY_INDICES)  # (80,), the clique of each category
CLIQUE_SIZES = np.bincount(CLIQUE_OF)  # (12,), how many categories each has


def rank(scores: np.ndarray) -> np.ndarray:
    """The columns of each row of scores (n, m) from the highest to the lowest, (n, m); ties in the columns' order."""
    return np.argsort(-scores, axis=1, kind="stable")


def clique_scores(probabilities: np.ndarray) -> np.ndarray:
    """The summed probability of each supercategory, (n, 12), from probabilities (n, 80)."""
    membership = np.eye(len(SUPERCATEGORIES))[CLIQUE_OF]
    return probabilities @ membership


def rank_cliques(probabilities: np.ndarray, rule: str) -> np.ndarray:
    """The supercategories of each row from first to last, (n, 12), by the rule 'first' or 'sum'."""
    if rule == "sum":
        return rank(clique_scores(probabilities))
    if rule != "first":
        raise InputError(f"'{rule}' is not a rule for cliques; use 'first' or 'sum'.{did_you_mean(rule, RULES)}")
    # A clique first appears where its best member stands, so that member's place ranks it.
    places = np.argsort(rank(probabilities), axis=1)
    best = np.stack([places[:, c == CLIQUE_OF].min(axis=1) for c in range(len(SUPERCATEGORIES))], axis=1)
    return np.argsort(best, axis=1)


def top_k(ranking: np.ndarray, gold: np.ndarray, ks: Sequence[int] = TOP) -> dict[int, float]:
    """The share of rows whose gold column (n,) is among the first k of the ranking (n, m), for each k."""
    if len(gold) != len(ranking) or not len(gold):
        raise InputError(f"{len(gold)} gold labels do not fit {len(ranking)} rankings.")
    hits = ranking == np.asarray(gold)[:, None]
    return {k: float(hits[:, :k].any(axis=1).mean()) for k in ks}


def accuracy_table(methods: dict[str, np.ndarray], gold: np.ndarray) -> pd.DataFrame:
    """A row for each method, level and rule with top-1, 3, 5 and 10 in percent.

    `methods` maps a name to probabilities (n, 80), `gold` are category indices (n,); chance comes first.
    """
    import pandas as pd

    rows = [*_chance_rows(gold)]
    for name, scores in methods.items():
        rows.append((name, "instance", "", top_k(rank(scores), gold)))
        rows += [(name, "clique", rule, top_k(rank_cliques(scores, rule), CLIQUE_OF[gold])) for rule in RULES]
    table = pd.DataFrame([(*row[:3], *(100 * row[3][k] for k in TOP)) for row in rows])
    table.columns = pd.Index(["method", "level", "rule", *(f"top-{k}" for k in TOP)])
    return table


def _chance_rows(gold: np.ndarray) -> list[tuple[str, str, str, dict[int, float]]]:
    weights = np.bincount(CLIQUE_OF[gold], minlength=len(SUPERCATEGORIES)) / len(gold)
    cliques = [("chance", "clique", rule, chance_cliques(rule, weights)) for rule in RULES]
    return [("chance", "instance", "", chance_instances()), *cliques]


def chance_instances(ks: Sequence[int] = TOP) -> dict[int, float]:
    """The top-k accuracy of a random ranking of the 80 categories: k of 80."""
    return {k: k / len(NAMES) for k in ks}


def chance_cliques(rule: str, gold: np.ndarray | None = None, ks: Sequence[int] = TOP) -> dict[int, float]:
    """The top-k accuracy of chance at clique level, under a rule.

    Chance means: for 'first' a random ranking of the 80, for 'sum' a probability vector drawn uniformly from all
    there are. In neither is it k of 12, because a clique of ten categories comes up sooner than a clique of one.
    `gold` is the share of each clique among the gold labels (12,); by default every category is equally likely.
    """
    weights = CLIQUE_SIZES / CLIQUE_SIZES.sum() if gold is None else np.asarray(gold, dtype=float)
    within = _place_chances(rule)
    return {k: float(weights @ within[:, :k].sum(axis=1)) for k in ks}


def _place_chances(rule: str) -> np.ndarray:
    """The probability (12, 12) of each clique (row) to take each place (column) by chance.

    Each category draws a number of its own: for 'first' a uniform one, and a clique stands by its smallest; for 'sum'
    an exponential one, and a clique stands by its sum (gamma distributed). At a given value of one clique, how many
    of the others stand before it follows from independent trials; the integral over that value is by Gauss-Legendre,
    exact to rounding for 'first', where it is over a polynomial.
    """
    from scipy.stats import gamma

    nodes, weights = np.polynomial.legendre.leggauss(200)
    quantiles, weights = (nodes + 1) / 2, weights / 2
    chances = np.zeros((len(CLIQUE_SIZES), len(CLIQUE_SIZES)))
    for c, size in enumerate(CLIQUE_SIZES):
        others = np.delete(CLIQUE_SIZES, c)[:, None]
        if rule == "first":
            smallest = 1 - (1 - quantiles) ** (1 / size)
            before = 1 - (1 - smallest) ** others
        else:
            before = gamma.sf(gamma.ppf(quantiles, size), others)
        chances[c] = _count_distribution(before) @ weights
    return chances


def _count_distribution(chances: np.ndarray) -> np.ndarray:
    """The probability (m + 1, q) that 0..m of m independent events happen, for their chances (m, q)."""
    counts = np.zeros((len(chances) + 1, chances.shape[1]))
    counts[0] = 1
    for chance in chances:
        counts[1:] = counts[1:] * (1 - chance) + counts[:-1] * chance
        counts[0] *= 1 - chance
    return counts
