"""Balanced splits: exact sizes, exact balance, no leakage between splits or students, and refusals with counts."""

from __future__ import annotations

import re
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from coinco_core.errors import InputError
from coinco_core.judgements import CRITERIA, FINAL_DECISION
from coinco_core.splits import (
    SPLIT_RECIPES,
    SPLITS,
    SplitRecipe,
    balanced,
    counts,
    criterion_labels,
    deal_images,
    dealing,
    recipe,
    split_labels,
)

SMALL = {"train": 80, "validation": 10, "test": 10}


def labels(n: int, seed: int = 0, per_image: int = 1, share: float = 0.4, unknown: float = 0.1) -> pd.DataFrame:
    """Random labels in the columns that coinco consensus writes; `per_image` samples share each image."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"sample_id": [f"s{i}" for i in range(n)], "image": [f"{i // per_image}.png" for i in range(n)]}
    )
    for name in [*CRITERIA, *(f"qwen_{c}" for c in CRITERIA)]:
        values = pd.array(rng.random(n) < share, dtype="boolean")
        values[rng.random(n) < unknown] = pd.NA
        table[name] = values
    return table


def test_the_recipes_are_the_pages_and_the_codes() -> None:
    """Section 5.1: 24,000 by consensus on the page, 20,000 by Qwen's verdict in the notebooks."""
    assert SPLIT_RECIPES["page"].sizes == {"train": 20_000, "validation": 2_000, "test": 2_000}
    assert SPLIT_RECIPES["code"].sizes == {"train": 16_000, "validation": 2_000, "test": 2_000}
    assert SPLIT_RECIPES["page"].labels == "unanimous" and SPLIT_RECIPES["code"].labels == "teacher"


@pytest.mark.parametrize("name", ["page", "code"])
def test_full_size_splits_are_exact(name: str) -> None:
    split = split_labels(labels(70_000), "location", recipe(name))
    counts = split.groupby(["split", "in_context"]).size()
    for part, size in SPLIT_RECIPES[name].sizes.items():
        assert counts[part, True] == counts[part, False] == size // 2
    assert split["sample_id"].is_unique


