"""Agreement: closed forms, published worked examples, what must not matter, and intervals like those of plain draws."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import cohen_kappa_score

from coinco_core.agreement import CERTAIN, NOTHING, agreement, bootstrap_counts, joint_figures, sample_kinds

Array = np.ndarray[Any, Any]
MODELS = ("molmo", "qwen", "internvl")
VERDICT = st.sampled_from([1, 0, -1])
ROWS = st.lists(st.tuples(VERDICT, VERDICT, VERDICT), min_size=1, max_size=30)
BOOLS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40)


def values(codes: Any, models: tuple[str, ...] = MODELS) -> dict[str, Any]:
    """The figures without their intervals: those of all models, and those of each pair as 'a & b figure'."""
    found = agreement(np.array(codes, dtype=np.int8).reshape(-1, len(models)), models, draws=2)
    named = {name: found[name]["value"] for name in ("all_agree", "fleiss_kappa", "pabak")}
    pairs = {f"{p} {name}": e["value"] for p, figures in found["pairs"].items() for name, e in figures.items()}
    return {"n": found["n"], **named, **pairs}


@settings(max_examples=40)
@given(BOOLS)
def test_cohens_kappa_is_scikit_learns(pairs: list[tuple[bool, bool]]) -> None:
    first, second = zip(*pairs, strict=True)
    assume(len({*first, *second}) == 2)
    expected = float(cohen_kappa_score(first, second))
    assert values(pairs, ("a", "b"))["a & b cohen_kappa"] == pytest.approx(expected, abs=1e-12)


def test_kappas_in_closed_form() -> None:
    # 20 of 50 both yes, 15 both no, 5 and 10 apart: p_o = 0.7, p_e = 0.5 (the example of Cohen's kappa in textbooks)
    both = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
    found = values(both, ("a", "b"))
    assert found["a & b cohen_kappa"] == pytest.approx(0.4)
    assert (found["a & b agree"], found["a & b pabak"]) == (pytest.approx(0.7), pytest.approx(0.4))
    assert values([(1, 1, 1), (0, 0, 0)])["fleiss_kappa"] == pytest.approx(1.0)
    # agreement 1/3 in each row, one half expected of chance
    assert values([(1, 1, 0), (0, 0, 1)])["fleiss_kappa"] == pytest.approx(-1 / 3)
    assert values([(1, 1, 0), (0, 0, 1)])["pabak"] == pytest.approx(2 / 3 - 1)


def fleiss_by_the_table(table: Array) -> float:
    """Fleiss (1971) as published, from a table of how many raters put each subject into each category."""
    n_subjects, n_raters = len(table), table[0].sum()
    p_j = table.sum(axis=0) / (n_subjects * n_raters)
    p_i = ((table**2).sum(axis=1) - n_raters) / (n_raters * (n_raters - 1))
    p_e = (p_j**2).sum()
    return float((p_i.mean() - p_e) / (1 - p_e))


def test_fleiss_kappa_is_that_of_the_published_table() -> None:
    # The form itself, on the worked example of 10 subjects, 14 raters and 5 categories (kappa = 0.210) ...
    rows = "0 0 0 0 14|0 2 6 4 2|0 0 3 5 6|0 3 9 2 0|2 2 8 1 1|7 7 0 0 0|3 2 6 3 0|2 5 3 2 2|6 5 2 1 0|0 2 2 3 7"
    published = np.array([[int(x) for x in row.split()] for row in rows.split("|")])
    assert fleiss_by_the_table(published) == pytest.approx(0.210, abs=5e-4)
    # ... and ours on verdicts, against that form
    codes = np.random.default_rng(0).integers(0, 2, size=(25, 5))
    table = np.stack([codes.sum(axis=1), 5 - codes.sum(axis=1)], axis=1)
    assert values(codes, tuple("abcde"))["fleiss_kappa"] == pytest.approx(fleiss_by_the_table(table), abs=1e-12)


@settings(max_examples=20)
@given(ROWS)
def test_the_order_of_models_and_of_samples_does_not_matter(rows: list[tuple[int, int, int]]) -> None:
    found = values(rows)
    for order in itertools.permutations(range(3)):
        turned = values([tuple(row[m] for m in order) for row in reversed(rows)], tuple(MODELS[m] for m in order))
        for name in ("n", "all_agree", "fleiss_kappa", "pabak"):
            assert turned[name] == pytest.approx(found[name], nan_ok=True)
        a, b = MODELS[order[0]], MODELS[order[1]]
        other = found.get(f"{a} & {b} cohen_kappa", found.get(f"{b} & {a} cohen_kappa"))
        assert turned[f"{a} & {b} cohen_kappa"] == pytest.approx(other)


@settings(max_examples=40)
@given(ROWS)
def test_in_and_out_may_change_places(rows: list[tuple[int, int, int]]) -> None:
    swapped = [tuple(1 - v if v >= 0 else v for v in row) for row in rows]
    assert values(swapped) == pytest.approx(values(rows))


@settings(max_examples=40)
@given(ROWS)
def test_every_sample_is_counted_once_or_left_out(rows: list[tuple[int, int, int]]) -> None:
    kinds, counts = sample_kinds(np.array(rows))
    whole = sum(-1 not in row for row in rows)
    assert int(counts.sum()) == int((counts @ kinds).sum()) == values(rows)["n"] == whole
    assert len(np.unique(kinds, axis=0)) == len(kinds)


@settings(max_examples=40)
@given(ROWS)
def test_shares_and_kappas_stay_in_their_ranges(rows: list[tuple[int, int, int]]) -> None:
    found = values(rows)
    figures = {name: value for name, value in found.items() if name != "n" and value is not None}
    assert all(-1 - 1e-12 <= value <= 1 + 1e-12 for value in figures.values())
    assert all(value >= 0 for name, value in figures.items() if name.endswith("agree"))
    if found["n"]:  # Randolph's free-marginal kappa is the mean of the pairs' PABAKs
        assert found["pabak"] == pytest.approx(np.mean([v for name, v in found.items() if name.endswith(" pabak")]))


def test_perfect_agreement_is_one_with_a_sure_interval() -> None:
    found = agreement(np.array([[1, 1, 1]] * 30 + [[0, 0, 0]] * 30), MODELS)
    for figure in (found["fleiss_kappa"], found["pabak"], found["pairs"]["molmo & qwen"]["cohen_kappa"]):
        assert figure == {"value": 1.0, "low": 1.0, "high": 1.0, "why": ""}


@pytest.mark.parametrize("rows", [[], [[1, 1, -1]]])
def test_without_samples_everything_is_none_with_the_reason(rows: list[list[int]]) -> None:
    found = agreement(np.array(rows, dtype=np.int8).reshape(-1, 3), MODELS)
    assert found["n"] == 0
    assert found["all_agree"] == found["fleiss_kappa"] == {"value": None, "low": None, "high": None, "why": NOTHING}
    assert found["pairs"]["qwen & internvl"]["cohen_kappa"]["why"] == NOTHING


@pytest.mark.parametrize("verdict", [0, 1])
def test_a_kappa_is_none_where_chance_is_certain_but_the_shares_are_known(verdict: int) -> None:
    found = agreement(np.full((4, 3), verdict), MODELS)
    assert found["fleiss_kappa"] == {"value": None, "low": None, "high": None, "why": CERTAIN}
    assert found["pairs"]["molmo & qwen"]["cohen_kappa"]["why"] == CERTAIN
    assert found["pairs"]["molmo & qwen"]["agree"]["value"] == found["pabak"]["value"] == 1.0


def noisy(n: int, shape: tuple[int, ...], seed: int = 0) -> Array:
    """Codes of three models that mostly follow one truth and leave a twentieth unread."""
    rng = np.random.default_rng(seed)
    codes = (rng.random((n, 1, *shape)) < 0.3) ^ (rng.random((n, 3, *shape)) < 0.15)
    return np.where(rng.random(codes.shape) < 0.05, -1, codes).astype(np.int8)


def test_intervals_hold_the_value_and_narrow_with_more_samples() -> None:
    widths = []
    for n in (200, 20_000):
        found = agreement(noisy(n, ()), MODELS, seed=3)
        figures = [found["all_agree"], found["fleiss_kappa"], found["pabak"]]
        figures += [e for pair in found["pairs"].values() for e in pair.values()]
        assert all(e["low"] < e["value"] < e["high"] for e in figures)
        widths.append(found["fleiss_kappa"]["high"] - found["fleiss_kappa"]["low"])
    assert widths[0] == pytest.approx(10 * widths[1], rel=0.2)  # as the square root of a hundredfold
    assert json.loads(json.dumps(found)) == found


def test_the_seed_decides_the_interval_and_nothing_else() -> None:
    one, same, other = (agreement(noisy(100, ()), MODELS, seed=s) for s in (1, 1, 2))
    assert one == same
    assert one["fleiss_kappa"]["value"] == other["fleiss_kappa"]["value"]
    assert one["fleiss_kappa"]["low"] != other["fleiss_kappa"]["low"]


@settings(max_examples=5)
@given(st.integers(0, 100))
def test_drawing_counts_is_drawing_rows(seed: int) -> None:
    """The bootstrap over patterns has the distribution of a plain one that draws samples and counts them anew."""
    codes = noisy(40, (3,), seed)
    kinds, counts = sample_kinds(codes)
    ours = joint_figures(bootstrap_counts(kinds, counts, 1000, seed))["fleiss_kappa"]
    rng = np.random.default_rng(seed + 1)
    rows = codes[(codes >= 0).all(axis=1).any(axis=1)]  # the samples that have a complete question
    plain = []
    for _ in range(400):
        again_kinds, again = sample_kinds(rows[rng.integers(len(rows), size=len(rows))])
        plain.append(float(joint_figures(again @ again_kinds)["fleiss_kappa"]))
    assert ks_2samp(ours, plain).pvalue > 1e-4
    assert float(np.std(ours)) == pytest.approx(float(np.std(plain)), rel=0.25)


def test_pooled_questions_count_as_one_and_stay_with_their_sample() -> None:
    codes = noisy(60, (3,))
    pooled = agreement(codes, MODELS)
    flat = agreement(codes.transpose(0, 2, 1).reshape(-1, 3), MODELS)
    assert (pooled["n"], pooled["fleiss_kappa"]["value"]) == (flat["n"], flat["fleiss_kappa"]["value"])
    # three questions with the same verdicts tell no more than one: the interval must not shrink
    one, thrice = agreement(codes[:, :, 0], MODELS), agreement(np.repeat(codes[:, :, :1], 3, axis=2), MODELS)
    assert thrice["n"] == 3 * one["n"]
    for name in ("fleiss_kappa", "pabak"):
        ends = [one[name][end] for end in ("value", "low", "high")]
        assert [thrice[name][end] for end in ("value", "low", "high")] == pytest.approx(ends, abs=0.02)
