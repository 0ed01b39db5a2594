"""The student before distillation: the base model, its processor, and what names them in an adapter's record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from coinco_core.demo import DEMO, demo_weights
from coinco_core.devices import choose_device
from coinco_core.engines.local import load_lvlm, weights_digest
from coinco_core.engines.processors import load_processor

DEMO_NAME = "coinco-demo-student-base"
SHORT_ROW = 256  # tokens


@dataclass(frozen=True)
class Base:
    """The model before distillation and its processor; `name` and `weights` go into an adapter's record.

    `weights` is the digest of a folder's files, and of a model from the hub its commit, as 'commit:HASH'.
    """

    model: Any
    processor: Any
    name: str
    weights: str


def load_base(source: str = DEMO, device: str | None = None) -> Base:
    """The student before distillation: "demo" (shipped), a folder, or a hub id such as Qwen/Qwen2.5-VL-3B-Instruct."""
    path = str(demo_weights("student") / "base") if source == DEMO else source
    model = load_lvlm(path, choose_device(device), spread=False)
    model.set_attn_implementation(fastest_attention(model.device.type, model.dtype))
    weights = weights_digest(path) or f"commit:{getattr(model.config, '_commit_hash', None) or 'unknown'}"
    return Base(model, load_processor(path)[0], DEMO_NAME if source == DEMO else source, weights)


def use_attention_for(model: Any, longest: int) -> None:
    """Takes another attention than the plain one where the longest row (tokens) is too long for it."""
    if model.config._attn_implementation == "eager":
        model.set_attn_implementation(fastest_attention(model.device.type, model.dtype, longest))


def fastest_attention(device: str, dtype: torch.dtype, longest: int = 0) -> str:
    """The quickest exact attention for training on 'cpu', 'cuda' or 'mps', as transformers names it.

    `longest` is the longest row in tokens. On a CPU the plain one is as quick as torch's fused one on short rows; at
    1,000 tokens it takes three times as long, and memory for every pair of tokens. On a CUDA GPU that computes in
    bfloat16, FlashAttention 2 where it is installed.
    """
    from transformers.utils import is_flash_attn_2_available

    if device == "cpu" and longest <= SHORT_ROW:
        return "eager"
    flash = device == "cuda" and dtype == torch.bfloat16 and is_flash_attn_2_available()
    return "flash_attention_2" if flash else "sdpa"
