"""What is called here without being part of its library's promised interface, and what each call is relied on to do.

pyproject.toml pins these libraries to a minor version. Before a pin is moved, this file says which call broke, where it
is made and how.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from transformers import Trainer, TrainerState
from transformers.modeling_outputs import BaseModelOutputWithPooling

from checkout_root import ROOT
from coinco_core.devices import choose_device
from coinco_core.distillation.adapters import add_adapter, load_adapter, save_adapter
from coinco_core.distillation.batching import StepSampler
from coinco_core.distillation.collator import StudentRows, collate
from coinco_core.distillation.trainer import StudentTrainer, training_arguments
from coinco_core.engines import encoding
from coinco_core.engines.encoding import pixel_parts
from coinco_core.engines.families import FAMILIES
from distillation_rows import PROMPT, SMALL, colour_rows, tiny_base
from tiny_models import noise, tiny_model


@dataclass(frozen=True)
class Call:
    """A call of a library's inside, the module that makes it, and a check of what it is relied on to do."""

    package: str
    name: str
    module: str
    check: Callable[[], None]


def replace_image_token() -> None:
    for family in FAMILIES:
        model, processor = tiny_model(family)
        pixels = pixel_parts(processor, noise(0))
        placeholders = processor.replace_image_token(pixels, 0).count(processor.image_token)
        seen = model.get_image_features(**encoding.stack_pixels(processor, [pixels])).pooler_output
        tokens = sum(part.shape[:-1].numel() for part in seen)
        assert placeholders == tokens > 0, f"{family}: {placeholders} placeholders for {tokens} image tokens"


def token_types() -> None:
    for family in ("qwen2_5_vl", "qwen3_vl"):
        _, processor = tiny_model(family)
        assert processor.return_mm_token_type_ids is True
        image, word = processor.image_token_id, processor.tokenizer("cow")["input_ids"][0]
        assert list(map(list, processor.create_mm_token_type_ids([[word, image, image]]))) == [[0, 1, 1]]


def mm_encoder_outputs() -> None:
    for family in (name for name, one in FAMILIES.items() if one.tower):
        model, processor = tiny_model(family)
        pixels = [pixel_parts(processor, noise(0))]
        ids = [encoding.prompt_ids(processor, "Judge the cow.", pixels[0])]
        inputs = encoding.stack(processor, ids, pixels)
        images = {name: inputs[name] for name in encoding.stack_pixels(processor, pixels)}
        text = {name: value for name, value in inputs.items() if name not in FAMILIES[family].pixels}
        with torch.inference_mode():
            seen = {"image": model.get_image_features(**images)}
            same = torch.equal(model(**inputs).logits, model(**text, mm_encoder_outputs=seen).logits)
        assert same, f"{family}: encoded images give other logits than their pixels"


def attention() -> None:
    model, _ = tiny_model("llava")
    model.set_attn_implementation("eager")
    assert model.config._attn_implementation == "eager"


def n_gpu() -> None:
    with TemporaryDirectory() as folder:
        arguments = training_arguments(SMALL, Path(folder), choose_device("cpu"))
        arguments._n_gpu = 4
        assert arguments.n_gpu == 4 and arguments.train_batch_size == 4 * arguments.per_device_train_batch_size


def load_best_model() -> None:
    with TemporaryDirectory() as folder:
        trainer = small_trainer(folder)
        wanted = "base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_B.default.weight"
        weight = dict(trainer.model.named_parameters())[wanted]
        weight.data.fill_(1.0)
        save_adapter(trainer.model, f"{folder}/checkpoint-1")
        weight.data.fill_(2.0)
        trainer.state = TrainerState(best_model_checkpoint=f"{folder}/checkpoint-1", best_metric=0.5)
        trainer._load_best_model()
        assert bool((dict(trainer.model.named_parameters())[wanted].detach() == 1.0).all())


def get_train_sampler() -> None:
    assert list(inspect.signature(Trainer._get_train_sampler).parameters) == ["self", "train_dataset"]
    with TemporaryDirectory() as folder:
        trainer, made = small_trainer(folder), []
        asked = trainer._get_train_sampler
        trainer._get_train_sampler = lambda *rows: made.append(asked(*rows)) or made[-1]
        lengths = [len(batch["input_ids"]) for batch in trainer.get_train_dataloader()]
    assert isinstance(made[0], StepSampler) and sum(lengths) == 8


