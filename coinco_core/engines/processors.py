"""Processors (tokenizer and image processor) of the families, with or without torchvision.

Most stock processors also demand a video processor, which exists only with torchvision. Their parts are found by the
names of `__init__`'s arguments, so a subclass that leaves `video_processor` out (see `families`) loads, works and saves
with PIL alone. LLaVA has no video processor and loads as it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoProcessor

from coinco_core.engines.families import FAMILIES
from coinco_core.errors import CheckError, MissingError


def load_processor(path: str | Path, **kwargs: Any) -> tuple[Any, str]:
    """The processor of a folder or hub id, padding on the left, and the name of its image backend.

    With torchvision the stock processor is used, else the image-only class of the family. `kwargs` are passed to
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
    family = FAMILIES.get(kind)
    if family is not None and not (family.stock_loads and _has_video_part(path)):
        return family.processor.from_pretrained(path, **kwargs)
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
