from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file

from coinco_core.distillation.adapters import (
    CONFIG,
    WEIGHTS,
    adapter_keys,
    add_adapter,
    known_warnings_off,
    load_adapter,
    old_names,
    save_adapter,
)
from coinco_core.distillation.classifier.probe import probe_question
from coinco_core.distillation.config import DistillConfig
from coinco_core.engines import encoding
from coinco_core.errors import CheckError, MissingError
from tiny_models import tiny_model

TODAY, BEFORE = "base_model.model.model.language_model.layers.", "base_model.model.model.layers."


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, torch.Tensor]:
    """An adapter's folder, and the logits of the model that it was saved from."""
    adapted = add_adapter(tiny_model("qwen2_5_vl")[0], DistillConfig(lora_rank=4, lora_alpha=8))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.3, generator=torch.Generator().manual_seed(0))
    folder = save_adapter(adapted, tmp_path_factory.mktemp("adapter"))
    return folder, logits(adapted.eval())


def logits(model: Any) -> torch.Tensor:
    processor = tiny_model("qwen2_5_vl")[1]
    prompt, pixels = probe_question(processor)
    inputs = encoding.stack(processor, [encoding.prompt_ids(processor, prompt, pixels)], [pixels])
    with torch.inference_mode():
        found: torch.Tensor = model(**inputs).logits
    return found


def changed(folder: Path, out: Path, old: str, new: str) -> Path:
    """A copy of an adapter with its weights under other names."""
    stored = {key.replace(old, new): value for key, value in load_file(folder / WEIGHTS).items()}
    out.mkdir()
    save_file(stored, out / WEIGHTS)
    (out / CONFIG).write_bytes((folder / CONFIG).read_bytes())
    return out


def test_a_reloaded_adapter_is_the_trained_one(trained: tuple[Path, torch.Tensor]) -> None:
    folder, expected = trained
    loaded = load_adapter(tiny_model("qwen2_5_vl")[0], folder)
    assert torch.equal(logits(loaded), expected)
    assert not loaded.training and not any(parameter.requires_grad for parameter in loaded.parameters())


def test_names_of_before_find_their_places(trained: tuple[Path, torch.Tensor], tmp_path: Path) -> None:
    folder = changed(trained[0], tmp_path / "old", TODAY, BEFORE)
    base, _ = tiny_model("qwen2_5_vl")
    names = old_names(adapter_keys(folder), base)
    assert set(names) == set(adapter_keys(folder)) and set(names.values()) == set(adapter_keys(trained[0]))
    assert torch.equal(logits(load_adapter(base, folder)), trained[1])


def test_what_peft_alone_makes_of_them_is_the_base(trained: tuple[Path, torch.Tensor], tmp_path: Path) -> None:
    """The reason for all this: a warning, and a student that is its base."""
    folder = changed(trained[0], tmp_path / "old", TODAY, BEFORE)
    base = logits(tiny_model("qwen2_5_vl")[0])
    with known_warnings_off(), pytest.warns(UserWarning, match="missing adapter keys"):
        silent = PeftModel.from_pretrained(tiny_model("qwen2_5_vl")[0], str(folder))
    assert torch.equal(logits(silent.eval()), base)


def test_names_of_today_are_left_alone(trained: tuple[Path, torch.Tensor]) -> None:
    assert old_names(adapter_keys(trained[0]), tiny_model("qwen2_5_vl")[0]) == {}


@pytest.mark.parametrize("other", ["base_model.model.language_model.layers.", "base_model.model.model.layers.7"])
def test_what_is_left_without_a_match_is_refused(
    trained: tuple[Path, torch.Tensor], tmp_path: Path, other: str
) -> None:
    folder = changed(trained[0], tmp_path / "other", TODAY, other)
    with warnings.catch_warnings(), pytest.raises(CheckError, match="has no match"):
        warnings.simplefilter("ignore")
        load_adapter(tiny_model("qwen2_5_vl")[0], folder)


def test_half_an_adapter_is_refused(trained: tuple[Path, torch.Tensor], tmp_path: Path) -> None:
    folder = changed(trained[0], tmp_path / "half", "", "")
    stored = load_file(folder / WEIGHTS)
    save_file({key: value for key, value in stored.items() if "q_proj" in key}, folder / WEIGHTS)
    with pytest.raises(CheckError, match="has no match"):
        load_adapter(tiny_model("qwen2_5_vl")[0], folder)


@pytest.mark.parametrize("lacking", [WEIGHTS, CONFIG])
def test_a_folder_without_an_adapter_is_named(trained: tuple[Path, torch.Tensor], tmp_path: Path, lacking: str) -> None:
    folder = changed(trained[0], tmp_path / "part", "", "")
    (folder / lacking).unlink()
    with pytest.raises(MissingError, match=lacking):
        load_adapter(tiny_model("qwen2_5_vl")[0], folder)


def test_several_adapters_stand_on_one_base(trained: tuple[Path, torch.Tensor]) -> None:
    base, _ = tiny_model("qwen2_5_vl")
    plain = logits(base)
    adapted = load_adapter(load_adapter(base, trained[0], "one"), trained[0], "two")
    for name in ("one", "two"):
        adapted.set_adapter(name)
        assert torch.equal(logits(adapted), trained[1])
    with adapted.disable_adapter():
        assert torch.equal(logits(adapted), plain)
