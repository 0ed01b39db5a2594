"""The answer for one box: its objects and supercategories, likeliest first (section 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from coinco_core.categories import NAMES, SUPERCATEGORIES


@dataclass(frozen=True)
class Guess:
    """A category or supercategory and its probability (0..1)."""

    name: str
    probability: float


@dataclass(frozen=True)
class Belongs:
    """What belongs in a box, likeliest first.

    `objects` are the 80 categories, `cliques` the 12 supercategories by their summed probability (as the paper's
    figure has it), `cliques_by_first` their names by first appearance among the objects (as the authors' code
    counts). `warning` is '' when there is nothing to warn of.
    """

    objects: tuple[Guess, ...]
    cliques: tuple[Guess, ...]
    cliques_by_first: tuple[str, ...]
    warning: str = ""

    def as_dict(self, top: int = 10) -> dict[str, Any]:
        """The `top` likeliest objects and all cliques, ready for JSON."""
        return {
            "objects": [{"name": g.name, "probability": g.probability} for g in self.objects[:top]],
            "cliques": [{"name": g.name, "probability": g.probability} for g in self.cliques],
            "cliques_by_first": list(self.cliques_by_first),
            "warning": self.warning,
        }


def ranked(scores: np.ndarray, warning: str = "") -> Belongs:
    """The ranked objects and cliques from one sample's probabilities (80,)."""
    from coinco_core.objects_from_context.ranking import clique_scores, rank, rank_cliques

    row = scores[None]
    sums = clique_scores(row)[0]
    return Belongs(
        objects=tuple(Guess(NAMES[i], float(scores[i])) for i in rank(row)[0]),
        cliques=tuple(Guess(SUPERCATEGORIES[c], float(sums[c])) for c in rank_cliques(row, "sum")[0]),
        cliques_by_first=tuple(SUPERCATEGORIES[c] for c in rank_cliques(row, "first")[0]),
        warning=warning,
    )
