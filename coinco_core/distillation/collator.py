"""From (image, prompt, answer) to a training batch whose loss falls on the answer and its end token only.

Every key of the processor is kept: without `mm_token_type_ids` Qwen2.5-VL would silently read the image's tokens in
one dimension. `check_rows` is run before any training, because a wrong mask trains without a complaint.

Batches are padded on the left, so that all answers end together: the model then computes logits for the last
`logits_to_keep` positions alone, the only ones with labels. For a vocabulary of 151,936 that is most of the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from coinco_core.engines import encoding
from coinco_core.errors import CheckError
from coinco_core.prompts import Prompt

IGNORED = -100  # the label that cross-entropy leaves out


@dataclass(frozen=True)
class TrainingRow:
    """One encoded example: token ids and labels of equal length, the image's `Pixels`, and the texts they came from.

    A label is IGNORED at every position of the prompt, and the token id itself at every position of the answer.
    """

    input_ids: list[int]
    labels: list[int]
    pixels: encoding.Pixels
    prompt: str
    target: str


@dataclass(frozen=True)
class StudentRows:
    """All that a student is shown: the prompt it is trained on, and the rows to learn from and to validate with."""

    prompt: Prompt
    train: Sequence[TrainingRow]
    validation: Sequence[TrainingRow]

    @property
    def parts(self) -> dict[str, Sequence[TrainingRow]]:
        """The rows by part: 'train' and 'validation'."""
        return {"train": self.train, "validation": self.validation}

    @property
    def criterion(self) -> str:
        """The criterion that the student is to judge, which is the prompt's."""
        return str(self.prompt.criterion)


def encode_row(processor: Any, pixels: encoding.Pixels, prompt: str, target: str) -> TrainingRow:
    """The example of an image's `Pixels`, a prompt and its answer, with the prompt's labels masked.

    The answer is tokenized by itself, so the mask's edge is exact.
    """
    before = encoding.prompt_ids(processor, prompt, pixels)
    answer = encoding.target_ids(processor, prompt, target)
    return TrainingRow([*before, *answer], [IGNORED] * len(before) + answer, pixels, prompt, target)


def collate(processor: Any, rows: Sequence[TrainingRow]) -> dict[str, Any]:
    """A training batch: the model's inputs, `logits_to_keep` (kept), and `labels` (batch, kept) int64.

    `input_ids` and `attention_mask` are (batch, length) int64, padded on the left; see `encoding.stack` for the rest.
    `kept` is one more than the longest answer, as the first label is predicted from the position before it.
    """
    inputs = encoding.stack(processor, [row.input_ids for row in rows], [row.pixels for row in rows], side="left")
    kept = min(1 + max(1, *(answer_length(row) for row in rows)), inputs["input_ids"].shape[1])
    labels = encoding.pad_rows([row.labels for row in rows], IGNORED, side="left")
    return inputs | {"labels": labels[:, -kept:], "logits_to_keep": kept}


def answer_length(row: TrainingRow) -> int:
    """The number of tokens from the first supervised one to the end."""
    masked = next((i for i, label in enumerate(row.labels) if label != IGNORED), len(row.labels))
    return len(row.labels) - masked


@dataclass(frozen=True)
class Collator:
    """`collate` for one processor, as `transformers.Trainer` and torch's DataLoader call it."""

    processor: Any

    def __call__(self, rows: Sequence[TrainingRow]) -> dict[str, Any]:
        """A training batch of the rows."""
        return collate(self.processor, rows)


def image_mark(pixels: encoding.Pixels) -> Any:
    """What identifies the image of `Pixels`: the last 16 numbers of its features, or a digest (hex) of its pixels.

    The last features are of the whole image (the last of several tiles shows all of it, made smaller), and a few of
    them can be read from disk without the rest. A store knows the digest of the pixels that it keeps.
    """
    if encoding.FEATURES in pixels:
        return [float(value) for value in pixels[encoding.FEATURES].reshape(-1)[-16:]]
    known = getattr(pixels, "mark", None)
    return known or sha256(pixels["pixel_values"].tobytes()).hexdigest()


def supervised_text(processor: Any, labels: Sequence[int]) -> str:
    """The text on which the loss is computed, special tokens included, from one row's labels (token ids or IGNORED)."""
    text: str = processor.tokenizer.decode([token for token in labels if token != IGNORED])
    return text


def short_enough(rows: Sequence[TrainingRow], max_length: int) -> list[TrainingRow]:
    """The rows of at most `max_length` tokens. A longer one is left out, never truncated, which could cut an image.

    Raises CheckError when none is left.
    """
    short = [row for row in rows if len(row.input_ids) <= max_length]
    if rows and not short:
        shortest = min(len(row.input_ids) for row in rows)
        raise CheckError(f"Every row is longer than {max_length} tokens (the shortest: {shortest}); raise max_length.")
    return short


def check_rows(processor: Any, rows: Sequence[TrainingRow]) -> dict[str, int]:
    """Counts over all rows: `rows`, and in tokens `tokens`, `supervised_tokens` and `longest`.

    Raises CheckError when there is no row, or one would train something other than its answer. Checked for each row:
    something is supervised, it decodes to the target and the end token (so that the student learns to stop), and every
    placeholder of the image is present.
    """
    if not rows:
        raise CheckError("There is no row to train on or to validate with.")
    for number, row in enumerate(rows):
        problem = _problem(processor, row)
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


def _problem(processor: Any, row: TrainingRow) -> str:
    expected = row.target + processor.tokenizer.eos_token
    wanted = processor.replace_image_token(row.pixels, 0).count(processor.image_token)
    placeholders = row.input_ids.count(processor.image_token_id)
    if len(row.input_ids) != len(row.labels) or all(token == IGNORED for token in row.labels):
        return "no token of it is supervised"
    if supervised_text(processor, row.labels).strip() != expected.strip():
        return f"the loss would fall on {supervised_text(processor, row.labels)!r}, not on {expected!r}"
    if placeholders != wanted:
        return f"it holds {placeholders} image tokens, and the image takes {wanted}"
    return ""
