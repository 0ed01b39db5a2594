"""Random models of every family, small enough to build in a moment, for any test that needs one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import transformers as hf
from PIL import Image

from coinco_core.categories import NAMES
from coinco_core.engines.families import FAMILIES as KNOWN
from coinco_core.engines.families import ImageOnlyQwen3VLProcessor, ImageOnlySmolVLMProcessor
from coinco_core.judgements import CRITERIA, Finding, Judgement
from coinco_core.prompts import student_prompt, student_target, teacher_answer, teacher_prompt
from coinco_world.training.models import BUILDERS, Size, build_model
from coinco_world.training.tokenizers import CHAT_TEMPLATES, train_tokenizer

TINY = Size(hidden=32, layers=2, heads=2, kv_heads=1, intermediate=48, vision_hidden=16, vision_layers=1,
            vision_heads=2, vision_intermediate=32)  # fmt: skip
FAMILIES = tuple(KNOWN)


def texts() -> list[str]:
    """Prompts and answers, as the tokenizers of the demo world see them."""
    odd, fine = Finding(False, "It rests on the table, an unusual place."), Finding(True, "It is about right.")
    answer = teacher_answer(Judgement(odd, fine, fine, in_context=False))
    prompts = [teacher_prompt("compact").template, *(student_prompt(c, "compact").template for c in CRITERIA)]
    return [answer, student_target("location", odd), student_target("size", fine), *prompts, *NAMES] * 3


def tiny_model(family: str, seed: int = 0) -> tuple[Any, Any]:
    """A random model of the family and its processor; its weights are scaled up, so that images change answers."""
    if family in BUILDERS:
        model, processor = build_model(family, TINY, train_tokenizer(texts(), family, vocab_size=400), seed)
    else:
        model, processor = _built(family, seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(1.2)
    return model, processor


def _built(family: str, seed: int) -> tuple[Any, Any]:
    """A model of a family that the demo world has no use for."""
    tokenizer = train_tokenizer(texts(), "qwen2_5_vl", vocab_size=400)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model, processor = OTHERS[family](tokenizer)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model.eval(), processor


def _text(tokenizer: Any, **more: Any) -> dict[str, Any]:
    """A language model of TINY's size; transformers' own standard deviation of the weights suits wider ones."""
    return {
        "vocab_size": len(tokenizer), "hidden_size": TINY.hidden, "intermediate_size": TINY.intermediate,
        "num_hidden_layers": TINY.layers, "num_attention_heads": TINY.heads, "num_key_value_heads": TINY.kv_heads,
        "head_dim": TINY.hidden // TINY.heads, "initializer_range": TINY.hidden**-0.5, "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "tie_word_embeddings": True,
        **more,
    }  # fmt: skip


def _qwen3_vl(tokenizer: Any) -> tuple[Any, Any]:
    """Two levels of DeepStack, so that their order matters; an image of some 96 x 96 pixels takes 9 tokens."""
    rope = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [4, 2, 2], "mrope_interleaved": True}
    text = _text(tokenizer, rope_parameters=rope)
    vision = {
        "depth": 3, "hidden_size": 16, "num_heads": 2, "intermediate_size": 32, "patch_size": 16, "out_hidden_size": 32,
        "num_position_embeddings": 36, "deepstack_visual_indexes": [0, 1], "initializer_range": 0.25,
    }  # fmt: skip
    names = {"image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>",
             "vision_start_token_id": "<|vision_start|>", "vision_end_token_id": "<|vision_end|>"}  # fmt: skip
    ids = {name: tokenizer.convert_tokens_to_ids(token) for name, token in names.items()}
    config = hf.Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=True, **ids)
    area = {"shortest_edge": 64**2, "longest_edge": 96**2}
    images = hf.Qwen2VLImageProcessorPil(size=area, patch_size=16, temporal_patch_size=2, merge_size=2)
    processor = ImageOnlyQwen3VLProcessor(images, tokenizer, chat_template=CHAT_TEMPLATES["qwen2_5_vl"])
    return hf.Qwen3VLForConditionalGeneration(config), processor


def _smolvlm(tokenizer: Any) -> tuple[Any, Any]:
    """Tiles of 56 x 56 pixels, 4 tokens each: at most 2 x 2 of them, and the whole image."""
    places = [f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)]
    tokens = ["<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", *places]
    tokenizer.add_tokens(tokens, special_tokens=True)
    tokenizer.eos_token = "<end_of_utterance>"
    vision = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 56,
        "patch_size": 14, "initializer_range": 0.25,
    }  # fmt: skip
    config = hf.SmolVLMConfig(
        text_config=_text(tokenizer, model_type="llama"), vision_config=vision, scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"), tie_word_embeddings=True,
    )  # fmt: skip
    images = hf.SmolVLMImageProcessorPil(size={"longest_edge": 112}, max_image_size={"longest_edge": 56})
    processor = ImageOnlySmolVLMProcessor(images, tokenizer, image_seq_len=4, chat_template=SMOL_TEMPLATE)
    return hf.SmolVLMForConditionalGeneration(config), processor


SMOL_TEMPLATE = (  # the released one, without videos
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
    "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
OTHERS: dict[str, Callable[[Any], tuple[Any, Any]]] = {"qwen3_vl": _qwen3_vl, "smolvlm": _smolvlm}


def noise(seed: int, size: tuple[int, int] = (96, 96)) -> Image.Image:
    """An image of coloured noise, RGB."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)
