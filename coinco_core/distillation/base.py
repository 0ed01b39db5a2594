"""The student before distillation: the base model, its processor, and what names them in an adapter's record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coinco_core.devices import choose_device
from coinco_core.engines.local import load_network, weights_digest
from coinco_core.engines.processors import load_processor
from coinco_core.weights import demo_weights

DEMO = "demo"
DEMO_NAME = "coinco-demo-student-base"


@dataclass(frozen=True)
class Base:
    """The model before distillation and its processor; `name` and `weights` (a digest) go into an adapter's record."""

    model: Any
    processor: Any
    name: str
    weights: str


def load_base(source: str = DEMO, device: str | None = None) -> Base:
    """The student before distillation: "demo" (shipped), a folder, or a hub id such as Qwen/Qwen2.5-VL-3B-Instruct."""
    path = str(demo_weights("student") / "base") if source == DEMO else source
    model = load_network(path, choose_device(device), spread=False)
    model.set_attn_implementation(fastest_attention(model.device.type))
    return Base(model, load_processor(path)[0], DEMO_NAME if source == DEMO else source, weights_digest(path))


def fastest_attention(device: str) -> str:
    """The quickest exact attention for training on 'cpu', 'cuda' or 'mps', as transformers names it.

    On a CPU the plain one: its backward pass takes less time than that of torch's fused one at these lengths. On a
    CUDA GPU FlashAttention 2 where it is installed.
    """
    from transformers.utils import is_flash_attn_2_available

    if device == "cpu":
        return "eager"
    return "flash_attention_2" if device == "cuda" and is_flash_attn_2_available() else "sdpa"
