"""The tables behind the figures with one scale for the paper and a run: whose number is whose, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from coinco_book.checkout import find_checkout
from coinco_book.claims.beside_paper import Comparison, Pair
from coinco_book.claims.ledger import load_claims
from coinco_book.claims.settled.page import paper_values
from coinco_book.claims.shared_axes import (
    CHANCE,
    NETWORK,
    PRINTED,
    THE_PAPER,
    gamma_sweep,
    object_accuracies,
    overlapping_pairs,
    published_changes,
    run_changes,
)

PAPER: dict[str, Any] = paper_values(load_claims(find_checkout()))


def test_the_paper_s_side_holds_its_twelve_cells_with_intervals() -> None:
    table = published_changes(PAPER)
    assert len(table) == 12
    assert set(table["panel"]) == {THE_PAPER}
    assert ((table["low"] < table["value"]) & (table["value"] < table["high"])).all()
    loss = table[(table["criterion"] == "co_occurrence") & (table["where"] == "unmodified scenes")]
    assert dict(zip(loss["answerer"], loss["value"], strict=True)) == {"before": 0.89, "student": 0.87}


def test_only_the_loss_lies_within_its_intervals() -> None:
    assert overlapping_pairs(published_changes(PAPER)) == ["co-occurrence on unmodified scenes"]


def test_the_run_s_side_keeps_what_is_not_known_missing() -> None:
    pairs = (
        Pair("size, replaced objects, before", 55.4, 40.0, 30.0, 50.0),
        Pair("size, replaced objects, after", 65.9, None),
    )
    table = run_changes(Comparison("", "", pairs), "This run (demo numbers)")
    assert table.loc[0, ["panel", "criterion", "answerer"]].tolist() == ["This run (demo numbers)", "size", "before"]
    assert table.loc[0, ["value", "low", "high"]].tolist() == pytest.approx([0.4, 0.3, 0.5])
    assert table.loc[1, ["value", "low", "high"]].isna().all()


def test_accuracies_of_either_side_never_mix() -> None:
    numbers = {
        "ofc_network_instance_top1": {"value": 23.75},
        "ofc_network_clique_first_top3": {"value": 78.0},
        "ofc_chance_instance_top1": {"value": "not known"},
    }
    table = object_accuracies(PAPER, numbers, "This run")
    run = table[table["panel"] == "This run"]
    assert run[["level", "method", "k", "value"]].to_numpy().tolist() == [
        ["80 categories", NETWORK, 1, 23.75],
        ["12 supercategories", NETWORK, 3, 78.0],
    ]
    paper = table[table["panel"] == THE_PAPER].set_index(["level", "method", "k"])["value"]
    assert paper["80 categories", NETWORK, 10] == 58.87
    assert paper["12 supercategories", PRINTED, 1] == 8.33
    assert paper["12 supercategories", CHANCE, 1] == pytest.approx(9.53, abs=0.005)
    assert set(object_accuracies(PAPER)["panel"]) == {THE_PAPER}


def test_the_sweep_holds_the_printed_points() -> None:
    table = gamma_sweep(PAPER)
    assert len(table) == 24
    own = table[(table["measure"] == "Average precision") & (table["model"] == "PSCC-Net")]
    assert own[["factor", "value"]].to_numpy().tolist() == [[1, 0.795], [5, 0.809], [10, 0.800]]
    best = table[table["measure"] == "F1"].groupby("model")["value"].idxmax()
    assert set(table.loc[best, "factor"]) <= {5, 10}
    assert table["value"].between(0, 1).all()
