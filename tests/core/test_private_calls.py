"""The calls into libraries that are not part of what these promise: where one breaks, this says which.

pyproject.toml therefore pins transformers, peft and accelerate to the minor version that these hold for.
"""

from __future__ import annotations

import inspect
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from checkout_root import ROOT
from coinco_core.devices import DeviceChoice
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.trainer import training_arguments

PINNED = ("torch", "transformers", "peft", "accelerate")


@pytest.mark.parametrize("name", PINNED)
def test_the_version_is_that_which_the_calls_were_tried_with(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {r.name: r for r in map(Requirement, project["optional-dependencies"]["run"])}[name]
    assert str(wanted.specifier).startswith("==") and metadata.version(name) in wanted.specifier


def test_a_processor_says_which_tokens_stand_for_an_image() -> None:
    from transformers import Qwen2_5_VLProcessor

    call = getattr(Qwen2_5_VLProcessor, "replace_image_token", None)
    assert call is not None, "engines.encoding counts an image's tokens by `replace_image_token`, which is gone"
    assert list(inspect.signature(call).parameters)[:3] == ["self", "image_inputs", "image_idx"]


def test_a_model_takes_what_its_vision_tower_made_of_an_image() -> None:
    from transformers import Qwen2_5_VLModel

    names = inspect.signature(Qwen2_5_VLModel.forward).parameters
    assert "mm_encoder_outputs" in names, "engines.encoding hands over features as `mm_encoder_outputs`, which is gone"


def test_a_trainer_loads_the_best_adapter_and_counts_its_gpus(tmp_path: Path) -> None:
    from transformers import Trainer

    assert hasattr(Trainer, "_load_best_model"), "trainer.take_best_of calls `Trainer._load_best_model`, which is gone"
    arguments = training_arguments(DistillConfig(), tmp_path, DeviceChoice("cpu", "float32", "a test"))
    arguments._n_gpu = 1
    assert arguments.n_gpu == 1, "trainer.training_arguments sets `TrainingArguments._n_gpu`, which is read no more"
