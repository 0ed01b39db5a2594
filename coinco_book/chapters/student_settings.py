"""A profile's settings for students as the recipe of one training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coinco_core.distillation.config import DistillConfig


def student_config(settings: Mapping[str, Any], seed: int) -> DistillConfig:
    """The recipe of a student by a profile's settings; `seed` is added to `first_seed`.

    `evaluations` says how often the student is evaluated over the whole training (the authors' 750 steps have six);
    0 keeps the recipe's own interval in steps.
    """
    steps = max(1, int(settings["epochs"] * settings["n_train"] / settings["batch_size"]))
    often = settings["evaluations"]
    return DistillConfig(
        lora_rank=settings["lora_rank"],
        lora_alpha=settings["lora_alpha"],
        lora_dropout=settings["lora_dropout"],
        learning_rate=settings["learning_rate"],
        batch_size=settings["batch_size"],
        micro_batch=settings["micro_batch"],
        epochs=settings["epochs"],
        eval_steps=max(1, steps // often) if often else DistillConfig.eval_steps,
        gradient_checkpointing=settings["gradient_checkpointing"],
        answer_tokens=settings["answer_tokens"],
        seed=settings["first_seed"] + seed,
    )
