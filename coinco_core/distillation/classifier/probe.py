"""What tells three students from their base and from each other, before anything they say is reported.

An adapter under the wrong names, or the same weights in three folders, loads without an error and answers fluently; the
comparison of "base" and "student" is then one of the base with itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import torch

from coinco_core.distillation.answering import Question, next_logits
from coinco_core.engines import encoding
from coinco_core.errors import CheckError
from coinco_core.images import Box, with_red_box
from coinco_core.judgements import CRITERION_TITLES
from coinco_core.prompts import student_prompt

NO_ADAPTER = "__base__"  # peft's name for a row of a batch that no adapter touches
SIDE, BOX = 112, Box(28, 28, 56, 56)


def check_students(models: Mapping[str, Any], processor: Any, base: Any = None) -> None:
    """Raises CheckError when a student's logits equal its base's, or those of another student, in every bit.

    `models` holds a model for each criterion: one with adapters of these names, or whole models, which are compared
    with `base` where it is given. Compared are the logits (1, vocabulary) after one question of some 40 tokens.
    """
    question = probe_question(processor)
    found = {criterion: _logits(model, processor, question, criterion) for criterion, model in models.items()}
    adapted = next((model for model in models.values() if has_adapters(model)), base)
    if adapted is not None:
        plain = _logits(adapted, processor, question, NO_ADAPTER)
        for criterion, logits in found.items():
            if torch.equal(logits, plain):
                raise CheckError(f"The student for {CRITERION_TITLES[criterion]} changes nothing: it is its base.")
    for one, other in combinations(found, 2):
        if torch.equal(found[one], found[other]):
            pair = f"{CRITERION_TITLES[one]} and {CRITERION_TITLES[other]}"
            raise CheckError(f"The students for {pair} are the same: their weights were stored or loaded twice.")


def has_adapters(model: Any) -> bool:
    """Whether a model carries adapters under names (a PeftModel)."""
    return hasattr(model, "peft_config")


def probe_question(processor: Any) -> Question:
    """A short question: a prompt, and the `Pixels` of a plain gray image of 112 x 112 pixels with a red box."""
    from PIL import Image

    image = with_red_box(Image.new("RGB", (SIDE, SIDE), "gray"), BOX)
    prompt = student_prompt("location", "compact").render("cow")
    return prompt, encoding.pixel_parts(processor, image)


def _logits(model: Any, processor: Any, question: Question, adapter: str) -> torch.Tensor:
    """The first logits of one answer; each in a batch of its own, so that equal weights give equal bits."""
    names = {"adapter_names": [adapter]} if has_adapters(model) else None
    return next_logits(model, processor, [encoding.prompt_ids(processor, *question)], [question], names).cpu()
