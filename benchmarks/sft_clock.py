"""What a run of transformers' Trainer takes: seconds by epoch and by part of a step, and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import TrainerCallback

from benchmarks.consensus import Clock
from coinco_core.engines.families import bare


def trained(trainer: Any, clock: Clock | None) -> dict[str, Any]:
    """What trainer.train() took: seconds from its start to each epoch's end, peak memory, and each step's loss.

    With a clock also seconds by part of a step. A GPU then waits after each part, which costs time: such a run tells
    where time goes, not how long training takes.
    """
    epochs = Epochs()
    trainer.add_callback(epochs)
    if clock is not None:
        watch(trainer, clock)
    start = time.perf_counter()
    trainer.train()
    whole = time.perf_counter() - start
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    parts = {} if clock is None else clock.seconds | {"whole": whole}
    ends = [end - start for end in epochs.ends]
    return {"epochs": ends, "peak_mb": peak_mb(), "losses": losses, "parts": parts}


class Epochs(TrainerCallback):  # type: ignore[misc]
    """Notes when each epoch ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        """Its last step has been taken."""
        finish()
        self.ends.append(time.perf_counter())


def watch(trainer: Any, clock: Clock) -> None:
    """Has the clock note what each part of a step takes; 'forward' holds the vision tower's time."""

    def timed(owner: Any, method: str, part: str) -> None:
        work: Callable[..., Any] = getattr(owner, method)

        def noted(*given: Any, **named: Any) -> Any:
            with clock.step(part):
                result = work(*given, **named)
                finish()
            return result

        setattr(owner, method, noted)

    timed(trainer, "get_batch_samples", "batches")
    timed(trainer, "compute_loss", "forward")
    timed(bare(trainer.model).model.visual, "forward", "vision")
    timed(trainer.accelerator, "backward", "backward")
    timed(trainer, "_clip_grad_norm", "optimiser")
    trainer.add_callback(Optimiser(clock))


class Optimiser(TrainerCallback):  # type: ignore[misc]
    """Notes what the optimiser's steps take."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def on_pre_optimizer_step(self, *_: Any, **__: Any) -> None:
        """A step begins."""
        self.begun = time.perf_counter()

    def on_optimizer_step(self, *_: Any, **__: Any) -> None:
        """It is done."""
        finish()
        self.clock.seconds["optimiser"] += time.perf_counter() - self.begun


@torch.no_grad()
def warm_up(model: Any) -> None:
    """Has a GPU make ready for a model, which takes seconds once in a process, and forget the memory it took."""
    if model.device.type == "cuda":
        hidden = torch.zeros(1, 64, model.config.text_config.hidden_size, dtype=model.dtype, device=model.device)
        model.model.language_model(inputs_embeds=hidden, use_cache=False)
        finish()
        torch.cuda.reset_peak_memory_stats()


def finish() -> None:
    """Waits for a GPU's work, if there is one."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()


def peak_mb() -> float:
    """The most memory held so far, in MB: tensors on the GPU where one is used, else the process's own."""
    if torch.cuda.is_initialized():
        return torch.cuda.max_memory_allocated() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
