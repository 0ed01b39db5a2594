"""Trains a small student and kills itself with SIGKILL after the fifth step; run by test_resuming.py."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from coinco_core.distillation import progress_lines as progress
from coinco_core.distillation.collator import StudentRows
from coinco_core.distillation.training import train_student
from distillation_rows import PROMPT, SMALL, colour_rows, tiny_base


def die(self: Any, args: Any, state: Any, control: Any, **_: Any) -> None:
    if state.global_step == 5:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    progress.ProgressLines.on_step_end = die
    config = replace(SMALL, lora_dropout=0.1, learning_rate=0.01, epochs=3, eval_steps=2, answer_tokens=4)
    base, out = tiny_base(), Path(sys.argv[1])
    rows = colour_rows(base.processor, 8)
    train_student(
        base, StudentRows(PROMPT, rows, rows[:4]), out, config, checkpoints=out / "checkpoints", say=lambda _: None
    )
