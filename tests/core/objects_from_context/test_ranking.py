"""Rankings at both levels: the two rules, ties, and places."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import top_k_accuracy_score

from coinco_core.categories import CATEGORIES, NAMES, SUPERCATEGORIES
from coinco_core.errors import InputError
from coinco_core.objects_from_context.ranking import (
    CLIQUE_OF,
    CLIQUE_SIZES,
    READINGS,
    RULES,
    TOP,
    check_labels,
    clique_scores,
    gold_places,
    rank,
    rank_cliques,
    read_places,
)

CLIQUES = [SUPERCATEGORIES.index(category.supercategory) for category in CATEGORIES]


def test_the_cliques_are_the_twelve_supercategories() -> None:
    assert CLIQUE_SIZES.tolist() == [1, 8, 5, 10, 5, 10, 7, 10, 6, 6, 5, 7]
    assert CLIQUE_OF.tolist() == CLIQUES


def first_by_hand(row: np.ndarray) -> list[int]:
    """The authors' rule, word for word: map each of the ranked categories, drop repeats, keep the first."""
    seen: list[int] = []
    for i in sorted(range(80), key=lambda i: -row[i]):
        if CLIQUES[i] not in seen:
            seen.append(CLIQUES[i])
    return seen


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
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
    assert rank_cliques(np.full((1, 80), 1 / 80), "first")[0].tolist() == list(range(12))


def test_a_gold_label_stands_at_its_place() -> None:
    ranking = np.array([[2, 0, 1], [0, 1, 2], [1, 2, 0], [2, 1, 0]])
    assert gold_places(ranking, np.array([2, 2, 2, 0])).tolist() == [0, 2, 1, 2]
    with pytest.raises(InputError, match="1 gold labels do not fit 4"):
        gold_places(ranking, np.array([1]))
    with pytest.raises(InputError, match="not among the 3"):
        gold_places(ranking, np.array([0, 1, 2, 3]))


def test_places_below_k_are_the_hits_of_scikit_learn_and_torch() -> None:
    rng = np.random.default_rng(3)
    scores, gold = rng.dirichlet(np.full(80, 0.2), size=500), rng.integers(0, 80, 500)
    places = gold_places(rank(scores), gold)
    for k in TOP:
        assert (places < k).mean() == pytest.approx(top_k_accuracy_score(gold, scores, k=k, labels=range(80)))
        in_torch = torch.from_numpy(scores).topk(k).indices == torch.from_numpy(gold)[:, None]
        assert ((places < k) == in_torch.any(1).numpy()).all()


@pytest.mark.parametrize(("level", "rule"), READINGS)
def test_places_are_those_of_a_loop(level: str, rule: str) -> None:
    rng = np.random.default_rng(4)
    scores, gold = rng.dirichlet(np.full(80, 0.2), size=20), rng.integers(0, 80, 20)
    expected = []
    for row, label in zip(scores, gold.tolist(), strict=True):
        if level == "instance":
            expected.append(sorted(range(80), key=lambda i: -row[i]).index(label))
        elif rule == "first":
            expected.append(first_by_hand(row).index(CLIQUES[label]))
        else:
            sums = [sum(row[i] for i in range(80) if CLIQUES[i] == c) for c in range(12)]
            expected.append(sorted(range(12), key=lambda c: -sums[c]).index(CLIQUES[label]))
    assert read_places(scores, gold, level, rule).tolist() == expected


def test_what_cannot_be_read_is_named() -> None:
    good = np.full((1, 80), 1 / 80)
    with pytest.raises(InputError, match="'first' or 'sum'"):
        rank_cliques(good, "frist")
    with pytest.raises(InputError, match="'instance' or 'clique'"):
        read_places(good, np.array([0]), "category")
    with pytest.raises(InputError, match="80 a sample"):
        read_places(np.zeros((1, 12)), np.array([0]), "instance")


@pytest.mark.parametrize("labels", [[], [-1], [80], [0.5], [[1]]])
def test_labels_are_indices_of_categories(labels: list[object]) -> None:
    with pytest.raises(InputError):
        check_labels(np.array(labels))
