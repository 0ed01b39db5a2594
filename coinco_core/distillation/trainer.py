"""`transformers.Trainer` set up for a student: its arguments, its validation, and its log as a table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainingArguments

from coinco_core.devices import DeviceChoice
from coinco_core.distillation.answering import answer_questions
from coinco_core.distillation.collator import IGNORED, Collator, Row, collate
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.objectives import answer_cross_entropy, trainer_loss
from coinco_core.responses import parse_student_response

if TYPE_CHECKING:
    import pandas as pd


class StudentTrainer(Trainer):  # type: ignore[misc]
    """`Trainer` whose validation is a mean over all tokens, and also asks the student and compares its verdicts."""

    def __init__(
        self,
        model: Any,
        processor: Any,
        train: Sequence[Row],
        validation: Sequence[Row],
        criterion: str,
        config: DistillConfig,
        arguments: TrainingArguments,
    ) -> None:
        super().__init__(
            model=model,
            args=arguments,
            train_dataset=list(train),
            eval_dataset=list(validation),
            data_collator=Collator(processor),
            compute_loss_func=trainer_loss,
            callbacks=[EarlyStoppingCallback(config.patience, config.min_progress)],
        )
        self.remove_callback(PrinterCallback)
        self._processor, self._rows, self._criterion, self._config = processor, list(validation), criterion, config

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """`eval_loss` (nats a token) over all validation rows, and `eval_verdict_accuracy` over those that are asked.

        Trainer's own evaluation averages over batches, so that its loss depends on how the rows were batched.
        """
        self.model.eval()
        asked = self._rows[: self._config.answered]
        answers = answer_questions(
            self.model,
            self._processor,
            [(row.prompt, row.pixels) for row in asked],
            max_new_tokens=self._config.answer_tokens,
        )
        metrics = {
            "eval_loss": token_mean_loss(self.model, self._processor, self._rows, self.args.eval_batch_size),
            "eval_verdict_accuracy": verdict_agreement(answers, [row.target for row in asked], self._criterion),
        }
        self.log(metrics)
        self.control: Any = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


@torch.inference_mode()
def token_mean_loss(model: Any, processor: Any, rows: Sequence[Row], batch_size: int = 64) -> float:
    """The mean cross-entropy (nats) over all supervised tokens of the rows, however they are batched."""
    total, tokens = 0.0, 0
    for batch in _batches(rows, batch_size):
        inputs = {name: value.to(model.device) for name, value in collate(processor, batch).items()}
        labels = inputs.pop("labels")
        total += float(answer_cross_entropy(model(**inputs).logits, labels, supervised_tokens=1))
        tokens += int((labels != IGNORED).sum())
    return total / tokens


def _batches(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def training_arguments(config: DistillConfig, out: Path, choice: DeviceChoice) -> TrainingArguments:
    """The config as Trainer takes it; each evaluation is saved, so that the best one can be kept."""
    processes = int(os.environ.get("WORLD_SIZE", "1"))  # set by accelerate and torchrun; else one GPU does the work
    micro = min(config.micro_batch, config.batch_size)
    arguments = TrainingArguments(
        output_dir=str(out),
        per_device_train_batch_size=micro,
        per_device_eval_batch_size=micro,
        gradient_accumulation_steps=max(1, config.batch_size // (micro * processes)),
        num_train_epochs=config.epochs,
        learning_rate=config.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=config.warmup_ratio,  # below 1 it is a share of all steps
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        bf16=choice.dtype == "bfloat16",
        use_cpu=choice.device == "cpu",
        eval_strategy="steps",
        eval_steps=config.eval_steps,
        eval_on_start=True,  # the curve begins with the base
        save_strategy="steps",
        save_steps=config.eval_steps,
        save_total_limit=1,  # the best and the last
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_steps=max(1, config.eval_steps // 5),
        seed=config.seed,
        data_seed=config.seed,
        remove_unused_columns=False,  # the collator reads them
        label_names=["labels"],
        dataloader_pin_memory=choice.device.startswith("cuda"),
        disable_tqdm=True,
        report_to=[],
    )
    # Trainer would otherwise cut each batch over all GPUs, and Qwen's pictures, all in one tensor, cannot be cut so.
    arguments._n_gpu = min(1, arguments.n_gpu)
    return arguments


def verdict_agreement(answers: Sequence[str], targets: Sequence[str], criterion: str) -> float:
    """The share of answers whose verdict is that of the target; an unreadable answer agrees with nothing."""
    pairs = [
        (parse_student_response(answer, criterion).in_context, parse_student_response(target, criterion).in_context)
        for answer, target in zip(answers, targets, strict=True)
    ]
    return sum(a is not None and a == b for a, b in pairs) / len(pairs)


def curve_table(history: Sequence[dict[str, float]]) -> pd.DataFrame:
    """Trainer's log, a row a step: step, epoch, training_loss, validation_loss, verdict_accuracy (gaps are NaN)."""
    import pandas as pd

    names = {"loss": "training_loss", "eval_loss": "validation_loss", "eval_verdict_accuracy": "verdict_accuracy"}
    rows: dict[int, dict[str, float]] = {}
    for entry in history:
        values = {names[key]: float(value) for key, value in entry.items() if key in names}
        if values:
            rows.setdefault(int(entry["step"]), {"epoch": float(entry["epoch"])}).update(values)
    columns = ["step", "epoch", *names.values()]
    return pd.DataFrame([{"step": step, **row} for step, row in sorted(rows.items())], columns=columns)
