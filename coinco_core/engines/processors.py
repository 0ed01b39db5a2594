"""Processors (tokenizer and image processor) of the three families, with or without torchvision.

The stock Qwen2.5-VL and InternVL processors also demand a video processor, which exists only with torchvision. Their
parts are found by the names of `__init__`'s arguments, so a subclass that leaves `video_processor` out loads, works and
saves with PIL alone. LLaVA has no video processor and loads as it is.
"""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoProcessor, InternVLProcessor, LlavaProcessor, Qwen2_5_VLProcessor
from transformers.processing_utils import ProcessorMixin

from coinco_core.errors import CheckError, MissingError


class ImageOnlyQwen2_5_VLProcessor(Qwen2_5_VLProcessor):
    """Qwen2.5-VL's processor for images only; needs no torchvision."""

    def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: str | None = None) -> None:
        self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)


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


# Saved folders must name the stock class: a machine with torchvision, or any other program, then loads them too.
ImageOnlyQwen2_5_VLProcessor.__name__ = Qwen2_5_VLProcessor.__name__
ImageOnlyInternVLProcessor.__name__ = InternVLProcessor.__name__

IMAGE_ONLY = {
    "qwen2_5_vl": ImageOnlyQwen2_5_VLProcessor,
    "internvl": ImageOnlyInternVLProcessor,
    "llava": LlavaProcessor,
}


def has_torchvision() -> bool:
    """Whether torchvision is installed."""
    return find_spec("torchvision") is not None


def load_processor(path: str | Path, **kwargs: Any) -> tuple[Any, str]:
    """The processor of a folder or hub id, padding on the left, and the name of its image backend.

    With torchvision the stock processor is used, else the image-only class of the family. `kwargs` go to
    `from_pretrained`. Raises MissingError when nothing can be loaded, CheckError when there is no image processor.
    """
    try:
        processor = _load(str(path), **kwargs)
    except OSError as error:
        raise MissingError(f"No processor could be loaded from '{path}': {_first_line(error)}") from error
    if not hasattr(processor, "image_processor"):
        raise CheckError(f"The processor of '{path}' has no image processor, so the model would never see an image.")
    processor.tokenizer.padding_side = "left"  # generation continues at the right end
    return processor, describe_backend(processor)


def describe_backend(processor: Any) -> str:
    """The image processor's class and backend, as 'Qwen2VLImageProcessorPil (pil)'; backends resize differently."""
    images = processor.image_processor
    return f"{type(images).__name__} ({getattr(images, 'backend', 'unknown')})"


def _load(path: str, **kwargs: Any) -> Any:
    kind = AutoConfig.from_pretrained(path, **kwargs).model_type
    if kind in IMAGE_ONLY and not (has_torchvision() and _has_video_part(path)):
        return IMAGE_ONLY[kind].from_pretrained(path, **kwargs)
    return AutoProcessor.from_pretrained(path, **kwargs)


def _has_video_part(path: str) -> bool:
    """Whether a folder keeps settings for videos; a hub id is taken to do so."""
    folder = Path(path)
    if not folder.is_dir() or (folder / "video_preprocessor_config.json").exists():
        return True
    saved = folder / "processor_config.json"
    return saved.exists() and "video_processor" in json.loads(saved.read_text(encoding="utf-8"))


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
