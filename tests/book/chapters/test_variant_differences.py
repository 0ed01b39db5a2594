"""Differences between variants: paired by image, averaged over seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coinco_book.chapters.variants import variant_differences
from coinco_core.errors import InputError


def results(**ranks: dict[int, list[int]]) -> pd.DataFrame:
    rows = [
        {"variant": name, "seed": seed, "ranks": own} for name, seeds in ranks.items() for seed, own in seeds.items()
    ]
    return pd.DataFrame(rows)


def test_the_difference_is_the_mean_over_seeds_and_images() -> None:
    table = results(plain={0: [0, 5, 9, 9], 1: [5, 5, 0, 9]}, other={1: [0, 0, 0, 9], 0: [0, 0, 9, 9]})
    (row,) = variant_differences(table, 1, "plain").to_dict("records")
    assert (row["variant"], row["difference"], row["least"], row["most"]) == ("other", 3 / 8, 0.25, 0.5)
    assert row["low"] <= row["difference"] <= row["high"]
    assert variant_differences(table, 10, "plain")["difference"].tolist() == [0.0]


def test_the_interval_is_that_of_the_images_and_not_of_the_seeds() -> None:
    rng = np.random.default_rng(0)
    n = 400
    plain = {s: rng.integers(0, 10, n).tolist() for s in range(3)}
    better = {s: [0 if i < n // 4 else rank for i, rank in enumerate(ranks)] for s, ranks in plain.items()}
    (row,) = variant_differences(results(plain=plain, better=better), 1, "plain", draws=4000).to_dict("records")
    gain = np.mean([np.equal(better[s], 0) & ~np.equal(plain[s], 0) for s in range(3)], axis=0)
    half = 1.96 * gain.std() / np.sqrt(n)
    assert row["high"] - row["difference"] == pytest.approx(half, rel=0.1)
    assert row["difference"] - row["low"] == pytest.approx(half, rel=0.1)


def test_the_same_answers_differ_by_nothing_and_by_no_chance() -> None:
    same = {0: [0, 1, 2], 1: [2, 1, 0]}
    (row,) = variant_differences(results(plain=same, copy=same), 1, "plain").to_dict("records")
    assert (row["difference"], row["low"], row["high"]) == (0.0, 0.0, 0.0)


def test_what_cannot_be_compared_is_refused() -> None:
    table = results(plain={0: [0], 1: [0]}, other={0: [0]})
    with pytest.raises(InputError, match="no variant 'published'"):
        variant_differences(table, 1, "published")
    with pytest.raises(InputError, match="seeds of 'other'"):
        variant_differences(table, 1, "plain")
