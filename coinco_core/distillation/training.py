"""Training one student: LoRA on the base by `transformers.Trainer`, with the checks that a silent failure calls for.

The recipe is the paper's (section 5.1) where the authors' script says it; book/students_recipe.md lists each setting
with its source, and where it differs on purpose. A run that was killed goes on from its last checkpoint, and one that
is finished is not done again.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from coinco_core.cards import CARD
from coinco_core.devices import choose_device
from coinco_core.distillation.adapters import add_adapter, check_reload, known_warnings_off, load_adapter, save_adapter
from coinco_core.distillation.arguments import checked_arguments, deciding
from coinco_core.distillation.base_model import Base, use_attention_for
from coinco_core.distillation.checkpoints import begun, has_ended, last_checkpoint, training_folder
from coinco_core.distillation.collator import StudentRows, TrainingRow, check_rows, collate, image_mark, short_enough
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.model_card import student_card
from coinco_core.distillation.trainer import StudentTrainer, curve_table, training_arguments
from coinco_core.engines.encoding import to_device
from coinco_core.errors import InputError
from coinco_core.files import digest, read_json, read_table, write_bytes, write_json, write_table, write_text
from coinco_core.provenance import differences, package_versions, record
from coinco_core.versions import versions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DistillConfig", "Student", "train_student"]
RECORD, CURVE = "training.json", "curve.parquet"


@dataclass(frozen=True)
class Student:
    """A trained student: the adapted model, its adapter's folder, its training curve and the record of its training.

    `curve` has the columns of `trainer.curve_table`, one row per logged step.
    """

    model: Any
    folder: Path
    curve: pd.DataFrame
    record: dict[str, Any]


def train_student(
    base: Base,
    rows: StudentRows,
    out: str | Path,
    config: DistillConfig | None = None,
    *,
    checkpoints: str | Path | None = None,
    overwrite: bool = False,
    arguments: Mapping[str, Any] | None = None,
    say: Callable[[str], None] | None = None,
) -> Student:
    """A student of the base, trained on the rows; its best adapter (by validation loss) is saved in `out`.

    The name of the base and the digest of its weights are recorded: an adapter means nothing on another base. The base
    gets the adapter in place: `student.model.disable_adapter()` is the base again, `.unload()` frees it.

    Args:
        rows: what it is trained on. Their prompt is what the student is asked; its criterion is the student's, its
            digest is recorded.
        checkpoints: where unfinished trainings are kept (by default `.OUT.unfinished` beside OUT). When this one was
            killed, the same call goes on there; on a CPU the student is bitwise the same. When `out` holds this very
            student, it is taken from there.
        overwrite: put the student into `out` also where another one is, which is then gone.
        arguments: other fields of transformers' TrainingArguments, such as `report_to`; those of the recipe are refused
            (see `arguments.checked_arguments`).
        say: gets a line of progress now and then.

    Under `accelerate launch` or `torchrun` each process calls this with the same rows and takes its share of a batch.
    Raises CheckError when a row is masked wrongly, or the saved adapter does not do what the trained one does;
    InputError when `out` holds another student.
    """
    config, home, started = config or DistillConfig(), Path(out), time.monotonic()
    given = rows.parts
    rows = StudentRows(rows.prompt, **{name: short_enough(part, config.max_length) for name, part in given.items()})
    counts = {name: check_rows(base.processor, part) for name, part in rows.parts.items()}
    use_attention_for(base.model, max((len(row.input_ids) for part in rows.parts.values() for row in part), default=0))
    more = checked_arguments(arguments or {})
    made_from = _made_from(base, rows, config) | ({"arguments": deciding(more)} if deciding(more) else {})
    if (finished := _finished(home, made_from, overwrite)) is not None:
        _warn(finished.get("made_with", {}), _made_with(base), say, "This student is finished")
        return Student(load_adapter(base.model, home), home, read_table(home / CURVE), finished)
    unfinished = training_folder(Path(checkpoints or home.with_name(f".{home.name}.unfinished")), made_from, say)
    begun_with = begun(unfinished, _made_with(base))
    _warn(begun_with, _made_with(base), say, "This training was begun")
    with global_random_state_kept(), known_warnings_off():
        trainer, resumed = _trained(base, rows, config, unfinished, more, say)
    too_long = {name: len(given[name]) - len(part) for name, part in rows.parts.items()}
    facts = {"rows": counts, "too_long": too_long, "resumed_from_step": resumed, **_facts(trainer, base)}
    facts["made_with"] = _made_with(base) | ({"arguments": more} if more else {})
    made = record(profile=None, seed=config.seed, inputs=_inputs(rows), **made_from, **facts)
    made["seconds"] = round(time.monotonic() - started, 1)
    curve = curve_table(trainer.state.log_history)
    if trainer.is_world_process_zero():
        _keep(trainer.model, base, rows.validation, home, curve, made)
        shutil.rmtree(unfinished, ignore_errors=True)
        with suppress(OSError):
            unfinished.parent.rmdir()  # where no other training is unfinished
    trainer.accelerator.wait_for_everyone()
    return Student(trainer.model, home, curve, made)


def _made_from(base: Base, rows: StudentRows, config: DistillConfig) -> dict[str, Any]:
    """All that decides a student: what it stands on, what it is asked, shown and taught, how, and by which method.

    What only moves last digits is in `_made_with`: an update or another GPU must not cost a training of hours.
    """
    prompt, every = rows.prompt, [(name, row) for name, part in rows.parts.items() for row in part]
    return {
        "criterion": prompt.criterion,
        "base": {"name": base.name, "weights": base.weights},
        "prompt": {"name": prompt.name, "sha256": prompt.digest},
        "chat_template_sha256": digest(base.processor.chat_template or ""),
        "rows_sha256": digest([[name, row.input_ids, row.labels, image_mark(row.pixels)] for name, row in every]),
        "config": asdict(config),
        "dtype": str(base.model.dtype).removeprefix("torch."),
        "method": versions("boxed images", "model inputs", "training", "answers", "reading"),
    }


def _made_with(base: Base) -> dict[str, Any]:
    """What is recorded, and compared with a word of warning, though it only moves the last digits."""
    return {
        "packages": package_versions(("torch", "transformers", "accelerate", "peft")),
        "processes": int(os.environ.get("WORLD_SIZE", "1")),
        "device": base.model.device.type,
        "attention": base.model.config._attn_implementation,
    }


def _warn(before: Mapping[str, Any], now: Mapping[str, Any], say: Callable[[str], None] | None, what: str) -> None:
    if say is not None and (told := differences(before, now)):
        say(f"{what} under other conditions ({told}); its last digits may not be those of one made today.")


def _finished(home: Path, made_from: Mapping[str, Any], overwrite: bool) -> dict[str, Any] | None:
    """The record of the student in `home` when it is the one that `made_from` decides.

    Raises InputError when it is another one, unless that may be overwritten.
    """
    made = read_json(home / RECORD) if (home / RECORD).is_file() and (home / CURVE).is_file() else None
    if made is None:
        return None
    differs = [name for name, value in made_from.items() if made.get(name) != value]
    if differs and not overwrite:
        raise InputError(
            f"'{home}' holds another finished student ({', '.join(differs)} differ); choose another folder, or let it "
            "be replaced by --overwrite."
        )
    return None if differs else made


def _keep(
    adapted: Any, base: Base, rows: Sequence[TrainingRow], home: Path, curve: pd.DataFrame, made: dict[str, Any]
) -> None:
    """Puts the student into `home` once it is known to be good; a record never stands beside another's weights."""
    with TemporaryDirectory(dir=home.parent if home.parent.is_dir() else None) as scratch:
        save_adapter(adapted, scratch, base.name)
        made["largest_logit_change"] = check_reload(adapted, scratch, _probe(base, rows))
        (home / RECORD).unlink(missing_ok=True)
        for path in sorted(Path(scratch).iterdir()):
            write_bytes(home / path.name, path.read_bytes())
    write_table(home / CURVE, curve)
    write_text(home / CARD, student_card(made, curve))
    write_json(home / RECORD, made)


