"""Fields of transformers' TrainingArguments beside the recipe, as a user passes them through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from importlib.util import find_spec
from typing import Any

from coinco_core.errors import InputError, MissingError, did_you_mean

# set by the recipe, by the number of processes, or because the loss or an exact resume depends on it
RESERVED = frozenset([
    "output_dir", "per_device_train_batch_size", "per_device_eval_batch_size", "gradient_accumulation_steps",
    "num_train_epochs", "max_steps", "learning_rate", "warmup_steps", "warmup_ratio", "weight_decay",
    "max_grad_norm", "activation_checkpointing", "gradient_checkpointing", "bf16", "fp16", "use_cpu",
    "eval_strategy", "eval_steps", "eval_on_start", "save_strategy", "save_steps", "save_total_limit",
    "save_only_model", "load_best_model_at_end", "restore_callback_states_from_checkpoint",
    "metric_for_best_model", "greater_is_better", "seed", "data_seed", "remove_unused_columns", "label_names",
    "label_smoothing_factor", "ddp_find_unused_parameters", "group_by_length", "dataloader_drop_last", "do_train",
    "do_eval", "do_predict", "push_to_hub", "resume_from_checkpoint", "auto_find_batch_size",
    "neftune_noise_alpha",
])  # fmt: skip
# that decide nothing of the student: how it is watched, and how batches come in
WATCHING = frozenset([
    "report_to", "run_name", "project", "disable_tqdm", "log_level", "log_level_replica", "logging_first_step",
    "logging_steps", "dataloader_num_workers", "dataloader_prefetch_factor", "dataloader_persistent_workers",
    "dataloader_pin_memory",
])  # fmt: skip


def checked_arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are, when TrainingArguments has them and the recipe does not set them itself.

    Raises InputError for another name, MissingError when a tool that should be reported to is not installed.
    """
    from transformers import TrainingArguments

    known = {field.name for field in fields(TrainingArguments) if field.init}
    for name in given:
        if name in RESERVED:
            raise InputError(
                f"'{name}' follows from the recipe, on which resuming and the loss depend; see the settings of -p."
            )
        if name not in known:
            raise InputError(f"TrainingArguments has no field '{name}'.{did_you_mean(name, known - RESERVED)}")
    tools = given.get("report_to", ())
    for tool in [tools] if isinstance(tools, str) else tools:
        if tool in ("tensorboard", "wandb", "mlflow", "trackio") and find_spec(tool) is None:
            raise MissingError(f"'{tool}' is not installed; install it beside this package (pip install {tool}).")
    return dict(given)


def deciding(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those fields that decide what is learnt, and with it which student it is."""
    return {name: value for name, value in given.items() if name not in WATCHING}
