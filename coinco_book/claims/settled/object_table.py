"""What the published table of Objects-from-Context implies: whole counts of images, and what chance really gets.

`paper` holds the paper's values by claim id (see `page.paper_values`); chances come back in percent.
"""

from __future__ import annotations

from itertools import product

from coinco_book.chapters.published_accuracies import LEVELS, fitting_sizes, published_counts
from coinco_book.claims.settled.counts import Paper
from coinco_book.claims.tolerance import sampling_tolerance
from coinco_core.categories import SUPERCATEGORIES
from coinco_core.objects_from_context.chance import chance_cliques, chance_instances, chance_twelve_way
from coinco_core.objects_from_context.ranking import CLIQUE_SIZES, RULES, TOP

TOP_PRINTED = (1, 3, 5)  # of the baselines' rows
DECIMALS = 2  # with which the table prints its percentages


def percentages(paper: Paper) -> dict[str, dict[int, float]]:
    """The network's accuracies by level ('instance', 'clique') and k, as the table prints them."""
    return {level: {k: paper[f"ofc-{level}-top{k}"] for k in TOP} for level in LEVELS}


def hits(paper: Paper) -> dict[str, float]:
    """How many of the test images are right behind each of the eight percentages."""
    counts = published_counts(percentages(paper), paper["test-images"], DECIMALS)
    return {f"hits_{level}_top{k}": n for level, row in counts.items() for k, n in row.items()}


def sizes_that_fit(paper: Paper, most: int) -> list[int]:
    """The numbers of test images, up to `most`, of which all eight percentages are whole counts."""
    return fitting_sizes([p for row in percentages(paper).values() for p in row.values()], most, DECIMALS)


def chances() -> dict[str, float]:
    """Top-k accuracy by chance: of the 80, of an order of 12 at random, and of the 12 under either rule."""
    rows = {"instance": chance_instances(), "twelve_way": chance_twelve_way()}
    rows |= {f"clique_{rule}": chance_cliques(rule) for rule in RULES}
    return {f"chance_{name}_top{k}": 100 * share for name, row in rows.items() for k, share in row.items()}


def rows_above(paper: Paper) -> dict[str, float]:
    """In how many of the table's six cells a row lies above another, as printed or above what chance really gets."""
    cells = list(product(LEVELS, TOP_PRINTED))
    printed = {
        row: [paper[f"ofc-{row}{level}-top{k}"] for level, k in cells] for row in ("", "co-occurrence-", "random-")
    }
    found, rules = chances(), {"instance": "instance", "clique": "clique_first"}
    real = [found[f"chance_{rules[level]}_top{k}"] for level, k in cells]
    pairs = {
        "network_above_co_occurrence": (printed[""], printed["co-occurrence-"]),
        "co_occurrence_above_random": (printed["co-occurrence-"], printed["random-"]),
        "co_occurrence_above_chance": (printed["co-occurrence-"], real),
    }
    return {name: sum(a > b for a, b in zip(*rows, strict=True)) for name, rows in pairs.items()}


def log(paper: Paper) -> dict[str, float]:
    """By how many points the log's accuracy falls from its best epoch to the last, and what the draw could explain."""
    best, last = paper["ofc-log-best-top1"], paper["ofc-log-last-top1"]
    drawn, _ = sampling_tolerance({"sampling": paper["ofc-validation-images"], "difference": True, "share": best}, best)
    return {"log_fall": best - last, "log_fall_by_chance": drawn}


def cliques(paper: Paper) -> dict[str, float]:
    """How many categories each supercategory has in this book's own list, and the published sizes all together."""
    sizes = {f"supercategory_{name}": int(n) for name, n in zip(SUPERCATEGORIES, CLIQUE_SIZES, strict=True)}
    return {**sizes, "supercategories": sum(paper[f"supercategory-{name}"] for name in SUPERCATEGORIES)}


def overview(paper: Paper) -> dict[str, float]:
    """The overview figure's probability of food, from the three foods that it shows."""
    return {"overview_food": sum(paper[f"overview-{name}"] for name in ("pizza", "cake", "sandwich"))}