def _inputs(rows: StudentRows) -> dict[str, str]:
    return {name: digest([[row.prompt, row.target] for row in part]) for name, part in rows.parts.items()}


def _facts(trainer: StudentTrainer, base: Base) -> dict[str, Any]:
    """What a training turned out to be."""
    return {
        "device": choose_device(base.model.device.type).reason,
        "best_step": int(trainer.state.best_global_step or trainer.state.global_step),
        "trainable_parameters": sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
    }


def _trained(
    base: Base,
    rows: StudentRows,
    config: DistillConfig,
    unfinished: Path,
    more: Mapping[str, Any],
    say: Callable[[str], None] | None,
) -> tuple[StudentTrainer, int]:
    """The trainer at the end of its training, holding the best adapter, and the step at which it took up its work."""
    adapted = add_adapter(base.model, config)
    arguments = training_arguments(config, unfinished, choose_device(base.model.device.type), more)
    if base.model.device.type == "cuda" and base.model.device.index not in (None, arguments.device.index):
        raise InputError(f"Trainer works on {arguments.device}, not on {base.model.device}; set CUDA_VISIBLE_DEVICES.")
    with arguments.main_process_first(local=False):
        last = last_checkpoint(unfinished, _made_with(base)["processes"])
    arguments.eval_on_start = last is None  # it has been done, and early stopping must not count it twice
    trainer = StudentTrainer(adapted, base.processor, rows, config, arguments, say)
    if last is not None and has_ended(last):
        trainer.take_best_of(last)
    else:
        trainer.train(resume_from_checkpoint=None if last is None else str(last))
    trainer.model.eval()
    return trainer, 0 if last is None else int(last.name.rpartition("-")[2])


def _probe(base: Base, rows: Sequence[TrainingRow]) -> dict[str, Any]:
    """Inputs on which the saved adapter is compared with the trained one."""
    inputs = to_device(collate(base.processor, rows[:4]), base.model.device)
    return {name: value for name, value in inputs.items() if name != "labels"}


@contextmanager
def global_random_state_kept() -> Iterator[None]:
    """A stretch of work after which the global generators are as before; Trainer seeds them all."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    own = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=own):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002
