"""Training the network with the published recipe, to be stopped and taken up again at any epoch with the same result.

Each epoch draws its order and its dropout from a seed of its own, made of the run's seed and the epoch's number. So a
run that is taken up again needs no random state to be restored, and gives bit for bit what an undisturbed run gives.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from coinco_core.devices import choose_device
from coinco_core.errors import CheckError, InputError
from coinco_core.files import digest
from coinco_core.objects_from_context.examples import Examples
from coinco_core.objects_from_context.network.checkpoints import (
    FORWARD_ROWS,
    State,
    check_same,
    read_state,
    write_checkpoint,
    write_state,
)
from coinco_core.objects_from_context.network.heads import PUBLISHED_HEAD, build_head
from coinco_core.objects_from_context.network.minibatches import Batches
from coinco_core.objects_from_context.network.recipe import TrainingRecipe
from coinco_core.versions import versions

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)
COLUMNS = ("epoch", "learning_rate", "train_loss", "train_top1", "validation_loss", "validation_top1")


@dataclass
class Training:
    """A finished training: the folder of its checkpoints, its history, how it began, and the best epoch's network.

    `history` has one row per epoch in the columns COLUMNS: epoch (from 0), learning_rate, mean losses in nats and top-1
    accuracies in 0..1. `network` maps float32 inputs (n, width) to logits (n, 80).
    """

    folder: Path
    history: pd.DataFrame
    best_epoch: int
    started: str
    network: torch.nn.Sequential = field(repr=False)


def train(
    training: Examples,
    validation: Examples,
    folder: Path | str,
    *,
    seed: int,
    recipe: TrainingRecipe | None = None,
    head: str = PUBLISHED_HEAD,
    made_with: Mapping[str, Any] | None = None,
    device: str | None = None,
    report_every: int = 10,
    save_every: int = 20,
    overwrite: bool = False,
    say: Callable[[str], None] = log.info,
) -> Training:
    """A completed training; it resumes from the folder's state when that fits, and otherwise starts anew.

    A finished network of other data, seed, head or recipe is replaced only when it may `overwrite` it; more epochs of
    the same training are no other one.

    The best epoch is the first with the highest top-1 accuracy on the validation examples (train.py of the authors'
    code). `made_with` records which autoencoder made the inputs and how, and is kept with the weights. Raises
    CheckError when the loss becomes NaN or infinite, InputError when the folder holds another finished network.
    """
    recipe, folder, made_with = recipe or TrainingRecipe(), Path(folder), dict(made_with or {})
    place = choose_device(device)
    key = digest(
        [versions("objects network"), recipe.facts(), seed, head, made_with, training.digest(), validation.digest()]
    )
    check_same(folder, key, overwrite)
    run = Run(recipe, seed, head, training, validation, place.device)
    started = run.restore(read_state(folder), key)
    say(f"{place.reason}; {len(training)} training examples; {started}")
    while not recipe.is_over(run.history):
        row = run.epoch(len(run.history))
        done = len(run.history)
        if done % report_every == 0 or recipe.is_over(run.history):
            say(_line(row, recipe.epochs))
        if done % save_every == 0 and not recipe.is_over(run.history):
            write_state(folder, run.state(key))
    write_state(folder, run.state(key))
    record = {
        "recipe": recipe.facts(),
        "epochs": len(run.history),
        "seed": seed,
        "head": head,
        "inputs": training.width,
    }
    facts = {**record, **made_with, "data": key, "best_epoch": run.best_epoch}
    write_checkpoint(folder, run.best_weights, facts, run.table())
    run.network.load_state_dict(run.best_weights)
    return Training(folder, run.table(), run.best_epoch, started, run.network.eval())


class Run:
    """A training under way: network, optimizer, data on the device, and the history so far."""

    def __init__(
        self, recipe: TrainingRecipe, seed: int, head: str, training: Examples, validation: Examples, device: str
    ) -> None:
        if not len(training) or not len(validation):
            raise InputError("Training needs at least one training and one validation example.")
        self.recipe, self.seed, self.device = recipe, seed, device
        self.network = build_head(head, seed, training.width).to(device)
        self.optimizer = adam(self.network, recipe, device)
        self.training, self.validation = Batches(training, device), Batches(validation, device)
        self.history: list[dict[str, float]] = []
        self.best_weights = _copy(self.network.state_dict())
        self.best_epoch, self.best_score = -1, -1.0

    def epoch(self, epoch: int) -> dict[str, float]:
        """The history's new row, by COLUMNS, after one pass over the training examples in a new order."""
        rate = self.recipe.learning_rate_at(epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        train_loss, train_top1 = self.train_epoch(epoch)
        loss, top1 = self._validate()
        if not np.isfinite([train_loss, loss]).all():
            both = f"{train_loss} in training and {loss} in validation"
            raise CheckError(f"The loss is {both} in epoch {epoch}; try a lower learning rate.")
        row = dict(zip(COLUMNS, (epoch, rate, train_loss, train_top1, loss, top1), strict=True))
        self.history.append(row)
        if top1 > self.best_score:
            self.best_epoch, self.best_score = epoch, top1
            self.best_weights = _copy(self.network.state_dict())
        return row

    def train_epoch(self, epoch: int) -> tuple[float, float]:
        """Mean loss (nats) and top-1 accuracy (0..1) over one epoch, measured while training (with dropout)."""
        self.network.train()
        # Summed where they are made: asking a GPU for a number after each step would make it wait for the next one.
        sums = torch.zeros(2, dtype=torch.float32 if self.device == "mps" else torch.float64, device=self.device)
        with epoch_generator(self.seed, epoch, self.device):
            order = torch.randperm(len(self.training)).to(self.device)
            for batch in order.split(self.recipe.batch_size):
                sums += self._step(batch)
        loss, top1 = (sums / len(self.training)).tolist()
        return loss, top1

    def _step(self, batch: torch.Tensor) -> torch.Tensor:
        """One step of Adam; the loss summed over the batch and the number of hits."""
        labels = self.training.labels[batch]
        logits = self.network(self.training.inputs(batch))
        loss = cross_entropy(logits, labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return torch.stack([loss.detach() * len(batch), (logits.argmax(1) == labels).sum()])

    @torch.no_grad()
    def _validate(self) -> tuple[float, float]:
        self.network.eval()
        chosen, labels = torch.arange(len(self.validation), device=self.device), self.validation.labels
        logits = torch.cat([self.network(self.validation.inputs(part)) for part in chosen.split(FORWARD_ROWS)])
        return cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).sum().item() / len(labels)

    def state(self, key: str) -> State:
        """Everything that is needed to resume from here."""
        return State(
            key, self.network.state_dict(), self.optimizer.state_dict()["state"], self.best_weights, self.history
        )

    def restore(self, state: State | None, key: str) -> str:
        """How the run starts, in words: from the state when it has the same data, seed and recipe, otherwise anew."""
        if state is None:
            return "a new run"
        if state.key != key:
            return "a new run, because data, seed, head or recipe differ from those of the last one"
        if any(self.recipe.is_over(state.history[:n]) for n in range(len(state.history))):
            return f"a new run, because the last one went on to {len(state.history)} epochs"
        self.network.load_state_dict(state.weights)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state.optimizer, "param_groups": groups})
        self.best_weights, self.history = state.best_weights, state.history
        scores = [row["validation_top1"] for row in self.history]
        self.best_score = max(scores)
        self.best_epoch = scores.index(self.best_score)
        return f"taken up again after {len(self.history)} epochs"

    def table(self) -> pd.DataFrame:
        """The history, one row per epoch, in the columns COLUMNS."""
        import pandas as pd

        return pd.DataFrame(self.history, columns=list(COLUMNS)).astype({"epoch": int})


def adam(network: torch.nn.Module, recipe: TrainingRecipe, device: str) -> torch.optim.Adam:
    """The recipe's optimizer; without weight decay it is plain Adam.

    Fused where torch can, which goes over weights and moments once a step and not ten times: a fifth of a step here.
    """
    fused = device.split(":")[0] in ("cpu", "cuda")
    return torch.optim.Adam(
        network.parameters(),
        recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        decoupled_weight_decay=True,
        fused=fused,
    )


@contextmanager
def epoch_generator(seed: int, epoch: int, device: str) -> Iterator[None]:
    """A stretch of work whose random numbers are the epoch's own; the global random state is put back afterwards."""
    devices = range(torch.cuda.device_count())  # manual_seed seeds all of them
    own = int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> np.uint64(1))
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(own)
        yield


def _copy(weights: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {name: value.detach().to("cpu", copy=True) for name, value in weights.items()}


def _line(row: dict[str, float], epochs: int) -> str:
    return (
        f"epoch {int(row['epoch']) + 1}/{epochs}: training loss {row['train_loss']:.3f}, "
        f"validation loss {row['validation_loss']:.3f}, validation top-1 {100 * row['validation_top1']:.1f} %"
    )
