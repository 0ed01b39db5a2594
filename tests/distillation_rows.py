"""A small base and training rows with a rule that can be learnt in a few steps, for tests of training."""

from __future__ import annotations

from typing import Any

from PIL import Image

from coinco_core.distillation.base_model import Base
from coinco_core.distillation.collator import TrainingRow, encode_row
from coinco_core.distillation.config import DistillConfig
from coinco_core.engines.encoding import pixel_parts
from coinco_core.prompts import student_prompt
from tiny_models import tiny_model

SMALL = DistillConfig(
    lora_rank=8, lora_alpha=16, lora_dropout=0.0, learning_rate=0.02, batch_size=4, micro_batch=2, epochs=20,
    eval_steps=10, answer_tokens=12, seed=1,
)  # fmt: skip
QUESTION = "Judge the size of the cow."
PROMPT = student_prompt("size", "compact")


def tiny_base(family: str = "qwen2_5_vl") -> Base:
    """A small random base."""
    return Base(*tiny_model(family), "tiny", "")


def colour_rows(processor: Any, n: int) -> list[TrainingRow]:
    """Dark images are in context, light ones out: a rule that can be learnt from the pixels alone."""
    shades = [(i, 40 * (i % 2) + i) if i % 2 == 0 else (i, 255 - i) for i in range(n)]
    pixels = [pixel_parts(processor, Image.new("RGB", (56, 56), (shade,) * 3), "float16") for _, shade in shades]
    verdicts = ["In-context" if i % 2 == 0 else "Out-of-context" for i in range(n)]
    return [encode_row(processor, pixels[i], QUESTION, f"Final decision: {v}") for i, v in enumerate(verdicts)]
