"""Random models of the three families, small enough to build in a moment, for any test that needs one."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image

from coinco_core.categories import NAMES
from coinco_core.judgements import CRITERIA, Finding, Judgement
from coinco_core.prompts import student_prompt, student_target, teacher_answer, teacher_prompt
from coinco_world.training.models import Size, build_model
from coinco_world.training.tokenizers import train_tokenizer

TINY = Size(hidden=32, layers=2, heads=2, kv_heads=1, intermediate=48, vision_hidden=16, vision_layers=1,
            vision_heads=2, vision_intermediate=32)  # fmt: skip
FAMILIES = ("qwen2_5_vl", "internvl", "llava")


def texts() -> list[str]:
    """Prompts and answers, as the tokenizers of the demo world see them."""
    odd, fine = Finding(False, "It rests on the table, an unusual place."), Finding(True, "It is about right.")
    answer = teacher_answer(Judgement(odd, fine, fine, in_context=False))
    prompts = [teacher_prompt("compact").template, *(student_prompt(c, "compact").template for c in CRITERIA)]
    return [answer, student_target("location", odd), student_target("size", fine), *prompts, *NAMES] * 3


def tiny_model(family: str, seed: int = 0) -> tuple[Any, Any]:
    """A random model of the family and its processor; its weights are scaled up, so that images change answers."""
    model, processor = build_model(family, TINY, train_tokenizer(texts(), family, vocab_size=400), seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(1.2)
    return model, processor


def noise(seed: int, size: tuple[int, int] = (96, 96)) -> Image.Image:
    """An image of coloured noise, RGB."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)
