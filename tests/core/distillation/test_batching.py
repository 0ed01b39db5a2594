from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coinco_core.distillation.batching import StepSampler

LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=40)


@given(LENGTHS, st.integers(1, 9), st.integers(0, 3), st.integers(0, 3))
def test_each_sample_is_met_once_an_epoch(lengths: list[int], step: int, seed: int, epoch: int) -> None:
    sampler = StepSampler(lengths, step, seed)
    sampler.set_epoch(epoch)
    assert sorted(sampler) == list(range(len(lengths))) and len(sampler) == len(lengths)


@given(LENGTHS, st.integers(1, 9), st.integers(0, 3))
def test_a_step_has_the_samples_it_would_have_anyway_by_falling_length(
    lengths: list[int], step: int, seed: int
) -> None:
    order, plain = list(StepSampler(lengths, step, seed)), list(StepSampler([1] * len(lengths), step, seed))
    for start in range(0, len(order), step):
        part = order[start : start + step]
        assert set(part) == set(plain[start : start + step])
        assert [lengths[i] for i in part] == sorted((lengths[i] for i in part), reverse=True)


def test_padding_comes_at_the_end_of_an_epoch() -> None:
    plain, padded = list(StepSampler(range(9), 4, 1)), StepSampler(range(9), 4, 1, padding=3)
    assert list(padded) == [*plain, 9, 10, 11] and len(padded) == 12


def test_the_order_follows_from_seed_and_epoch_alone() -> None:
    lengths = list(range(64))
    one, other, later = StepSampler(lengths, 8, 1), StepSampler(lengths, 8, 2), StepSampler(lengths, 8, 1)
    later.set_epoch(1)
    assert list(one) == list(one) == list(StepSampler(lengths, 8, 1))
    assert list(one) != list(other) and list(one) != list(later)
