"""Objects-from-Context: the training at the paper's size, ours against the plain loop, latents resident in both.

    python -m benchmarks.objects_training [--json] [--device cuda] [--samples 76256] [--epochs 120]

Made-up latents of 80 classes. The plain loop is the authors' with the data already on the device: torch's Adam and
StepLR, and the loss asked for after every step, which makes a GPU wait for the processor. Ours never asks within an
epoch and runs Adam in one kernel. The same initial weights, order and dropout; so the two curves of the training loss
may differ by rounding only, and at most by BOUND of the loss in any epoch. Only the steps are timed: neither loop
validates or keeps its best weights. The aim on an H200: 120 epochs in 10 s.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from coinco_core.devices import choose_device
from coinco_core.errors import MissingError
from coinco_core.objects_from_context.examples import Examples, make_examples
from coinco_core.objects_from_context.network.fitting import Run, epoch_generator
from coinco_core.objects_from_context.network.heads import PUBLISHED_HEAD
from coinco_core.objects_from_context.network.model import build_network
from coinco_core.objects_from_context.network.recipe import TrainingRecipe

SAMPLES = 76_256  # the authors' training split
BOUND = 0.02  # of the loss, relative, in any epoch; rounding differences grow as weights drift apart
AIM = 10.0  # seconds


def made_up(n: int, seed: int = 0) -> Examples:
    """Latents in which a class shows, but not so well that the loss vanishes: a direction of its own below noise."""
    rng = np.random.default_rng(seed)
    directions = 0.05 * rng.standard_normal((80, 8192), dtype=np.float32)
    labels = rng.integers(0, 80, n)
    inputs = rng.standard_normal((n, 8192), dtype=np.float32)
    for first in range(0, n, 4096):
        inputs[first : first + 4096] += directions[labels[first : first + 4096]]
    return make_examples(inputs[:, :4096], inputs[:, 4096:], labels)


def ours(examples: Examples, recipe: TrainingRecipe, device: str) -> Callable[[], list[float]]:
    """The training loss of each epoch, by this package's loop."""
    run = Run(recipe, 0, PUBLISHED_HEAD, examples, examples, device)

    def go() -> list[float]:
        return [run.train_epoch(epoch)[0] for epoch in range(recipe.epochs)]

    return go


def plain(examples: Examples, recipe: TrainingRecipe, device: str) -> Callable[[], list[float]]:
    """The training loss of each epoch, by the loop as it is usually written."""
    network = build_network(0).to(device)
    inputs, labels = torch.from_numpy(examples.inputs()).to(device), torch.from_numpy(examples.labels).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, recipe.decay_every, recipe.decay)

    def go() -> list[float]:
        return [_plain_epoch(epoch) for epoch in range(recipe.epochs)]

    def _plain_epoch(epoch: int) -> float:
        network.train()
        total = 0.0
        with epoch_generator(0, epoch, device):
            for batch in torch.randperm(len(labels)).to(device).split(recipe.batch_size):
                loss = cross_entropy(network(inputs[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
        schedule.step()
        return total / len(labels)

    return go


def timed(go: Callable[[], list[float]], device: str) -> tuple[list[float], float]:
    """The curve and the seconds it took, data already in place."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    start = time.perf_counter()
    losses = go()
    return losses, time.perf_counter() - start


def measure(device: str, samples: int, epochs: int) -> dict[str, Any]:
    """Seconds either way, their ratio, and how far the curves are apart at most."""
    recipe, examples = TrainingRecipe(epochs=epochs), made_up(samples)
    for way in (plain, ours):  # kernels are chosen and loaded before the clock runs
        way(made_up(1024), TrainingRecipe(epochs=1), device)()
    theirs, plain_s = timed(plain(examples, recipe, device), device)
    losses, ours_s = timed(ours(examples, recipe, device), device)
    apart = max(abs(a - b) / b for a, b in zip(losses, theirs, strict=True))
    return {
        "device": choose_device(device).reason, "samples": samples, "epochs": epochs, "plain_s": plain_s,
        "ours_s": ours_s, "ratio": plain_s / ours_s, "first_loss": losses[0], "last_loss": losses[-1],
        "largest_relative_difference": apart, "curves_agree": apart <= BOUND,
    }  # fmt: skip


def main() -> None:
    """The command line; exit code 3 where the device asked for is not there, 1 where the curves differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--epochs", type=int, default=120)
    given = parser.parse_args()
    if given.device.startswith("cuda") and not torch.cuda.is_available():
        print("This needs a CUDA GPU; --device cpu with few --samples and --epochs tries it out.", file=sys.stderr)
        sys.exit(MissingError.exit_code)
    found = measure(given.device, given.samples, given.epochs)
    if given.json:
        print(json.dumps(found))
    else:
        print(f"{found['device']}\n{found['epochs']} epochs over {found['samples']} samples, latents resident")
        print(
            f"plain loop  {found['plain_s']:7.2f} s\nours        {found['ours_s']:7.2f} s (aim on an H200: {AIM:.0f} s)"
        )
        print(
            f"ratio       {found['ratio']:7.2f}; loss {found['first_loss']:.3f} to {found['last_loss']:.3f}, the curves"
        )
        print(f"            at most {found['largest_relative_difference']:.2e} of it apart (bound {BOUND})")
    sys.exit(0 if found["curves_agree"] else 1)


if __name__ == "__main__":
    main()
