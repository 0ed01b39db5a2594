"""Consensus: every case of three verdicts, counts that add up, and answers in each layout in which they come."""

from __future__ import annotations

import importlib.machinery
import itertools
import json
import multiprocessing
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinco_core.consensus import (
    STATES,
    Votes,
    ballot,
    codes,
    consensus_report,
    dissenters,
    gather,
    labels_table,
    model_name,
    read_ballot,
    read_votes,
    reading_table,
    states,
    vote_shares,
)
from coinco_core.consensus.codes import read_texts
from coinco_core.consensus.report import PUBLISHED_COUNTS
from coinco_core.errors import InputError, MissingError
from coinco_core.judgements import CRITERIA, FINAL_DECISION, QUESTIONS, Finding, Judgement, any_violation_rule
from coinco_core.prompts import teacher_answer

MODELS = ("molmo", "qwen", "internvl")
CASES = list(itertools.product([True, False, None], repeat=3))  # what each model says of one sample
ROWS = st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 3), min_size=1, max_size=30)
FOUR = st.tuples(*[st.sampled_from([True, False, None])] * 4)  # one model's verdicts on the four questions


def tables(rows: list[tuple[bool | None, ...]]) -> dict[str, pd.DataFrame]:
    """Parsed tables in which every question has the verdicts of `rows`, a row a sample."""
    ids = [f"s{i}" for i in range(len(rows))]
    columns = {m: pd.array([row[k] for row in rows], dtype="boolean") for k, m in enumerate(MODELS)}
    return {m: pd.DataFrame({"sample_id": ids, **dict.fromkeys(QUESTIONS, columns[m])}) for m in MODELS}


def votes_of(rows: list[tuple[bool | None, ...]]) -> Votes:
    return read_votes(tables(rows))


def plain(values: Any) -> list[bool | None]:
    """A column of verdicts as plain Python values."""
    return [None if pd.isna(v) else bool(v) for v in values]


def expected_state(row: tuple[bool | None, ...]) -> str:
    if None in row:
        return "incomplete"
    return "split" if len(set(row)) == 2 else ("in" if row[0] else "out")


def test_every_case_of_three_verdicts() -> None:
    votes = votes_of(CASES)
    labels = labels_table(votes)
    for q, question in enumerate(QUESTIONS):
        assert [STATES[s] for s in states(votes)[:, q]] == [expected_state(row) for row in CASES]
        assert labels[f"{question}_state"].tolist() == [expected_state(row) for row in CASES]
        for verdict, code in ((True, 1), (False, 0), (None, -1)):
            assert (votes.codes[:, :, q] == code).sum(axis=1).tolist() == [row.count(verdict) for row in CASES]


def test_the_dissenter_is_the_one_who_is_alone() -> None:
    votes = votes_of(CASES)
    for i, (row, dissenter) in enumerate(zip(CASES, labels_table(votes)["size_dissenter"], strict=True)):
        alone = [m for m, verdict in zip(MODELS, row, strict=True) if None not in row and row.count(verdict) == 1]
        assert dissenter == (alone[0] if alone else "")
        assert dissenters(votes)[i].tolist() == [MODELS.index(alone[0]) if alone else -1] * 4


def test_with_two_models_nobody_is_the_dissenter() -> None:
    both = {m: table for m, table in tables(CASES).items() if m != "molmo"}
    assert set(labels_table(read_votes(both))["in_context_dissenter"]) == {""}


def test_of_four_models_two_against_two_is_nobodys_dissent() -> None:
    known = {f"m{k}": t for k, t in enumerate([*tables([(True,) * 3, (False,) * 3]).values()])}
    known["m3"] = known["m0"].assign(**dict.fromkeys(QUESTIONS, pd.array([False, False], dtype="boolean")))
    assert labels_table(read_votes(known))["size_dissenter"].tolist() == ["m3", ""]
    known["m2"] = known["m3"]
    assert labels_table(read_votes(known))["size_dissenter"].tolist() == ["", ""]


def test_the_vote_is_the_share_of_readable_votes() -> None:
    shares = vote_shares(votes_of(CASES))
    for row, share in zip(CASES, labels_table(votes_of(CASES))["location_vote"], strict=True):
        read = [v for v in row if v is not None]
        assert share == pytest.approx(sum(read) / len(read) if read else np.nan, nan_ok=True)
    assert np.isnan(shares).any(axis=1).sum() == 1  # only where nobody voted


