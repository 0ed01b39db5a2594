"""As many rows at once as the memory has room for, and half as many when it has not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.distillation import answering
from coinco_core.distillation.answering import answer_questions, direct_probabilities
from coinco_core.engines.encoding import pixel_parts
from coinco_core.engines.memory import MOST_ROWS, halving, row_bytes, rows_at_once
from tiny_models import noise, tiny_model

QWEN_3B = SimpleNamespace(
    num_hidden_layers=36, num_key_value_heads=2, num_attention_heads=16, hidden_size=2048, intermediate_size=11008
)


def test_a_row_takes_its_keys_and_values_and_the_widest_layers_activations() -> None:
    kept, passing = 2 * 36 * 2 * 128 * 2, (3 * 11008 + 6 * 2048) * 2
    assert row_bytes(QWEN_3B, 984, 512, 2) == kept * (984 + 512) + passing * 984 == 144_322_560


@pytest.mark.parametrize(("free_gb", "rows"), [(80, 64), (8.5, 47), (1, 5), (0.01, 1)])
def test_rows_are_those_that_fit_into_four_fifths_of_the_free_memory(
    monkeypatch: pytest.MonkeyPatch, free_gb: float, rows: int
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(free_gb * 1e9), int(80e9)))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: int(7e9))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: int(7e9))
    config = SimpleNamespace(get_text_config=lambda: QWEN_3B)
    model = SimpleNamespace(device=torch.device("cuda"), dtype=torch.bfloat16, config=config)
    assert rows_at_once(model, 984, 512) == rows
    model.device = torch.device("cpu")
    assert rows_at_once(model, 984, 512) == MOST_ROWS


def test_what_torch_holds_unused_after_a_batch_counts_as_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU of 16 GB: 7.5 GB of weights, and 8.5 GB that the driver has first, and torch later."""
    config = SimpleNamespace(get_text_config=lambda: QWEN_3B)
    model = SimpleNamespace(device=torch.device("cuda"), dtype=torch.bfloat16, config=config)
    rows = []
    for free, reserved in ((8.5e9, 7.5e9), (0.3e9, 15.7e9)):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device, free=free: (int(free), int(16e9)))
        monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device, held=reserved: int(held))
        monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: int(7.5e9))
        rows.append(rows_at_once(model, 984, 512))
    assert rows == [47, 47]


@given(st.lists(st.integers(), min_size=1, max_size=40), st.integers(1, 40))
def test_what_does_not_fit_is_halved_and_comes_out_in_order(rows: list[int], room: int) -> None:
    def work(part: Any) -> list[int]:
        if len(part) > room:
            raise torch.OutOfMemoryError("no room")
        return [-row for row in part]

    assert halving(work, rows) == [-row for row in rows]


def test_a_row_too_large_for_the_memory_is_an_error() -> None:
    def work(part: Any) -> list[int]:
        raise torch.OutOfMemoryError("no room")

    with pytest.raises(torch.OutOfMemoryError):
        halving(work, [1, 2])


def test_answers_out_of_memory_are_those_of_smaller_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    model, processor = tiny_model("qwen2_5_vl")
    questions = [(f"What is {i}?", pixel_parts(processor, noise(i, (56, 56)))) for i in range(5)]
    plain = answer_questions(model, processor, questions, max_new_tokens=6)
    likely = direct_probabilities(model, processor, questions)
    stacked = answering._inputs

    def small(model: Any, processor: Any, rows: Any, part: Any) -> Any:
        if len(rows) > 2:
            raise torch.OutOfMemoryError("no room")
        return stacked(model, processor, rows, part)

    monkeypatch.setattr(answering, "_inputs", small)
    again = answer_questions(model, processor, questions, max_new_tokens=6)
    assert [reply.text for reply in again] == [reply.text for reply in plain]
    assert direct_probabilities(model, processor, questions) == pytest.approx(likely, abs=1e-5)
