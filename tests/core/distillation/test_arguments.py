"""Fields of TrainingArguments beside the recipe: passed through, recorded, or refused with the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import TrainingArguments

from coinco_core.devices import DeviceChoice
from coinco_core.distillation.arguments import RESERVED, WATCHING, checked_arguments, deciding
from coinco_core.distillation.collator import StudentRows
from coinco_core.distillation.trainer import training_arguments
from coinco_core.distillation.training import train_student
from coinco_core.errors import InputError, MissingError
from distillation_rows import PROMPT, SMALL, colour_rows, tiny_base

CPU = DeviceChoice("cpu", "float32", "a test")


def test_what_the_recipe_sets_is_refused_and_what_there_is_not_gets_a_hint() -> None:
    with pytest.raises(InputError, match="'output_dir' follows from the recipe"):
        checked_arguments({"output_dir": "x"})
    with pytest.raises(InputError, match="no field 'dataloader_num_worker'. Did you mean 'dataloader_num_workers'"):
        checked_arguments({"dataloader_num_worker": 2})
    with pytest.raises(MissingError, match="pip install wandb"):
        checked_arguments({"report_to": "wandb"})
    assert checked_arguments({"optim": "adamw_torch", "report_to": "none"}) == {
        "optim": "adamw_torch",
        "report_to": "none",
    }
    assert deciding({"optim": "sgd", "report_to": "none"}) == {"optim": "sgd"}


def test_the_lists_name_fields_that_there_are() -> None:
    fields = TrainingArguments.__dataclass_fields__
    assert sorted(name for name in WATCHING | RESERVED if name not in fields and name not in GONE) == []


GONE = {
    "warmup_ratio",
    "group_by_length",
    "gradient_checkpointing",
    "fp16",
}  # may be passed by habit


def test_fields_reach_the_trainer_and_the_record(tmp_path: Path) -> None:
    base = tiny_base()
    rows = colour_rows(base.processor, 8)
    more = {"optim": "adamw_torch", "dataloader_num_workers": 0}
    student = train_student(base, StudentRows(PROMPT, rows, rows[:4]), tmp_path / "student", SMALL, arguments=more)
    made = json.loads((tmp_path / "student" / "training.json").read_text())
    assert made["arguments"] == {"optim": "adamw_torch"} and made["made_with"]["arguments"] == more
    student.model.unload()
    with pytest.raises(InputError, match="another finished student \\(arguments differ\\)"):
        train_student(
            base, StudentRows(PROMPT, rows, rows[:4]), tmp_path / "student", SMALL, arguments={"optim": "sgd"}
        )
    with pytest.raises(InputError, match="TrainingArguments refuses"):
        training_arguments(SMALL, tmp_path, CPU, {"optim": "no such"})
