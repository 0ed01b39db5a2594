"""What is settled without data, against closed forms and arithmetic done another way."""

from __future__ import annotations

import random
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.chapters.student_settings import student_config
from coinco_book.checkout import find_checkout
from coinco_book.claims.ledger import load_claims
from coinco_book.claims.settled import counts, sizes
from coinco_book.claims.settled import object_table as objects
from coinco_book.claims.settled import table_cells as tables
from coinco_book.claims.settled.page import paper_values
from coinco_book.profiles import load_profile
from coinco_core.categories import NAMES, SUPERCATEGORIES, SUPERCATEGORY_INDICES
from coinco_core.errors import CheckError
from coinco_core.evaluation import wilson_interval
from coinco_core.objects_from_context.network.recipe import TrainingRecipe
from coinco_core.splits.recipes import SPLIT_RECIPES

PAPER: dict[str, Any] = paper_values(load_claims(find_checkout()))


def test_the_set_adds_up() -> None:
    found = counts.dataset(PAPER)
    assert (found["images"], found["unanimous"]) == (97_722, 73_929)
    shares = [found[f"{name}_share"] for name in ("consensus", "unanimous_out", "unanimous_in")]
    assert [round(share, 1) for share in shares] == [75.7, 87.8, 12.2]
    assert round(found["consensus_share_training"], 1) == 77.6
    assert found["unanimous_out_share"] + found["unanimous_in_share"] == pytest.approx(100)
    assert Fraction(int(found["ofc_train"]), 95_320) == Fraction(4, 5)


def test_always_out_of_context_scores_what_the_book_says_elsewhere() -> None:
    found = counts.labels(PAPER)
    assert found["always_out"] == pytest.approx(100 * 1846 / 2402)
    assert round(found["always_out"], 2) == 76.85
    assert found["labels_in"] + found["labels_out"] == 97_722


def test_the_balanced_sample_cannot_be_drawn() -> None:
    found = counts.samples(PAPER)
    assert found["largest_balanced"] == 2 * 9_050 < found["page_samples"] == 24_000
    steps = [found[name] for name in ("steps_per_epoch", "steps", "evaluations", "saves", "unused_size_steps")]
    assert steps == [250, 750, 6, 3, 125]
    assert found["accumulation"] * 4 * 4 == 64


def test_one_rate_of_success_does_not_fit() -> None:
    found = counts.success(PAPER)
    assert found["success_train"] == pytest.approx(81.285, abs=0.001)
    assert found["success_test"] == pytest.approx(48.506, abs=0.001)
    assert found["success_chart"] == pytest.approx(found["success_test"], abs=0.5)
    assert PAPER["success-kite"] < found["success_train"]  # above the best class
    assert found["success_rises"] == 8
    kept = found["success_chart"] / 100 * PAPER["annotated-train"]
    assert kept + found["unexplained"] == pytest.approx(PAPER["train-images"])


@given(st.integers(0, 10_000), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_parts_are_whole_and_add_up_or_are_refused(units: int, shares: list[int]) -> None:
    total = units * sum(shares)
    found = counts.parts(total, shares)
    assert sum(found) == total
    assert [Fraction(part) * sum(shares) for part in found] == [share * total for share in shares]
    if sum(shares) > 1:
        with pytest.raises(CheckError, match="cannot be dealt evenly"):
            counts.parts(total + 1, shares)


def test_averages_and_changes_of_the_students() -> None:
    found = tables.students(PAPER)
    assert found["gain_location_and_size_real"] == pytest.approx((91.4 - 47.6 + 83.2 - 52.6) / 2)
    for where in tables.COLUMNS:
        change = found[f"average_{where}_after"] - found[f"average_{where}_before"]
        assert found[f"gain_average_{where}"] == pytest.approx(change)
    assert round(found["gain_average_coinco"], 1) == 7.6 != round(73.7 - 66.2, 1)
    assert found["gain_co_occurrence_real"] == pytest.approx(-2)


def test_f1_is_below_the_mean_of_precision_and_recall() -> None:
    found = tables.detectors(PAPER)
    assert found["f1_yolo"] == pytest.approx(1 / (0.5 / 93.78 + 0.5 / 67.86))
    assert found["f1_groundingdino"] < (96.14 + 38.66) / 2
    assert tables.harmonic_mean(3.0, 3.0) == 3


@given(st.integers(5, 600), st.integers(5, 600), st.data())
def test_two_percentages_give_the_counts_they_came_from(n_in: int, n_out: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n_in)), data.draw(st.integers(0, n_out))
    accuracy = round(100 * sum(right) / (n_in + n_out), 2)
    balanced = round(50 * (right[0] / n_in + right[1] / n_out), 2)
    try:
        assert tables.right_by_class(accuracy, balanced, (n_in, n_out)) == right
    except CheckError:  # classes too much alike in size: several pairs fit, and none is guessed
        pairs = [(i, sum(right) - i) for i in range(n_in + 1) if 0 <= sum(right) - i <= n_out]
        fitting = [p for p in pairs if abs(50 * (p[0] / n_in + p[1] / n_out) - balanced) <= 0.00501]
        assert len(fitting) > 1


