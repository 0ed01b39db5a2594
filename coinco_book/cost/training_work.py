"""How many floating-point operations training a student takes, counted by torch on the meta device, and hours from it.

Attention counts every pair of positions; a fused causal kernel skips half of them.
Hours are estimates: operations divided by what a GPU is taken to do in a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from transformers import Qwen2_5_VLConfig

CHAT_TOKENS = 23  # what Qwen's chat template puts around image, prompt and answer, its system prompt included


@dataclass(frozen=True)
class RowWork:
    """Operations for one training row: the vision tower's pass, and the language model's forward and training pass."""

    vision: int
    forward: int
    training: int  # forward and backward

    def of_a_run(self, samples: int, epochs: float, *, cached: bool) -> float:
        """Operations to train one student; with cached features an image is seen once, else in each epoch."""
        return samples * (epochs * self.training + (1 if cached else epochs) * self.vision)


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """A stretch of work whose matrix products, convolutions and attention are counted; gives the operations so far."""
    from torch.utils.flop_counter import FlopCounterMode

    fused = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu  # torch counts its namesakes for GPUs only
    with FlopCounterMode(display=False, custom_mapping={fused: _attention}) as counter:
        yield counter.get_total_flops


def _attention(query: Any, key: Any, *_: Any, **__: Any) -> int:
    batch, heads, length, width = query
    return int(4 * batch * heads * length * key[-2] * width)


def row_work(adapted: Any, length: int, logits: int, vision: int = 0) -> RowWork:
    """The operations for one row of `length` tokens, the last `logits` of them with logits, on a meta PeftModel.

    `vision` is the `tower_work` of the row's image.
    """
    base = adapted.get_base_model()
    hidden = torch.zeros(1, length, base.config.text_config.hidden_size, dtype=base.dtype, device="meta")
    positions = torch.arange(length, device="meta").expand(3, 1, length)
    with counted() as so_far:
        states = base.model.language_model(inputs_embeds=hidden, position_ids=positions, use_cache=False)
        result = base.lm_head(states.last_hidden_state[:, -logits:])
        forward = so_far()
        result.sum().backward()
        return RowWork(vision, forward, so_far())


@torch.no_grad()
def tower_work(tower: Any, grid: tuple[int, int]) -> int:
    """The operations of a vision tower's pass over one image of that many patches (height, width)."""
    settings, patches = tower.config, grid[0] * grid[1]
    width = settings.in_channels * settings.temporal_patch_size * settings.patch_size**2
    pixels = torch.zeros(patches, width, dtype=tower.dtype, device=tower.device)
    places = torch.zeros(patches, 2, dtype=torch.long, device=tower.device)
    # The grid has to be read, and a meta tensor holds nothing that could be: it stays on the CPU.
    with counted() as so_far:
        tower(pixels, grid_thw=torch.tensor([[1, *grid]]), position_ids=places)
        return so_far()


def image_grid(width: int, height: int) -> tuple[int, int]:
    """An image's height and width in patches of 14 pixels, by Qwen2.5-VL's own rule for resizing."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    high, wide = smart_resize(height, width, factor=28, min_pixels=56 * 56, max_pixels=12_845_056)
    return high // 14, wide // 14


def gpu_hours(operations: float, tflops: float) -> float:
    """Hours of one GPU that does `tflops` times 10^12 operations a second."""
    return operations / (tflops * 1e12) / 3600


def feature_bytes(config: Qwen2_5_VLConfig, tokens: int, images: int = 1) -> int:
    """What the vision features of images take on disk in bfloat16, at `tokens` an image."""
    return images * tokens * int(config.vision_config.out_hidden_size) * 2
