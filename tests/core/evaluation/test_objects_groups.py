"""Where Objects-from-Context errs: by category, by size of the box, by supercategory."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from coinco_core.categories import NAMES, SUPERCATEGORIES
from coinco_core.errors import InputError
from coinco_core.evaluation import wilson_interval
from coinco_core.evaluation.objects_groups import category_table, clique_confusion, size_edges, size_table
from coinco_core.objects_from_context.baselines import area_shares
from coinco_core.objects_from_context.ranking import CLIQUE_OF, rank, rank_cliques
from coinco_core.samples import Box, Sample

RNG = np.random.default_rng(0)
GOLD = RNG.integers(0, 30, 400)
SCORES: Any = RNG.dirichlet(np.full(80, 0.3), 400) * 0.8 + 0.2 * np.eye(80)[GOLD]


def test_the_category_table_is_a_loops() -> None:
    table = category_table(SCORES, GOLD)
    assert table["category"].tolist() == [NAMES[c] for c in sorted(set(GOLD.tolist()))]
    assert table["n"].sum() == 400
    ranking = rank(SCORES)
    for row in table.to_dict("records"):
        c = NAMES.index(row["category"])
        own = np.flatnonzero(c == GOLD)
        hits = {k: sum(c in ranking[i, :k] for i in own) for k in (1, 5)}
        assert (row["n"], row["top1_hits"], row["top5_hits"]) == (len(own), hits[1], hits[5])
        assert (row["top5_low"], row["top5_high"]) == wilson_interval(hits[5], len(own))
        assert row["probability"] == pytest.approx(np.mean([SCORES[i, c] for i in own]))
        wrong = Counter(int(ranking[i, 0]) for i in own if ranking[i, 0] != c)
        assert row["wrong_count"] == max(wrong.values(), default=0)
        tied = [NAMES[said] for said in sorted(wrong) if wrong[said] == row["wrong_count"]]
        assert row["wrong_answer"] == next(iter(tied), "")


def test_a_category_that_is_always_right_has_no_wrong_answer() -> None:
    (row,) = category_table(np.eye(80)[[4, 4]], np.array([4, 4])).to_dict("records")
    assert (row["wrong_answer"], row["wrong_count"], row["top1"], row["probability"]) == ("", 0, 1.0, 1.0)


def test_a_boxs_share_is_that_of_its_part_inside_the_image() -> None:
    sample = Sample("s", "s.png", 100, 50, Box(0, 0, 50, 10), "dog", "cat", "test", "demo", modified=True)
    outside = replace(sample, box=Box(90, 0, 20, 50))
    assert area_shares([sample, outside]).tolist() == pytest.approx([0.1, 0.1])


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=40), st.integers(1, 6))
def test_every_box_is_in_one_bin_and_equal_boxes_together(shares: list[float], bins: int) -> None:
    gold, boxes = np.zeros(len(shares), dtype=int), np.array(shares)
    table = size_table({"m": np.eye(80)[gold]}, gold, boxes, edges=size_edges(boxes, bins))
    assert table["n"].sum() == len(shares) and len(table) <= bins
    for row in table.to_dict("records"):
        assert row["n"] == ((boxes > row["above"]) & (boxes <= row["up_to"])).sum() > 0


def test_bins_are_of_equal_number_where_boxes_differ() -> None:
    shares = RNG.permutation(np.linspace(0.01, 0.9, 400))
    table = size_table({"m": SCORES, "shuffled": SCORES[::-1]}, GOLD, shares, k=5)
    assert table["method"].tolist() == ["m"] * 5 + ["shuffled"] * 5
    assert table["n"].tolist() == [80] * 10
    places = np.argsort(rank(SCORES), axis=1)[np.arange(400), GOLD]
    first = table.iloc[0]
    own = shares <= first["up_to"]
    assert first["hits"] == (places[own] < 5).sum()
    assert (first["low"], first["high"]) == wilson_interval(int(first["hits"]), 80)
    assert first["group"].startswith("up to ") and table.iloc[4]["group"].startswith("above ")


def test_the_same_limits_serve_two_sets_of_boxes() -> None:
    table = size_table({"m": np.eye(80)[:2]}, np.array([0, 1]), np.array([0.1, 0.1]), edges=np.array([0.1, 0.5]))
    assert table[["above", "up_to", "n"]].values.tolist() == [[0.0, 0.1, 2.0]]
    with pytest.raises(InputError, match="2 gold labels and 1 boxes"):
        size_table({"m": np.eye(80)[:2]}, np.array([0, 1]), np.array([0.1]))
    with pytest.raises(InputError, match="0 boxes"):
        size_edges(np.array([]))


@pytest.mark.parametrize("rule", ["first", "sum"])
def test_the_confusion_is_scikit_learns(rule: str) -> None:
    table = clique_confusion(SCORES, GOLD, rule)
    said = rank_cliques(SCORES, rule)[:, 0]
    assert table.to_numpy().tolist() == confusion_matrix(CLIQUE_OF[GOLD], said, labels=range(12)).tolist()
    assert list(table.index) == list(table.columns) == list(SUPERCATEGORIES)
    with pytest.raises(InputError, match="do not fit"):
        clique_confusion(SCORES[:5], GOLD, rule)
