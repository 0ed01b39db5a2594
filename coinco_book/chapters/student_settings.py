"""A profile's settings for students: which samples they learn from, and how one of them is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coinco_core.distillation.config import DistillConfig
from coinco_core.engines.decoding import decoding
from coinco_core.splits import TEACHER, UNANIMOUS, SplitRecipe, recipe

LABELS_IN_WORDS = {UNANIMOUS: "a verdict on which all three models agree", TEACHER: "the teacher's own verdict"}


def student_recipe(settings: Mapping[str, Any]) -> SplitRecipe:
    """The samples of the students by a profile's settings `labels`, `split`, `n_train`, `n_validation` and `n_test`.

    `labels` is 'unanimous' or 'teacher', `split` 'page' or 'code'; a size of None is the split's own.
    """
    sizes = {name: settings[f"n_{name}"] for name in ("train", "validation", "test")}
    return recipe(settings["split"], labels=settings["labels"], **sizes)


def student_config(settings: Mapping[str, Any], seed: int) -> DistillConfig:
    """The recipe of a student by a profile's settings; `seed` is added to `first_seed`.

    `evaluations` says how often the student is evaluated over the whole training (the authors' 750 steps have six);
    0 keeps the recipe's own interval in steps.
    """
    steps = max(1, int(settings["epochs"] * student_recipe(settings).train / settings["batch_size"]))
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
        repetition_penalty=decoding(settings["decoding"], "student").repetition_penalty,
        seed=settings["first_seed"] + seed,
    )