def small_trainer(folder: str) -> StudentTrainer:
    base = tiny_base()
    rows = colour_rows(base.processor, 8)
    arguments = training_arguments(SMALL, Path(folder), choose_device("cpu"))
    adapted = add_adapter(base.model, SMALL)
    return StudentTrainer(adapted, base.processor, StudentRows(PROMPT, rows, rows[:4]), SMALL, arguments)


def adapters() -> None:
    from peft import MODEL_TYPE_TO_PEFT_MODEL_MAPPING, PeftModel, set_peft_model_state_dict

    assert "CAUSAL_LM" in MODEL_TYPE_TO_PEFT_MODEL_MAPPING and callable(set_peft_model_state_dict)
    with TemporaryDirectory() as folder:
        save_adapter(add_adapter(tiny_model("qwen2_5_vl")[0], SMALL), folder)
        loaded = load_adapter(tiny_model("qwen2_5_vl")[0], folder, "size")
    assert isinstance(loaded, PeftModel) and list(loaded.peft_config) == ["size"]


def adapter_names() -> None:
    model, processor = tiny_model("qwen2_5_vl")
    adapted = add_adapter(model, SMALL)
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            parameter.data.fill_(0.5)
    adapted.eval()
    [row] = colour_rows(processor, 1)
    inputs = {key: value for key, value in collate(processor, [row, row]).items() if key != "labels"}
    with torch.inference_mode():
        first, second = adapted(**inputs, adapter_names=["default", "__base__"]).logits
        with adapted.disable_adapter():
            plain = adapted(**inputs).logits[1]
    torch.testing.assert_close(second, plain)
    assert not torch.allclose(first, plain)


def send_to_device() -> None:
    output = BaseModelOutputWithPooling(pooler_output=(torch.zeros(2, 3), torch.ones(1, 3)))
    moved = encoding.to_device({"image": output}, "cpu")["image"]
    assert type(moved) is type(output) and isinstance(moved.pooler_output, tuple) and len(moved.pooler_output) == 2


CALLS = (
    Call("transformers", "replace_image_token", "engines/encoding.py", replace_image_token),
    Call("transformers", "create_mm_token_type_ids", "engines/encoding.py", token_types),
    Call("transformers", "mm_encoder_outputs", "engines/encoding.py", mm_encoder_outputs),
    Call("transformers", "_attn_implementation", "engines/local.py", attention),
    Call("transformers", "_n_gpu", "distillation/trainer.py", n_gpu),
    Call("transformers", "_load_best_model", "distillation/trainer.py", load_best_model),
    Call("transformers", "_get_train_sampler", "distillation/trainer.py", get_train_sampler),
    Call("peft", "MODEL_TYPE_TO_PEFT_MODEL_MAPPING", "distillation/adapters.py", adapters),
    Call("peft", "adapter_names", "distillation/answering.py", adapter_names),
    Call("accelerate", "send_to_device", "engines/encoding.py", send_to_device),
)


def broken(call: Call) -> str:
    """What broke, where and how; '' for a call that does what it did."""
    try:
        call.check()
    except Exception as error:
        where = f"`{call.name}` of {call.package} {version(call.package)}, on which coinco_core/{call.module} rests"
        return f"{where}, broke: {type(error).__name__}: {error}"
    return ""


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_private_call_does_what_it_is_relied_on_for(call: Call) -> None:
    assert broken(call) == ""
    assert call.name in (ROOT / "coinco_core" / call.module).read_text(encoding="utf-8"), f"{call.name} is not used"


def test_a_call_that_broke_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Trainer, "_load_best_model")
    [call] = [call for call in CALLS if call.name == "_load_best_model"]
    said = broken(call)
    assert said.startswith(f"`_load_best_model` of transformers {version('transformers')}")
    assert "coinco_core/distillation/trainer.py" in said and "AttributeError" in said


@pytest.mark.parametrize("package", ["torch", *sorted({call.package for call in CALLS})])
def test_the_libraries_of_private_calls_are_pinned_to_the_minor_version_tested_here(package: str) -> None:
    wanted: Any = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = wanted["project"]["optional-dependencies"]["run"]
    [pin] = [entry for entry in listed if re.split(r"[=<>~]", entry)[0] == package]
    minor = ".".join(version(package).split(".")[:2])
    assert pin == f"{package}=={minor}.*"
    assert f"\n{package}=={minor}." in (ROOT / "constraints.txt").read_text(encoding="utf-8")
