"""What is particular to a family of vision-language models: one record per family, and none of it elsewhere.

A further family takes one record in FAMILIES and, where it does something that no other does, one small class or
function above it. Its tiny model in tests/tiny_models.py then goes through the tests of every family: it is trained,
interrupted and resumed, answers, and gives the same loss from features as from pixels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import torch
from transformers import (
    InternVLProcessor,
    LlavaProcessor,
    Qwen2_5_VLProcessor,
    Qwen3VLProcessor,
    SmolVLMProcessor,
)
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.models.qwen3_vl.modeling_qwen3_vl import BaseModelOutputWithDeepstackFeatures
from transformers.processing_utils import ProcessorMixin

LANGUAGE_MODEL = "language_model"  # its name in most families, and in the pattern of any recipe


class ImageOnlyQwen2_5_VLProcessor(Qwen2_5_VLProcessor):
    """Qwen2.5-VL's processor for images only; needs no torchvision."""

    def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: str | None = None) -> None:
        self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)


class ImageOnlyQwen3VLProcessor(Qwen3VLProcessor):
    """Qwen3-VL's processor for images only; needs no torchvision."""

    __init__ = ImageOnlyQwen2_5_VLProcessor.__init__  # the same placeholders


class ImageOnlyInternVLProcessor(InternVLProcessor):
    """InternVL's processor for images only; needs no torchvision."""

    def __init__(
        self,
        image_processor: Any = None,
        tokenizer: Any = None,
        image_seq_length: int = 256,
        chat_template: str | None = None,
    ) -> None:
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)
        self.image_seq_length = image_seq_length
        self.start_image_token, self.end_image_token, self.image_token = "<img>", "</img>", "<IMG_CONTEXT>"
        self.video_token = "<video>"
        self.start_image_token_id = tokenizer.convert_tokens_to_ids(self.start_image_token)
        self.end_image_token_id = tokenizer.convert_tokens_to_ids(self.end_image_token)
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.multimodal_pattern = re.compile(f"(?P<image>{self.image_token})|(?P<video>{self.video_token})")


class ImageOnlySmolVLMProcessor(SmolVLMProcessor):
    """SmolVLM's processor for images only; needs neither torchvision nor num2words, which spells numbers of frames."""

    def __init__(
        self,
        image_processor: Any = None,
        tokenizer: Any = None,
        image_seq_len: int = 169,
        chat_template: str | None = None,
    ) -> None:
        self.fake_image_token, self.global_image_token = "<fake_token_around_image>", "<global-img>"
        self.image_token, self.video_token = "<image>", "<video>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.end_of_utterance_token, self.image_seq_len = "<end_of_utterance>", image_seq_len
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)

    def apply_chat_template(self, *arguments: Any, **options: Any) -> Any:
        """As for any processor; the stock one looks up the video processor's number of frames first."""
        return ProcessorMixin.apply_chat_template(self, *arguments, **options)


# Saved folders must name the stock class: a machine with torchvision, or any other program, then loads them too.
for _own in (
    ImageOnlyQwen2_5_VLProcessor,
    ImageOnlyQwen3VLProcessor,
    ImageOnlyInternVLProcessor,
    ImageOnlySmolVLMProcessor,
):
    _own.__name__ = _own.__base__.__name__


def _images(output: Any, pixels: Sequence[Mapping[str, Any]]) -> list[torch.Tensor]:
    """Features that the tower returns image by image, each (tokens, width)."""
    return list(output.pooler_output)


def _in_a_tuple(features: Sequence[torch.Tensor]) -> Any:
    return BaseModelOutputWithPooling(pooler_output=tuple(features))


def _levels(output: Any, pixels: Sequence[Mapping[str, Any]]) -> list[torch.Tensor]:
    """For each image what enters the language model and what DeepStack adds in it: (1 + levels, tokens, width)."""
    return [torch.stack(one) for one in zip(output.pooler_output, *output.deepstack_features, strict=True)]


def _as_levels(features: Sequence[torch.Tensor]) -> Any:
    first, *deeper = zip(*features, strict=True)
    return BaseModelOutputWithDeepstackFeatures(pooler_output=first, deepstack_features=deeper)


def _tiles(output: Any, pixels: Sequence[Mapping[str, Any]]) -> list[torch.Tensor]:
    """Features that the tower returns tile by tile (tiles, tokens, width), for each image (tiles * tokens, width)."""
    counts = [int(one["num_patches"].sum()) for one in pixels]
    return [tiles.flatten(0, 1) for tiles in output.pooler_output.split(counts)]


def _joined(features: Sequence[torch.Tensor]) -> Any:
    return BaseModelOutputWithPooling(pooler_output=torch.cat(list(features)))


