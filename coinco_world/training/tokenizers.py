"""Small tokenizers for the demo world, with the special tokens and the chat templates of the real families.

The templates have the families' own form but leave out Qwen's default system line: a constant sentence that would cost
models this small a tenth of their time.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any

from coinco_core.errors import InputError, did_you_mean

UNKNOWN = "<unk>"  # for anything but printable ASCII, which the demo world does not use
SPECIAL_TOKENS: dict[str, tuple[str, ...]] = {  # the first ends a turn, the second pads
    "qwen2_5_vl": (
        "<|im_end|>",
        "<|endoftext|>",
        "<|im_start|>",
        "<|vision_start|>",
        "<|vision_end|>",
        "<|image_pad|>",
        "<|video_pad|>",
    ),
    "internvl": ("<|im_end|>", "<|endoftext|>", "<|im_start|>", "<img>", "</img>", "<IMG_CONTEXT>", "<video>"),
    "llava": ("</s>", "<pad>", "<s>", "<image>"),
}

_CHATML = (
    "{%% for message in messages %%}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{%% if message['content'] is string %%}{{ message['content'] }}{%% else %%}"
    "{%% for part in message['content'] %%}"
    "{%% if part['type'] == 'image' %%}{{ '%s' }}{%% else %%}{{ part['text'] }}{%% endif %%}"
    "{%% endfor %%}{%% endif %%}{{ '<|im_end|>\n' }}{%% endfor %%}"
    "{%% if add_generation_prompt %%}{{ '<|im_start|>assistant\n' }}{%% endif %%}"
)
CHAT_TEMPLATES = {
    "qwen2_5_vl": _CHATML % "<|vision_start|><|image_pad|><|vision_end|>",
    "internvl": _CHATML % "<IMG_CONTEXT>\\n",
    "llava": (
        "{% for message in messages %}{{ message['role'].upper() + ': ' }}"
        "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
        "{% for part in message['content'] %}{% if part['type'] == 'image' %}{{ '<image>\n' }}"
        "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
        "{{ '</s>' if message['role'] == 'assistant' else ' ' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
    ),
}


def train_tokenizer(texts: Iterable[str], family: str, vocab_size: int = 800) -> Any:
    """A fast tokenizer (byte-level BPE over printable ASCII) of at most `vocab_size` tokens, special ones included.

    Frequent words become one token each, so answers stay short. Give it every kind of text the model will read:
    answers, prompts, names. Raises InputError for an unknown family.
    """
    import tokenizers as tk
    from transformers import PreTrainedTokenizerFast

    if family not in SPECIAL_TOKENS:
        raise InputError(f"There is no model family '{family}'.{did_you_mean(family, SPECIAL_TOKENS)}")
    special = list(SPECIAL_TOKENS[family])
    bpe = tk.Tokenizer(tk.models.BPE(unk_token=UNKNOWN))
    bpe.pre_tokenizer = tk.pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = tk.decoders.ByteLevel()
    trainer = tk.trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=[*special, UNKNOWN],
        initial_alphabet=_alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator([*texts, "user\nassistant\nUSER: ASSISTANT:"], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=special[0],
        pad_token=special[1],
        unk_token=UNKNOWN,
        extra_special_tokens=special[2:],
        model_max_length=1024,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def _alphabet() -> list[str]:
    """Printable ASCII as byte-level BPE spells it: space and newline have letters of their own."""
    import tokenizers as tk

    spelled = tk.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    text = string.ascii_letters + string.digits + string.punctuation + " \n"
    return sorted(set(spelled.pre_tokenize_str(text)[0][0]))
