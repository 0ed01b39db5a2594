"""Rankings at both levels, and chance under each rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinco_core.categories import NAMES, SUPERCATEGORIES, supercategory_of
from coinco_core.errors import InputError
from coinco_core.objects_from_context.ranking import (
    CLIQUE_OF,
    CLIQUE_SIZES,
    RULES,
    accuracy_table,
    chance_cliques,
    chance_instances,
    clique_scores,
    rank,
    rank_cliques,
    top_k,
)


def test_the_cliques_are_the_twelve_supercategories() -> None:
    assert CLIQUE_SIZES.tolist() == [1, 8, 5, 10, 5, 10, 7, 10, 6, 6, 5, 7]
    assert CLIQUE_OF.tolist() == [supercategory_of(i) for i in range(80)]


def first_by_hand(row: np.ndarray) -> list[int]:
    """The authors' rule, word for word: map each of the ranked categories, drop repeats, keep the first."""
    seen: list[int] = []
    for i in sorted(range(80), key=lambda i: -row[i]):
        if supercategory_of(i) not in seen:
            seen.append(supercategory_of(i))
    return seen


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_both_rules_rank_every_clique_once(seed: int) -> None:
    scores = np.random.default_rng(seed).dirichlet(np.full(80, 0.3), size=3)
    for rule in RULES:
        assert np.sort(rank_cliques(scores, rule)).tolist() == [list(range(12))] * 3
    assert rank_cliques(scores, "first").tolist() == [first_by_hand(row) for row in scores]
    assert rank_cliques(scores, "first")[:, 0].tolist() == CLIQUE_OF[scores.argmax(axis=1)].tolist()
    np.testing.assert_allclose(clique_scores(scores).sum(axis=1), 1)


def test_the_two_rules_can_disagree() -> None:
    scores = np.zeros((1, 80))
    scores[0, NAMES.index("person")] = 0.3  # the best single category
    scores[0, [NAMES.index(n) for n in ("cat", "dog", "cow")]] = 0.2  # together the better clique
    assert SUPERCATEGORIES[rank_cliques(scores, "first")[0, 0]] == "person"
    assert SUPERCATEGORIES[rank_cliques(scores, "sum")[0, 0]] == "animal"


def test_ties_keep_the_order_of_the_categories() -> None:
    assert rank(np.zeros((1, 80)))[0].tolist() == list(range(80))


def test_top_k_counts_hits_among_the_first_k() -> None:
    ranking = np.array([[2, 0, 1], [0, 1, 2], [1, 2, 0], [2, 1, 0]])
    assert top_k(ranking, np.array([2, 2, 2, 0]), (1, 2, 3)) == {1: 0.25, 2: 0.5, 3: 1.0}
    with pytest.raises(InputError):
        top_k(ranking, np.array([1]))


def test_chance_is_what_the_fact_sheet_works_out() -> None:
    assert chance_instances() == {1: 1 / 80, 3: 3 / 80, 5: 5 / 80, 10: 10 / 80}
    percents = [100 * share for share in chance_cliques("first").values()]
    assert percents == pytest.approx([9.5, 28.3, 46.7, 89.3], abs=0.06)
    # the first category of a random ranking is of clique c with probability size / 80, and so is the gold one
    assert chance_cliques("first")[1] == pytest.approx(float(((CLIQUE_SIZES / 80) ** 2).sum()))


@pytest.mark.parametrize("rule", RULES)
def test_chance_agrees_with_a_simulation(rule: str) -> None:
    rng = np.random.default_rng(0)
    n = 40_000
    scores, gold = rng.exponential(size=(n, 80)), rng.integers(0, 80, n)
    simulated = top_k(rank_cliques(scores, rule), CLIQUE_OF[gold])
    for k, chance in chance_cliques(rule).items():
        assert simulated[k] == pytest.approx(chance, abs=4 * (chance * (1 - chance) / n) ** 0.5)


@pytest.mark.parametrize("rule", RULES)
def test_only_with_equally_frequent_cliques_is_chance_k_of_twelve(rule: str) -> None:
    equal = chance_cliques(rule, np.full(12, 1 / 12))
    assert list(equal.values()) == pytest.approx([1 / 12, 3 / 12, 5 / 12, 10 / 12], abs=1e-5)
    for k, chance in chance_cliques(rule).items():
        assert chance > k / 12


def test_the_table_has_every_method_level_and_rule() -> None:
    gold = np.array([0, 3, 3, 7])
    perfect = np.eye(80)[gold]
    table = accuracy_table({"perfect": perfect, "wrong": np.roll(perfect, 40, axis=1)}, gold)
    assert table["method"].tolist() == ["chance"] * 3 + ["perfect"] * 3 + ["wrong"] * 3
    assert (table.query("method == 'perfect'")[["top-1", "top-10"]] == 100).all(axis=None)
    assert table.query("method == 'wrong'")["top-1"].tolist() == [0, 0, 0]


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(InputError, match="'first' or 'sum'"):
        rank_cliques(np.zeros((1, 80)), "frist")
