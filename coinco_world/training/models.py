"""Small vision-language models of the real families, as `transformers` ships them, for the demo world.

Nothing of ours is in their forward pass: only the configurations are small. An image is read at 112 x 112 pixels and
becomes 16 image tokens in each family. LLaVA stands for Molmo, whose code is not part of transformers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers as hf

from coinco_core.engines.families import ImageOnlyInternVLProcessor, ImageOnlyQwen2_5_VLProcessor
from coinco_core.engines.processors import load_processor
from coinco_core.errors import InputError, did_you_mean
from coinco_world.training.tokenizers import CHAT_TEMPLATES

IMAGE_SIDE = 112  # pixels a side
CONTEXT = 1024  # tokens; the compact prompts and answers take about a tenth of it


@dataclass(frozen=True)
class Size:
    """The widths and depths of one model; heads divide their widths, and a text head has an even width."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    vision_hidden: int
    vision_layers: int
    vision_heads: int
    vision_intermediate: int
    patch: int = 14
    dropout: float = 0.0  # of attention


# role -> (family, size). The student base is about nine times smaller than its teacher (in the paper 24 times); at 24
# times, 0.13 M weights, it did not learn to name what it sees.
DEMO_MODELS: dict[str, tuple[str, Size]] = {
    "qwen": ("qwen2_5_vl", Size(192, 5, 6, 3, 512, 128, 4, 4, 256)),
    "internvl": ("internvl", Size(144, 4, 6, 3, 384, 96, 3, 4, 256)),
    "molmo": ("llava", Size(128, 3, 4, 2, 320, 96, 3, 4, 256, patch=28)),
    "student": ("qwen2_5_vl", Size(64, 2, 4, 2, 160, 64, 3, 4, 128)),
}


def build_model(family: str, size: Size, tokenizer: Any, seed: int) -> tuple[Any, Any]:
    """A randomly initialised model (float32, tied embeddings) and its processor; the seed fixes every weight."""
    if family not in BUILDERS:
        raise InputError(f"There is no model family '{family}'.{did_you_mean(family, BUILDERS)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model, processor = BUILDERS[family](size, tokenizer)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model.eval(), processor


def count_parameters(model: Any) -> int:
    """How many distinct parameters a model has (tied ones once)."""
    return sum(int(parameter.numel()) for parameter in model.parameters())


def save_model(model: Any, processor: Any, folder: str | Path) -> Path:
    """Writes the weights as float16 safetensors beside the processor, and returns the folder."""
    halves = {name: value.detach().to(torch.float16) for name, value in model.state_dict().items()}
    model.save_pretrained(folder, state_dict=halves)
    processor.save_pretrained(folder)
    return Path(folder)


def load_model(folder: str | Path) -> tuple[Any, Any]:
    """The model of a folder in float32 on the CPU, in evaluation mode, and its processor."""
    model = hf.AutoModelForImageTextToText.from_pretrained(str(folder), dtype=torch.float32, local_files_only=True)
    return model.eval(), load_processor(folder)[0]


def _text_settings(size: Size, tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": size.hidden,
        "intermediate_size": size.intermediate,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.kv_heads,
        "max_position_embeddings": CONTEXT,
        "attention_dropout": size.dropout,
        "initializer_range": size.hidden**-0.5,  # the libraries' 0.02 suits widths of thousands
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "tie_word_embeddings": True,
    }


def _build_qwen(size: Size, tokenizer: Any) -> tuple[Any, Any]:
    half = size.hidden // size.heads // 2
    side = (
        3 * half // 8
    )  # as in the released models: a quarter of the rotary pairs for time, three eighths each for h, w
    rope = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [half - 2 * side, side, side]}
    text = _text_settings(size, tokenizer) | {"rope_parameters": rope}
    vision = {
        "depth": size.vision_layers,
        "hidden_size": size.vision_hidden,
        "num_heads": size.vision_heads,
        "intermediate_size": size.vision_intermediate,
        "patch_size": size.patch,
        "temporal_patch_size": 1,  # images only: a second, identical frame would be waste
        "spatial_merge_size": 2,
        "window_size": IMAGE_SIDE,
        "fullatt_block_indexes": list(range(size.vision_layers)),
        "out_hidden_size": size.hidden,
        "initializer_range": size.vision_hidden**-0.5,
    }
    ids = {
        "image_token_id": tokenizer.convert_tokens_to_ids("<|image_pad|>"),
        "video_token_id": tokenizer.convert_tokens_to_ids("<|video_pad|>"),
        "vision_start_token_id": tokenizer.convert_tokens_to_ids("<|vision_start|>"),
        "vision_end_token_id": tokenizer.convert_tokens_to_ids("<|vision_end|>"),
    }
    config = hf.Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=True, **ids)
    area = {"shortest_edge": IMAGE_SIDE**2, "longest_edge": IMAGE_SIDE**2}
    images = hf.Qwen2VLImageProcessorPil(size=area, patch_size=size.patch, temporal_patch_size=1, merge_size=2)
    template = CHAT_TEMPLATES["qwen2_5_vl"]
    processor = ImageOnlyQwen2_5_VLProcessor(images, tokenizer, chat_template=template)
    return hf.Qwen2_5_VLForConditionalGeneration(config), processor


