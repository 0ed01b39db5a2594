"""What the published table of Objects-from-Context implies: whole counts of pictures, and what chance really gets.

`paper` holds the paper's values by claim id (see `page.paper_values`); chances come back in percent.
"""

from __future__ import annotations

from coinco_core.categories import SUPERCATEGORIES
from coinco_core.objects_from_context.chance import chance_cliques, chance_instances, chance_twelve_way
from coinco_core.objects_from_context.published import LEVELS, fitting_sizes, published_counts
from coinco_core.objects_from_context.ranking import CLIQUE_SIZES, RULES, TOP
from coinco_core.reproduction.claims.settled.counts import Paper

DECIMALS = 2  # with which the table prints its percentages


def percentages(paper: Paper) -> dict[str, dict[int, float]]:
    """The network's accuracies by level ('instance', 'clique') and k, as the table prints them."""
    return {level: {k: paper[f"ofc-{level}-top{k}"] for k in TOP} for level in LEVELS}


def hits(paper: Paper) -> dict[str, float]:
    """How many of the test pictures are right behind each of the eight percentages."""
    counts = published_counts(percentages(paper), paper["test-images"], DECIMALS)
    return {f"hits_{level}_top{k}": n for level, row in counts.items() for k, n in row.items()}


def sizes_that_fit(paper: Paper, most: int) -> list[int]:
    """The numbers of test pictures, up to `most`, of which all eight percentages are whole counts."""
    return fitting_sizes([p for row in percentages(paper).values() for p in row.values()], most, DECIMALS)


def chances() -> dict[str, float]:
    """Top-k accuracy by chance: of the 80, of an order of 12 at random, and of the 12 under either rule."""
    rows = {"instance": chance_instances(), "twelve_way": chance_twelve_way()}
    rows |= {f"clique_{rule}": chance_cliques(rule) for rule in RULES}
    return {f"chance_{name}_top{k}": 100 * share for name, row in rows.items() for k, share in row.items()}


def cliques() -> dict[str, float]:
    """How many categories each supercategory has, and all together."""
    sizes = {f"supercategory_{name}": int(n) for name, n in zip(SUPERCATEGORIES, CLIQUE_SIZES, strict=True)}
    return {**sizes, "supercategories": sum(sizes.values())}


def overview(paper: Paper) -> dict[str, float]:
    """The overview figure's probability of food, from the three foods that it shows."""
    return {"overview_food": sum(paper[f"overview-{name}"] for name in ("pizza", "cake", "sandwich"))}