@settings(max_examples=15)
@given(ROWS)
def test_the_counts_add_up(rows: list[tuple[bool | None, ...]]) -> None:
    report = consensus_report(votes_of(rows))
    for question in QUESTIONS:
        counts = report["states"][question]
        assert list(counts) == list(STATES) and sum(counts.values()) == len(rows) == report["n_samples"]
        assert sum(report["dissent"][question].values()) == counts["split"]
        assert report["agreement"][question]["n"] == len(rows) - counts["incomplete"]
    n = {question: report["agreement"][question]["n"] for question in (*CRITERIA, "overall")}
    assert n.pop("overall") == sum(n.values())
    assert json.loads(json.dumps(report)) == report


@settings(max_examples=15)
@given(ROWS)
def test_labels_are_the_unanimous_verdicts_alone(rows: list[tuple[bool | None, ...]]) -> None:
    labels = labels_table(votes_of(rows))
    known = {"in": True, "out": False}
    assert plain(labels["size"]) == [known.get(s) for s in labels["size_state"]]
    assert plain(labels["qwen_location"]) == [row[1] for row in rows]
    assert labels["sample_id"].tolist() == [f"s{i}" for i in range(len(rows))]
    assert "coco_index" not in labels and "pool" not in labels


@settings(max_examples=15)
@given(ROWS, st.permutations(MODELS))
def test_the_order_of_the_models_changes_no_label(rows: list[tuple[bool | None, ...]], order: list[str]) -> None:
    known = tables(rows)
    one, other = labels_table(read_votes(known)), labels_table(read_votes({m: known[m] for m in order}))
    pd.testing.assert_frame_equal(one, other[one.columns])


