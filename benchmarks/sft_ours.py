"""Our side of benchmarks.distillation: the package's own trainer, without evaluation and checkpoints."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from transformers import EarlyStoppingCallback, TrainingArguments

from benchmarks.consensus import Clock
from benchmarks.sft_clock import trained, warm_up
from benchmarks.sft_task import CRITERION, Task
from coinco_core.devices import choose_device
from coinco_core.distillation.adapters import add_adapter, known_warnings_off
from coinco_core.distillation.collator import IGNORED, StudentRows, check_rows
from coinco_core.distillation.examples import encode_examples
from coinco_core.distillation.features import feature_store
from coinco_core.distillation.trainer import StudentTrainer, training_arguments
from coinco_core.files import digest
from coinco_core.prompts import student_prompt


def ours(task: Task, folder: Path, clock: Clock | None) -> dict[str, Any]:
    """Our side: what training took, the images' pass through the vision tower and the tokenising of rows included."""
    base = task.base()
    samples, examples = task.given(folder, base.processor)
    with tempfile.TemporaryDirectory() as home, known_warnings_off():
        warm_up(base.model)
        start = time.perf_counter()
        pixels = feature_store(Path(home) / "features", base.model, base.processor).of(samples, folder)
        seen = time.perf_counter()
        rows = encode_examples(base.processor, examples, pixels)
        check_rows(base.processor, rows)
        before = {"features": seen - start, "encoding": time.perf_counter() - seen}
        taught = StudentRows(student_prompt(CRITERION), rows, [])
        adapted = add_adapter(base.model, task.recipe)
        arguments = plain_arguments(task, Path(home))
        trainer = StudentTrainer(adapted, base.processor, taught, task.recipe, arguments)
        trainer.remove_callback(EarlyStoppingCallback)
        found = trained(trainer, clock)
    return found | {"before": before} | of_rows([(row.input_ids, row.labels) for row in rows])


def plain_arguments(task: Task, out: Path) -> TrainingArguments:
    """Our arguments of Trainer, without evaluation and checkpoints, and with the loss of every step in the log."""
    arguments = training_arguments(task.recipe, out, choose_device(task.device))
    plain = {"eval_on_start": False, "load_best_model_at_end": False, "logging_steps": 1}
    for name, value in (plain | dict.fromkeys(("eval_strategy", "save_strategy"), "no")).items():
        setattr(arguments, name, value)
    return arguments


def of_rows(rows: list[tuple[list[int], list[int]]]) -> dict[str, Any]:
    """What was trained on, from each row's token ids and labels: a digest of all of them, and counts of tokens."""
    supervised = sum(label != IGNORED for _, labels in rows for label in labels)
    length = sum(len(ids) for ids, _ in rows)
    return {"rows": digest(rows), "all_tokens": length, "supervised_tokens": supervised}