def test_counts_that_give_no_such_percentages_are_refused() -> None:
    with pytest.raises(CheckError, match="fit 0 pairs"):
        tables.right_by_class(75.0, 10.0, (4, 8))


def test_a_share_half_way_between_two_decimals_may_be_printed_as_either() -> None:
    assert tables.right_by_class(14.29, 9.38, (16, 5)) == (3, 0)  # 9.375 exactly; in floats it lies too far away
    assert tables.right_by_class(14.29, 9.37, (16, 5)) == (3, 0)
    with pytest.raises(CheckError, match="fit 0 pairs"):
        tables.right_by_class(14.29, 9.39, (16, 5))


def test_f1_scores_from_a_table_of_confusions() -> None:
    scores = tables.f1_scores((3, 6), (4, 8))  # three hits of four with two false alarms; six of eight with one
    assert scores == pytest.approx({"f1_in": 100 * 6 / 9, "f1_out": 100 * 12 / 15, "macro_f1": (200 / 3 + 80) / 2})


def test_the_re_evaluation_is_consistent_and_near_the_fixed_answer() -> None:
    right = tables.right_counts(PAPER)
    assert right["co-occurrence"] == (339, 1512)
    assert max(sum(right[row]) for row in tables.STUDENTS) - 1846 == 5
    found = tables.f1_of_rows(PAPER)
    for row in tables.STUDENTS:
        assert round(found[f"{row.replace('-', '_')}_f1_in"], 2) == PAPER[f"reevaluation-{row}-f1-in"]


def test_how_many_localisers_context_improves() -> None:
    assert tables.localisation(PAPER) == {
        "localisation_accuracy_improved": 3, "localisation_f1_improved": 4, "localisation_auc_improved": 4,
        "localisation_ap_improved": 3, "localisation_auc_improved_by_table": 3, "localisation_f1_oracle": 4,
    }  # fmt: skip


@pytest.mark.parametrize(("cell", "value", "count", "expected"), [
    ("localisation-trufor-oracle-f1", 0.585, "localisation_f1_oracle", 3),  # below ours
    ("localisation-trufor-oracle-f1", 0.59, "localisation_f1_oracle", 3),  # as high as ours is not higher
    ("localisation-psccnet-ours-auc", 0.95, "localisation_auc_improved", 3),
    ("localisation-table-catnet-auc", 97.3, "localisation_auc_improved_by_table", 4),
])  # fmt: skip
def test_each_count_turns_on_its_own_cells(cell: str, value: float, count: str, expected: int) -> None:
    assert tables.localisation({**PAPER, cell: value})[count] == expected


def test_the_rows_of_the_table_of_objects() -> None:
    found = objects.rows_above(PAPER)
    assert list(found.values()) == [6, 6, 5]
    higher = objects.rows_above({**PAPER, "ofc-co-occurrence-clique-top1": 9.54})
    assert higher["co_occurrence_above_chance"] == 6
    assert objects.rows_above({**PAPER, "ofc-random-instance-top1": 1.54})["co_occurrence_above_random"] == 5
    assert objects.rows_above({**PAPER, "ofc-instance-top5": 7.29})["network_above_co_occurrence"] == 5


def test_the_log_falls_by_more_than_the_draw_explains() -> None:
    found = objects.log(PAPER)
    assert found["log_fall"] == pytest.approx(1.29)
    assert found["log_fall_by_chance"] == pytest.approx(196 * (2 * 0.1677 * 0.8323 / 19_064) ** 0.5)


def test_hits_are_those_of_the_authors_result_file() -> None:
    found = list(objects.hits(PAPER).values())
    assert found == [392, 766, 1028, 1414, 843, 1475, 1881, 2329]
    fitting = objects.sizes_that_fit(PAPER, 2500)
    assert fitting == [2402]


