"""Training one student: LoRA on the base by `transformers.Trainer`, with the checks that a silent failure calls for.

The recipe is the paper's (section 5.1) where the authors' script says it. Three things differ on purpose: every
evaluation is also a checkpoint, so the best one is never lost; validation reports how often the student's own verdict
is right beside the loss; and a run that was killed goes on from its last checkpoint.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from coinco_core.devices import choose_device
from coinco_core.distillation.adapters import add_adapter, check_reload, known_warnings_off, save_adapter
from coinco_core.distillation.base import Base
from coinco_core.distillation.checkpoints import last_checkpoint
from coinco_core.distillation.collator import Row, check_rows, collate, picture_mark, short_enough
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.trainer import StudentTrainer, curve_table, training_arguments
from coinco_core.engines.encoding import to_device
from coinco_core.files import digest, write_json, write_table
from coinco_core.prompts import Prompt
from coinco_core.provenance import package_versions, record

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
    base: Base,
    train: Sequence[Row],
    validation: Sequence[Row],
    prompt: Prompt,
    out: str | Path,
    config: DistillConfig | None = None,
    *,
    checkpoints: str | Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Student:
    """A student of the base, trained on the rows; its best adapter (by validation loss) is saved in `out`.

    The name of the base and the digest of its weights are recorded: an adapter means nothing on another base. The base
    gets the adapter in place: `student.model.disable_adapter()` is the base again, `.unload()` frees it.

    Args:
        prompt: what the student is asked; its criterion is the student's, its digest is recorded.
        checkpoints: where the unfinished training is kept (by default in `out`). When it was killed, the same call
            goes on there; on a CPU the student is bitwise the same.
        say: gets a line of progress now and then.

    Under `accelerate launch` or `torchrun` each process calls this with the same rows and takes its share of a batch.
    Raises CheckError when a row is masked wrongly, or the saved adapter does not do what the trained one does.
    """
    config, home, started = config or DistillConfig(), Path(out), time.monotonic()
    given = {"train": train, "validation": validation}
    rows = {name: short_enough(part, config.max_length) for name, part in given.items()}
    counts = {name: check_rows(base.processor, part) for name, part in rows.items()}
    made_from = _made_from(base, rows, prompt, config)
    unfinished = Path(checkpoints) if checkpoints is not None else home / "checkpoints"
    with global_random_state_kept(), known_warnings_off():
        trainer, resumed = _trained(base, rows, str(prompt.criterion), config, unfinished, made_from, say)
    too_long = {name: len(given[name]) - len(rows[name]) for name in rows}
    facts = {"rows": counts, "too_long": too_long, "resumed_from_step": resumed, **_facts(trainer, base)}
    made = record(profile=None, seed=config.seed, inputs=_inputs(rows), **made_from, **facts)
    curve = curve_table(trainer.state.log_history)
    if trainer.is_world_process_zero():
        save_adapter(trainer.model, home, base.name)
        made["largest_logit_change"] = check_reload(trainer.model, home, _probe(base, rows["validation"]))
        made["seconds"] = round(time.monotonic() - started, 1)
        write_table(home / "curve.parquet", curve)
        write_json(home / "training.json", made)
        shutil.rmtree(unfinished, ignore_errors=True)
    trainer.accelerator.wait_for_everyone()
    return Student(trainer.model, home, curve, made)


def _made_from(base: Base, rows: Mapping[str, list[Row]], prompt: Prompt, config: DistillConfig) -> dict[str, Any]:
    """All that decides a student: what it stands on, what it is asked, shown and taught, and how."""
    every = [(name, row) for name, part in rows.items() for row in part]
    return {
        "criterion": prompt.criterion,
        "base": {"name": base.name, "weights": base.weights},
        "prompt": {"name": prompt.name, "sha256": prompt.digest},
        "chat_template_sha256": digest(base.processor.chat_template or ""),
        "rows_sha256": digest([[name, row.input_ids, row.labels, picture_mark(row.pixels)] for name, row in every]),
        "config": asdict(config),
        "with": package_versions(("torch", "transformers", "accelerate", "peft")),
    }


def _inputs(rows: Mapping[str, list[Row]]) -> dict[str, str]:
    return {name: digest([[row.prompt, row.target] for row in part]) for name, part in rows.items()}


def _facts(trainer: StudentTrainer, base: Base) -> dict[str, Any]:
    """What a training turned out to be."""
    return {
        "device": choose_device(base.model.device.type).reason,
        "processes": trainer.args.world_size,
        "attention": base.model.config._attn_implementation,
        "best_step": int(trainer.state.best_global_step or trainer.state.global_step),
        "trainable_parameters": sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
    }


def _trained(
    base: Base,
    rows: Mapping[str, list[Row]],
    criterion: str,
    config: DistillConfig,
    unfinished: Path,
    made_from: dict[str, Any],
    say: Callable[[str], None] | None,
) -> tuple[StudentTrainer, int]:
    """The trainer at the end of its training, holding the best adapter, and the step at which it took up its work."""
    adapted = add_adapter(base.model, config)
    arguments = training_arguments(config, unfinished, choose_device(base.model.device.type))
    with arguments.main_process_first(local=False):
        last = last_checkpoint(unfinished, made_from, arguments.world_size)
    arguments.eval_on_start = last is None  # it has been done, and early stopping must not count it twice
    trainer = StudentTrainer(
        adapted, base.processor, rows["train"], rows["validation"], criterion, config, arguments, say
    )
    trainer.train(resume_from_checkpoint=None if last is None else str(last))
    trainer.model.eval()
    return trainer, 0 if last is None else int(last.name.rpartition("-")[2])


def _probe(base: Base, rows: Sequence[Row]) -> dict[str, Any]:
    """Inputs on which the saved adapter is compared with the trained one."""
    inputs = to_device(collate(base.processor, rows[:4]), base.model.device)
    return {name: value for name, value in inputs.items() if name != "labels"}


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
