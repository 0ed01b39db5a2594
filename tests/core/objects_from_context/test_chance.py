"""Chance at clique level: against exact fractions, closed forms and a simulation."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy.special import betainc

from coinco_core.errors import InputError
from coinco_core.objects_from_context.chance import (
    chance_at,
    chance_cliques,
    chance_instances,
    chance_twelve_way,
    clique_shares,
    place_chances,
)
from coinco_core.objects_from_context.ranking import CLIQUE_OF, CLIQUE_SIZES, RULES, TOP, gold_places, rank_cliques

SIZES = CLIQUE_SIZES.tolist()


def exact_places(c: int) -> list[Fraction]:
    """The chance of clique c to take each place under 'first', as fractions, by inclusion and exclusion.

    All of a set B of cliques come after c with probability s / (s + sizes of B), s the size of c: of their members and
    c's, the first is one of c's. How many come before follows from the sums over all sets of a size.
    """
    others = SIZES[:c] + SIZES[c + 1 :]
    after = [sum(Fraction(SIZES[c], SIZES[c] + sum(b)) for b in combinations(others, m)) for m in range(12)]
    exactly = [sum((-1) ** (m - j) * binomial(m, j) * after[m] for m in range(j, 12)) for j in range(12)]
    return [exactly[11 - place] for place in range(12)]


def binomial(n: int, k: int) -> int:
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)


def test_chance_under_the_first_rule_is_exact() -> None:
    exact = np.array([[float(p) for p in exact_places(c)] for c in range(12)])
    np.testing.assert_allclose(place_chances("first"), exact, rtol=0, atol=1e-11)
    for k, chance in chance_cliques("first").items():
        assert chance == pytest.approx(float(np.array(SIZES) / 80 @ exact[:, :k].sum(axis=1)), abs=1e-11)


def test_chance_is_what_the_fact_sheet_works_out() -> None:
    assert chance_instances() == {1: 1 / 80, 3: 3 / 80, 5: 5 / 80, 10: 10 / 80}
    percents = [100 * share for share in chance_cliques("first").values()]
    assert percents == pytest.approx([9.5, 28.3, 46.7, 89.2], abs=0.06)
    # the first category of a random ranking is of clique c with probability size / 80, and so is the gold one
    assert chance_cliques("first")[1] == pytest.approx(float(((CLIQUE_SIZES / 80) ** 2).sum()))


def test_the_mean_place_under_the_sum_rule_is_that_of_beta_distributions() -> None:
    """Of two sums of a and b exponential numbers the second is larger with the probability I(1/2; a, b)."""
    means = place_chances("sum") @ np.arange(12)
    expected = [sum(betainc(SIZES[c], SIZES[j], 0.5) for j in range(12) if j != c) for c in range(12)]
    np.testing.assert_allclose(means, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("rule", RULES)
def test_every_clique_has_a_place_and_every_place_a_clique(rule: str) -> None:
    chances = place_chances(rule)
    assert (chances > 0).all()
    np.testing.assert_allclose(chances.sum(axis=0), 1, atol=1e-11)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-11)


@pytest.mark.parametrize("rule", RULES)
def test_chance_agrees_with_a_simulation(rule: str) -> None:
    rng = np.random.default_rng(0)
    n = 40_000
    scores = rng.exponential(size=(n, 80))
    gold = rng.choice(80, n, p=np.arange(1, 81) / 3240)
    places = gold_places(rank_cliques(scores / scores.sum(axis=1, keepdims=True), rule), CLIQUE_OF[gold])
    simulated = {k: (places < k).mean() for k in TOP}
    for k, chance in chance_at("clique", rule, gold).items():
        assert simulated[k] == pytest.approx(chance, abs=4 * (chance * (1 - chance) / n) ** 0.5)


@pytest.mark.parametrize("rule", RULES)
def test_only_with_equally_frequent_cliques_is_chance_the_papers_random_row(rule: str) -> None:
    equal = chance_cliques(rule, np.full(12, 1 / 12))
    assert equal == pytest.approx(chance_twelve_way(), abs=1e-11)
    assert [round(100 * chance_twelve_way()[k], 2) for k in (1, 3, 5)] == [8.33, 25.0, 41.67]
    for k, chance in chance_cliques(rule).items():
        assert chance > chance_twelve_way()[k]


def test_chance_follows_the_gold_labels() -> None:
    assert chance_at("instance", "", np.array([0])) == chance_instances()
    persons = chance_at("clique", "first", np.zeros(5, dtype=int), (1,))  # a clique of one
    assert persons == pytest.approx({1: 1 / 80})
    np.testing.assert_allclose(clique_shares(np.array([0, 1, 2, 2])), [0.25, 0.75] + [0] * 10)


@pytest.mark.parametrize("shares", [np.full(12, 1.0), np.full(11, 1 / 11), np.array([2.0, -1.0] + [0.0] * 10)])
def test_shares_that_are_none_are_refused(shares: np.ndarray) -> None:
    with pytest.raises(InputError, match="12 numbers"):
        chance_cliques("first", shares)


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(InputError, match="'first' or 'sum'"):
        chance_cliques("last")
