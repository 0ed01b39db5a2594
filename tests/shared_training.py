"""Trains a small student and keeps the first step's gradient; alone or as one of several processes under torchrun."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parent))

from coinco_core.distillation import training
from coinco_core.distillation.collator import StudentRows, encode_row
from coinco_core.distillation.training import Student, train_student
from coinco_core.engines import vision
from distillation_rows import PROMPT, QUESTION, SMALL, colour_rows, tiny_base

CONFIG = replace(SMALL, batch_size=4, micro_batch=1, epochs=2, eval_steps=2, answer_tokens=4)


class KeepsGradient(training.StudentTrainer):
    """Writes the gradient of the first step, as the optimiser gets it before it is clipped, to `gradient.pt`."""

    folder: Path

    def _clip_grad_norm(self, model: Any) -> Any:
        if self.state.global_step == 0 and self.is_world_process_zero():
            self.folder.mkdir(parents=True, exist_ok=True)
            named = {n.removeprefix("module."): p.grad.clone() for n, p in model.named_parameters() if p.requires_grad}
            torch.save(named, self.folder / "gradient.pt")
        return super()._clip_grad_norm(model)


def train(folder: Path) -> Student:
    """A student of rows whose answers differ in length, so that a mean of means would not be the mean."""
    base = tiny_base()
    rows = colour_rows(base.processor, 9)  # the last step of an epoch has one row, for two processes
    for i in (0, 3):
        long = f"Analysis:\nSize: It is {'about ' * (i + 1)}right.\nFinal decision: In-context"
        rows[i] = encode_row(base.processor, rows[i].pixels, QUESTION, long)
    seen = vision.see(base.model, base.processor, [row.pixels for row in rows])
    rows = [replace(row, pixels=image) for row, image in zip(rows, seen, strict=True)]
    KeepsGradient.folder = folder
    training.StudentTrainer = KeepsGradient  # type: ignore[misc]
    return train_student(base, StudentRows(PROMPT, rows, rows[:3]), folder, CONFIG)


if __name__ == "__main__":
    train(Path(sys.argv[1]))
