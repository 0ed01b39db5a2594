"""Where Objects-from-Context succeeds and fails (section 5.2): by category, by size of the box, by supercategory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_core.categories import CATEGORIES, NAMES, SUPERCATEGORIES
from coinco_core.errors import InputError
from coinco_core.evaluation.scores import share
from coinco_core.objects_from_context.ranking import CLIQUE_OF, rank, rank_cliques, read_places

if TYPE_CHECKING:
    import pandas as pd

BINS = 5


def category_table(probabilities: np.ndarray, gold: np.ndarray) -> pd.DataFrame:
    """One row per category that was in a box, in COCO's order, from probabilities (n, 80) and gold categories (n,).

    Columns category, supercategory, n; for top-1 and top-5 hits, value, low and high (top1_hits, top1, top1_low, ...;
    0..1, Wilson's interval); `probability`, the mean probability of the right answer; `wrong_answer`, the most frequent
    wrong first answer (of several the first in COCO's order, '' if there is none), and `wrong_count`.
    """
    import pandas as pd

    places, answers = read_places(probabilities, gold, "instance"), rank(probabilities)[:, 0]
    rows = []
    for c in np.unique(gold):
        own = gold == c
        said = np.bincount(answers[own & (answers != c)], minlength=len(NAMES))
        worst = int(said.argmax())
        rows.append(
            {"category": NAMES[c], "supercategory": CATEGORIES[c].supercategory, "n": int(own.sum())}
            | _hits("top1", places[own] < 1)
            | _hits("top5", places[own] < 5)
            | {"probability": float(probabilities[own, c].mean())}
            | {"wrong_answer": NAMES[worst] if said[worst] else "", "wrong_count": int(said[worst])}
        )
    return pd.DataFrame(rows)


def size_edges(shares: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The limits (m,) between bins of about equal number of shares (n,), all 0..1, ascending.

    m is at most bins - 1, less where many shares are equal. Raises InputError without shares or for less than one bin.
    """
    if not len(shares) or bins < 1:
        raise InputError(f"{len(shares)} boxes cannot be put into {bins} bins.")
    edges = np.unique(np.quantile(shares, np.arange(1, bins) / bins))
    return edges[edges < shares.max()]


def size_table(
    methods: Mapping[str, np.ndarray],
    gold: np.ndarray,
    shares: np.ndarray,
    *,
    k: int = 1,
    edges: np.ndarray | None = None,
) -> pd.DataFrame:
    """Top-k at instance level by the box's share of the image, one row per method and bin that has boxes.

    `methods` are probabilities (n, 80) by name, `gold` category indices (n,), `shares` (n,) those of
    `baselines.area_shares`, and `edges` (m,) the limits between bins, by default those of `size_edges`. Columns method,
    group (the limits in words), above, up_to (0..1), hits, n, value, low, high (0..1, Wilson's interval). A box on a
    limit is in the smaller bin, so equal boxes are together. Raises InputError when the numbers of samples differ.
    """
    import pandas as pd

    if len(shares) != len(gold):
        raise InputError(f"{len(gold)} gold labels and {len(shares)} boxes do not match.")
    edges = size_edges(shares) if edges is None else np.asarray(edges)
    limits, at = [0.0, *edges.tolist(), 1.0], np.searchsorted(edges, shares, side="left")
    rows = []
    for name, probabilities in methods.items():
        right = read_places(probabilities, gold, "instance") < k
        for b in np.unique(at):
            ends = {"above": limits[b], "up_to": limits[b + 1]}
            facts = {"method": name, "group": _in_words(limits[b], limits[b + 1])}
            rows.append(facts | ends | _shared(right[at == b]))
    return pd.DataFrame(rows)


def clique_confusion(probabilities: np.ndarray, gold: np.ndarray, rule: str = "sum") -> pd.DataFrame:
    """How often each supercategory in the box (row) got each as first answer (column), by a rule; counts (12, 12).

    `probabilities` are (n, 80), `gold` category indices (n,). Rows and columns bear the supercategories' names.
    """
    import pandas as pd

    said, size = rank_cliques(probabilities, rule)[:, 0], len(SUPERCATEGORIES)
    read_places(probabilities, gold, "clique", rule)  # numbers and labels fit
    counts = np.bincount(CLIQUE_OF[gold] * size + said, minlength=size * size).reshape(size, size)
    return pd.DataFrame(counts, index=list(SUPERCATEGORIES), columns=list(SUPERCATEGORIES))


def _in_words(low: float, high: float) -> str:
    if low == 0.0:
        return f"up to {100 * high:.3g} %"
    return f"above {100 * low:.3g} %" if high == 1.0 else f"{100 * low:.3g} to {100 * high:.3g} %"


def _hits(name: str, right: np.ndarray) -> dict[str, Any]:
    found = _shared(right)
    ends = {f"{name}_{end}": found[end] for end in ("low", "high")}
    return {f"{name}_hits": found["hits"], name: found["value"], **ends}


def _shared(right: np.ndarray) -> dict[str, Any]:
    """How many of these are right, of how many, the share and its Wilson interval."""
    score = asdict(share("", int(right.sum()), len(right)))
    return {"hits": int(right.sum()), **{name: score[name] for name in ("n", "value", "low", "high")}}
