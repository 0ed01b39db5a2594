"""Paired differences, Holm's correction by hand, and what of the teacher is kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.errors import InputError
from coinco_core.evaluation import gap_closed, holm, paired_differences, paired_tests, scores
from coinco_core.evaluation.retention import ITSELF, NO_GAP


def answers(rng: np.random.Generator, truth: list[bool], right: float) -> list[bool | None]:
    return [t if rng.random() < right else not t for t in truth]


def test_a_difference_is_that_of_the_scores() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random(150) < 0.4).tolist()
    before, after = answers(rng, truth, 0.6), answers(rng, truth, 0.8)
    before[3] = after[7] = None
    likely = rng.random(150).tolist(), rng.random(150).tolist()
    table = paired_differences(truth, before, after, likely).set_index("metric")
    single = [{s.metric: s.value for s in scores(truth, a, p)} for a, p in zip((before, after), likely, strict=True)]
    assert set(table.index) == set(single[0])
    for metric, row in table.iterrows():
        assert row["difference"] == pytest.approx((single[1][metric] or 0) - (single[0][metric] or 0))
        assert row["low"] <= row["difference"] <= row["high"] and row["n"] == 150
    assert table.loc["accuracy_all", "low"] > 0


def test_what_both_share_cancels() -> None:
    """Two answerers who differ on 1 of 100 samples: the paired interval knows, two intervals side by side do not."""
    truth = [True, False] * 50
    before: list[bool | None] = [True] * 100
    after = [*before[:-1], False]
    row = paired_differences(truth, before, after).set_index("metric").loc["accuracy"]
    assert row["difference"] == pytest.approx(0.01) and row["low"] == 0 and row["high"] <= 0.05
    same = paired_differences(truth, before, before).set_index("metric")
    assert (same["difference"].dropna() == 0).all() and (same["low"].dropna() == 0).all()


def test_the_paired_interval_is_as_wide_as_the_formula() -> None:
    """Var(difference) = (gained + lost - (gained - lost)^2 / n) / n^2."""
    n, gained, lost = 1000, 150, 60
    truth = [True] * n
    before = [False] * gained + [True] * (n - gained)
    after = [True] * (n - lost) + [False] * lost
    row = paired_differences(truth, before, after, draws=20_000).set_index("metric").loc["accuracy"]
    half = 1.96 * np.sqrt(gained + lost - (gained - lost) ** 2 / n) / n
    assert row["difference"] == pytest.approx(0.09)
    assert (row["low"], row["high"]) == pytest.approx((0.09 - half, 0.09 + half), abs=0.002)


def test_an_undefined_score_has_no_difference() -> None:
    table = paired_differences([True] * 5, [True] * 5, [False] * 5).set_index("metric")
    assert table.loc["accuracy", "difference"] == -1.0
    assert table.loc[["balanced_accuracy", "mcc"], ["difference", "low", "high"]].isna().all(axis=None)


def test_the_auroc_is_paired_too() -> None:
    rng = np.random.default_rng(2)
    truth = (rng.random(200) < 0.5).tolist()
    likely = np.clip(rng.random(200) * 0.6 + 0.4 * np.array(truth), 0, 1).tolist()
    table = paired_differences(truth, truth, truth, (likely, likely)).set_index("metric")
    assert table.loc["auroc", ["difference", "low", "high"]].tolist() == [0, 0, 0]


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.02, 0.02]) == pytest.approx([0.04, 0.04])
    assert holm([0.6, 0.9]) == [1.0, 1.0] and holm([]) == [] and holm([0.2]) == [0.2]


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_and_lies_between_none_and_bonferroni(p_values: list[float]) -> None:
    corrected = holm(p_values)
    for p, c in zip(p_values, corrected, strict=True):
        assert p <= c <= min(1.0, max(len(p_values) * p, max(p_values)))
    pairs = sorted(zip(p_values, corrected, strict=True))
    assert [c for _, c in pairs] == sorted(corrected)
    if p_values:
        assert min(corrected) == pytest.approx(min(1.0, len(p_values) * min(p_values)))


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(p: float) -> None:
    with pytest.raises(InputError, match="p-value"):
        holm([0.5, p])


def test_all_tests_are_corrected_together() -> None:
    truth = {"size": [True] * 10, "location": [True] * 10}
    poor, good = {c: [False] * 10 for c in truth}, {c: [True] * 10 for c in truth}
    table = paired_tests(truth, {"a": poor, "b": good}, [("a", "b"), ("b", "b")])
    assert table["criterion"].tolist() == ["size", "size", "location", "location"]
    assert table["p_value"].tolist() == pytest.approx([2 / 1024, 1, 2 / 1024, 1])
    assert table["p_holm"].tolist() == pytest.approx([8 / 1024, 1, 8 / 1024, 1])
    assert table["gained"].tolist() == [10, 0, 10, 0]


def test_retention_and_gap_by_hand() -> None:
    truth = [True] * 50 + [False] * 50
    teacher = [True] * 45 + [False] * 55
    before = [True] * 25 + [False] * 25 + [True] * 25 + [False] * 25
    after = [True] * 40 + [None] * 10 + [False] * 35 + [True] * 15
    table = gap_closed(truth, teacher, before, after).set_index(["metric", "of"])
    for of in ("accuracy_all", "balanced_accuracy_all"):
        assert table.loc[("retention", of), "value"] == pytest.approx(0.75 / 0.95)
        assert table.loc[("gap_closed", of), "value"] == pytest.approx((0.75 - 0.5) / (0.95 - 0.5))
    assert (table["low"] < table["value"]).all() and (table["value"] < table["high"]).all()
    assert set(table["question"]) == {"correctness"} and (table["undefined"] == 0).all() and (table["why"] == "").all()


def test_there_is_no_gap_where_the_teacher_is_no_better() -> None:
    truth = [True, False] * 20
    poor, good = [True] * 40, [*truth[:39], True]
    table = gap_closed(truth, poor, good, good).set_index(["metric", "of"])
    gap = table.loc["gap_closed"]
    assert gap[["value", "low", "high"]].isna().all(axis=None) and set(gap["why"]) == {NO_GAP}
    assert (table.loc["retention", "value"] > 1).all()


def test_draws_without_a_gap_are_counted() -> None:
    """A teacher hardly better than the base: many draws have T <= B, and the table says how many."""
    truth = [True, False] * 20
    table = gap_closed(truth, [*truth[:21], *[True] * 19], [*truth[:19], *[True] * 21], truth)
    gap = table[table["metric"] == "gap_closed"]
    assert gap["undefined"].between(0.05, 0.6).all() and gap["value"].notna().all()


def test_against_the_teachers_own_word_nothing_is_kept() -> None:
    truth = [True, False] * 10
    table = gap_closed(truth, truth, [True] * 20, truth)
    assert table["value"].isna().all() and set(table["why"]) == {ITSELF}
