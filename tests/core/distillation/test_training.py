from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import set_seed

import coinco_core.distillation.base_model as base_module
from coinco_core.devices import DeviceChoice, choose_device
from coinco_core.distillation.adapters import WEIGHTS, add_adapter, check_reload, load_adapter, save_adapter
from coinco_core.distillation.base_model import SHORT_ROW, fastest_attention, load_base, use_attention_for
from coinco_core.distillation.collator import StudentRows, collate, encode_row
from coinco_core.distillation.trainer import curve_table, token_loss, training_arguments, verdicts_agreeing
from coinco_core.distillation.training import DistillConfig, global_random_state_kept, train_student
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_world.training.models import save_model
from distillation_rows import PROMPT, QUESTION, SMALL, colour_rows, tiny_base
from tiny_models import FAMILIES, tiny_model


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    base = tiny_base()
    model, processor = base.model, base.processor
    rows = colour_rows(processor, 16)
    out = tmp_path_factory.mktemp("trained") / "student"
    before = {name: value.clone() for name, value in model.state_dict().items()}
    student = train_student(base, StudentRows(PROMPT, rows, rows[:4]), out, SMALL)
    return {"student": student, "processor": processor, "rows": rows, "before": before, "out": out}


def test_the_loss_falls_and_the_curve_says_so(trained: dict[str, Any]) -> None:
    losses = trained["student"].curve["validation_loss"].dropna()
    assert losses.iloc[-1] < 0.5 * losses.iloc[0]
    assert trained["student"].curve["verdict_accuracy"].between(0, 1).any()


def test_the_base_is_untouched_below_the_adapter(trained: dict[str, Any]) -> None:
    after = trained["student"].model.state_dict()
    for name, value in trained["before"].items():
        candidates = [f"base_model.model.{name}", f"base_model.model.{name.removesuffix('.weight')}.base_layer.weight",
                      f"base_model.model.{name.removesuffix('.bias')}.base_layer.bias"]  # fmt: skip
        assert any(key in after and torch.equal(after[key], value) for key in candidates), name


def test_the_adapter_reloads_to_identical_logits_and_is_not_the_base(trained: dict[str, Any]) -> None:
    model, processor = tiny_model("qwen2_5_vl")
    inputs = {k: v for k, v in collate(processor, trained["rows"][:4]).items() if k != "labels"}
    with torch.inference_mode():
        base = model(**inputs).logits
        reloaded = load_adapter(model, trained["out"])(**inputs).logits
        ours = trained["student"].model(**inputs).logits
    assert torch.equal(reloaded, ours)
    assert not torch.equal(reloaded, base)


def test_the_kept_adapter_is_the_best_one(trained: dict[str, Any]) -> None:
    student = trained["student"]
    best = student.curve.set_index("step")["validation_loss"].idxmin()
    assert student.record["best_step"] == best
    total, tokens = token_loss(student.model, trained["processor"], trained["rows"][:4], batch_size=3)
    assert total / tokens == pytest.approx(student.curve["validation_loss"].min(), abs=1e-4)


def test_what_is_on_disk_says_what_made_it(trained: dict[str, Any]) -> None:
    files = sorted(path.name for path in trained["out"].iterdir())
    assert files == ["README.md", "adapter_config.json", WEIGHTS, "curve.parquet", "training.json"]
    made = json.loads((trained["out"] / "training.json").read_text())
    assert made["config"]["lora_rank"] == 8 and made["rows"]["train"]["rows"] == 16
    assert made["largest_logit_change"] > 0
    assert json.loads((trained["out"] / "adapter_config.json").read_text())["base_model_name_or_path"] == "tiny"


def test_the_same_seed_gives_the_same_student(tmp_path: Path) -> None:
    config = DistillConfig(**{**SMALL.__dict__, "epochs": 1, "eval_steps": 2})
    students = []
    for name in "ab":
        base = tiny_base("llava")
        rows = colour_rows(base.processor, 8)
        train_student(base, StudentRows(PROMPT, rows, rows[:4]), tmp_path / name, config)
        students.append((tmp_path / name / WEIGHTS).read_bytes())
    assert students[0] == students[1]


