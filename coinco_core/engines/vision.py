"""What the vision tower makes of an image, computed once and used for every question about it.

In distillation the tower is frozen (section 5.1: the adapters are on the language model alone), and three students on
one base share it. So an image's features are the same in every epoch, for every criterion and for each answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import torch

from coinco_core.engines.encoding import FEATURES, Pixels, stack_pixels, to_device
from coinco_core.engines.families import FAMILIES, bare, family_of


def takes_features(model: Any) -> bool:
    """Whether the model is of a family that reads features in place of pixels."""
    return bool(family_of(model).tower)


def why_pixels(model: Any) -> str:
    """A sentence on what it costs that the model takes no features."""
    kind, known = bare(model).config.model_type, ", ".join(name for name, one in FAMILIES.items() if one.tower)
    return (
        f"'{kind}' models cannot take an image's features here, as {known} can: its pixels are kept in their place, "
        "and the vision tower encodes them again in every epoch and for every criterion."
    )


def tower_digest(model: Any) -> str:
    """The SHA-256 (hex) over a model's vision tower: models that share it encode an image alike.

    '' for a model that takes no features and reads the pixels itself.
    """
    if not takes_features(model):
        return ""
    seen, family, network = hashlib.sha256(), family_of(model), bare(model)
    for part in family.tower:
        for name, value in sorted(getattr(network.model, part).state_dict().items()):
            flat = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            seen.update(f"{name} {value.dtype} {tuple(value.shape)}".encode() + flat.numpy().tobytes())
    for setting in family.tower_settings:
        seen.update(f"{setting} {attrgetter(setting)(network.config)}".encode())
    return seen.hexdigest()


@torch.no_grad()  # not inference mode: training may keep these tensors
def see(model: Any, processor: Any, pixels: Sequence[Pixels], batch_size: int = 32) -> list[Pixels]:
    """The images encoded by the vision tower: each image's `Pixels` with its features in place of `pixel_values`.

    Features are tensors on the CPU in the model's dtype, of the shape that `Pixels` describes. For a model that reads
    only pixels the images are returned unchanged. Except for the last bits of a float, the result does not depend on
    the batch.
    """
    if not takes_features(model):
        return list(pixels)
    seen: list[Pixels] = []
    for start in range(0, len(pixels), batch_size):
        part = pixels[start : start + batch_size]
        seen += _features(bare(model), processor, part)
    return seen


def _features(model: Any, processor: Any, pixels: Sequence[Pixels]) -> list[Pixels]:
    family, inputs = family_of(model), to_device(stack_pixels(processor, pixels), model.device)
    features = family.split(model.get_image_features(**inputs), pixels)
    kept = [{name: value for name, value in one.items() if name not in family.pixels} for one in pixels]
    return [one | {FEATURES: part.clone().cpu()} for one, part in zip(kept, features, strict=True)]
