from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.errors import InputError
from coinco_world.training.tokenizers import CHAT_TEMPLATES, SPECIAL_TOKENS, UNKNOWN, train_tokenizer
from tiny_models import texts

QWEN = train_tokenizer(texts(), "qwen2_5_vl")
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


@given(ASCII)
def test_printable_text_comes_back_as_it_was(text: str) -> None:
    assert QWEN.decode(QWEN(text)["input_ids"]) == text or any(token in text for token in SPECIAL_TOKENS["qwen2_5_vl"])


def test_other_letters_are_unknown_not_lost() -> None:
    assert UNKNOWN in QWEN.convert_ids_to_tokens(QWEN("café")["input_ids"])


@pytest.mark.parametrize("family", SPECIAL_TOKENS)
def test_each_special_token_is_one_token(family: str) -> None:
    tokenizer = train_tokenizer(texts(), family)
    for token in SPECIAL_TOKENS[family]:
        assert tokenizer(token, add_special_tokens=False)["input_ids"] == [tokenizer.convert_tokens_to_ids(token)]
    assert (tokenizer.eos_token, tokenizer.pad_token) == SPECIAL_TOKENS[family][:2]
    assert len({tokenizer.eos_token_id, tokenizer.pad_token_id, tokenizer.unk_token_id}) == 3


@pytest.mark.parametrize(
    ("family", "wanted"),
    [
        (
            "qwen2_5_vl",
            "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>Judge it.<|im_end|>\n<|im_start|>assistant\n",
        ),
        ("internvl", "<|im_start|>user\n<IMG_CONTEXT>\nJudge it.<|im_end|>\n<|im_start|>assistant\n"),
        ("llava", "USER: <image>\nJudge it. ASSISTANT:"),
    ],
)
def test_the_chat_templates_are_the_families_own(family: str, wanted: str) -> None:
    turn = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Judge it."}]}]
    tokenizer = train_tokenizer(texts(), family)
    tokenizer.chat_template = CHAT_TEMPLATES[family]
    assert tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True) == wanted


def test_frequent_words_are_one_token() -> None:
    assert len(QWEN(" In-context")["input_ids"]) <= 3
    assert len(QWEN(" location")["input_ids"]) == 1


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(InputError, match="no model family 'qwen'"):
        train_tokenizer([], "qwen")
