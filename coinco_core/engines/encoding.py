"""From an image and a prompt to the tensors a model reads: the one place for generation, training and evaluation.

An image's pixels are processed once (`pixel_parts`) and may be kept; the text is made per request, because it holds
one placeholder per image token. The result equals what the family's own processor returns for the same input (tested).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers.modeling_outputs import BaseModelOutputWithPooling

Pixels = Mapping[str, Any]  # name -> array; with FEATURES in place of pixel_values once the vision tower has seen it
FEATURES = "image_features"  # (tokens, hidden size)


def pixel_parts(processor: Any, image: Image.Image, dtype: str = "float32") -> dict[str, np.ndarray]:
    """One image as the processor's arrays: `pixel_values` and, by family, `image_grid_thw` or `num_patches`.

    `dtype` is how the pixels are kept ('float16' halves a cache; they are used as float32 in any case).
    """
    settings = dict(getattr(processor, "images_kwargs", {}))  # the family's own defaults, such as InternVL's tiles
    parts = processor.image_processor(images=[image], return_tensors="np", **settings)
    arrays = {name: np.asarray(value) for name, value in parts.items()}
    arrays["pixel_values"] = arrays["pixel_values"].astype(dtype)
    return arrays


def prompt_text(processor: Any, prompt: str) -> str:
    """One user turn, image first, in the model's own chat template, up to where its answer begins."""
    content = [{"type": "image"}, {"type": "text", "text": prompt}]
    turn = [{"role": "user", "content": content}]
    text: str = processor.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
    return text


def prompt_ids(processor: Any, prompt: str, pixels: Pixels) -> list[int]:
    """The token ids of a prompt with one placeholder for each token that the image will take."""
    text = prompt_text(processor, prompt)
    placeholders = processor.replace_image_token(pixels, 0)
    text = text.replace(processor.image_token, placeholders, 1)
    ids: list[int] = processor.tokenizer(text)["input_ids"]
    return ids


def target_ids(processor: Any, prompt: str, target: str) -> list[int]:
    """The token ids of an answer and its end token, as they would follow the prompt."""
    gap = "" if prompt_text(processor, prompt)[-1:].isspace() else " "
    ids: list[int] = processor.tokenizer(gap + target, add_special_tokens=False)["input_ids"]
    return [*ids, processor.tokenizer.eos_token_id]


def stack(
    processor: Any,
    rows: Sequence[Sequence[int]],
    pixels: Sequence[Pixels],
    side: str = "left",
) -> dict[str, Any]:
    """Model inputs of a batch: (batch, length) ids, attention mask and, where the family uses them, token types."""
    pad = processor.tokenizer.pad_token_id
    inputs = {
        "input_ids": pad_rows(rows, pad, side),
        "attention_mask": pad_rows([[1] * len(row) for row in rows], 0, side),
    }
    if processor.return_mm_token_type_ids:  # without them Qwen2.5-VL silently falls back to positions in one dimension
        types = processor.create_mm_token_type_ids([list(row) for row in rows])
        inputs["mm_token_type_ids"] = pad_rows(types, 0, side)
    return inputs | stack_pixels(processor, pixels)


def stack_pixels(processor: Any, pixels: Sequence[Pixels]) -> dict[str, Any]:
    """The images of a batch joined as the model wants them: pixels as float32, or what the vision tower made of them.

    Features come as `mm_encoder_outputs`, the name under which transformers' models take what was encoded before.
    """
    names = [name for name in pixels[0] if name in processor.model_input_names]
    joined: dict[str, Any] = {name: torch.from_numpy(np.concatenate([part[name] for part in pixels])) for name in names}
    if FEATURES in pixels[0]:
        features = tuple(part[FEATURES] for part in pixels)
        return joined | {"mm_encoder_outputs": {"image": BaseModelOutputWithPooling(pooler_output=features)}}
    joined["pixel_values"] = joined["pixel_values"].float()
    return joined


def to_device(inputs: Any, device: Any) -> Any:
    """Model inputs on a device: tensors and whatever holds them, as accelerate moves them."""
    from accelerate.utils import send_to_device

    return send_to_device(inputs, device)


def pad_rows(rows: Sequence[Sequence[int]], value: int, side: str) -> torch.Tensor:
    """Rows of unequal length as one (rows, longest) int64 tensor, filled with `value` on the given side."""
    table = np.full((len(rows), max(map(len, rows))), value, dtype=np.int64)
    for line, row in zip(table, rows, strict=True):
        begin = len(line) - len(row) if side == "left" else 0
        line[begin : begin + len(row)] = row
    return torch.from_numpy(table)
