"""Objects-from-Context: one epoch from one small file a sample, from the store, and with nothing to read at all.

    python -m benchmarks.objects_epoch [--json] [--samples 4096] [--rounds 3]

The published way keeps one .pt file a sample and opens each again in every epoch, in a loader with four workers, and
asks for the loss after every step. Ours gathers each batch from the memory-mapped store. The bare computation takes the
same steps of the same optimizer on one batch that is in memory already: no way of reading can be faster. The same
network, samples and batch size in float32 on the CPU; rounds alternate, and the median of each counts. The aims: 3
times the published way, and at most 1.10 times the bare computation.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from coinco_core.objects_from_context.examples import Examples, make_examples
from coinco_core.objects_from_context.network.fitting import Run, adam
from coinco_core.objects_from_context.network.heads import PUBLISHED_HEAD
from coinco_core.objects_from_context.network.model import build_network
from coinco_core.objects_from_context.network.recipe import TrainingRecipe

WORKERS = 4  # loading processes of the published way; train.py of the authors' code


class OneFileASample(torch.utils.data.Dataset[Any]):
    """The published way: INDEX.pt holds both latents and the label, and is read whenever the sample is due."""

    def __init__(self, folder: Path, n: int) -> None:
        self.folder, self.n = folder, n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor, int]:
        entry = torch.load(self.folder / f"{i}.pt", weights_only=True)
        return entry["latent1"], entry["latent2"], entry["label"]


def make_files(folder: Path, n: int) -> Examples:
    """Random latents in both layouts: n files in folder/pt, and two arrays that are mapped from folder."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 80, n)
    for name in ("images", "masks"):
        np.save(folder / f"{name}.npy", rng.standard_normal((n, 4, 32, 32), dtype=np.float32))
    images, masks = (np.load(folder / f"{name}.npy", mmap_mode="c") for name in ("images", "masks"))
    (folder / "pt").mkdir()
    for i in range(n):
        entry = {"latent1": torch.tensor(images[i]), "latent2": torch.tensor(masks[i]), "label": int(labels[i])}
        torch.save(entry, folder / f"pt/{i}.pt")
    return make_examples(images, masks, labels)


def published(folder: Path, n: int, recipe: TrainingRecipe) -> Callable[[], None]:
    """An epoch as the authors' script goes through it."""
    network = build_network(0)
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    files = OneFileASample(folder, n)

    def epoch() -> None:
        loader = torch.utils.data.DataLoader(files, recipe.batch_size, shuffle=True, num_workers=WORKERS)
        network.train()
        for image, mask, labels in loader:
            inputs = torch.cat([image.flatten(1), mask.flatten(1)], dim=1)
            loss = cross_entropy(network(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()

    return epoch


def ours(examples: Examples, recipe: TrainingRecipe) -> Callable[[], None]:
    """An epoch of this package's training, from the mapped arrays."""
    run = Run(recipe, 0, PUBLISHED_HEAD, examples, examples, "cpu")
    return lambda: run.train_epoch(0) and None


def bare(examples: Examples, recipe: TrainingRecipe) -> Callable[[], None]:
    """The steps of an epoch on one resident batch, with our optimizer."""
    network = build_network(0)
    optimizer = adam(network, recipe, "cpu")
    inputs = torch.from_numpy(examples.inputs(slice(0, recipe.batch_size)))
    labels = torch.from_numpy(examples.labels[: recipe.batch_size])

    def epoch() -> None:
        network.train()
        for _ in range(len(examples) // recipe.batch_size):
            loss = cross_entropy(network(inputs), labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    return epoch


def measure(samples: int, rounds: int) -> dict[str, Any]:
    """The median seconds of an epoch each way, and the two ratios."""
    recipe = TrainingRecipe()
    samples -= samples % recipe.batch_size  # whole batches, so that all three take the same steps
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        examples = make_files(Path(folder), samples)
        ways = {
            "one_file_a_sample": published(Path(folder) / "pt", samples, recipe),
            "ours": ours(examples, recipe),
            "bare": bare(examples, recipe),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        warnings.filterwarnings("ignore", message="This DataLoader will create")  # as many workers as were published
        for turn in range(rounds + 1):  # the first warms the page cache and does not count
            for name, epoch in ways.items():
                start = time.perf_counter()
                epoch()
                seconds[name] += [time.perf_counter() - start] if turn else []
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return {
        "samples": samples,
        "threads": torch.get_num_threads(),
        **{f"{name}_s": value for name, value in medians.items()},
        "times_the_published_way": medians["one_file_a_sample"] / medians["ours"],
        "times_the_bare_computation": medians["ours"] / medians["bare"],
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--samples", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.samples < TrainingRecipe().batch_size or given.rounds < 1:
        parser.error(f"an epoch needs at least one batch, {TrainingRecipe().batch_size} samples, and one round")
    found = measure(given.samples, given.rounds)
    if given.json:
        print(json.dumps(found))
        return
    print(f"one epoch over {found['samples']} samples, {found['threads']} threads")
    print(f"one file a sample, {WORKERS} workers  {found['one_file_a_sample_s']:6.2f} s")
    print(f"ours, from the mapped store     {found['ours_s']:6.2f} s")
    print(f"bare computation                {found['bare_s']:6.2f} s")
    print(f"the published way takes {found['times_the_published_way']:.2f} times ours (aim: 3 or more)")
    print(f"ours takes {found['times_the_bare_computation']:.3f} times the bare computation (aim: at most 1.10)")


if __name__ == "__main__":
    main()
