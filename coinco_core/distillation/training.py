"""Training one student: LoRA on the base by `transformers.Trainer`, with the checks that a silent failure calls for.

The recipe is the paper's (section 5.1) where the authors' script says it. Two things differ on purpose: every
evaluation is also a checkpoint, so the best one is never lost, and validation reports how often the student's own
verdict is right beside the loss.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from coinco_core.devices import choose_device
from coinco_core.distillation.adapters import add_adapter, check_reload, known_warnings_off, save_adapter
from coinco_core.distillation.collator import Row, check_rows, collate
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.trainer import StudentTrainer, curve_table, training_arguments
from coinco_core.files import digest, write_json, write_table
from coinco_core.provenance import record

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DistillConfig", "Student", "train_student"]


@dataclass(frozen=True)
class Student:
    """A trained student: the adapted model, where its adapter lies, its training curve and the record of its making."""

    model: Any
    folder: Path
    curve: pd.DataFrame  # step, epoch, training_loss, validation_loss, verdict_accuracy
    record: dict[str, Any]


def train_student(
    model: Any,
    processor: Any,
    train: Sequence[Row],
    validation: Sequence[Row],
    criterion: str,
    out: str | Path,
    config: DistillConfig | None = None,
    base_name: str = "",
    base_weights: str = "",
) -> Student:
    """A student of the base model, trained on the rows; its best adapter (by validation loss) is saved in `out`.

    The name of the base and the digest of its weights are recorded: an adapter means nothing on another base.

    The base gets the adapter in place: `student.model.disable_adapter()` is the base again, `.unload()` frees it.
    Raises CheckError when a row is masked wrongly, or the saved adapter does not do what the trained one does.
    """
    config, home, started = config or DistillConfig(), Path(out), time.monotonic()
    counts = {name: check_rows(processor, rows, config.max_length) for name, rows in _named(train, validation)}
    choice = choose_device(model.device.type)
    with global_random_state_kept(), known_warnings_off():
        adapted = add_adapter(model, config)
        arguments = training_arguments(config, home / "checkpoints", choice)
        trainer = StudentTrainer(adapted, processor, train, validation, criterion, config, arguments)
        trainer.train()
    adapted.eval()
    save_adapter(adapted, home, base_name)
    probe = collate(processor, validation[:4])
    moved = check_reload(adapted, home, {k: v.to(model.device) for k, v in probe.items() if k != "labels"})
    shutil.rmtree(home / "checkpoints", ignore_errors=True)
    made = record(
        profile=None,
        seed=config.seed,
        inputs={name: digest([[row.prompt, row.target] for row in rows]) for name, rows in _named(train, validation)},
        criterion=criterion,
        base={"name": base_name, "weights": base_weights},
        config=asdict(config),
        rows=counts,
        device=choice.reason,
        best_step=int(trainer.state.best_global_step or trainer.state.global_step),
        trainable_parameters=sum(p.numel() for p in adapted.parameters() if p.requires_grad),
        largest_logit_change=moved,
        seconds=round(time.monotonic() - started, 1),
    )
    curve = curve_table(trainer.state.log_history)
    write_json(home / "training.json", made)
    write_table(home / "curve.parquet", curve)
    return Student(adapted, home, curve, made)


def _named(train: Sequence[Row], validation: Sequence[Row]) -> list[tuple[str, Sequence[Row]]]:
    return [("train", train), ("validation", validation)]


@contextmanager
def global_random_state_kept() -> Iterator[None]:
    """A stretch of work after which the global generators are as before; Trainer seeds them all."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng():
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002
