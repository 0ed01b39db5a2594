"""The published percentages back to whole counts."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.chapters.published_accuracies import (
    LOG_TOP1,
    SAMPLES,
    fitting_sizes,
    published_counts,
    whole_count,
)
from coinco_core.errors import CheckError, InputError
from coinco_core.objects_from_context.ranking import TOP

COUNTS = {
    "instance": {1: 392, 3: 766, 5: 1028, 10: 1414},
    "clique": {1: 843, 3: 1475, 5: 1881, 10: 2329},
}
PAPER = {  # section 5.2, and the result file for top-10
    "instance": {1: 16.32, 3: 31.89, 5: 42.80, 10: 58.87},
    "clique": {1: 35.10, 3: 61.41, 5: 78.31, 10: 96.96},
}


def test_the_result_file_is_whole_counts_of_2402_and_of_no_other_number(shared: Path) -> None:
    row = pandas.read_csv(shared / "real/ofc_published_results.csv").iloc[0]
    theirs = {"instance": "category", "clique": "supercategory"}
    percents = {level: {k: row[f"{name}_top{k}_accuracy"] for k in TOP} for level, name in theirs.items()}
    assert published_counts(percents) == COUNTS
    flat = [percent for row in percents.values() for percent in row.values()]
    assert fitting_sizes(flat, 5000) == [SAMPLES, 2 * SAMPLES]  # nothing but multiples


def test_the_numbers_as_printed_give_the_same_counts() -> None:
    assert published_counts(PAPER, decimals=2) == COUNTS
    flat = [percent for row in PAPER.values() for percent in row.values()]
    assert fitting_sizes(flat, 4600, decimals=2) == [SAMPLES]
    printed = {level: {k: round(100 * hits / SAMPLES, 2) for k, hits in row.items()} for level, row in COUNTS.items()}
    assert printed == PAPER


@given(st.integers(1, 4000), st.data())
def test_a_count_is_found_again_from_its_percentage(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    assert whole_count(100 * k / n, n) == k
    assert whole_count(round(100 * k / n, 2), n, decimals=2) == k
    assert n in fitting_sizes([100 * k / n], n)


@given(st.integers(1, 200), st.integers(0, 10_000))
def test_a_count_is_that_of_a_loop(n: int, hundredths: int) -> None:
    percent = hundredths / 100
    fits = [k for k in range(n + 1) if abs(10_000 * k - hundredths * n) * 2 <= n]  # in whole numbers, ties both ways
    if len(fits) == 1:
        assert whole_count(percent, n, decimals=2) == fits[0]
    else:
        with pytest.raises(CheckError):
            whole_count(percent, n, decimals=2)


def test_a_percentage_that_is_no_whole_count_is_refused() -> None:
    with pytest.raises(CheckError, match=r"16\.33 % of 2402 is no whole number of samples"):
        whole_count(16.33, 2402, decimals=2)
    with pytest.raises(CheckError, match="95 to 105 samples; more decimals"):
        whole_count(1.0, 10_000, decimals=1)
    with pytest.raises(CheckError, match="fall as k grows: 3, 2"):
        published_counts({"instance": {1: 30.0, 3: 20.0}}, n=10)
    with pytest.raises(InputError, match="not an accuracy"):
        whole_count(101.0, 10)
    with pytest.raises(InputError, match="no percentages"):
        fitting_sizes([], 10)


def test_the_authors_log_peaks_early() -> None:
    assert max(LOG_TOP1, key=LOG_TOP1.__getitem__) == 17
