"""Folders of three small random students, as the classifier reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from coinco_core.distillation.adapters import add_adapter, save_adapter
from coinco_core.distillation.classifier import SETTINGS
from coinco_core.distillation.config import DistillConfig
from coinco_core.judgements import CRITERIA
from coinco_world.training.models import save_model
from tiny_models import tiny_model

BOX = (10.0, 20.0, 30.0, 40.0)


def make_folder(folder: Path, criteria: Sequence[str] = CRITERIA, **options: object) -> Path:
    """A base and a random adapter for each criterion."""
    save_model(*tiny_model("qwen2_5_vl"), folder / "base")
    for seed, criterion in enumerate(criteria):
        adapted = add_adapter(tiny_model("qwen2_5_vl")[0], DistillConfig(lora_rank=4, lora_alpha=8, seed=seed))
        with torch.no_grad():
            for name, parameter in adapted.named_parameters():
                if "lora_B" in name:
                    parameter.normal_(std=0.3, generator=torch.Generator().manual_seed(seed))
        save_adapter(adapted, folder / criterion)
    (folder / SETTINGS).write_text(json.dumps({"prompt_version": "compact", "max_new_tokens": 12, **options}))
    return folder


def whole_models(folder: Path, *, one_tower: bool) -> Path:
    """Three whole models, whose vision towers are the same or not."""
    first = tiny_model("qwen2_5_vl", 0)[0]
    for seed, criterion in enumerate(CRITERIA):
        model, processor = tiny_model("qwen2_5_vl", seed)
        if one_tower:
            model.model.visual.load_state_dict(first.model.visual.state_dict())
        save_model(model, processor, folder / criterion)
    (folder / SETTINGS).write_text(json.dumps({"prompt_version": "compact", "max_new_tokens": 8}))
    return folder
