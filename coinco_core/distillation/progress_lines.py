"""How far a training is, a line at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback


class ProgressLines(TrainerCallback):  # type: ignore[misc]
    """A line for each entry of Trainer's log: the step, the losses, and about how long the rest takes."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Remembers when and where it began, which is not step 0 when a killed run goes on."""
        self._begun, self._from = time.monotonic(), state.global_step

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """Says how far the training is."""
        names = {"loss": "loss", "eval_loss": "validation loss", "eval_verdict_accuracy": "verdicts as the teacher's"}
        known = ", ".join(f"{words} {logs[name]:.3f}" for name, words in names.items() if logs and name in logs)
        done, rest = state.global_step - self._from, state.max_steps - state.global_step
        left = f", about {(time.monotonic() - self._begun) / done * rest:.0f} s left" if done and rest else ""
        if known:
            self._say(f"step {state.global_step} of {state.max_steps}: {known}{left}")
