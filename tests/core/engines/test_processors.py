from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from coinco_core.engines import processors
from coinco_core.errors import CheckError, MissingError
from coinco_world.training.models import load_model, save_model
from tiny_models import FAMILIES, noise, tiny_model


@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_processor_loads_pads_on_the_left_and_names_its_backend(family: str, tmp_path: Path) -> None:
    save_model(*tiny_model(family), tmp_path)
    processor, backend = processors.load_processor(tmp_path)
    assert processor.tokenizer.padding_side == "left"
    assert backend == processors.describe_backend(processor)
    assert "(pil)" in backend or "(torchvision)" in backend


@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_processor_names_the_stock_class(family: str, tmp_path: Path) -> None:
    save_model(*tiny_model(family), tmp_path)
    saved = json.loads((tmp_path / "processor_config.json").read_text())
    stock = {"qwen2_5_vl": "Qwen2_5_VLProcessor", "internvl": "InternVLProcessor", "llava": "LlavaProcessor",
             "qwen3_vl": "Qwen3VLProcessor", "smolvlm": "SmolVLMProcessor"}  # fmt: skip
    assert saved["processor_class"] == stock[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_models_round_trip_to_identical_logits(family: str, tmp_path: Path) -> None:
    save_model(*tiny_model(family), tmp_path / "first")
    model, processor = load_model(tmp_path / "first")
    save_model(model, processor, tmp_path / "second")
    again, processor_again = load_model(tmp_path / "second")
    text = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Judge the cow."}]}],
        tokenize=False,
        add_generation_prompt=True,
    )
    with torch.inference_mode():
        logits = [
            m(**p(images=[noise(1)], text=[text], return_tensors="pt")).logits
            for m, p in ((model, processor), (again, processor_again))
        ]
    assert model.dtype == torch.float32
    assert torch.equal(*logits)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="nowhere"):
        processors.load_processor(tmp_path / "nowhere")


def test_a_processor_without_eyes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, processor = tiny_model("llava")
    monkeypatch.setattr(processors, "_load", lambda path: processor.tokenizer)
    with pytest.raises(CheckError, match="no image processor"):
        processors.load_processor(tmp_path)
