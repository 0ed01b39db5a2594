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

from coinco_core.engines.families import family_of_processor

FEATURES = "image_features"
Pixels = Mapping[str, Any]
"""One image as named arrays; which ones depends on the family.

- Qwen2.5-VL: `pixel_values` (patches, 1176), for each patch 3 channels x 2 frames x 14 x 14 pixels (in the demo one
  frame, 588 numbers), and `image_grid_thw` (1, 3) int64, the number of patches in time, down and across. In the
  language model the image takes patches / 4 tokens.
- Qwen3-VL: the same two; a patch has 16 x 16 pixels, so (patches, 1536).
- InternVL: `pixel_values` (tiles, 3, side, side) and `num_patches` (1,) int64, the number of tiles.
- SmolVLM: `pixel_values` (1, tiles, 3, side, side), `pixel_attention_mask` (1, tiles, side, side) int64, and `rows` and
  `cols` (1, 1) int64, the tiles down and across; the last tile is the whole image, made smaller.
- LLaVA, the demo's stand-in for Molmo: `pixel_values` (1, 3, side, side).

`pixel_values` are floats, normalized by the family's mean and standard deviation. Once the vision tower has encoded the
image (`vision.see`), FEATURES in the model's dtype stands in their place: (tokens, width), and for Qwen3-VL
(1 + levels, tokens, width), because DeepStack adds features of that many layers inside the language model."""


def pixel_parts(processor: Any, image: Image.Image, dtype: str = "float32") -> dict[str, np.ndarray]:
    """An RGB image of any size as `Pixels` in NumPy arrays, prepared by the family's own image processor.

    `dtype` is that of `pixel_values`: 'float16' halves a cache, and `stack_pixels` gives float32 in any case.
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
    """The token ids of a prompt, with one placeholder for each token that the image's `Pixels` will take."""
    text = prompt_text(processor, prompt)
    placeholders = processor.replace_image_token(pixels, 0)
    text = text.replace(processor.image_token, placeholders, 1)
    ids: list[int] = processor.tokenizer(text)["input_ids"]
    return ids


def target_ids(processor: Any, prompt: str, target: str) -> list[int]:
    """The token ids of an answer, as they would follow the prompt's, with the end token as the last."""
    gap = "" if prompt_text(processor, prompt)[-1:].isspace() else " "
    ids: list[int] = processor.tokenizer(gap + target, add_special_tokens=False)["input_ids"]
    return [*ids, processor.tokenizer.eos_token_id]


def stack(
    processor: Any,
    rows: Sequence[Sequence[int]],
    pixels: Sequence[Pixels],
    side: str = "left",
) -> dict[str, Any]:
    """The model inputs of a batch, from each prompt's token ids and each image's `Pixels`.

    `input_ids`, `attention_mask` (0 or 1) and, where the family uses them, `mm_token_type_ids` are (batch, length)
    int64, padded on `side` to the longest row; the images are those of `stack_pixels`.
    """
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
    """The images of a batch as the model's inputs: their `Pixels` joined along the first axis, as tensors.

    `pixel_values` are float32; for Qwen2.5-VL they are (patches, 1176) over all images and `image_grid_thw` (batch, 3).
    For SmolVLM they are (batch, most tiles, 3, side, side), with tiles of zeros for images of fewer, which the model
    leaves out. Features are in `mm_encoder_outputs`, the name under which transformers' models take images that are
    already encoded.
    """
    names = [name for name in pixels[0] if name in processor.model_input_names]
    joined: dict[str, Any] = {name: torch.from_numpy(_joined([part[name] for part in pixels])) for name in names}
    if FEATURES in pixels[0]:
        encoded = family_of_processor(processor).join([part[FEATURES] for part in pixels])
        return joined | {"mm_encoder_outputs": {"image": encoded}}
    joined["pixel_values"] = joined["pixel_values"].float()
    return joined


def _joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """The arrays joined along the first axis; zeros make up for a second axis that is shorter than another's."""
    longest = max(array.shape[1:2] for array in arrays)
    short = [array.shape[1:2] < longest for array in arrays]
    if any(short):
        fill = [((0, 0), (0, longest[0] - array.shape[1]), *[(0, 0)] * (array.ndim - 2)) for array in arrays]
        arrays = [np.pad(array, pad) if less else array for array, pad, less in zip(arrays, fill, short, strict=True)]
    return np.concatenate(arrays)


def to_device(inputs: Any, device: Any) -> Any:
    """Model inputs with all tensors on a device, also those in nested containers; shapes and dtypes stay."""
    from accelerate.utils import send_to_device

    return send_to_device(inputs, device)


def pad_rows(rows: Sequence[Sequence[int]], value: int, side: str) -> torch.Tensor:
    """Rows of unequal length as one tensor (rows, longest) int64, padded with `value` on `side`, 'left' or 'right'."""
    table = np.full((len(rows), max(map(len, rows))), value, dtype=np.int64)
    for line, row in zip(table, rows, strict=True):
        begin = len(line) - len(row) if side == "left" else 0
        line[begin : begin + len(row)] = row
    return torch.from_numpy(table)
