"""What the vision tower makes of an image, computed once and used for every question about it.

In distillation the tower is frozen (section 5.1: the adapters are on the language model alone), and three students on
one base share it. So an image's features are the same in every epoch, for every criterion and for each answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import torch

from coinco_core.engines.encoding import FEATURES, Pixels, stack_pixels, to_device

FAMILIES = ("qwen2_5_vl",)  # the students'; the other families take features in other shapes or not at all


def takes_features(model: Any) -> bool:
    """Whether the model is of a family that reads features in place of pixels."""
    return bare(model).config.model_type in FAMILIES


def bare(model: Any) -> Any:
    """The transformers model below any adapters."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def tower_digest(model: Any) -> str:
    """The SHA-256 (hex) over a model's vision tower: models that share it encode an image alike.

    '' for a model that takes no features and reads the pixels itself.
    """
    if not takes_features(model):
        return ""
    seen = hashlib.sha256()
    for name, value in sorted(bare(model).model.visual.state_dict().items()):
        flat = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        seen.update(f"{name} {value.dtype} {tuple(value.shape)}".encode() + flat.numpy().tobytes())
    return seen.hexdigest()


@torch.no_grad()  # not inference mode: training may keep these tensors
def see(model: Any, processor: Any, pixels: Sequence[Pixels], batch_size: int = 32) -> list[Pixels]:
    """The images encoded by the vision tower: each image's `Pixels` with its features in place of `pixel_values`.

    Features are tensors (tokens, width) on the CPU in the model's dtype. For a model that reads only pixels the images
    are returned unchanged. Except for the last bits of a float, the result does not depend on the batch.
    """
    if not takes_features(model):
        return list(pixels)
    seen: list[Pixels] = []
    for start in range(0, len(pixels), batch_size):
        part = pixels[start : start + batch_size]
        seen += [_without_pixels(p, f) for p, f in zip(part, _features(bare(model), processor, part), strict=True)]
    return seen


def _features(model: Any, processor: Any, pixels: Sequence[Pixels]) -> list[torch.Tensor]:
    inputs = to_device(stack_pixels(processor, pixels), model.device)
    return [part.clone().cpu() for part in model.get_image_features(**inputs).pooler_output]


def _without_pixels(pixels: Pixels, features: torch.Tensor) -> Pixels:
    return {name: value for name, value in pixels.items() if name != "pixel_values"} | {FEATURES: features}
