"""Objects-from-Context: top-k, balanced and paired, against scikit-learn, closed forms and a simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import recall_score, top_k_accuracy_score

from coinco_core.errors import InputError
from coinco_core.evaluation import holm, wilson_interval
from coinco_core.evaluation.top_k import CHANCE, accuracy_table, balanced_table, page_table, paired_table
from coinco_core.objects_from_context.chance import chance_cliques, chance_twelve_way
from coinco_core.objects_from_context.ranking import CLIQUE_OF, READINGS, TOP

Array = np.ndarray[Any, Any]


def drawn(n: int, seed: int = 0, skill: float = 0.0) -> tuple[Array, Array]:
    """Probabilities (n, 80), raised at the right category by `skill`, and gold labels of a skewed distribution."""
    rng = np.random.default_rng(seed)
    gold = np.minimum(rng.geometric(0.05, n) - 1, 79)
    scores = rng.dirichlet(np.full(80, 0.3), n) + skill * np.eye(80)[gold]
    return scores / scores.sum(axis=1, keepdims=True), gold


def row(table: Any, method: str, level: str = "instance", rule: str = "", k: int = 1) -> Any:
    at = (table["method"] == method) & (table["level"] == level) & (table["rule"] == rule) & (table["k"] == k)
    (found,) = table[at].to_dict("records")
    return found


def test_the_table_has_every_method_level_rule_and_k_in_order() -> None:
    scores, gold = drawn(50)
    table = accuracy_table({"b": scores, "a": scores}, gold)
    expected = [(m, *reading, k) for m in (CHANCE, "b", "a") for reading in READINGS for k in TOP]
    assert list(table[["method", "level", "rule", "k"]].itertuples(index=False, name=None)) == expected


def test_top_k_is_scikit_learns_with_wilsons_interval() -> None:
    scores, gold = drawn(300, skill=0.1)
    table = accuracy_table({"m": scores}, gold)
    for k in TOP:
        found = row(table, "m", k=k)
        assert found["value"] == pytest.approx(top_k_accuracy_score(gold, scores, k=k, labels=range(80)))
        assert (found["hits"], found["n"]) == (round(300 * found["value"]), 300)
        assert (found["low"], found["high"]) == wilson_interval(found["hits"], 300)


def test_chance_is_that_of_the_gold_labels_and_has_no_hits() -> None:
    gold = np.array([0, 3, 3, 7])
    table = accuracy_table({"perfect": np.eye(80)[gold]}, gold)
    assert row(table, CHANCE, k=5)["value"] == pytest.approx(5 / 80)
    shares = np.bincount(CLIQUE_OF[gold], minlength=12) / 4
    for rule in ("first", "sum"):
        found = row(table, CHANCE, "clique", rule, 3)
        assert found["value"] == pytest.approx(chance_cliques(rule, shares)[3])
        assert np.isnan(found["low"]) and found["n"] == 4
    assert table[table["method"] == CHANCE]["hits"].isna().all()
    assert (table[table["method"] == "perfect"]["value"] == 1).all()


def test_balanced_top_1_is_scikit_learns_macro_recall() -> None:
    scores, gold = drawn(400, skill=0.2)
    table = balanced_table({"m": scores}, gold)
    said = scores.argmax(axis=1)
    for level, rule, wanted, answers in (
        ("instance", "", gold, said),
        ("clique", "first", CLIQUE_OF[gold], CLIQUE_OF[said]),
    ):
        found, groups = row(table, "m", level, rule), np.unique(wanted)
        assert found["value"] == pytest.approx(recall_score(wanted, answers, average="macro", labels=groups))
        assert found["groups"] == len(groups)


def test_equally_frequent_groups_make_balanced_top_k_plain_top_k() -> None:
    scores, _ = drawn(240)
    gold = np.repeat(np.arange(80), 3)
    plain, balanced = accuracy_table({"m": scores}, gold), balanced_table({"m": scores}, gold)
    for k in TOP:
        ours, theirs = row(balanced, "m", k=k), row(plain, "m", k=k)
        assert [ours[name] for name in ("value", "low", "high")] == pytest.approx(
            [theirs[name] for name in ("value", "low", "high")]
        )


def test_naming_the_most_frequent_gains_nothing_balanced() -> None:
    gold = np.repeat([0, 2, 15], [80, 15, 5])  # person, car, cat: cliques of their own
    always = np.eye(80)[np.zeros(100, dtype=int)]
    assert row(accuracy_table({"m": always}, gold), "m")["value"] == 0.8
    table = balanced_table({"m": always}, gold)
    assert row(table, "m")["value"] == pytest.approx(1 / 3)
    for rule in ("first", "sum"):
        even = np.bincount(CLIQUE_OF[[0, 2, 15]], minlength=12) / 3
        assert row(table, CHANCE, "clique", rule, 3)["value"] == pytest.approx(chance_cliques(rule, even)[3])


def test_with_every_clique_there_balanced_chance_is_k_of_twelve() -> None:
    gold = np.arange(80)
    table = balanced_table({}, gold)
    for k, chance in chance_twelve_way().items():
        assert row(table, CHANCE, "clique", "sum", k)["value"] == pytest.approx(chance, abs=1e-10)


def test_the_balanced_interval_covers_what_it_should() -> None:
    """Fifty groups of 1 to 50 samples, each of its own accuracy: the mean of all 50 is inside about 95 times in 100."""
    rng = np.random.default_rng(2)
    sizes, chances = np.arange(1, 51), rng.uniform(0.1, 0.9, 50)
    gold = np.repeat(np.arange(50), sizes)
    inside, trials = 0, 120
    for _ in range(trials):
        right = rng.random(len(gold)) < chances[gold]
        found = row(balanced_table({"m": np.eye(80)[np.where(right, gold, 79)]}, gold, ks=(1,)), "m")
        inside += found["low"] <= chances.mean() <= found["high"]
    assert inside >= 0.95 * trials - 2 * (0.95 * 0.05 * trials) ** 0.5


def test_the_paired_table_is_mcnemars_test_and_the_difference() -> None:
    before, gold = drawn(300, skill=0.05)
    after, _ = drawn(300, skill=0.15)
    methods = {"before": before, "after": after}
    table = paired_table(methods, gold, [("before", "after")], draws=500)
    assert len(table) == len(READINGS) * 2
    first = table.iloc[0]
    was, now = (scores.argmax(axis=1) == gold for scores in (before, after))
    gained, lost = int((~was & now).sum()), int((was & ~now).sum())
    assert (first["gained"], first["lost"], first["n"]) == (gained, lost, 300)
    assert first["difference"] == pytest.approx((gained - lost) / 300)
    assert first["p_value"] == pytest.approx(binomtest(gained, gained + lost).pvalue)
    assert first["low"] < first["difference"] < first["high"]
    spread = (gained + lost - (gained - lost) ** 2 / 300) ** 0.5 / 300  # of a difference of paired shares
    assert first["high"] - first["low"] == pytest.approx(2 * 1.96 * spread, rel=0.15)
    assert table["p_holm"].tolist() == pytest.approx(holm(table["p_value"].tolist()))


def test_a_method_against_itself_changes_nothing() -> None:
    scores, gold = drawn(60)
    table = paired_table({"m": scores}, gold, [("m", "m")], draws=50)
    assert (table[["difference", "low", "high", "gained", "lost"]] == 0).all(axis=None)
    assert (table["p_value"] == 1).all()
    with pytest.raises(InputError, match="no method 'n' to compare"):
        paired_table({"m": scores}, gold, [("m", "n")])


def test_the_page_has_a_row_a_reading_and_intervals_in_words() -> None:
    table = accuracy_table({"z": np.eye(80)[[0, 1]], "a": np.eye(80)[[0, 0]]}, np.array([0, 1]))
    page = page_table(table)
    assert page["method"].tolist() == [CHANCE] * 3 + ["z"] * 3 + ["a"] * 3
    assert list(page.columns) == ["method", "level", "rule", "top-1", "top-3", "top-5", "top-10"]
    assert page["top-1"].tolist()[0] == "1.2" and page["top-1"].tolist()[3] == "100.0 (34.2 to 100.0)"


def test_methods_of_other_samples_are_refused() -> None:
    scores, gold = drawn(5)
    with pytest.raises(InputError, match="5 gold labels do not fit 4"):
        accuracy_table({"m": scores[:4]}, gold)
