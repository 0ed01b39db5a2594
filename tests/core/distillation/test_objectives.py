from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.loss.loss_utils import ForCausalLMLoss

from coinco_core.distillation.collator import IGNORED
from coinco_core.distillation.objectives import answer_cross_entropy


def random_batch(seed: int, batch: int = 3, length: int = 7, words: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(batch, length, words, generator=generator)
    labels = torch.randint(words, (batch, length), generator=generator)
    labels[torch.rand(batch, length, generator=generator) < 0.4] = IGNORED
    labels[:, -1] = 1
    return logits, labels


def test_a_uniform_model_pays_the_log_of_its_vocabulary() -> None:
    _, labels = random_batch(0)
    assert float(answer_cross_entropy(torch.zeros(3, 7, 5), labels)) == pytest.approx(math.log(5))


def test_a_token_is_predicted_from_the_position_before_it() -> None:
    labels = torch.tensor([[IGNORED, 2, 1]])
    logits = torch.full((1, 3, 4), -50.0)
    logits[0, 0, 2] = logits[0, 1, 1] = 50.0
    assert float(answer_cross_entropy(logits, labels)) == pytest.approx(0.0, abs=1e-6)
    assert float(answer_cross_entropy(logits.roll(1, dims=1), labels)) > 10


@given(st.integers(0, 1000))
def test_it_is_transformers_own_loss(seed: int) -> None:
    logits, labels = random_batch(seed)
    assert float(answer_cross_entropy(logits, labels)) == pytest.approx(
        float(ForCausalLMLoss(logits, labels, 5)), rel=1e-5
    )


@given(st.integers(0, 1000), st.integers(1, 2))
def test_parts_of_a_batch_add_up_to_the_whole(seed: int, cut: int) -> None:
    logits, labels = random_batch(seed)
    total = int((labels[:, 1:] != IGNORED).sum())
    parts = [answer_cross_entropy(logits[s], labels[s], total) for s in (slice(0, cut), slice(cut, None))]
    assert float(sum(parts)) == pytest.approx(float(answer_cross_entropy(logits, labels)), rel=1e-5)
