"""In which order a student meets its samples: drawn anew each epoch, and known from seed and epoch alone.

A killed run can so take up its place again, and every process of several draws the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler

_SEED_STRIDE = 100_003  # a prime above any number of epochs: no two pairs of seed and epoch share an order


class StepSampler(Sampler[int]):
    """The positions of an epoch's samples in random order; within each optimizer step, sorted by length.

    Sorting does not change which samples a step has, so the loss and the gradient are the same: its micro-batches only
    hold less padding.
    """

    def __init__(self, lengths: Sequence[int], step_size: int, seed: int, padding: int = 0) -> None:
        """`lengths` are in tokens, one per sample; `step_size` is the number of samples in an optimizer step.

        An epoch ends with the `padding` samples that follow the others in the data set.
        """
        self.lengths, self.step_size, self.seed, self.epoch = list(lengths), step_size, seed, 0
        self.padding = padding

    def set_epoch(self, epoch: int) -> None:
        """Sets which epoch is drawn next, counted from 0; called by Trainer."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths) + self.padding

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed * _SEED_STRIDE + self.epoch)
        order = torch.randperm(len(self.lengths), generator=generator).tolist()
        for start in range(0, len(order), self.step_size):
            yield from sorted(order[start : start + self.step_size], key=lambda i: (-self.lengths[i], i))
        yield from range(len(order), len(order) + self.padding)
