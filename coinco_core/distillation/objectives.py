"""What training minimises. Cross-entropy on the teacher's words is the first objective: distillation from text alone.

Every objective is a mean over supervised tokens with a denominator that may span several micro-batches, so that the
result does not depend on how a batch was cut.
"""

from __future__ import annotations

from typing import Any

import torch

from coinco_core.distillation.collator import IGNORED


def answer_cross_entropy(
    logits: torch.Tensor, labels: torch.Tensor, supervised_tokens: torch.Tensor | int | None = None
) -> torch.Tensor:
    """The mean cross-entropy (nats per token) over the supervised tokens; a float32 scalar.

    Args:
        logits: (batch, length, vocabulary), floats; position t predicts token t + 1.
        labels: (batch, length) int64, IGNORED where no loss is computed.
        supervised_tokens: the denominator; by default the number in this batch, with gradient accumulation the number
            in all micro-batches of the step.
    """
    predicted, wanted = logits[:, :-1].float().flatten(0, 1), labels[:, 1:].flatten()
    total = torch.nn.functional.cross_entropy(predicted, wanted, ignore_index=IGNORED, reduction="sum")
    if supervised_tokens is None:
        supervised_tokens = (wanted != IGNORED).sum()
    return total / supervised_tokens


def trainer_loss(outputs: Any, labels: torch.Tensor, num_items_in_batch: torch.Tensor | int | None = None) -> Any:
    """`answer_cross_entropy` as `transformers.Trainer` calls it (its `compute_loss_func`); a float32 scalar.

    `outputs.logits` are (batch, kept, vocabulary), `labels` (batch, kept) int64.
    """
    return answer_cross_entropy(outputs.logits, labels, num_items_in_batch)