def test_chance_against_orders_drawn_at_random() -> None:
    found, rng, draws = objects.chances(), random.Random(0), 4000
    hits = {1: 0, 3: 0, 5: 0, 10: 0}
    for _ in range(draws):
        order = list(range(len(NAMES)))
        rng.shuffle(order)
        cliques = list(dict.fromkeys(SUPERCATEGORY_INDICES[k] for k in order))
        place = cliques.index(SUPERCATEGORY_INDICES[rng.randrange(len(NAMES))])
        hits = {k: n + (place < k) for k, n in hits.items()}
    for k, n in hits.items():
        low, high = wilson_interval(n, draws, confidence=0.999)
        assert 100 * low < found[f"chance_clique_first_top{k}"] < 100 * high
    printed = [found[f"chance_twelve_way_top{k}"] for k in (1, 3, 5)]
    assert printed == pytest.approx([100 * k / len(SUPERCATEGORIES) for k in (1, 3, 5)])
    assert [round(found[f"chance_clique_first_top{k}"], 2) for k in (1, 3, 5, 10)] == [9.53, 28.33, 46.70, 89.25]


def test_cliques_hold_all_categories() -> None:
    found = objects.cliques(PAPER)
    assert found["supercategories"] == len(NAMES) == 80
    own = {name.replace("_", "-"): n for name, n in found.items() if name != "supercategories"}
    assert own == {name: PAPER[name] for name in own}
    assert len(found) == len(SUPERCATEGORIES) + 1
    assert objects.overview(PAPER)["overview_food"] == pytest.approx(20.99)


def test_networks_in_closed_form() -> None:
    found = sizes.network() | sizes.first_version()
    widths = (8192, 512, 256, 128, 80)
    assert found["ofc_parameters"] == sizes.stack_parameters(widths) == 4_369_360
    assert [found[f"ofc_layer_{k}"] for k in range(1, 5)] == [
        (a + 1) * b for a, b in zip(widths, widths[1:], strict=False)
    ]
    assert found["ofc_weights_mb"] == pytest.approx(4 * 4_369_360 / 1e6)
    assert found["latents_kb"] == 2 * 4 * 32 * 32 * 4 / 1e3
    nets = [found[name] for name in ("semantic_net", "visual_net", "visual_semantic_net")]
    assert nets == [951_297, 4_359_169, 5_326_721]


def test_the_adapter_in_closed_form() -> None:
    found = sizes.adapter()
    hidden, keys, rank = 2048, 256, 256
    assert found["lora_layer_parameters"] == rank * (2 * (hidden + hidden) + 2 * (hidden + keys)) == 3_276_800
    assert found["lora_parameters"] == 36 * 3_276_800
    assert found["lora_share"] == pytest.approx(100 * 117_964_800 / 3_754_622_976)
    assert found["times_by_name"] == 24 > round(found["times_counted"], 1) == 19.6

    def layers(n: int, hidden: int, keys: int, inner: int) -> int:
        """Queries, keys, values (with biases), the way out, three matrices of the MLP, two norms; n times."""
        return n * (2 * hidden**2 + hidden + 2 * (hidden + 1) * keys + 3 * hidden * inner + 2 * hidden)

    ratio = layers(80, 8192, 1024, 29_568) / layers(36, hidden, keys, 11_008)
    assert found["times_layers"] == pytest.approx(ratio, rel=1e-6)


def test_the_recipes_are_those_that_profile_paper_runs() -> None:
    found, settings = sizes.recipes(), load_profile("paper").settings("students")
    run = {f"recipe_{name}": value for name, value in asdict(student_config(settings, seed=0)).items()}
    assert {name: found[name] for name in run if name in found} == {k: v for k, v in run.items() if k in found}
    page = {f"page_{split}": n for split, n in SPLIT_RECIPES["page"].sizes.items()}
    assert {name: found[name] for name in page} == page


def test_a_profile_s_own_setting_is_what_counts() -> None:
    assert sizes._of(TrainingRecipe, {"epochs": 3, "data": "demo"})["epochs"] == 3
    assert sizes._of(TrainingRecipe, {})["epochs"] == 120


def test_the_book_follows_the_recipes() -> None:
    found = sizes.recipes()
    assert (found["recipe_lora_rank"], found["recipe_lora_alpha"], found["recipe_batch_size"]) == (256, 512, 64)
    assert (found["ofc_epochs"], found["ofc_batch_size"], found["ofc_dropout"]) == (120, 512, 0.3)
    assert all(isinstance(value, int | float) and not isinstance(value, bool) for value in found.values())
