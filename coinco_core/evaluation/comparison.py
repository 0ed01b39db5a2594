"""Answerers beside each other on the same samples: before and after, and the trivial baselines.

Accuracy alone says little where one class is common: always answering out-of-context would score 76.85 % on COinCO's
test set. So the baselines stand in every table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from coinco_core.evaluation.bootstrap import DRAWS, ImageIds
from coinco_core.evaluation.measures import Verdicts
from coinco_core.evaluation.scores import scores

if TYPE_CHECKING:
    import pandas as pd

BASELINES = {"always in-context": True, "always out-of-context": False}


def score_table(
    truth: Sequence[bool],
    answerers: Mapping[str, Verdicts],
    probabilities: Mapping[str, Sequence[float]] | None = None,
    *,
    baselines: bool = True,
    seed: int = 0,
    images: ImageIds = None,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """A tidy table: one row per answerer and score, with the columns answerer, metric, value, low, high, n.

    `answerers` are named verdicts over the same samples, such as before and after distillation; the two trivial
    answerers follow unless `baselines` is False. Values are 0..1, except for MCC and kappa (-1..1); undefined ones are
    missing. `images` is as in `scores`. The truth decides which question is answered: see `questions`.
    """
    import pandas as pd

    named: dict[str, Verdicts] = dict(answerers)
    if baselines:
        named |= {name: [verdict] * len(truth) for name, verdict in BASELINES.items()}
    known = probabilities or {}
    rows = [
        {"answerer": name, **asdict(score)}
        for name, verdicts in named.items()
        for score in scores(truth, verdicts, known.get(name), seed, images=images, draws=draws)
    ]
    return pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})
