"""Signal detection in closed form, the shift of the bias, and real images that nobody changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from coinco_core.coco import SKIPPED_NAME
from coinco_core.errors import InputError
from coinco_core.evaluation import Score, bias_shift, shortcut_table, signal_detection, unmodified_samples
from coinco_core.evaluation.unmodified import spread
from coinco_core.samples import Box, Sample, read_samples, relative_to


def width(score: Score) -> float:
    assert score.low is not None and score.high is not None
    return score.high - score.low


def detected(signal: list[bool | None], noise: list[bool | None]) -> dict[str, float | None]:
    return {score.metric: score.value for score in signal_detection(signal, noise, draws=100)}


def test_d_prime_and_criterion_in_closed_form() -> None:
    found = detected([True] * 84 + [False] * 15, [True] * 15 + [False] * 84)
    z = norm.ppf(84.5 / 100)
    assert found["d_prime"] == pytest.approx(2 * z) and found["criterion_c"] == pytest.approx(0, abs=1e-12)
    assert found["hit_rate"] == 84 / 99 and found["false_alarm_rate"] == 15 / 99


def test_rates_of_zero_and_one_stay_finite() -> None:
    """Hautus (1995): (k + 0.5) / (n + 1)."""
    always = detected([True] * 9, [True] * 9)
    assert always["d_prime"] == 0.0 and always["criterion_c"] == pytest.approx(-norm.ppf(0.95))
    perfect = detected([True] * 9, [False] * 9)
    assert perfect["d_prime"] == pytest.approx(2 * norm.ppf(0.95))
    assert perfect["criterion_c"] == pytest.approx(0, abs=1e-12)


def test_what_cannot_be_read_is_neither_hit_nor_alarm() -> None:
    assert detected([True, None, False, None], [False, True, None]) == detected([True, False], [False, True])
    assert detected([None], [True])["d_prime"] is None and detected([True], [])["criterion_c"] is None


@settings(max_examples=30)
@given(st.lists(st.booleans(), min_size=1, max_size=30), st.lists(st.booleans(), min_size=1, max_size=30))
def test_turning_the_answers_round_turns_both_signs(signal: list[bool], noise: list[bool]) -> None:
    there, back = detected(signal, noise), detected([not v for v in signal], [not v for v in noise])
    for name in ("d_prime", "criterion_c"):
        assert there[name] == pytest.approx(-(back[name] or 0), abs=1e-9)


def test_the_interval_of_d_prime_is_that_of_gourevitch_and_galanter() -> None:
    """Var(d') = H(1-H) / (n phi(z_H)^2) + F(1-F) / (n phi(z_F)^2), for many samples."""
    n, hit, alarm = 2000, 0.8, 0.3
    signal, noise = [[True] * int(n * rate) + [False] * int(n * (1 - rate)) for rate in (hit, alarm)]
    score = next(s for s in signal_detection(signal, noise, draws=20_000) if s.metric == "d_prime")
    variance = sum(rate * (1 - rate) / (n * norm.pdf(norm.ppf(rate)) ** 2) for rate in (hit, alarm))
    assert score.value is not None and score.low is not None and score.high is not None
    assert score.high - score.low == pytest.approx(2 * 1.96 * variance**0.5, rel=0.04)
    assert score.low < score.value < score.high


def test_images_are_resampled_whole() -> None:
    """With every sample there four times the interval must be twice as wide as if each were an image of its own."""
    signal, noise = ([True] * 48 + [False] * 12) * 4, ([True] * 15 + [False] * 45) * 4
    shown = list(range(60)) * 4
    apart, together = (
        {score.metric: score for score in signal_detection(signal, noise, images=images, draws=5000)}
        for images in ((None, None), (shown, shown))
    )
    for name, ratio in {"d_prime": 2, "criterion_c": 2, "hit_rate": 2, "false_alarm_rate": 2}.items():
        wide, narrow = together[name], apart[name]
        assert wide.value == narrow.value and wide.n == narrow.n
        assert width(wide) == pytest.approx(ratio * width(narrow), rel=0.1)


def test_both_sides_are_resampled_by_their_own_images() -> None:
    truth = [True, False, False] * 40
    altered, plain = {"student": [True, False, True] * 40}, {"student": ([True] * 45 + [False, None, False]) * 5}
    shown, shown_plain = [k % 3 for k in range(120)], [k % 48 // 6 for k in range(240)]
    choices = ((None, None), (shown, None), (None, shown_plain))
    tables = [shortcut_table((truth, altered), plain, images=images) for images in choices]
    none, first, second = (table.set_index("metric").eval("high - low") for table in tables)
    assert all(table["value"].equals(tables[0]["value"]) for table in tables)
    of_altered, of_plain = ["specificity_altered", "false_alarm_rate"], ["recall_unmodified", "hit_rate"]
    assert (first[of_altered] > none[of_altered]).all() and (first[of_plain] == none[of_plain]).all()
    assert (second[of_plain] > none[of_plain]).all() and (second[of_altered] == none[of_altered]).all()
    assert first["d_prime"] > none["d_prime"] and second["d_prime"] > none["d_prime"]
    with pytest.raises(InputError, match="name the image of each sample"):
        shortcut_table((truth, altered), plain, images=(None, [1, 2]))


def test_the_trivial_answerers_have_no_d_prime_beside_the_student() -> None:
    truth = [True] * 10 + [False] * 30
    table = shortcut_table((truth, {"student": truth}), {"student": [True] * 30}, baselines=True)
    rows = table.set_index(["answerer", "metric"])["value"]
    for name, recall in (("always in-context", 1.0), ("always out-of-context", 0.0)):
        assert rows[name, "recall_unmodified"] == recall and rows[name, "specificity_altered"] == 1 - recall
        assert rows[name, "d_prime"] == pytest.approx(0.0)
    assert rows["student", "d_prime"] > 3


def test_the_bias_shift_by_hand() -> None:
    before, after = [True] * 20 + [False] * 80, [True] * 60 + [False] * 40
    shift = bias_shift(before, after)
    assert shift.value == pytest.approx(0.4) and shift.n == 100
    assert shift.low is not None and shift.high is not None and 0.25 < shift.low < 0.4 < shift.high < 0.55
    back = bias_shift(after, before)
    assert back.value == pytest.approx(-0.4)
    assert bias_shift([None], [True]).value is None


def sample(image: int, number: int, name: str) -> Sample:
    at = f"coco-{image}-{number}"
    return Sample(at, f"{image}.jpg", 100, 100, Box(0, 0, 40, 40), name, name, "test", "coco", False)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcd")), max_size=30), st.integers(1, 12))
def test_categories_take_turns_and_images_are_used_once(rows: list[tuple[int, str]], n: int) -> None:
    samples = [sample(image, k, name) for k, (image, name) in enumerate(rows)]
    chosen = spread(samples, n, seed=0)
    assert chosen == spread(samples, n, seed=0) and chosen == [s for s in samples if s in chosen]
    assert len({s.image for s in chosen}) == len(chosen) == min(n, len({s.image for s in samples}))


def test_a_common_category_does_not_crowd_out_a_rare_one() -> None:
    samples = [sample(k, k, "person") for k in range(50)] + [sample(100 + k, k, "toaster") for k in range(5)]
    assert Counter(s.object for s in spread(samples, 10, seed=1)) == {"person": 5, "toaster": 5}


@pytest.mark.parametrize("split", ["train2017", "val2017"])
def test_real_images_become_unmodified_samples(shared: Path, tmp_path: Path, split: str) -> None:
    source = shared / "real" / "coco_tiny"
    files = source / "annotations" / f"instances_{split}.json", source / split
    chosen = unmodified_samples(*files, n=40, seed=0)
    samples, left_out = chosen.samples, chosen.left_out
    again, other = (unmodified_samples(*files, n=40, seed=seed).samples for seed in (0, 1))
    chosen.write(tmp_path / "a")
    assert samples == again != other
    assert read_samples(tmp_path / "a") == [relative_to(tmp_path / "a", sample) for sample in samples]
    assert len(samples) == len({s.image for s in samples}) == 40
    assert max(Counter(s.object for s in samples).values()) <= 2  # the images show 60 categories and more
    assert all(not s.modified and s.object == s.original_object and Path(s.image).is_file() for s in samples)
    assert min(s.box.w * s.box.h for s in samples) >= 32**2
    skipped = pd.read_parquet(tmp_path / "a" / SKIPPED_NAME)
    assert left_out["a crowd"] == skipped["reason"].str.contains("crowd").sum() > 0
    assert left_out["the box is too small"] > 0
    assert sum(left_out.values()) == len(skipped) + left_out["more than were asked for"]


def test_more_than_there_is_is_refused(shared: Path) -> None:
    source = shared / "real" / "coco_tiny"
    annotations = source / "annotations" / "instances_val2017.json"
    with pytest.raises(InputError, match="of the 500 asked for"):
        unmodified_samples(annotations, source / "val2017", n=500, seed=0)
