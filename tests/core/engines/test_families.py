from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from checkout_root import ROOT
from coinco_core.distillation.adapters import old_names
from coinco_core.distillation.config import DistillConfig
from coinco_core.engines import families, vision
from coinco_core.engines.families import FAMILIES, family_of, family_of_processor
from coinco_core.engines.processors import load_processor
from coinco_world.training.models import save_model
from tiny_models import noise, tiny_model

PARTICULAR = ("qwen2_5_vl", "qwen3_vl", "smolvlm", 'llava"', "image_pad", "IMG_CONTEXT", "<image>", "text_model")


@pytest.mark.parametrize("name", FAMILIES)
def test_a_record_describes_its_model(name: str) -> None:
    model, processor = tiny_model(name)
    family = FAMILIES[name]
    assert family_of(model) is family is family_of_processor(processor)
    assert all(hasattr(model.model, part) for part in (*family.tower, family.language_model))
    modules = {name for name, _ in model.named_modules()}
    assert all(f"{new}0" in modules for new in family.renamed.values())
    assert family.students and all(student.count("/") == 1 for student in family.students)


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.renamed])
def test_an_adapter_from_before_the_modules_moved_finds_its_places(name: str) -> None:
    [(old, new)] = FAMILIES[name].renamed.items()
    tail = "0.self_attn.q_proj.lora_A.weight"
    found = old_names([f"base_model.model.{old}{tail}", f"base_model.model.{new}{tail}"], tiny_model(name)[0])
    assert found == {f"base_model.model.{old}{tail}": f"base_model.model.{new}{tail}"}


def test_a_recipes_pattern_names_the_language_model_of_every_family() -> None:
    pattern = DistillConfig().target_modules
    assert families.LANGUAGE_MODEL in pattern
    assert FAMILIES["qwen3_vl"].lora_targets(pattern) == pattern
    assert FAMILIES["smolvlm"].lora_targets(pattern) == r".*text_model.*\.(q|k|v|o)_proj"


def test_a_family_that_is_not_known_has_what_most_have_in_common() -> None:
    model, processor = tiny_model("qwen2_5_vl")
    model.config.model_type = "qwen9_vl"
    assert family_of(model).language_model == "language_model" and not vision.takes_features(model)
    processor.__class__ = type("Qwen9VLProcessor", (type(processor),), {})
    assert family_of_processor(processor) is family_of(model)


def test_settings_that_leave_no_trace_in_the_weights_make_another_tower() -> None:
    model, _ = tiny_model("qwen3_vl")
    before = vision.tower_digest(model)
    model.config.vision_config.deepstack_visual_indexes = [1, 2]
    assert vision.tower_digest(model) != before


# as on the hub: settings of the image processor in a file of their own, and the name of a class with torchvision
HUB = {
    "qwen3_vl": "Qwen2VLImageProcessorFast",
    "internvl": "GotOcr2ImageProcessorFast",
    "smolvlm": "SmolVLMImageProcessor",
}


@pytest.mark.parametrize("name", HUB)
def test_a_folder_in_the_hubs_layout_loads_without_torchvision(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "find_spec", lambda package: None)
    model, made = tiny_model(name)
    save_model(model, made, tmp_path)
    saved = json.loads((tmp_path / "processor_config.json").read_text())
    images = saved.pop("image_processor") | {
        "image_processor_type": HUB[name],
        "processor_class": saved["processor_class"],
    }
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(images))
    (tmp_path / "processor_config.json").write_text(json.dumps(saved))
    (tmp_path / "video_preprocessor_config.json").write_text("{}")
    loaded, _ = load_processor(tmp_path)
    one, other = (processor.image_processor(images=[noise(0)], return_tensors="np") for processor in (made, loaded))
    assert type(loaded) is FAMILIES[name].processor
    assert (torch.tensor(one["pixel_values"]) == torch.tensor(other["pixel_values"])).all()


def test_what_is_particular_to_a_family_is_in_its_record_alone() -> None:
    for path in sorted((ROOT / "coinco_core").rglob("*.py")):
        if path.name != "families.py":
            found = [word for word in PARTICULAR if word in path.read_text(encoding="utf-8")]
            assert not found, f"{path.name} knows of {found}; put it into coinco_core/engines/families.py"
