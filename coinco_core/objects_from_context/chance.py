"""What chance gets at either level (section 5.2), computed and not assumed.

Chance means: at instance level a random ranking of the 80. At clique level it follows the rule: for 'first' a random
ranking of the 80 that is then reduced to 12, for 'sum' a probability vector drawn uniformly from all there are. In
neither is it k of 12, because a clique of ten categories comes up sooner than a clique of one, and is the right answer
more often. The row 'Random' of the paper's table is k of 12, the chance of a ranking that nobody there makes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coinco_core.categories import NAMES, SUPERCATEGORIES
from coinco_core.errors import InputError
from coinco_core.objects_from_context.ranking import CLIQUE_OF, CLIQUE_SIZES, TOP, check_labels, check_rule

_NODES = 200  # of the quadrature; 40 would be exact for 'first'
_FARTHEST = 80.0  # a sum of ten exponential numbers lies above it once in 10^24


def chance_instances(ks: Sequence[int] = TOP) -> dict[int, float]:
    """The top-k accuracy (0..1) of a random ranking of the 80 categories by k: k of 80."""
    return {k: k / len(NAMES) for k in ks}


def chance_twelve_way(ks: Sequence[int] = TOP) -> dict[int, float]:
    """The top-k accuracy (0..1) of a random ranking of 12 by k: k of 12, the row 'Random' of the paper's table.

    It is chance under neither rule (see `chance_cliques`), and lower than chance under both for labels uniform over the
    80 categories.
    """
    return {k: k / len(SUPERCATEGORIES) for k in ks}


def chance_cliques(rule: str, gold: np.ndarray | None = None, ks: Sequence[int] = TOP) -> dict[int, float]:
    """The top-k accuracy (0..1) of chance at clique level, under the rule 'first' or 'sum'.

    `gold` (12,) is the share of each clique among the gold labels, summing to 1; by default every category is equally
    likely. The result is by k. Raises InputError for another rule or shares that are not a distribution.
    """
    weights = CLIQUE_SIZES / CLIQUE_SIZES.sum() if gold is None else np.asarray(gold, dtype=float)
    if weights.shape != CLIQUE_SIZES.shape or (weights < 0).any() or not np.isclose(weights.sum(), 1):
        raise InputError("The shares of the gold cliques must be 12 numbers from 0 up that add up to 1.")
    within = place_chances(rule)
    return {k: float(weights @ within[:, :k].sum(axis=1)) for k in ks}


def chance_at(level: str, rule: str, gold: np.ndarray, ks: Sequence[int] = TOP) -> dict[int, float]:
    """The top-k accuracy (0..1) of chance for these gold categories (n,), at a level and rule of ranking.READINGS."""
    if level == "instance":
        return chance_instances(ks)
    return chance_cliques(rule, clique_shares(gold), ks)


def clique_shares(gold: np.ndarray) -> np.ndarray:
    """The share of each clique among gold categories (n,), (12,) float64 summing to 1."""
    return np.bincount(CLIQUE_OF[check_labels(gold)], minlength=len(SUPERCATEGORIES)) / len(gold)


def place_chances(rule: str) -> np.ndarray:
    """The probability (12, 12) of each clique (row) to take each place (column) by chance, under a rule.

    Each category draws a number: for 'first' a uniform one, and a clique ranks by its largest; for 'sum' an exponential
    one, and a clique ranks by its sum (gamma distributed). Given the value of one clique, whether each other ranks
    before it are independent trials, and their number is the place; the mean over that value is by Gauss-Legendre. For
    'first' the integrand is a polynomial of degree 79, hence exact to rounding.
    """
    from scipy.stats import gamma

    check_rule(rule)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    nodes, weights = (nodes + 1) / 2, weights / 2
    chances = np.zeros((len(CLIQUE_SIZES), len(CLIQUE_SIZES)))
    for c, size in enumerate(CLIQUE_SIZES):
        others = np.delete(CLIQUE_SIZES, c)[:, None]
        if rule == "first":
            density = size * nodes ** (size - 1)
            before = 1 - nodes**others
        else:
            density = gamma.pdf(_FARTHEST * nodes, size) * _FARTHEST
            before = gamma.sf(_FARTHEST * nodes, others)
        chances[c] = _count_distribution(before) @ (density * weights)
    return chances


def _count_distribution(chances: np.ndarray) -> np.ndarray:
    """The probability (m + 1, q) that 0..m of m independent events happen, for their chances (m, q)."""
    counts = np.zeros((len(chances) + 1, chances.shape[1]))
    counts[0] = 1
    for chance in chances:
        counts[1:] = counts[1:] * (1 - chance) + counts[:-1] * chance
        counts[0] *= 1 - chance
    return counts
