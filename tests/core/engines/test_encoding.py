from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.engines import encoding
from tiny_models import FAMILIES, noise, tiny_model

PROMPTS = ["Judge the cow.", "Judge the dining table.", "Judge the tv."]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_batch_equals_what_the_familys_own_processor_makes(family: str) -> None:
    _, processor = tiny_model(family)
    images = [noise(i, size) for i, size in enumerate([(90, 120), (110, 120), (50, 120)])]  # the last has fewer tiles
    pixels = [encoding.pixel_parts(processor, image) for image in images]
    rows = [encoding.prompt_ids(processor, prompt, part) for prompt, part in zip(PROMPTS, pixels, strict=True)]
    ours = encoding.stack(processor, rows, pixels)
    texts = [encoding.prompt_text(processor, prompt) for prompt in PROMPTS]
    theirs = processor(
        images=[[image] for image in images], text=texts, padding=True, padding_side="left", return_tensors="pt"
    )
    assert sorted(ours) == sorted(theirs)
    assert all(torch.equal(ours[name].double(), theirs[name].double()) for name in theirs)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_answer_continues_the_prompt_as_the_chat_template_would_write_it(family: str) -> None:
    _, processor = tiny_model(family)
    pixels = encoding.pixel_parts(processor, noise(0))
    ids = encoding.prompt_ids(processor, PROMPTS[0], pixels) + encoding.target_ids(
        processor, PROMPTS[0], "Location: odd."
    )
    turns = [
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": PROMPTS[0]}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Location: odd."}]},
    ]
    whole = processor(images=[noise(0)], text=[processor.apply_chat_template(turns, tokenize=False)])
    assert whole["input_ids"][0][: len(ids)] == ids
    assert processor.tokenizer.decode(whole["input_ids"][0][len(ids) :]).strip() == ""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_padded_batch_gives_the_logits_of_single_requests(family: str) -> None:
    model, processor = tiny_model(family)
    pixels = [encoding.pixel_parts(processor, noise(i)) for i in range(3)]
    rows = [encoding.prompt_ids(processor, prompt, part) for prompt, part in zip(PROMPTS, pixels, strict=True)]
    with torch.inference_mode():
        together = model(**encoding.stack(processor, rows, pixels)).logits[:, -1]
        alone = [model(**encoding.stack(processor, rows[i : i + 1], pixels[i : i + 1])).logits[0, -1] for i in range(3)]
    assert torch.allclose(together, torch.stack(alone), atol=1e-5)


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=6), min_size=1, max_size=5),
    st.sampled_from(["left", "right"]),
)
def test_padding_keeps_every_row_on_its_side(rows: list[list[int]], side: str) -> None:
    table = encoding.pad_rows(rows, -1, side).tolist()
    for row, line in zip(rows, table, strict=True):
        fill = [-1] * (max(map(len, rows)) - len(row))
        assert line == (fill + row if side == "left" else row + fill)