@dataclass(frozen=True)
class Family:
    """What is particular to a family, in the names of its implementation in transformers.

    `split` cuts what `get_image_features` returns for a batch into one tensor per image, (tokens, width) or with a
    leading axis of DeepStack's levels; `join` makes of these what the model takes in place of pixels.
    """

    model_type: str  # in its config
    processor: Any = None  # the class that loads, works and saves with PIL alone
    stock_needs: tuple[str, ...] = ()  # packages without which the stock processor does not load
    students: tuple[str, ...] = ()  # hub ids of the sizes that one GPU trains
    language_model: str = LANGUAGE_MODEL  # the module that LoRA goes onto, in `model`
    tower: tuple[str, ...] = ()  # the frozen modules of `model` that turn pixels into features; () if not cached
    tower_settings: tuple[str, ...] = ()  # of the config: what decides the features and leaves no trace in the weights
    pixels: tuple[str, ...] = ("pixel_values",)  # the arrays in whose place features stand
    split: Callable[[Any, Sequence[Mapping[str, Any]]], list[torch.Tensor]] = _images
    join: Callable[[Sequence[torch.Tensor]], Any] = _in_a_tuple
    renamed: Mapping[str, str] = field(default_factory=dict)  # modules' names in adapters of earlier versions -> today

    @property
    def stock_loads(self) -> bool:
        """Whether the packages of the stock processor are installed."""
        return all(find_spec(package) is not None for package in self.stock_needs)

    def lora_targets(self, pattern: str) -> str:
        """A recipe's pattern of adapted modules, in which LANGUAGE_MODEL stands for the family's own name of it."""
        return pattern.replace(LANGUAGE_MODEL, self.language_model)


_QWEN_MOVED = {"model.layers.": "model.language_model.layers."}  # since transformers 4.52
_LLAVA_MOVED = {"language_model.model.layers.": "model.language_model.layers."}  # likewise

FAMILIES = {
    family.model_type: family
    for family in (
        Family(
            "qwen2_5_vl",
            processor=ImageOnlyQwen2_5_VLProcessor,
            stock_needs=("torchvision",),
            students=("Qwen/Qwen2.5-VL-3B-Instruct", "Qwen/Qwen2.5-VL-7B-Instruct"),
            tower=("visual",),
            renamed=_QWEN_MOVED,
        ),
        Family(
            "qwen3_vl",
            processor=ImageOnlyQwen3VLProcessor,
            stock_needs=("torchvision",),
            students=("Qwen/Qwen3-VL-2B-Instruct", "Qwen/Qwen3-VL-4B-Instruct", "Qwen/Qwen3-VL-8B-Instruct"),
            tower=("visual",),
            tower_settings=("vision_config.deepstack_visual_indexes",),
            split=_levels,
            join=_as_levels,
        ),
        Family(
            "internvl",  # InternVL3 and 3.5; the repositories whose names end in -HF
            processor=ImageOnlyInternVLProcessor,
            stock_needs=("torchvision",),
            students=("OpenGVLab/InternVL3_5-2B-HF", "OpenGVLab/InternVL3_5-4B-HF", "OpenGVLab/InternVL3_5-8B-HF"),
            tower=("vision_tower", "multi_modal_projector"),
            tower_settings=("vision_feature_layer", "vision_feature_select_strategy", "downsample_ratio"),
            split=_tiles,
            join=_joined,
            renamed=_LLAVA_MOVED,
        ),
        Family(
            "smolvlm",
            processor=ImageOnlySmolVLMProcessor,
            stock_needs=("torchvision", "num2words"),
            students=("HuggingFaceTB/SmolVLM2-500M-Video-Instruct", "HuggingFaceTB/SmolVLM2-2.2B-Instruct"),
            language_model="text_model",
            tower=("vision_model", "connector"),
            pixels=("pixel_values", "pixel_attention_mask"),
        ),
        Family(
            "llava",
            processor=LlavaProcessor,
            students=("llava-hf/llava-1.5-7b-hf",),  # no tower: its processor counts an image's tokens by its pixels
            renamed=_LLAVA_MOVED,
        ),
    )
}
_OTHER = Family("", renamed=_QWEN_MOVED)  # read from pixels, its language model under the common name
_BY_PROCESSOR = {family.processor.__name__: family for family in FAMILIES.values()}


def family_of(model: Any) -> Family:
    """The family of a model, with or without adapters; for one that is not in FAMILIES what most have in common."""
    return FAMILIES.get(bare(model).config.model_type, _OTHER)


def family_of_processor(processor: Any) -> Family:
    """The family of a processor, as `family_of`."""
    return _BY_PROCESSOR.get(type(processor).__name__, _OTHER)


def bare(model: Any) -> Any:
    """The transformers model below any adapters."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model
