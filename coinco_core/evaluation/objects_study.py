"""Variants of a training beside the reference: how much of a difference is seeds, and how much is the test pictures.

Both vary. All trainings are asked about the same test pictures, so that a picture's hits are averaged over the seeds
and pictures are drawn again; the seeds' own differences stand beside it, each a training on its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coinco_core.errors import InputError, did_you_mean
from coinco_core.evaluation.bootstrap import DRAWS, percentile_interval, resampled_weights

if TYPE_CHECKING:
    import pandas as pd


def variant_differences(
    results: pd.DataFrame, k: int, reference: str, *, draws: int = DRAWS, seed: int = 0
) -> pd.DataFrame:
    """How much more often each variant has the truth among the first k than the reference, a row a variant.

    `results` has the columns variant, seed and ranks (a list: the place of the truth for each test picture, 0 is
    first), as `objects_from_context.study` makes it. Columns variant, difference (the mean over seeds and pictures,
    -1..1), low and high (paired bootstrap over pictures, 95 %), least and most (the differences seed by seed). Raises
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
        apart = np.stack([own[s] - hits[reference][s] for s in own])  # (seeds, pictures)
        low, high = percentile_interval(_drawn(apart.mean(axis=0), draws, seed))
        by_seed = apart.mean(axis=1)
        rows.append((name, float(apart.mean()), low, high, float(by_seed.min()), float(by_seed.max())))
    table = pd.DataFrame(rows, columns=["variant", "difference", "low", "high", "least", "most"])
    return table[table["variant"] != reference].reset_index(drop=True)


def _hits(rows: pd.DataFrame, k: int) -> dict[int, np.ndarray]:
    """For each seed whether each test picture's truth is among the first k, (pictures,) of 0 and 1."""
    return {int(s): (np.asarray(ranks) < k).astype(float) for s, ranks in zip(rows["seed"], rows["ranks"], strict=True)}


def _drawn(values: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """The mean of the values over samples drawn again, (draws,)."""
    blocks = resampled_weights(len(values), draws=draws, seed=seed)
    return np.concatenate([block @ values for block in blocks]) / len(values)
