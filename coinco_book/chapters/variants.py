"""What would change the result: the published training beside variants of it, with the same budget and several seeds.

A variant changes one thing: the recipe, the head, or what the network sees of the box. All learn from as many samples
for as many epochs at most, keep the best epoch by validation, and are asked about the same test samples.
A difference varies with the seed and with the test images: hits are averaged over the seeds and images are drawn again;
the seeds' own differences stand beside it, each a training on its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from coinco_book.chapters.side_by_side import side_by_side
from coinco_core.devices import choose_device, processes_of
from coinco_core.errors import InputError, did_you_mean
from coinco_core.evaluation.bootstrap import DRAWS, percentile_interval, resampled_weights
from coinco_core.files import digest
from coinco_core.objects_from_context.examples import Examples
from coinco_core.objects_from_context.network.checkpoints import probabilities
from coinco_core.objects_from_context.network.fitting import Run, log
from coinco_core.objects_from_context.network.heads import CONVOLUTIONAL, PUBLISHED_HEAD
from coinco_core.objects_from_context.network.model import count_parameters
from coinco_core.objects_from_context.network.recipe import TrainingRecipe
from coinco_core.objects_from_context.ranking import gold_places, rank
from coinco_core.provenance import differences
from coinco_core.store.journals import Record, RecordStore
from coinco_core.versions import versions

if TYPE_CHECKING:
    import pandas as pd

Parts = Mapping[str, Examples]  # train, validation, test


@dataclass(frozen=True)
class Variant:
    """One thing that is done otherwise than published: `view` names the inputs, `changes` settings of the recipe."""

    name: str
    view: str = "published"  # of `views.published_views`, or one of the caller's own
    head: str = PUBLISHED_HEAD
    changes: Mapping[str, Any] = field(default_factory=dict)


VARIANTS_VERSION = 1  # raised when the same training is scored otherwise here
PATIENCE = 10  # epochs; of few validation images a shorter one would end in their noise
VARIANTS = (
    Variant("published"),
    Variant("early stopping", changes={"patience": PATIENCE}),
    Variant("weight decay", changes={"weight_decay": 0.1}),
    Variant("latents in float16", view="float16"),
    Variant("mask as pixels", view="pixels"),
    Variant("box as five numbers", view="box"),
    Variant("convolutional head", head=CONVOLUTIONAL),
)
SHAPES = (Variant("stretched", view="stretched"), Variant("aspect ratio kept", view="padded"))


def run_variants(
    variants: Sequence[Variant],
    views: Mapping[str, Parts],
    seeds: Sequence[int],
    home: Path | str,
    recipe: TrainingRecipe,
    *,
    device: str | None = None,
    processes: int = 1,
    say: Callable[[str], None] = log.info,
) -> pd.DataFrame:
    """One row per variant and seed, with the place of the truth in each test sample's ranking.

    Columns variant, seed, ranks (a list, 0 is first), best_epoch, epochs, validation_top1, parameters and seconds.
    `processes` at most train at the same time, each with as many threads as this one. Each result is kept in `home` as
    it comes, so an interrupted study resumes with what is missing.
    """
    import pandas as pd

    digests = {name: {part: examples.digest() for part, examples in parts.items()} for name, parts in views.items()}
    threads, calls, keys = torch.get_num_threads(), dict[str, tuple[Any, ...]](), dict[tuple[str, int], str]()
    method, now = [versions("objects network"), VARIANTS_VERSION], {"device": choose_device(device).device}
    store = RecordStore(Path(home))
    for variant, seed in product(variants, seeds):
        own = replace(recipe, **variant.changes)
        key = digest([variant.head, digests[variant.view], own.facts(), own.epochs, own.patience, seed, method])
        keys[variant.name, seed] = key
        calls[key] = (variant, views[variant.view], seed, own, device)
    known = {key: record.row for key, record in store.merged().items()}
    missing = [key for key in calls if key not in known]
    told = {differences(known[key].get("made_with", {}), now) for key in calls if key in known} - {""}
    if told:
        say(f"networks trained under other conditions are kept ({'; '.join(sorted(told))})")
    at_once = processes_of(processes, threads)
    with store.writer(sync_rows=1) as writer:
        results = side_by_side(one_run, [calls[key] for key in missing], at_once, threads)
        for done, (n, result) in enumerate(results, 1):
            known[missing[n]] = result | {"made_with": now}
            writer.append([Record(missing[n], known[missing[n]])])
            say(f"{done} of {len(missing)} networks trained")
    table = pd.DataFrame([{"variant": name, "seed": seed, **known[key]} for (name, seed), key in keys.items()])
    return table.drop(columns="made_with", errors="ignore")


def one_run(
    variant: Variant, parts: Parts, seed: int, recipe: TrainingRecipe, device: str | None = None
) -> dict[str, Any]:
    """What one training gives: the place of the truth for each test sample, and how the training went."""
    begun, place = time.perf_counter(), choose_device(device).device
    run = Run(recipe, seed, variant.head, parts["train"], parts["validation"], place)
    while not recipe.is_over(run.history):
        run.epoch(len(run.history))
    run.network.load_state_dict(run.best_weights)
    scores = probabilities(run.network, parts["test"].inputs())
    return {
        "ranks": gold_places(rank(scores), parts["test"].labels).tolist(),
        "best_epoch": run.best_epoch,
        "epochs": len(run.history),
        "validation_top1": run.best_score,
        "parameters": count_parameters(run.network),
        "seconds": round(time.perf_counter() - begun, 3),
    }


def top_k_points(results: pd.DataFrame, k: int) -> pd.DataFrame:
    """A row a run with its top-k accuracy (0..1) as `value`: columns variant, seed, value."""
    shares = [float(np.mean(np.asarray(ranks) < k)) for ranks in results["ranks"]]
    return results[["variant", "seed"]].assign(value=shares)


def variant_differences(
    results: pd.DataFrame, k: int, reference: str, *, draws: int = DRAWS, seed: int = 0
) -> pd.DataFrame:
    """How much more often each variant has the truth among the first k than the reference, one row per variant.

    `results` has the columns variant, seed and ranks (a list: the place of the truth for each test image, 0 is
    first), as `run_variants` makes it. Columns variant, difference (the mean over seeds and images,
    -1..1), low and high (paired bootstrap over images, 95 %), least and most (the differences seed by seed). Raises
    InputError when there is no such reference or a seed is not in every variant.
    """
    import pandas as pd

    hits = {name: _hits(rows, k) for name, rows in results.groupby("variant", sort=False)}
    if reference not in hits:
        raise InputError(f"There is no variant '{reference}' to compare with.{did_you_mean(reference, map(str, hits))}")
    rows = []
    for name, own in hits.items():
        if own.keys() != hits[reference].keys():
            raise InputError(f"The seeds of '{name!s}' are not those of '{reference}'.")
        apart = np.stack([own[s] - hits[reference][s] for s in own])  # (seeds, images)
        low, high = percentile_interval(_drawn(apart.mean(axis=0), draws, seed))
        by_seed = apart.mean(axis=1)
        rows.append((name, float(apart.mean()), low, high, float(by_seed.min()), float(by_seed.max())))
    table = pd.DataFrame(rows, columns=["variant", "difference", "low", "high", "least", "most"])
    return table[table["variant"] != reference].reset_index(drop=True)


def _hits(rows: pd.DataFrame, k: int) -> dict[int, np.ndarray]:
    """For each seed whether each test image's truth is among the first k, (images,) of 0 and 1."""
    return {int(s): (np.asarray(ranks) < k).astype(float) for s, ranks in zip(rows["seed"], rows["ranks"], strict=True)}


def _drawn(values: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """The mean of the values over samples drawn again, (draws,)."""
    blocks = resampled_weights(len(values), draws=draws, seed=seed)
    return np.concatenate([block @ values for block in blocks]) / len(values)
