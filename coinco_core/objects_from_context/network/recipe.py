"""How the network is trained: the paper's recipe, and the two things that it leaves out, off unless asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf

from coinco_core.errors import InputError


@dataclass(frozen=True)
class TrainingRecipe:
    """Adam with a rate that falls in steps; the defaults are the paper's (section 5.2, the authors' train.py)."""

    learning_rate: float = 1e-3  # Adam, PyTorch's other defaults; train.py
    batch_size: int = 512  # train.py
    epochs: int = 120  # train.py
    decay_every: int = 40  # epochs between two steps of StepLR; train.py
    decay: float = 0.1  # what each step multiplies the rate by; train.py
    weight_decay: float = 0.0  # decoupled, as in AdamW (Loshchilov and Hutter, 2019); the paper has none
    patience: int = 0  # epochs without a better validation accuracy before it stops; 0: never, as in the paper

    def __post_init__(self) -> None:
        for name, least in {"batch_size": 1, "epochs": 1, "decay_every": 1, "patience": 0}.items():
            if getattr(self, name) < least:
                raise InputError(f"{name} must be at least {least}, not {getattr(self, name)}.")
        if not (0 < self.learning_rate < inf and 0 < self.decay < inf and 0 <= self.weight_decay < inf):
            raise InputError("The learning rate and its decay must be above 0, and the weight decay not below 0.")

    def learning_rate_at(self, epoch: int) -> float:
        """The rate in an epoch (from 0), as torch's StepLR gives it."""
        return self.learning_rate * self.decay ** (epoch // self.decay_every)

    def is_over(self, history: Sequence[Mapping[str, float]]) -> bool:
        """Whether an epoch for each row of the history is all there is to be: the last one, or patience at an end."""
        if len(history) >= self.epochs:
            return True
        scores = [row["validation_top1"] for row in history]
        return bool(self.patience and scores and len(scores) - 1 - scores.index(max(scores)) >= self.patience)

    def facts(self) -> dict[str, float]:
        """Everything but how long it goes on, which may grow when a run is taken up again."""
        return {name: value for name, value in asdict(self).items() if name not in ("epochs", "patience")}
