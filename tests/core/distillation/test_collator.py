from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from coinco_core.distillation.collator import (
    IGNORED,
    Collator,
    TrainingRow,
    answer_length,
    check_rows,
    collate,
    encode_row,
    short_enough,
    supervised_text,
)
from coinco_core.distillation.objectives import answer_cross_entropy
from coinco_core.engines import encoding
from coinco_core.engines.encoding import pixel_parts
from coinco_core.errors import CheckError
from tiny_models import FAMILIES, noise, tiny_model

PROMPTS = ["Judge the size of the cow.", "Judge the location of the dining table."]
TARGETS = [
    "Final decision: In-context",
    "Analysis:\nLocation: It rests on the table.\n\nSummary:\nFinal decision: Out-of-context",
]


def rows_of(processor: Any, n: int) -> list[TrainingRow]:
    """The first n prompts with their images and targets."""
    return [encode_row(processor, pixel_parts(processor, noise(i)), PROMPTS[i], TARGETS[i]) for i in range(n)]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_falls_on_the_answer_and_its_end_token_only(family: str) -> None:
    _, processor = tiny_model(family)
    batch = collate(processor, rows_of(processor, 2))
    for labels, target in zip(batch["labels"].tolist(), TARGETS, strict=True):
        assert supervised_text(processor, labels).strip() == target + processor.tokenizer.eos_token
    supervised, kept = batch["labels"] != IGNORED, batch["logits_to_keep"]
    assert torch.equal(batch["labels"][supervised], batch["input_ids"][:, -kept:][supervised])
    assert not (supervised & (batch["attention_mask"][:, -kept:] == 0)).any()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_key_of_the_processor_is_kept(family: str) -> None:
    model, processor = tiny_model(family)
    batch = collate(processor, rows_of(processor, 1))
    turn = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "x"}]}]
    theirs = processor(images=[noise(0)], text=[processor.apply_chat_template(turn, tokenize=False)])
    assert set(batch) == {*theirs, "labels", "logits_to_keep"}
    assert torch.isfinite(model(**batch).loss)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_of_a_batch_does_not_depend_on_its_padding(family: str) -> None:
    model, processor = tiny_model(family)
    rows = rows_of(processor, 2)
    counts = [sum(label != IGNORED for label in row.labels) for row in rows]
    with torch.inference_mode():
        alone = [float(model(**collate(processor, [row])).loss) for row in rows]
        together = float(model(**Collator(processor)(rows)).loss)
    assert together == pytest.approx(sum(a * n for a, n in zip(alone, counts, strict=True)) / sum(counts), abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_logits_only_where_there_are_labels_give_the_same_loss(family: str) -> None:
    model, processor = tiny_model(family)
    rows = rows_of(processor, 2)
    batch = collate(processor, rows)
    right = encoding.stack(processor, [row.input_ids for row in rows], [row.pixels for row in rows], side="right")
    everywhere = encoding.pad_rows([row.labels for row in rows], IGNORED, side="right")
    with torch.inference_mode():
        kept = model(**{name: value for name, value in batch.items() if name != "labels"}).logits
        full = model(**right).logits
    assert kept.shape[1] == batch["labels"].shape[1] == 1 + max(map(answer_length, rows)) < full.shape[1]
    assert float(answer_cross_entropy(kept, batch["labels"])) == pytest.approx(
        float(answer_cross_entropy(full, everywhere)), abs=1e-5
    )


def test_a_row_that_is_too_long_is_left_out_and_never_cut() -> None:
    _, processor = tiny_model("qwen2_5_vl")
    rows = rows_of(processor, 2)
    limit = min(len(row.input_ids) for row in rows)
    assert short_enough(rows, limit) == rows[:1]
    with pytest.raises(CheckError, match="raise max_length"):
        short_enough(rows, limit - 1)


def test_for_generation_a_batch_is_padded_on_the_left() -> None:
    _, processor = tiny_model("qwen2_5_vl")
    pixels = [pixel_parts(processor, noise(i)) for i in range(2)]
    rows = [encoding.prompt_ids(processor, *question) for question in zip(PROMPTS, pixels, strict=True)]
    batch = encoding.stack(processor, rows, pixels, side="left")
    assert "labels" not in batch
    assert batch["attention_mask"][:, -1].tolist() == [1, 1] and batch["attention_mask"][0, 0] == 0


def test_kept_pixels_are_the_images_own() -> None:
    _, processor = tiny_model("qwen2_5_vl")
    kept, fresh = pixel_parts(processor, noise(1), "float16"), pixel_parts(processor, noise(1))
    assert kept["pixel_values"].dtype == "float16"
    assert abs(kept["pixel_values"].astype("float32") - fresh["pixel_values"]).max() < 2e-3
    assert (kept["image_grid_thw"] == fresh["image_grid_thw"]).all()


def test_bad_rows_are_found_before_training() -> None:
    _, processor = tiny_model("qwen2_5_vl")
    pixels = pixel_parts(processor, noise(0))
    good = encode_row(processor, pixels, PROMPTS[0], TARGETS[0])
    counts = check_rows(processor, [good, good])
    assert counts["rows"] == 2 and counts["longest"] == len(good.input_ids)
    bad = {
        "no token": replace(good, labels=[IGNORED] * len(good.labels)),
        "the loss would fall on": replace(good, labels=list(good.input_ids)),
        "not on": replace(good, labels=[*good.labels[:-1], IGNORED]),  # the end token left out
        "image tokens": replace(good, input_ids=good.input_ids[12:], labels=good.labels[12:]),
    }
    for words, row in bad.items():
        with pytest.raises(CheckError, match=words):
            check_rows(processor, [good, row])
    with pytest.raises(CheckError, match="no row"):
        check_rows(processor, [])