def test_just_enough_is_enough() -> None:
    """Where every class holds exactly what the splits need, for all criteria at once, they are filled."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"sample_id": [f"s{i}" for i in range(24_000)]})
    for criterion in CRITERIA:
        table[criterion] = pd.array(rng.permutation(24_000) < 12_000, dtype="boolean")
    for criterion in CRITERIA:
        assert len(split_labels(table, criterion, recipe("page"))) == 24_000


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.integers(1, 4), st.floats(0.3, 0.6), st.sampled_from(["page", "code"]))
def test_no_students_training_image_is_anothers_test_image(seed: int, per_image: int, share: float, name: str) -> None:
    chosen = recipe(name, **SMALL)
    table = labels(600, seed, per_image, share)
    splits = pd.concat([split_labels(table, c, chosen, seed) for c in CRITERIA])
    assert (splits.groupby("image")["split"].nunique() == 1).all()
    sizes = splits.groupby(["split"]).size()
    assert {part: int(sizes[part]) for part in SPLITS} == {part: 3 * n for part, n in SMALL.items()}


@settings(max_examples=12)
@given(st.integers(0, 10_000))
def test_every_split_is_balanced_and_keeps_the_labels(seed: int) -> None:
    table = labels(500, seed)
    split = split_labels(table, "size", recipe("page", **SMALL), seed)
    assert (split.groupby("split")["in_context"].mean() == 0.5).all()
    truth = table.set_index("sample_id").loc[split["sample_id"], "size"]
    assert truth.tolist() == split["in_context"].tolist()


def test_the_seed_decides_and_the_order_of_rows_does_not_deal_otherwise() -> None:
    table, chosen = labels(600), recipe("page", **SMALL)
    pd.testing.assert_frame_equal(split_labels(table, "size", chosen, 1), split_labels(table, "size", chosen, 1))
    assert set(split_labels(table, "size", chosen, 1)["sample_id"]) != set(
        split_labels(table, "size", chosen, 2)["sample_id"]
    )
    dealt = [deal_images(criterion_labels(rows, chosen), SMALL, 5).to_dict() for rows in (table, table.iloc[::-1])]
    assert dealt[0] == dealt[1]


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_no_input(seed: int, shuffler: Random) -> None:
    table = labels(400, seed, per_image=2)
    order = list(range(len(table)))
    shuffler.shuffle(order)
    one, other = (split_labels(rows, "location", recipe("page", **SMALL), seed) for rows in (table, table.iloc[order]))
    pd.testing.assert_frame_equal(one, other)


def with_final(table: pd.DataFrame, n_in: int, n_out: int) -> pd.DataFrame:
    """The labels with a final decision that is known of so many samples."""
    codes = np.repeat([1, 0, -1], [n_in, n_out, len(table) - n_in - n_out])
    codes = np.random.default_rng(0).permutation(codes)
    return table.assign(in_context=pd.arrays.BooleanArray(codes == 1, codes < 0))


def test_the_papers_final_decision_cannot_fill_the_pages_sizes() -> None:
    """Section 5.1 asks for 24,000 at 1:1; of the 73,929 unanimous final decisions 9,050 are in-context."""
    table = with_final(labels(97_722), 9_050, 64_879)
    with pytest.raises(InputError) as caught:
        split_labels(table, FINAL_DECISION, recipe("page"))
    text = str(caught.value)
    assert "Too few labels to balance the final decision: 24,000 at 1:1 need 12,000 in-context samples" in text
    assert "there are 9,050 in-context and 64,879 out-of-context" in text
    assert "largest balanced set in these proportions has 15,082 train, 1,508 validation, 1,508 test" in text
    most = recipe("page", train=15_082, validation=1_508, test=1_508)
    assert counts(split_labels(table, FINAL_DECISION, most)) == {
        name: {"in": n // 2, "out": n // 2} for name, n in most.sizes.items()
    }
    for criterion in CRITERIA:  # which does not keep the criteria from being filled
        assert len(split_labels(table, criterion, recipe("page"))) == 24_000


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from(["page", "code"]))
def test_the_final_decision_is_dealt_with_the_criteria(seed: int, per_image: int, name: str) -> None:
    table = labels(600, seed, per_image)
    table = table.assign(in_context=table["size"], qwen_in_context=table["qwen_location"])
    drawn = [split_labels(table, c, recipe(name, **SMALL), seed) for c in (*CRITERIA, FINAL_DECISION)]
    assert (pd.concat(drawn).groupby("image")["split"].nunique() == 1).all()
    assert all(len(split) == sum(SMALL.values()) for split in drawn)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 60))
def test_the_largest_set_that_a_refusal_names_can_be_drawn(seed: int, n_in: int, n_out: int) -> None:
    sizes = {"train": 80, "validation": 20, "test": 20}
    table = with_final(labels(150, seed), n_in, n_out)
    try:
        split_labels(table, FINAL_DECISION, recipe("page", **sizes), seed)
    except InputError as error:
        assert min(n_in, n_out) < 60
        named = re.search(r"proportions has ([\d,]+) train, ([\d,]+) validation, ([\d,]+) test", str(error))
        assert named is not None
        train, validation, test = (int(n) for n in named.groups())
        if train:
            most = recipe("page", train=train, validation=validation, test=test)
            assert len(split_labels(table, FINAL_DECISION, most, seed)) == train + validation + test


def test_the_recipe_decides_whose_verdicts_count() -> None:
    table = labels(400, unknown=0.0).assign(qwen_size=pd.array([i % 2 == 0 for i in range(400)], dtype="boolean"))
    split = split_labels(table, "size", recipe("code", **SMALL))
    assert all(
        verdict == (int(name[1:]) % 2 == 0)
        for name, verdict in zip(split["sample_id"], split["in_context"], strict=True)
    )


def test_too_few_of_a_class_is_refused_with_the_counts() -> None:
    table = labels(300, share=0.1, unknown=0.0)
    with pytest.raises(InputError) as caught:
        split_labels(table, "location", recipe("page", **SMALL))
    dealt = table["image"].map(deal_images(criterion_labels(table, recipe("page")), SMALL, 42))
    n_in = int(table.loc[dealt == "train", "location"].sum())
    n_out = int((dealt == "train").sum()) - n_in
    assert "balance Location" in str(caught.value)
    assert f"train needs 40 of each and has {n_in} in and {n_out} out of context" in str(caught.value)


def test_a_refusal_never_depends_on_another_criterion() -> None:
    table = labels(400, unknown=0.0).assign(size=pd.array([False] * 400, dtype="boolean"))
    assert len(split_labels(table, "location", recipe("page", **SMALL))) == 100
    with pytest.raises(InputError, match="has 0 in and"):
        split_labels(table, "size", recipe("page", **SMALL))


def test_balanced_takes_given_splits_as_they_are() -> None:
    table = pd.DataFrame({"in_context": [True, False] * 10, "split": ["train"] * 12 + ["test"] * 8, "row": range(20)})
    chosen = balanced(table, {"train": 6, "test": 4}, seed=0)
    assert chosen.groupby(["split", "in_context"]).size().to_dict() == {
        ("test", False): 2,
        ("test", True): 2,
        ("train", False): 3,
        ("train", True): 3,
    }
    assert chosen["row"].is_unique


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(InputError, match="Did you mean 'page'"):
        recipe("pages")
    with pytest.raises(InputError, match="even number"):
        recipe("page", test=3)
    with pytest.raises(InputError, match="cannot be empty"):
        recipe("page", train=0)
    with pytest.raises(InputError, match="Did you mean 'size'"):
        split_labels(labels(10), "sizes", recipe("page", **SMALL))
    with pytest.raises(InputError, match="lack qwen_location"):
        split_labels(labels(10).drop(columns="qwen_location"), "size", recipe("code", **SMALL))
    with pytest.raises(InputError, match="lack in_context"):
        split_labels(labels(10), FINAL_DECISION, recipe("page", **SMALL))
    with pytest.raises(InputError, match="twice"):
        split_labels(pd.concat([labels(10), labels(10)]), "size", recipe("page", **SMALL))
    with pytest.raises(InputError, match="no label to split"):
        split_labels(labels(10, unknown=1.1), "size", SplitRecipe("page", "unanimous", 2, 2, 2))


def test_where_no_best_dealing_is_found_every_image_is_still_dealt(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    verdicts = pd.DataFrame({"sample_id": [f"s{i}" for i in range(90)], "image": [f"{i}.png" for i in range(90)]})
    for criterion in CRITERIA:
        verdicts[criterion] = pd.array(rng.random(90) < 0.5, dtype="boolean")
    sizes = {"train": 20, "validation": 4, "test": 4}
    best = deal_images(verdicts, sizes, 0)
    nothing = type("Nothing", (), {"x": None})()
    monkeypatch.setattr("scipy.optimize.milp", lambda *given, **options: nothing)
    dealt = deal_images(verdicts, sizes, 0)
    assert set(dealt.index) == set(best.index) and set(dealt) == set(sizes)
    assert abs(dealt.value_counts() - best.value_counts()).max() <= 8


def test_a_dealing_that_may_not_be_the_best_says_by_how_much(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rng = np.random.default_rng(0)
    verdicts = pd.DataFrame({"sample_id": [f"s{i}" for i in range(90)], "image": [f"{i}.png" for i in range(90)]})
    for criterion in CRITERIA:
        verdicts[criterion] = pd.array(rng.random(90) < 0.5, dtype="boolean")
    sizes = {"train": 20, "validation": 4, "test": 4}
    best, real = deal_images(verdicts, sizes, 0), optimize.milp

    def ended_early(*given: object, **options: object) -> object:
        assert options["options"] == {"node_limit": dealing.MOST_NODES}
        solved = real(*given, **options)
        solved.fun, solved.mip_dual_bound, solved.mip_gap = 7.0, 4.0, 3 / 7
        return solved

    assert not caplog.records
    monkeypatch.setattr("scipy.optimize.milp", ended_early)
    pd.testing.assert_series_equal(deal_images(verdicts, sizes, 0), best)
    assert "short of 3 fewer" in caplog.text
