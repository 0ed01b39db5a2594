"""In which order a student meets its samples: drawn anew each epoch, and known from seed and epoch alone.

A killed run can so take up its place again, and every process of several draws the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler

_SEED_STRIDE = 100_003  # a prime above any number of epochs: no two pairs of seed and epoch share an order


class StepSampler(Sampler[int]):
    """The samples of an epoch in random order; within each optimiser step, those of like length stand together.

    A step sees the same samples as without that, so the loss and the gradient are the same: only less is padding, in
    its micro-batches.
    """

    def __init__(self, lengths: Sequence[int], step_size: int, seed: int, padding: int = 0) -> None:
        """`lengths` in tokens, one a sample; `step_size` is the number of samples of an optimiser step.

        An epoch ends with `padding` samples that come after the others in the data set.
        """
        self.lengths, self.step_size, self.seed, self.epoch = list(lengths), step_size, seed, 0
        self.padding = padding

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch is drawn next, counted from 0; Trainer calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths) + self.padding

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed * _SEED_STRIDE + self.epoch)
        order = torch.randperm(len(self.lengths), generator=generator).tolist()
        for start in range(0, len(order), self.step_size):
            yield from sorted(order[start : start + self.step_size], key=lambda i: (-self.lengths[i], i))
        yield from range(len(order), len(order) + self.padding)
