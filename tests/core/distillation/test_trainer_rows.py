"""Which validation rows a student answers during its training."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.distillation.collator import TrainingRow
from coinco_core.distillation.trainer import answered_rows


def rows(verdicts: list[bool]) -> list[TrainingRow]:
    words = {True: "In-context", False: "Out-of-context"}
    return [
        TrainingRow([i], [i], {}, "", f"Analysis:\nSize: So.\n\nSummary:\nFinal decision: {words[v]}")
        for i, v in enumerate(verdicts)
    ]


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 40), st.integers(0, 99))
def test_as_many_as_asked_half_of_either_verdict_where_there_are(verdicts: list[bool], n: int, seed: int) -> None:
    given_rows = rows(verdicts)
    drawn = answered_rows(given_rows, "size", n, seed)
    places = [row.input_ids[0] for row in drawn]
    assert len(drawn) == min(n, len(verdicts)) and places == sorted(set(places))
    assert drawn == answered_rows(given_rows, "size", n, seed)
    if len(verdicts) > n:
        n_in = sum(verdicts[place] for place in places)
        scarcer = min(sum(verdicts), len(verdicts) - sum(verdicts))
        assert min(n_in, n - n_in) == min(scarcer, n // 2)


def test_the_table_s_order_plays_no_part() -> None:
    sorted_rows = rows([True] * 300 + [False] * 300)
    drawn = [row.input_ids[0] for row in answered_rows(sorted_rows, "size", 200, 42)]
    assert sum(place < 300 for place in drawn) == 100 and max(drawn) > 500


@pytest.mark.parametrize("n", [4, 5])
def test_all_are_answered_where_they_are_few(n: int) -> None:
    assert answered_rows(rows([True, False, True, True]), "size", n, 0) == rows([True, False, True, True])
