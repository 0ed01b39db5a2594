"""Consensus and agreement: every case of three verdicts, closed forms, and files in the released layout."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from coinco_core.agreement import cohen_kappa, fleiss_kappa
from coinco_core.consensus import (
    QUESTIONS,
    STATES,
    agreement,
    consensus_report,
    findings,
    judgement_table,
    labels_table,
    model_name,
    read_answers,
    reading_table,
    unanimous,
)
from coinco_core.errors import InputError, MissingError
from coinco_core.judgements import Finding, Judgement
from coinco_core.prompts import teacher_answer

MODELS = ("molmo", "qwen", "internvl")
CASES = list(itertools.product([True, False, None], repeat=3))  # what each model says of one sample


def tables(rows: list[tuple[bool | None, ...]]) -> dict[str, pd.DataFrame]:
    """Parsed tables in which every question has the verdicts of `rows`, a row a sample."""
    ids = [f"s{i}" for i in range(len(rows))]
    columns = {m: pd.array([row[k] for row in rows], dtype="boolean") for k, m in enumerate(MODELS)}
    return {m: pd.DataFrame({"sample_id": ids, **dict.fromkeys(QUESTIONS, columns[m])}) for m in MODELS}


def expected_state(row: tuple[bool | None, ...]) -> str:
    if None in row:
        return "incomplete"
    return "split" if len(set(row)) == 2 else ("in" if row[0] else "out")


def test_every_case_of_three_verdicts() -> None:
    states = unanimous(judgement_table(tables(CASES)))
    for question in QUESTIONS:
        own = states[states["question"] == question]
        assert own["state"].tolist() == [expected_state(row) for row in CASES]
        assert own["n_missing"].tolist() == [row.count(None) for row in CASES]
        assert (own[["n_in", "n_out", "n_missing"]].sum(axis=1) == 3).all()


def test_the_dissenter_is_the_one_who_is_alone() -> None:
    states = unanimous(judgement_table(tables(CASES)))
    for row, dissenter in zip(CASES, states[states["question"] == "size"]["dissenter"], strict=True):
        alone = [m for m, verdict in zip(MODELS, row, strict=True) if None not in row and row.count(verdict) == 1]
        assert dissenter == (alone[0] if alone else "")


def test_with_two_models_nobody_is_the_dissenter() -> None:
    both = {m: table for m, table in tables(CASES).items() if m != "molmo"}
    assert set(unanimous(judgement_table(both))["dissenter"]) == {""}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 3), min_size=1, max_size=30))
def test_the_counts_add_up(rows: list[tuple[bool | None, ...]]) -> None:
    report = consensus_report(tables(rows))
    for question in QUESTIONS:
        counts = report["states"][question]
        assert list(counts) == list(STATES) and sum(counts.values()) == len(rows) == report["n_samples"]
        assert sum(report["dissent"][question].values()) == counts["split"]
        assert report["agreement"][question]["n"] == len(rows) - counts["incomplete"]
    assert json.loads(json.dumps(report)) == report


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 3), min_size=1, max_size=30))
def test_labels_are_the_unanimous_verdicts_alone(rows: list[tuple[bool | None, ...]]) -> None:
    labels = labels_table(judgement_table(tables(rows)))
    known = {"in": True, "out": False}
    assert [None if pd.isna(v) else bool(v) for v in labels["size"]] == [known.get(s) for s in labels["size_state"]]
    assert [None if pd.isna(v) else bool(v) for v in labels["qwen_location"]] == [row[1] for row in rows]
    assert labels["sample_id"].tolist() == [f"s{i}" for i in range(len(rows))]


def test_a_sample_that_one_model_lacks_is_incomplete_not_dropped() -> None:
    answers = tables([(True, True, True), (False, False, False)])
    answers["molmo"] = answers["molmo"].iloc[1:]
    report = consensus_report(answers)
    assert report["states"]["size"] == {"in": 0, "out": 1, "split": 0, "incomplete": 1}
    assert report["n_samples"] == 2 and report["n_answers"] == {"molmo": 1, "qwen": 2, "internvl": 2}
    assert report["n_unread"]["molmo"]["size"] == 1


def test_texts_are_read_and_missing_texts_are_unread() -> None:
    judgement = Judgement(Finding(True, "a"), Finding(False, "b"), Finding(True, "c"), False)
    answers = pd.DataFrame({"sample_id": ["x", "y", "z"], "text": [teacher_answer(judgement), "", None]})
    read = findings(answers)
    assert read.loc[0, list(QUESTIONS)].tolist() == [True, False, True, False]
    assert read.loc[1:, list(QUESTIONS)].isna().all(axis=None)


def test_readings_are_counted_for_each_model() -> None:
    whole = teacher_answer(Judgement(Finding(True, "a"), Finding(True, "b"), Finding(True, "c"), True))
    texts = [whole, whole.replace("decision: In", "decision: Out-of"), whole[:-14], "I cannot say.", None]
    row = reading_table({"qwen": pd.DataFrame({"sample_id": range(5), "text": texts})}).iloc[0].to_dict()
    assert row == {"model": "qwen", "answers": 5, "read": 2, "partly": 1, "unread": 2, "contradictory": 1}


BOOLS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40)


@given(BOOLS)
def test_cohens_kappa_is_scikit_learns(pairs: list[tuple[bool, bool]]) -> None:
    first, second = zip(*pairs, strict=True)
    assume(len({*first, *second}) == 2)
    assert cohen_kappa(first, second) == pytest.approx(float(cohen_kappa_score(first, second)), abs=1e-12)


def test_kappas_in_closed_form() -> None:
    # 20 of 50 both yes, 15 both no, 5 and 10 apart: p_o = 0.7, p_e = 0.5
    first = [True] * 25 + [False] * 25
    second = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)
    assert fleiss_kappa([[True] * 3, [False] * 3]) == pytest.approx(1.0)
    # agreement 1/3 in each row, one half expected of chance
    assert fleiss_kappa([[True, True, False], [False, False, True]]) == pytest.approx(-1 / 3)


def test_kappas_are_none_where_they_mean_nothing() -> None:
    assert cohen_kappa([], []) is None and fleiss_kappa([]) is None
    assert cohen_kappa([True] * 4, [True] * 4) is None
    assert fleiss_kappa([[False] * 3] * 4) is None


def test_perfect_models_agree_perfectly() -> None:
    figures = agreement(judgement_table(tables([(True,) * 3, (False,) * 3, (True,) * 3])))["location"]
    assert figures["all_agree"] == 1.0 and figures["fleiss_kappa"] == 1.0
    assert figures["pairs"]["molmo & qwen"] == {"agree": 1.0, "cohen_kappa": 1.0}


def test_the_released_layout_is_read_and_the_first_of_repeated_rows_wins(tmp_path: Path) -> None:
    path = tmp_path / "context_reasoning_qwen.csv"
    frame = pd.DataFrame(
        {"coco_index": [7, 3, 7], "response": ["Final decision: In-context", None, "Final decision: no"]}
    )
    frame.to_csv(path)  # with the unnamed index column that the authors' files have
    answers, repeated = read_answers(path)
    assert repeated == 1 and answers["sample_id"].tolist() == ["7", "3"]
    assert findings(answers)["in_context"].tolist() == [True, pd.NA]
    labels = labels_table(judgement_table({"molmo": answers, "qwen": answers}))
    assert labels["coco_index"].tolist() == [7, 3] and bool(labels["in_context"][0]) is True


def test_the_models_name_comes_from_the_file() -> None:
    assert model_name("a/context_reasoning_qwen.csv") == "qwen"
    assert model_name("molmo.csv") == "molmo"
    assert model_name("runs/demo/internvl/answers.parquet") == "internvl"


def test_unusable_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(MissingError):
        read_answers(path)
    pd.DataFrame({"coco_index": [1], "answer": ["x"]}).to_csv(path)
    with pytest.raises(InputError, match="coco_index and response"):
        read_answers(path)
    pd.DataFrame({"coco_index": [1, None], "response": ["x", "y"]}).to_csv(path)
    with pytest.raises(InputError, match="without a sample"):
        read_answers(path)


def test_repeated_samples_and_lone_models_are_refused() -> None:
    table = pd.DataFrame({"sample_id": ["a", "a"], "text": ["", ""]})
    with pytest.raises(InputError, match="twice"):
        judgement_table({"molmo": table, "qwen": table})
    with pytest.raises(InputError, match="two models or more"):
        judgement_table({"molmo": table})