def _build_internvl(size: Size, tokenizer: Any) -> tuple[Any, Any]:
    tokens = (IMAGE_SIDE // size.patch // 2) ** 2
    vision = {
        "hidden_size": size.vision_hidden,
        "num_hidden_layers": size.vision_layers,
        "num_attention_heads": size.vision_heads,
        "intermediate_size": size.vision_intermediate,
        "image_size": IMAGE_SIDE,
        "patch_size": size.patch,
        "initializer_range": size.vision_hidden**-0.5,
    }
    text = _text_settings(size, tokenizer) | {"model_type": "qwen3", "head_dim": size.hidden // size.heads}
    config = hf.InternVLConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=tokens,
        downsample_ratio=0.5,
        tie_word_embeddings=True,
    )
    square = {"height": IMAGE_SIDE, "width": IMAGE_SIDE}
    images = hf.GotOcr2ImageProcessorPil(size=square, crop_to_patches=False, min_patches=1, max_patches=1)
    template = CHAT_TEMPLATES["internvl"]
    processor = ImageOnlyInternVLProcessor(images, tokenizer, image_seq_length=tokens, chat_template=template)
    return hf.InternVLForConditionalGeneration(config), processor


def _build_llava(size: Size, tokenizer: Any) -> tuple[Any, Any]:
    vision = {
        "model_type": "clip_vision_model",
        "hidden_size": size.vision_hidden,
        "num_hidden_layers": size.vision_layers,
        "num_attention_heads": size.vision_heads,
        "intermediate_size": size.vision_intermediate,
        "projection_dim": size.hidden,
        "image_size": IMAGE_SIDE,
        "patch_size": size.patch,
    }
    config = hf.LlavaConfig(
        vision_config=vision,
        text_config=_text_settings(size, tokenizer) | {"model_type": "llama"},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=(IMAGE_SIDE // size.patch) ** 2,
        vision_feature_layer=-1,
        tie_word_embeddings=True,
    )
    square = {"height": IMAGE_SIDE, "width": IMAGE_SIDE}
    images = hf.CLIPImageProcessorPil(size=square, do_center_crop=False, crop_size=square)
    processor = hf.LlavaProcessor(
        images,
        tokenizer,
        patch_size=size.patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,  # CLIP's class token, dropped by the strategy "default"
        chat_template=CHAT_TEMPLATES["llava"],
    )
    return hf.LlavaForConditionalGeneration(config), processor


BUILDERS: dict[str, Callable[[Size, Any], tuple[Any, Any]]] = {
    "qwen2_5_vl": _build_qwen,
    "internvl": _build_internvl,
    "llava": _build_llava,
}