def test_the_result_does_not_depend_on_how_a_batch_was_cut(tmp_path: Path) -> None:
    losses = []
    for micro in (4, 2, 1):
        base = tiny_base("internvl")
        rows = colour_rows(base.processor, 8)
        rows[0] = encode_row(
            base.processor, rows[0].pixels, QUESTION, "Analysis:\nSize: It is about right.\nFinal decision: In-context"
        )
        config = DistillConfig(**{**SMALL.__dict__, "micro_batch": micro, "epochs": 2, "eval_steps": 2})
        student = train_student(base, StudentRows(PROMPT, rows, rows[1:3]), tmp_path / str(micro), config)
        losses.append(student.curve["validation_loss"].dropna().tolist())
    assert losses[0] == pytest.approx(losses[1], abs=1e-4) and losses[0] == pytest.approx(losses[2], abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_only_the_language_models_attention_is_adapted(family: str) -> None:
    model, _ = tiny_model(family)
    adapted = add_adapter(model, SMALL)
    names = {n.split(".lora_")[0].split(".")[-1] for n, p in adapted.named_parameters() if p.requires_grad}
    places = [n for n, p in adapted.named_parameters() if p.requires_grad]
    assert names == {"q_proj", "k_proj", "v_proj", "o_proj"}
    language = "text_model.layers" if family == "smolvlm" else "language_model.layers"
    assert len(places) == 2 * 4 * 2 and all(language in name for name in places)


def test_an_adapter_that_reaches_the_vision_tower_or_nothing_is_refused() -> None:
    wide = DistillConfig(target_modules=r".*\.(qkv|q_proj)")
    with pytest.raises(CheckError, match="language model alone"):
        add_adapter(tiny_model("qwen2_5_vl")[0], wide)


def test_an_adapter_with_other_keys_is_refused(trained: dict[str, Any], tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(trained["out"] / WEIGHTS)
    save_file({k.replace("layers.", "blocks."): v for k, v in weights.items()}, tmp_path / WEIGHTS)
    (tmp_path / "adapter_config.json").write_bytes((trained["out"] / "adapter_config.json").read_bytes())
    with pytest.raises(CheckError, match="has no match"):
        load_adapter(tiny_model("qwen2_5_vl")[0], tmp_path)
    with pytest.raises(MissingError, match="no adapter"):
        load_adapter(tiny_model("qwen2_5_vl")[0], tmp_path / "nowhere")


def test_an_adapter_that_changes_nothing_is_found_out(tmp_path: Path) -> None:
    model, processor = tiny_model("qwen2_5_vl")
    adapted = add_adapter(model, SMALL)  # LoRA starts as no change
    inputs = {k: v for k, v in collate(processor, colour_rows(processor, 2)).items() if k != "labels"}
    with pytest.raises(CheckError, match="changes nothing"):
        check_reload(adapted, save_adapter(adapted, tmp_path), inputs)


def test_the_defaults_are_the_papers() -> None:
    config = DistillConfig()
    assert (config.lora_rank, config.lora_alpha, config.lora_dropout) == (256, 512, 0.1)
    assert (config.learning_rate, config.warmup_ratio, config.epochs, config.batch_size) == (2e-4, 0.1, 3, 64)
    assert (config.eval_steps, config.patience, config.min_progress, config.seed) == (125, 3, 0.001, 42)
    with pytest.raises(InputError, match="cannot be cut"):
        DistillConfig(batch_size=10, micro_batch=4)


def test_trainer_gets_the_config(tmp_path: Path) -> None:
    args = training_arguments(DistillConfig(), tmp_path, choose_device("cpu"))
    assert args.per_device_train_batch_size * args.gradient_accumulation_steps == 64
    assert args.get_warmup_steps(750) == 75 and args.lr_scheduler_type == "linear"
    assert args.save_steps == args.eval_steps == 125 and args.load_best_model_at_end and not args.bf16
    assert args.seed == args.data_seed == 42 and args.remove_unused_columns is False
    half = DeviceChoice("cpu", "bfloat16", "for the test")
    assert training_arguments(DistillConfig(), tmp_path, half).bf16


def test_rows_too_long_are_counted(tmp_path: Path) -> None:
    base = tiny_base()
    rows = colour_rows(base.processor, 8)
    long = encode_row(base.processor, rows[0].pixels, QUESTION * 9, "Final decision: In-context")
    config = replace(SMALL, epochs=1, eval_steps=1, answer_tokens=2, max_length=len(long.input_ids) - 1)
    record = train_student(base, StudentRows(PROMPT, [*rows, long], rows[:2]), tmp_path / "student", config).record
    assert record["too_long"] == {"train": 1, "validation": 0} and record["rows"]["train"]["rows"] == 8
    assert record["prompt"] == {"name": PROMPT.name, "sha256": PROMPT.digest}


def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path) -> None:
    base = tiny_base()
    rows = colour_rows(base.processor, 8)
    config = replace(SMALL, learning_rate=1e30, epochs=3, eval_steps=2, answer_tokens=2)
    with pytest.raises(CheckError, match="became NaN or infinite"):
        train_student(base, StudentRows(PROMPT, rows, rows[:2]), tmp_path / "student", config)


def test_progress_is_said(tmp_path: Path) -> None:
    base, said = tiny_base(), []
    rows = colour_rows(base.processor, 8)
    config = replace(SMALL, epochs=1, eval_steps=1, answer_tokens=2)
    train_student(base, StudentRows(PROMPT, rows, rows[:2]), tmp_path / "student", config, say=said.append)
    assert said[0].startswith("step 0 of 2: validation loss") and any("s left" in line for line in said)


def test_gradient_checkpointing_gives_the_same_student(tmp_path: Path) -> None:
    losses = []
    for checkpointing in (False, True):
        base = tiny_base()
        rows = colour_rows(base.processor, 8)
        config = replace(SMALL, epochs=1, eval_steps=1, answer_tokens=2, gradient_checkpointing=checkpointing)
        student = train_student(base, StudentRows(PROMPT, rows, rows[:4]), tmp_path / str(checkpointing), config)
        losses.append(student.curve["validation_loss"].tolist())
    assert losses[0] == pytest.approx(losses[1], abs=1e-5) and losses[0][0] != losses[0][-1]


def test_a_batch_that_cannot_be_dealt_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(InputError, match="cannot be dealt to 3 processes"):
        training_arguments(DistillConfig(), tmp_path, choose_device("cpu"))


def test_attention_suits_the_device_and_the_rows() -> None:
    assert fastest_attention("cpu", torch.float32) == fastest_attention("cpu", torch.float32, SHORT_ROW) == "eager"
    assert fastest_attention("cpu", torch.float32, SHORT_ROW + 1) == "sdpa"
    assert fastest_attention("cuda", torch.float32) == fastest_attention("mps", torch.float32) == "sdpa"


def test_long_rows_take_the_fused_attention_and_short_ones_leave_it_as_it_is() -> None:
    model = tiny_model("qwen2_5_vl")[0]
    for before, longest, after in (("eager", 9, "eager"), ("eager", 1000, "sdpa"), ("sdpa", 9, "sdpa")):
        model.set_attn_implementation(before)
        use_attention_for(model, longest)
        assert model.config._attn_implementation == model.config.text_config._attn_implementation == after


def test_a_base_from_the_hub_is_known_by_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, processor = tiny_model("qwen2_5_vl")
    model.config._commit_hash = "abc"
    monkeypatch.setattr(base_module, "load_lvlm", lambda *_, **__: model)
    monkeypatch.setattr(base_module, "load_processor", lambda _: (processor, "pil"))
    assert load_base("some/model", "cpu").weights == "commit:abc"
    save_model(model, processor, tmp_path / "base")
    assert len(load_base(str(tmp_path / "base"), "cpu").weights) == 64


def test_unreadable_answers_agree_with_nothing() -> None:
    targets = ["Final decision: In-context", "Final decision: Out-of-context", "Final decision: In-context"]
    answers = ["Final decision: In-context", "no idea", "Final decision: Out-of-context"]
    assert verdicts_agreeing(answers, targets, "size") == 1


def test_the_curve_joins_what_belongs_to_one_step() -> None:
    log = [
        {"loss": 2.0, "epoch": 0.5, "step": 5, "learning_rate": 0.1},
        {"loss": 1.0, "epoch": 1.0, "step": 10},
        {"eval_loss": 1.5, "eval_runtime": 3.0, "epoch": 1.0, "step": 10},
        {"eval_verdict_accuracy": 0.75, "epoch": 1.0, "step": 10},
        {"train_runtime": 9.0, "epoch": 1.0, "step": 10},
    ]
    table = curve_table(log)
    wanted = pd.DataFrame({"step": [5, 10], "epoch": [0.5, 1.0], "training_loss": [2.0, 1.0],
                           "validation_loss": [np.nan, 1.5], "verdict_accuracy": [np.nan, 0.75]})  # fmt: skip
    pd.testing.assert_frame_equal(table, wanted)


def test_global_generators_come_back() -> None:
    def state() -> tuple[object, list[int], list[int]]:
        return random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002

    before = state()
    with global_random_state_kept():
        set_seed(3)
        assert state() != before
    assert state() == before
