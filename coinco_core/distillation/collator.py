"""From (picture, prompt, answer) to a training batch whose loss falls on the answer and its end token only.

Every key of the processor is kept: without `mm_token_type_ids` Qwen2.5-VL would silently read the picture's tokens in
one dimension. `check_rows` is run before any training, because a wrong mask trains without a complaint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from coinco_core.engines import encoding
from coinco_core.errors import CheckError

IGNORED = -100  # the label that cross-entropy leaves out


@dataclass(frozen=True)
class Row:
    """One encoded example: token ids and labels of equal length, the picture's arrays, and the texts they came from."""

    input_ids: list[int]
    labels: list[int]
    pixels: encoding.Pixels
    prompt: str
    target: str


def cache_pixels(
    processor: Any, images: Iterable[tuple[str, Image.Image]], dtype: str = "float16"
) -> dict[str, encoding.Pixels]:
    """Each picture's arrays by its key, processed once for all epochs; as float16 about 75 kB a demo picture."""
    return {key: encoding.pixel_parts(processor, image, dtype) for key, image in images}


def encode_row(processor: Any, pixels: encoding.Pixels, prompt: str, target: str) -> Row:
    """One example with the prompt's labels masked; the answer is tokenised by itself, so the mask's edge is exact."""
    before = encoding.prompt_ids(processor, prompt, pixels)
    answer = encoding.target_ids(processor, prompt, target)
    return Row([*before, *answer], [IGNORED] * len(before) + answer, pixels, prompt, target)


def collate(processor: Any, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
    """A training batch, padded on the right: the model's inputs and `labels` of shape (batch, length)."""
    inputs = encoding.stack(processor, [row.input_ids for row in rows], [row.pixels for row in rows], side="right")
    return inputs | {"labels": encoding.pad_rows([row.labels for row in rows], IGNORED, side="right")}


@dataclass(frozen=True)
class Collator:
    """`collate` for one processor, as `transformers.Trainer` and torch's DataLoader call it."""

    processor: Any

    def __call__(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        """A training batch of the rows."""
        return collate(self.processor, rows)


def encode_batch(
    processor: Any,
    images: Sequence[Image.Image],
    prompts: Sequence[str],
    targets: Sequence[str] | None = None,
) -> dict[str, torch.Tensor]:
    """Model inputs of a batch: with targets, labels are added and padding is right; without, left, for generation."""
    pixels = [encoding.pixel_parts(processor, image) for image in images]
    if targets is None:
        ids = [encoding.prompt_ids(processor, prompt, part) for prompt, part in zip(prompts, pixels, strict=True)]
        return encoding.stack(processor, ids, pixels, side="left")
    rows = zip(pixels, prompts, targets, strict=True)
    return collate(processor, [encode_row(processor, *row) for row in rows])


def supervised_text(processor: Any, labels: Sequence[int]) -> str:
    """The text on which the loss falls, special tokens included."""
    text: str = processor.tokenizer.decode([token for token in labels if token != IGNORED])
    return text


def check_rows(processor: Any, rows: Sequence[Row], max_length: int | None = None) -> dict[str, int]:
    """Counts of tokens over all rows; raises CheckError when a row would train something other than its answer.

    Checked for each row: something is supervised, it reads as the target and the end token, every placeholder of the
    picture is there, and the row is no longer than `max_length` (rows are never cut).
    """
    for number, row in enumerate(rows):
        problem = _problem(processor, row, max_length)
        if problem:
            raise CheckError(f"Training row {number} is unusable: {problem}.")
    lengths = [len(row.input_ids) for row in rows]
    supervised = sum(token != IGNORED for row in rows for token in row.labels)
    return {
        "rows": len(rows),
        "tokens": sum(lengths),
        "supervised_tokens": supervised,
        "longest": max(lengths, default=0),
    }


def _problem(processor: Any, row: Row, max_length: int | None) -> str:
    expected = row.target + processor.tokenizer.eos_token
    wanted = processor.replace_image_token(row.pixels, 0).count(processor.image_token)
    placeholders = row.input_ids.count(processor.image_token_id)
    if len(row.input_ids) != len(row.labels) or all(token == IGNORED for token in row.labels):
        return "no token of it is supervised"
    if supervised_text(processor, row.labels).strip() != expected.strip():
        return f"the loss would fall on {supervised_text(processor, row.labels)!r}, not on {expected!r}"
    if placeholders != wanted:
        return f"it holds {placeholders} image tokens, and the picture takes {wanted}"
    if max_length is not None and len(row.input_ids) > max_length:
        return f"it is {len(row.input_ids)} tokens long, and the limit is {max_length}"
    return ""
