"""`transformers.Trainer` set up for a student: its arguments, its validation, and its log as a table."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainerState, TrainingArguments

from coinco_core.devices import DeviceChoice
from coinco_core.distillation.answering import answer_questions
from coinco_core.distillation.batching import StepSampler
from coinco_core.distillation.checkpoints import STATE
from coinco_core.distillation.collator import IGNORED, Collator, StudentRows, TrainingRow, collate
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.objectives import answer_cross_entropy, trainer_loss
from coinco_core.distillation.progress_lines import ProgressLines
from coinco_core.engines.encoding import to_device
from coinco_core.errors import CheckError, InputError
from coinco_core.responses import parse_student_response

if TYPE_CHECKING:
    import pandas as pd


VALIDATION_BATCH = 16  # rows that a device takes at once in an evaluation
LOGGED = 5  # training losses that the curve has about, from one evaluation to the next


class StudentTrainer(Trainer):  # type: ignore[misc]
    """`Trainer` whose validation loss is a mean over all tokens and which also compares the student's verdicts."""

    def __init__(
        self,
        model: Any,
        processor: Any,
        rows: StudentRows,
        config: DistillConfig,
        arguments: TrainingArguments,
        say: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(
            model=model,
            args=arguments,
            train_dataset=padded(rows.train, arguments),
            eval_dataset=list(rows.validation),
            data_collator=Collator(processor),
            compute_loss_func=trainer_loss,
            callbacks=[EarlyStoppingCallback(config.patience, config.min_progress)],
        )
        self.remove_callback(PrinterCallback)
        if say is not None and arguments.process_index == 0:
            self.add_callback(ProgressLines(say))
        self._processor, self._rows, self._config = processor, list(rows.validation), config
        self._criterion, self._lengths = rows.criterion, [len(row.input_ids) for row in rows.train]
        self._asked = answered_rows(self._rows, rows.criterion, config.answered, config.seed)

    def _get_train_sampler(self, train_dataset: Any = None) -> StepSampler:
        padding = len(self.train_dataset) - len(self._lengths)
        return StepSampler(self._lengths, self._config.batch_size, self.args.seed, padding)

    def take_best_of(self, checkpoint: Path) -> None:
        """The state and the best adapter of a training that had ended, as `train` leaves them."""
        self.state = TrainerState.load_from_json(str(checkpoint / STATE))
        self._load_best_model()

    def log(self, logs: dict[str, float], *arguments: Any, **options: Any) -> None:
        """Adds an entry to the history; raises CheckError when a loss or the gradient's norm is NaN or infinite."""
        if any(not math.isfinite(value) for name, value in logs.items() if "loss" in name or name == "grad_norm"):
            raise CheckError(f"The loss became NaN or infinite at step {self.state.global_step}; lower learning_rate.")
        super().log(logs, *arguments, **options)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """`eval_loss` (nats per token) over all validation rows, `eval_verdict_accuracy` (0..1) over those answered.

        Trainer's own evaluation averages over batches, so its loss depends on how the rows were batched. Of several
        processes, each takes a share of the rows.
        """
        self.model.eval()
        mine = slice(self.args.process_index, None, self.args.world_size)
        asked = self._asked[mine]
        loss, tokens = token_loss(self.model, self._processor, self._rows[mine], self.args.eval_batch_size)
        questions = [(row.prompt, row.pixels) for row in asked]
        decoding = {
            "max_new_tokens": self._config.answer_tokens,
            "repetition_penalty": self._config.repetition_penalty,
        }
        replies = answer_questions(self.model, self._processor, questions, **decoding, probabilities=False)
        agreed = verdicts_agreeing([reply.text for reply in replies], [row.target for row in asked], self._criterion)
        sums = torch.tensor([loss, tokens, agreed, len(asked)], dtype=torch.float64)
        if self.args.world_size > 1:
            sums = self.accelerator.reduce(sums.to(self.args.device), "sum")
        metrics = {"eval_loss": float(sums[0] / sums[1]), "eval_verdict_accuracy": float(sums[2] / sums[3])}
        self.log(metrics)
        self.control: Any = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def answered_rows(rows: Sequence[TrainingRow], criterion: str, n: int, seed: int) -> list[TrainingRow]:
    """The validation rows that the student answers: all, or n drawn at random, half of either verdict if there are.

    The same seed draws the same rows, which keep their order.
    """
    if len(rows) <= n:
        return list(rows)
    order = np.random.default_rng([seed, 2]).permutation(len(rows)).tolist()
    sides: dict[bool | None, list[int]] = {True: [], False: []}
    for i in order:
        sides.setdefault(parse_student_response(rows[i].target, criterion).in_context, []).append(i)
    few, many = sorted((sides[True], sides[False]), key=len)
    chosen = few[: n // 2]
    chosen += many[: n - len(chosen)]
    chosen += [i for i in order if i not in set(chosen)][: n - len(chosen)]
    return [rows[i] for i in sorted(chosen)]


def padded(rows: Sequence[TrainingRow], arguments: TrainingArguments) -> list[TrainingRow]:
    """The rows, padded for several processes by rows without labels so that the epoch's last step is complete.

    accelerate would repeat samples there, and the loss would not be that of one process.
    """
    missing = -len(rows) % (arguments.per_device_train_batch_size * arguments.world_size)
    empty = replace(rows[0], labels=[IGNORED] * len(rows[0].labels))
    return [*rows, *[empty] * (missing if arguments.world_size > 1 else 0)]


@torch.inference_mode()
def token_loss(model: Any, processor: Any, rows: Sequence[TrainingRow], batch_size: int = 64) -> tuple[float, int]:
    """The sum of the cross-entropy (nats) over all supervised tokens of the rows, and the number of these tokens."""
    total, tokens = 0.0, 0
    for batch in _batches(rows, batch_size):
        inputs = to_device(collate(processor, batch), model.device)
        labels = inputs.pop("labels")
        total += float(answer_cross_entropy(model(**inputs).logits, labels, supervised_tokens=1))
        tokens += int((labels != IGNORED).sum())
    return total, tokens


def _batches(rows: Sequence[TrainingRow], size: int) -> Iterator[Sequence[TrainingRow]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def training_arguments(
    config: DistillConfig, out: Path, choice: DeviceChoice, more: Mapping[str, Any] | None = None
) -> TrainingArguments:
    """The config as Trainer takes it, with `more` of its fields; each evaluation is saved, so that the best is kept."""
    processes = int(os.environ.get("WORLD_SIZE", "1"))  # set by accelerate and torchrun; else one GPU does the work
    micro = max(1, min(config.micro_batch, config.batch_size // processes))
    if config.batch_size % (micro * processes):
        raise InputError(f"A batch of {config.batch_size} cannot be dealt to {processes} processes, {micro} a part.")
    settings: dict[str, Any] = {
        "output_dir": str(out),
        "per_device_train_batch_size": micro,
        "per_device_eval_batch_size": max(micro, VALIDATION_BATCH),  # nothing is kept for a backward pass
        "gradient_accumulation_steps": config.batch_size // (micro * processes),
        "num_train_epochs": config.epochs,
        "learning_rate": config.learning_rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": config.warmup_ratio,  # below 1 it is a share of all steps
        "weight_decay": config.weight_decay,
        "max_grad_norm": config.max_grad_norm,
        "activation_checkpointing": config.gradient_checkpointing,
        "bf16": choice.dtype == "bfloat16",
        "use_cpu": choice.device == "cpu",
        "eval_strategy": "steps",
        "eval_steps": config.eval_steps,
        "eval_on_start": True,  # the curve begins with the base
        "save_strategy": "steps",
        "save_steps": config.eval_steps,
        "save_total_limit": 2,  # the best and the last, and while one is written the one before
        "load_best_model_at_end": True,
        "restore_callback_states_from_checkpoint": True,  # how long early stopping has waited
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
        "logging_steps": _part_of(config.eval_steps),
        "logging_nan_inf_filter": False,
        "seed": config.seed,
        "data_seed": config.seed,
        "remove_unused_columns": False,  # the collator reads them
        "label_names": ["labels"],
        "dataloader_pin_memory": False,  # torch cannot pin features, which come in a class of transformers' own
        "ddp_find_unused_parameters": False,
        "disable_tqdm": True,
        "report_to": [],
    }
    try:
        arguments = TrainingArguments(**settings | dict(more or {}))
    except (TypeError, ValueError) as error:
        raise InputError(f"TrainingArguments refuses {dict(more or {})}: {' '.join(str(error).split())}") from error
    # Trainer would otherwise cut each batch over all GPUs, and Qwen's images, all in one tensor, cannot be cut so.
    arguments._n_gpu = min(1, arguments.n_gpu)
    return arguments


def _part_of(steps: int) -> int:
    """About a fifth of the steps and a divisor of them, so that a curve that was interrupted has the same points."""
    return next(part for part in range(max(1, steps // LOGGED), 0, -1) if steps % part == 0)


def verdicts_agreeing(answers: Sequence[str], targets: Sequence[str], criterion: str) -> int:
    """The number of answers whose verdict is that of the target; an unreadable answer agrees with nothing."""
    pairs = [
        (parse_student_response(answer, criterion).in_context, parse_student_response(target, criterion).in_context)
        for answer, target in zip(answers, targets, strict=True)
    ]
    return sum(a is not None and a == b for a, b in pairs)


def curve_table(history: Sequence[dict[str, float]]) -> pd.DataFrame:
    """Trainer's log, one row per logged step; what was not measured at a step is NaN.

    Columns step, epoch, training_loss and validation_loss (nats per token), verdict_accuracy (0..1).
    """
    import pandas as pd

    names = {"loss": "training_loss", "eval_loss": "validation_loss", "eval_verdict_accuracy": "verdict_accuracy"}
    rows: dict[int, dict[str, float]] = {}
    for entry in history:
        values = {names[key]: float(value) for key, value in entry.items() if key in names}
        if values:
            rows.setdefault(int(entry["step"]), {"epoch": float(entry["epoch"])}).update(values)
    columns = ["step", "epoch", *names.values()]
    return pd.DataFrame([{"step": step, **row} for step, row in sorted(rows.items())], columns=columns)
