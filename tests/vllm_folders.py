"""The shipped models as a stock vLLM on a CPU takes them: exact copies with wider heads and a file that is never read.

vLLM's attention on a CPU takes heads of 32, 64, 80 and more numbers, and the demo's student has 16. Padding every head
with zeros changes no product: rotary pairs keep their frequencies (number i of a half goes to 2i), queries are scaled
by sqrt(2) against the smaller 1 / sqrt(head), and norms by 1 / sqrt(2), as half of what they average is zero.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from coinco_core.demo import demo_weights
from coinco_core.judgements import CRITERIA

HEAD, HIDDEN = 16, 64  # of the demo's student


def servable_teacher(folder: Path) -> Path:
    """A copy of the demo's Qwen."""
    shutil.copytree(demo_weights("qwen"), folder)
    return _with_video_settings(folder)


def servable_students(folder: Path) -> Path:
    """A copy of the demo's students and their base with heads of 32 numbers, without records of another base."""
    shutil.copytree(demo_weights("student"), folder, ignore=shutil.ignore_patterns("training.json"))
    _rewrite(folder / "base/model.safetensors", _wider)
    config = json.loads((folder / "base/config.json").read_text())
    text = config["text_config"]
    text["hidden_size"], text["rms_norm_eps"] = 2 * HIDDEN, text["rms_norm_eps"] / 2
    config["vision_config"]["out_hidden_size"] = 2 * HIDDEN
    text["rope_parameters"]["mrope_section"] = [2 * n for n in text["rope_parameters"]["mrope_section"]]
    (folder / "base/config.json").write_text(json.dumps(config))
    for criterion in CRITERIA:
        _rewrite(folder / criterion / "adapter_model.safetensors", _wider_adapter)
    _with_video_settings(folder / "base")
    return folder


def nonsense_adapter(source: Path, folder: Path) -> Path:
    """A copy of an adapter under names that fit no module."""
    shutil.copytree(source, folder)
    path = folder / "adapter_model.safetensors"
    save_file({key.replace("layers.", "layers.9"): value for key, value in load_file(path).items()}, path)
    return folder


def _with_video_settings(folder: Path) -> Path:
    """Stock loaders ask for them wherever torchvision is installed."""
    images = json.loads((folder / "processor_config.json").read_text())["image_processor"]
    videos = {**images, "video_processor_type": "Qwen2VLVideoProcessor"}
    del videos["image_processor_type"]
    (folder / "video_preprocessor_config.json").write_text(json.dumps(videos))
    return folder


def _rewrite(path: Path, wider: object) -> None:
    assert callable(wider)
    tensors = {key: wider(key, value.float()).contiguous() for key, value in load_file(path).items()}
    save_file(tensors, path, metadata={"format": "pt"})


def _wider(key: str, value: torch.Tensor) -> torch.Tensor:
    """One tensor of the base."""
    kind = key.rpartition("_proj")[0].rpartition(".")[2]
    if key.startswith("visual."):
        return _padded(value, 0) if key.startswith("visual.merger.mlp.2") else value
    if key.endswith("down_proj.weight"):
        return _padded(value, 0)
    if kind in ("q", "k", "v"):
        value = _spread(value, 0)
        value = _padded(value, 1) if value.ndim > 1 else value
        return value * 2**0.5 if kind == "q" else value
    if kind == "o":
        return _padded(_spread(value, 1), 0)
    return _padded(value, 0) / 2**0.5 if key.endswith("norm.weight") else _padded(value, 1)


def _wider_adapter(key: str, value: torch.Tensor) -> torch.Tensor:
    """One tensor of an adapter on q, k, v and o."""
    if "lora_A" in key:
        return _spread(value, 1) if "o_proj" in key else _padded(value, 1)
    if "o_proj" in key:
        return _padded(value, 0)
    return _spread(value, 0) * (2**0.5 if "q_proj" in key else 1)


def _spread(value: torch.Tensor, axis: int) -> torch.Tensor:
    """Every head along the axis with zeros between its numbers, so that the two of a rotary pair stay one."""
    heads, half = value.shape[axis] // HEAD, HEAD // 2
    place = torch.tensor([2 * i if i < half else HEAD + 2 * (i - half) for i in range(HEAD)])
    shape = list(value.shape)
    shape[axis] *= 2
    index = (torch.arange(heads)[:, None] * 2 * HEAD + place).reshape(-1)
    return torch.zeros(shape).index_copy(axis, index, value)


def _padded(value: torch.Tensor, axis: int) -> torch.Tensor:
    """The axis of HIDDEN numbers made twice as long by zeros."""
    shape = list(value.shape)
    shape[axis] = 2 * HIDDEN - shape[axis]
    return torch.cat([value, torch.zeros(shape)], axis)
