"""The estimate's ingredients, against counts made with the models' own code, and its arithmetic."""

from __future__ import annotations

import pytest

from coinco_book.cost.labelling import (
    TEACHERS,
    cost_table,
    internvl_tokens,
    molmo_tokens,
    one_at_a_time_hours,
    qwen_tokens,
    text_tokens,
)
from coinco_core.prompts import teacher_prompt


@pytest.mark.parametrize(
    ("size", "qwen", "internvl", "molmo"),
    [((640, 480), 391, 3330, 740), ((640, 427), 345, 1794, 740), ((512, 512), 324, 258, 580)],
)
def test_picture_tokens_are_those_counted_with_the_models_own_code(
    size: tuple[int, int], qwen: int, internvl: int, molmo: int
) -> None:
    assert (qwen_tokens(*size)[0], internvl_tokens(*size)[0], molmo_tokens(*size)[0]) == (qwen, internvl, molmo)


def test_patches_go_with_tokens() -> None:
    assert qwen_tokens(640, 480)[1] == 4 * 391
    assert internvl_tokens(640, 480)[1] == 13 * 1024 and internvl_tokens(640, 480, most_tiles=4)[0] == 258
    assert molmo_tokens(640, 480)[1] == 7 * 576


def test_the_table_is_twice_parameters_times_tokens() -> None:
    table = cost_table(800, 300, (200.0, 400.0))
    qwen = next(teacher for teacher in TEACHERS if teacher.role == "qwen")
    work = 2 * (qwen.language * (391 + 800 + 300) + qwen.vision * 4 * 391)
    assert table.loc["qwen", "tflop"] == pytest.approx(work / 1e12)
    assert table.loc["qwen", "hours_high"] == pytest.approx(97_722 * work / 200e12 / 3600)
    assert list(table["hours_high"]) == pytest.approx(list(2 * table["hours_low"]))
    half = cost_table(800, 300, (200.0, 400.0), images=97_722 // 2)
    assert list(half["hours_low"]) == pytest.approx(list(table["hours_low"] / 2))


def test_one_image_at_a_time_is_bound_by_memory() -> None:
    qwen = next(teacher for teacher in TEACHERS if teacher.role == "qwen")
    hours = one_at_a_time_hours(qwen, answer_tokens=1, bandwidth=qwen.weight_bytes, gpus=1, images=3600)
    assert hours == pytest.approx(1.0)


def test_the_full_prompt_is_some_hundred_tokens() -> None:
    assert 300 < text_tokens(teacher_prompt("full").render("cow")) < 1500
