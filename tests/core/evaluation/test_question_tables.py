"""Fidelity, correctness and robustness stay apart; the overall verdict; several trainings."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.chapters import seed_table
from coinco_core.errors import InputError
from coinco_core.evaluation import (
    EVALUATION_QUESTIONS,
    correctness_table,
    fidelity_table,
    final_decisions,
    one_question,
    robustness_table,
    score_table,
    with_final_decision,
)
from coinco_core.judgements import CRITERIA

GOLD = {criterion: [True, False, True, False] for criterion in CRITERIA}
GOOD = {"student": GOLD}
VERDICT = st.sampled_from([True, False, None])


@given(st.lists(st.tuples(VERDICT, VERDICT, VERDICT), min_size=1, max_size=10))
def test_a_known_violation_decides(rows: list[tuple[bool | None, ...]]) -> None:
    columns = dict(zip(CRITERIA, map(list, zip(*rows, strict=True)), strict=True))
    for row, verdict in zip(rows, final_decisions(columns), strict=True):
        assert verdict is (False if False in row else None if None in row else True)
    assert with_final_decision(columns) == {**columns, "in_context": final_decisions(columns)}


def test_the_overall_verdict_needs_the_same_samples() -> None:
    with pytest.raises(InputError, match="co_occurrence is missing"):
        final_decisions({"location": [True], "size": [True]})
    with pytest.raises(InputError, match="different numbers"):
        final_decisions({"location": [True], "size": [True], "co_occurrence": [True, True]})


def test_each_table_says_which_question_it_answers() -> None:
    tables = {
        "fidelity": fidelity_table(GOLD, GOOD),
        "correctness": correctness_table(GOLD, GOOD | {"teacher": GOLD}),
        "robustness": robustness_table(GOLD, GOOD, {"student": {c: [True] * 6 for c in CRITERIA}}),
    }
    for question, table in tables.items():
        assert one_question(table) == question and question in EVALUATION_QUESTIONS
        assert list(table.columns) == ["question", "criterion", "answerer", "metric", "value", "low", "high", "n"]
        assert set(table["criterion"]) == set(CRITERIA)
        assert {"always in-context", "always out-of-context", "student"} <= set(table["answerer"])
    with pytest.raises(InputError, match="fidelity"):
        one_question(pd.concat([tables["fidelity"], tables["correctness"]]))
    with pytest.raises(InputError, match="none that it names"):
        one_question(score_table([True, False], {"student": [True, False]}))


def test_a_question_is_score_table_for_each_criterion_and_overall() -> None:
    said = {"student": with_final_decision({**GOLD, "size": [True, True, None, False]})}
    gold = {**GOLD, "in_context": GOLD["size"]}
    table = correctness_table(gold, said, {"student": {"size": [0.9, 0.8, 0.2, 0.1]}})
    rows = table.set_index(["criterion", "answerer", "metric"])["value"]
    assert rows["location", "student", "accuracy_all"] == 1.0 and rows["size", "student", "accuracy_all"] == 0.5
    assert rows["in_context", "student", "unreadable"] == 0.25
    assert ("size", "student", "auroc") in rows.index and ("location", "student", "auroc") not in rows.index
    assert rows["size", "always in-context", "balanced_accuracy"] == 0.5


def test_images_widen_the_intervals_of_their_criterion() -> None:
    gold = {"size": [True, True, False, False] * 20, "location": [True, True, False, False] * 20}
    said = {"student": {"size": [True, True, True, True] * 20, "location": [True, True, True, True] * 20}}
    images = {"size": [k // 20 for k in range(80)]}
    table = fidelity_table(gold, said, images=images)
    plain = fidelity_table(gold, said)
    assert not table[table["criterion"] == "size"].equals(plain[plain["criterion"] == "size"])
    assert table[table["criterion"] == "location"].equals(plain[plain["criterion"] == "location"])


def test_images_of_either_side_widen_the_check_of_their_criterion() -> None:
    gold = {"size": [True, False] * 20, "location": [True, False] * 20}
    said = {"student": {c: [True, False, True, True] * 10 for c in gold}}
    plain = {"student": {c: [True] * 30 + [False] * 10 for c in gold}}
    four = {"size": [k // 10 for k in range(40)]}
    apart, altered, both = (
        robustness_table(gold, said, plain, images=images).set_index(["criterion", "answerer", "metric"])
        for images in (None, (four, {}), ({}, four))
    )
    assert altered.loc["location"].equals(apart.loc["location"]) and both.loc["location"].equals(apart.loc["location"])
    changed = {kind: set(t[(t["low"] != apart["low"]) & t["low"].notna()].loc["size", "student"].index)
               for kind, t in {"altered": altered, "plain": both}.items()}  # fmt: skip
    assert "recall_unmodified" in changed["plain"] and "recall_unmodified" not in changed["altered"]
    assert "d_prime" in changed["altered"] & changed["plain"]


def test_the_teacher_is_no_student_of_itself() -> None:
    with pytest.raises(InputError, match="correctness only"):
        fidelity_table(GOLD, {"teacher": GOLD})


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="Did you mean 'size'"):
        fidelity_table({"sise": [True]}, {})
    with pytest.raises(InputError, match="no labels"):
        fidelity_table({}, {})
    with pytest.raises(InputError, match="student has no verdicts for 'size'"):
        fidelity_table(GOLD, {"student": {"location": GOLD["location"], "co_occurrence": GOLD["location"]}})


def test_no_mean_stands_without_its_points() -> None:
    points = pd.DataFrame({"size": [50, 50, 50, 100], "seed": [2, 0, 1, 0], "value": [0.6, 0.4, 0.5, 0.9]})
    table = seed_table(points, ["size"])
    assert table["seed"].tolist() == [0, 1, 2, 0] and table["value"].tolist() == [0.4, 0.5, 0.6, 0.9]
    assert table["mean"].tolist() == pytest.approx([0.5, 0.5, 0.5, 0.9])
    assert table["sd"].tolist()[:3] == pytest.approx([0.1] * 3) and pd.isna(table["sd"][3])
    assert table.loc[0, ["min", "max", "n"]].tolist() == [0.4, 0.6, 3] and table.loc[3, "n"] == 1


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ({"size": [1], "seed": [0]}, "no column value"),
        ({"size": [1], "seed": [0], "value": [None]}, "has no value"),
        ({"size": [1, 1], "seed": [0, 0], "value": [0.5, 0.6]}, "stands twice"),
    ],
)
def test_points_that_are_none_are_refused(points: dict[str, list[float]], says: str) -> None:
    with pytest.raises(InputError, match=says):
        seed_table(pd.DataFrame(points), ["size"])