@settings(max_examples=15)
@given(st.lists(st.lists(st.integers(0, 20), unique=True), min_size=3, max_size=3), st.integers(0, 99))
def test_answers_are_joined_by_sample_whatever_their_subsets_and_orders(subsets: list[list[int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    said = [{99: True, **{i: bool(rng.random() < 0.5) for i in subset}} for subset in subsets]  # 99 they all have
    known = {}
    for model, verdicts in zip(MODELS, said, strict=True):
        column = pd.array(list(verdicts.values()), dtype="boolean")
        known[model] = pd.DataFrame({"sample_id": list(verdicts), **dict.fromkeys(QUESTIONS, column)})
    labels = labels_table(read_votes(known)).set_index("sample_id")
    assert set(labels.index) == {str(i) for verdicts in said for i in verdicts}
    for model, verdicts in zip(MODELS, said, strict=True):
        assert plain(labels[f"{model}_size"]) == [verdicts.get(int(i)) for i in labels.index]


def test_a_sample_that_one_model_lacks_is_incomplete_not_dropped() -> None:
    answers = tables([(True, True, True), (False, False, False)])
    answers["molmo"] = answers["molmo"].iloc[1:]
    report = consensus_report(read_votes(answers))
    assert report["states"]["size"] == {"in": 0, "out": 1, "split": 0, "incomplete": 1}
    assert report["n_samples"] == 2 and report["n_answers"] == {"molmo": 1, "qwen": 2, "internvl": 2}
    assert report["n_unread"]["molmo"]["size"] == 1


def test_the_final_decision_may_be_unanimous_where_a_criterion_is_not() -> None:
    """The paper keeps by the final decision; a criterion's own label needs that criterion's own unanimity."""
    known = tables([(False, False, False)] * 3)
    known["qwen"]["location"] = pd.array([True, False, True], dtype="boolean")
    known["molmo"]["size"] = pd.array([None, None, False], dtype="boolean")
    known["internvl"][FINAL_DECISION] = pd.array([False, False, True], dtype="boolean")
    votes = read_votes(known)
    assert consensus_report(votes)["final_only"] == {"location": 1, "co_occurrence": 0, "size": 2, "any": 2}
    assert plain(labels_table(votes)[FINAL_DECISION]) == [False, False, None]
    assert plain(labels_table(votes)["location"]) == [None, False, None]


def test_the_papers_counts_stand_beside_as_many_samples_alone() -> None:
    def report(n: int) -> dict[str, Any]:
        columns = dict.fromkeys(QUESTIONS, pd.array(np.ones(n, dtype=bool), dtype="boolean"))
        table = pd.DataFrame({"sample_id": np.arange(n), **columns})
        return consensus_report(read_votes({"a": table, "b": table}))

    assert report(97_722)["published"] == PUBLISHED_COUNTS == {"in": 9_050, "out": 64_879}
    assert report(95_320)["published"] == PUBLISHED_COUNTS and sum(PUBLISHED_COUNTS.values()) == 73_929
    assert report(95_321)["published"] is None
    assert report(97_722)["states"][FINAL_DECISION] == {"in": 97_722, "out": 0, "split": 0, "incomplete": 0}


WHOLE = teacher_answer(Judgement(Finding(True, "a"), Finding(True, "b"), Finding(True, "c"), True))
MIXED = teacher_answer(Judgement(Finding(True, "a"), Finding(False, "b"), Finding(True, "c"), False))


def test_texts_are_read_and_missing_texts_are_unread() -> None:
    answers = pd.DataFrame({"sample_id": ["x", "y", "z"], "text": [MIXED, "", None]})
    read = ballot("qwen", answers)
    assert read.reading.codes.tolist() == [[1, 0, 1, 0], [-1] * 4, [-1] * 4]
    assert read.sample_ids.tolist() == ["x", "y", "z"]


def test_many_texts_read_by_several_processes_are_read_the_same() -> None:
    texts = pd.Series([WHOLE, MIXED, None, WHOLE.replace("decision: In", "decision: Out-of"), "", WHOLE[:-14], MIXED])
    alone = read_texts(texts)
    together = read_texts(texts, processes=3)
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


@pytest.mark.parametrize(
    ("file", "spec", "processes"),
    [(None, None, 3), ("/bin/coinco", None, 3), ("/x/__main__.py", "x.__main__", 3), ("/home/mine.py", None, 1)],
    ids=["notebook", "coinco", "python -m", "script"],
)
def test_a_script_of_ones_own_is_not_run_again_by_each_process(
    file: str | None, spec: str | None, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script without `if __name__ == "__main__"` would start from its beginning in every process."""
    main = types.ModuleType("__main__")
    main.__spec__ = None if spec is None else importlib.machinery.ModuleSpec(spec, None)
    if file is not None:
        main.__file__ = file
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(codes, "usable_cores", lambda: 3)
    assert codes._worthwhile_processes(90_000) == processes and codes._worthwhile_processes(9_000) < 2


def test_no_process_is_forked_from_one_with_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str | None] = []
    real = multiprocessing.get_context
    monkeypatch.setattr(multiprocessing, "get_context", lambda method=None: started.append(method) or real(method))
    read_texts(pd.Series([WHOLE, MIXED]), processes=2)
    assert started[0] == "spawn" and "fork" not in started


def test_an_answer_with_an_error_is_unread_whatever_its_text() -> None:
    answers = pd.DataFrame({"sample_id": ["x", "y"], "text": [WHOLE, WHOLE], "error": [None, "cut off"]})
    assert ballot("qwen", answers).reading.codes.tolist() == [[1] * 4, [-1] * 4]


def test_readings_are_counted_for_each_model() -> None:
    texts = [WHOLE, WHOLE.replace("decision: In", "decision: Out-of"), WHOLE[:-14], "I cannot say.", None]
    answers = pd.DataFrame({"sample_id": range(5), "text": texts})
    row = reading_table(read_votes({"qwen": answers, "molmo": answers})).iloc[0].to_dict()
    assert row.pop("contradiction_rate") == pytest.approx(1 / 3)
    counts = {"answers": 5, "read": 2, "partly": 1, "unread": 2, "contradictory": 1}
    assert row == {"model": "qwen", **counts, "decision_contradicts": 1, "summary_contradicts": 0}


def test_an_answer_at_odds_with_itself_twice_is_contradictory_once() -> None:
    odd = WHOLE.replace("Location: a", "Location: Out-of-context, it floats.").replace(
        "decision: In", "decision: Out-of"
    )
    texts = [odd, WHOLE.replace("Size: c", "Size: This is Out-of-context."), MIXED, WHOLE]
    answers = pd.DataFrame({"sample_id": range(4), "text": texts})
    row = reading_table(read_votes({"qwen": answers, "molmo": answers})).iloc[0]
    assert (row["decision_contradicts"], row["summary_contradicts"], row["contradictory"]) == (1, 2, 2)
    assert row["contradiction_rate"] == 0.5


@settings(max_examples=30)
@given(st.lists(FOUR, min_size=1, max_size=20))
def test_the_decision_contradicts_where_the_rule_says_otherwise(rows: list[tuple[bool | None, ...]]) -> None:
    columns = {q: pd.array([row[k] for row in rows], dtype="boolean") for k, q in enumerate(QUESTIONS)}
    table = pd.DataFrame({"sample_id": range(len(rows)), **columns})
    implied = [(any_violation_rule(row[:3]), row[3]) for row in rows]
    found = reading_table(read_votes({"a": table, "b": table})).iloc[0]
    assert found["decision_contradicts"] == sum(None not in pair and pair[0] != pair[1] for pair in implied)
    assert found["summary_contradicts"] is None  # verdicts alone do not tell
    readable = sum(row != (None,) * 4 for row in rows)
    assert found["answers"] - found["unread"] == readable == found["read"] + found["partly"]


def test_the_rules_by_which_answers_were_read_are_counted() -> None:
    known = tables([(True,) * 3] * 3)
    known["qwen"]["rule"] = ["plain", "plain", "marks"]
    report = consensus_report(read_votes(known))
    assert report["reading"]["qwen"]["rules"] == {"plain": 2, "marks": 1}
    assert report["reading"]["molmo"]["rules"] is None


def released_file(folder: Path, name: str, rows: dict[int, str | None]) -> Path:
    path = folder / name
    pd.DataFrame({"coco_index": list(rows), "response": list(rows.values())}).to_csv(path)  # with an unnamed index
    return path


def test_the_released_layout_is_read_and_the_first_of_repeated_rows_wins(tmp_path: Path) -> None:
    path = tmp_path / "context_reasoning_qwen.csv"
    frame = pd.DataFrame(
        {"coco_index": [7, 3, 7], "response": ["Final decision: In-context", None, "Final decision: no"]}
    )
    frame.to_csv(path)  # with the unnamed index column that the authors' files have
    read = read_ballot("qwen", [path])
    assert (read.repeated, read.conflicting) == (1, 1)
    assert read.sample_ids.tolist() == ["training-000007", "training-000003"]
    assert read.reading.codes[:, QUESTIONS.index(FINAL_DECISION)].tolist() == [1, -1]
    frame.to_parquet(path.with_suffix(".parquet"))
    assert read_ballot("qwen", [path.with_suffix(".parquet")]).reading.codes.tolist() == read.reading.codes.tolist()


def test_labels_keep_the_index_and_the_pool(tmp_path: Path) -> None:
    rows = {7: WHOLE, 3: MIXED}
    known = {m: released_file(tmp_path, f"context_reasoning_{m}.csv", rows) for m in MODELS}
    answers = {
        m: pd.read_csv(path).rename(columns={"coco_index": "sample_id", "response": "text"})
        for m, path in known.items()
    }
    labels = labels_table(read_votes(answers))
    assert labels["coco_index"].tolist() == [7, 3] and bool(labels["in_context"][0]) is True and "pool" not in labels
    labels = labels_table(gather([read_ballot(m, [path]) for m, path in known.items()]))
    assert labels["sample_id"].tolist() == ["training-000007", "training-000003"]
    assert labels["coco_index"].tolist() == [7, 3] and labels["coco_index"].dtype == "int64"
    assert labels["pool"].tolist() == ["training"] * 2


def test_the_pool_is_told_by_the_file_or_by_the_caller(tmp_path: Path) -> None:
    path = released_file(tmp_path, "context_reasoning_qwen_testing.csv", {4: WHOLE})
    assert read_ballot("qwen", [path]).sample_ids.tolist() == ["testing-000004"]
    assert read_ballot("qwen", [path], pool="training").sample_ids.tolist() == ["training-000004"]
    with pytest.raises(InputError, match="training or testing"):
        read_ballot("qwen", [path], pool="test")


def test_several_files_of_one_model_are_one(tmp_path: Path) -> None:
    first = released_file(tmp_path, "part1.csv", {1: WHOLE, 2: WHOLE})
    second = released_file(tmp_path, "part2.csv", {2: MIXED, 3: MIXED, 1: WHOLE})
    read = read_ballot("molmo", [first, second])
    assert read.sample_ids.tolist() == [f"training-00000{i}" for i in (1, 2, 3)]
    assert read.reading.codes.tolist() == [[1] * 4, [1] * 4, [1, 0, 1, 0]]
    assert (read.model, read.repeated, read.conflicting) == ("molmo", 2, 1)
    assert read.reading.differs is not None and len(read.reading.differs) == 3


def test_a_run_of_coinco_label_is_read_part_by_part(tmp_path: Path) -> None:
    run = tmp_path / "qwen"
    (run / "table").mkdir(parents=True)
    for part, (ids, texts, errors) in enumerate(
        [(["a", "b"], [WHOLE, MIXED], [None, None]), (["c", "d"], ["", WHOLE], ["no image", None])]
    ):
        table = pd.DataFrame({"sample_id": ids, "text": texts, "error": pd.array(errors, dtype="str")})
        table.to_parquet(run / "table" / f"part-{part:05d}.parquet")
    read = read_ballot(model_name(run), [run])
    assert read.model == "qwen" and read.sample_ids.tolist() == list("abcd")
    assert read.reading.codes.tolist() == [[1] * 4, [1, 0, 1, 0], [-1] * 4, [1] * 4]
    with pytest.raises(MissingError, match="coinco label"):
        read_ballot("qwen", [tmp_path])


def test_the_models_name_comes_from_the_file(tmp_path: Path) -> None:
    assert model_name("a/context_reasoning_qwen.csv") == "qwen"
    assert model_name("a/context_reasoning_qwen_testing.csv") == "qwen"
    assert model_name("molmo.csv") == "molmo"
    assert model_name("runs/demo/internvl/answers.parquet") == "internvl"
    (tmp_path / "qwen2.5").mkdir()
    assert model_name(tmp_path / "qwen2.5") == "qwen2.5"


def test_unusable_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(MissingError):
        read_ballot("a", [path])
    pd.DataFrame({"coco_index": [1], "answer": ["x"]}).to_csv(path)
    with pytest.raises(InputError, match="coco_index and response"):
        read_ballot("a", [path])
    pd.DataFrame({"coco_index": [1, None], "response": ["x", "y"]}).to_csv(path)
    with pytest.raises(InputError, match="not a whole number"):
        read_ballot("a", [path])
    pd.DataFrame({"sample_id": ["1", None], "text": ["x", "y"]}).to_csv(path)
    with pytest.raises(InputError, match="without a sample"):
        read_ballot("a", [path])
    pd.DataFrame({"sample_id": [], "text": []}).to_csv(path)
    with pytest.raises(InputError, match="no rows"):
        read_ballot("a", [path])
    path.with_suffix(".parquet").write_text("no table")
    with pytest.raises(InputError, match="not readable as a table"):
        read_ballot("a", [path.with_suffix(".parquet")])


def test_repeated_samples_and_lone_models_are_refused() -> None:
    table = pd.DataFrame({"sample_id": ["a", "a"], "text": ["", ""]})
    with pytest.raises(InputError, match="twice"):
        read_votes({"molmo": table, "qwen": table})
    with pytest.raises(InputError, match="two models or more"):
        read_votes({"molmo": table[:1]})
    with pytest.raises(InputError, match="authors released only Qwen's answers"):
        read_votes({"qwen": table[:1]})


def test_models_that_have_nothing_in_common_and_crowds_are_refused() -> None:
    known = {f"m{k}": pd.DataFrame({"sample_id": [f"{k}"], "text": [""]}) for k in range(9)}
    with pytest.raises(InputError, match="No two models judged the same sample"):
        read_votes({m: known[m] for m in ("m0", "m1")})
    with pytest.raises(InputError, match="9 models is too wide; give 8 at most"):
        read_votes(known)
