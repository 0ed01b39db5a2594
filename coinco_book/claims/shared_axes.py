"""Tables for the figures in which the paper's numbers and a run's have the same axes: panels side by side, one scale.

A figure says whose numbers a panel holds in the panel's title; how near two points lie across panels means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from coinco_book.claims.beside_paper import TABLES, Comparison, Pair
from coinco_core.evaluation import wilson_interval
from coinco_core.objects_from_context.chance import chance_cliques, chance_instances

if TYPE_CHECKING:
    import pandas

THE_PAPER = "The paper"
STUDENT_SAMPLES = 2_000  # the page's test split, for intervals that the paper does not give; what it used was not seen
LEVELS = {"80 categories": "instance", "12 supercategories": "clique_first"}
NETWORK, CO_OCCURRENCE, PRINTED, CHANCE = "The network", "Co-occurrence", "Chance, as printed", "Chance, by this rule"
FACTORS = (1, 5, 10)  # of the sweep, whose numbers are printed
LOCALISERS = {"catnet": "CAT-Net", "mantranet": "ManTraNet", "trufor": "TruFor", "psccnet": "PSCC-Net"}
MEASURES = {"f1": "F1", "ap": "Average precision"}
Numbers = Mapping[str, Mapping[str, Any]]


def published_changes(paper: Mapping[str, Any]) -> pandas.DataFrame:
    """The paper's students before and after: columns panel, where, criterion, answerer, value, low and high (0..1).

    `paper` holds the paper's values by claim id; the intervals are Wilson's at STUDENT_SAMPLES.
    """
    import pandas

    rows = []
    for label, claim in TABLES["students"].claims.items():
        low, high = wilson_interval(round(STUDENT_SAMPLES * paper[claim] / 100), STUDENT_SAMPLES)
        rows.append({"panel": THE_PAPER, **_place(label), "value": paper[claim] / 100, "low": low, "high": high})
    return pandas.DataFrame(rows)


def overlapping_pairs(changes: pandas.DataFrame) -> list[str]:
    """The pairs of before and after whose intervals overlap, as 'co-occurrence on unmodified scenes'."""
    ends = changes.set_index(["criterion", "where", "answerer"])[["low", "high"]].unstack()
    low, high = ends["low"], ends["high"]
    shared = (low["student"] <= high["before"]) & (low["before"] <= high["student"])
    return [f"{criterion.replace('_', '-')} on {where}" for criterion, where in ends.index[shared]]


def run_changes(comparison: Comparison, title: str) -> pandas.DataFrame:
    """The same of a run, from the comparison of the students; `title` is its panel's."""
    import pandas

    rows = [{"panel": title, **_place(pair.label), **_shares(pair)} for pair in comparison.pairs]
    return pandas.DataFrame(rows)


def _place(label: str) -> dict[str, str]:
    """What a label of the students' comparison says: where, criterion, answerer."""
    what, where, when = label.split(", ")
    answerer = {"before": "before", "after": "student"}[when]
    return {"where": where, "criterion": what.replace("-", "_"), "answerer": answerer}


def _shares(pair: Pair) -> dict[str, float]:
    values = {"value": pair.here, "low": pair.low, "high": pair.high}
    return {name: float("nan") if value is None else value / 100 for name, value in values.items()}


def object_accuracies(paper: Mapping[str, Any], numbers: Numbers | None = None, run: str = "") -> pandas.DataFrame:
    """Top-k accuracies in percent, one row per number: level, panel, method, k, value.

    `paper` holds the paper's values by claim id, `numbers` what a run of objects_from_context recorded, shown under the
    title `run`. The chance of the paper's panels is that of all 80 categories equally often the answer.
    """
    import pandas

    rows = [*_published_accuracies(paper), *(_run_accuracies(numbers, run) if numbers else ())]
    return pandas.DataFrame(rows, columns=["level", "panel", "method", "k", "value"])


def _published_accuracies(paper: Mapping[str, Any]) -> Iterator[tuple[str, str, str, int, float]]:
    names = {NETWORK: "ofc-{}-top{}", CO_OCCURRENCE: "ofc-co-occurrence-{}-top{}", PRINTED: "ofc-random-{}-top{}"}
    chances = {"instance": chance_instances(), "clique_first": chance_cliques("first")}
    for level, key in LEVELS.items():
        for method, name in names.items():
            ids = {k: name.format(key.split("_")[0], k) for k in (1, 3, 5, 10)}
            yield from ((level, THE_PAPER, method, k, paper[i]) for k, i in ids.items() if i in paper)
        yield from ((level, THE_PAPER, CHANCE, k, 100 * share) for k, share in chances[key].items())


def _run_accuracies(numbers: Numbers, run: str) -> Iterator[tuple[str, str, str, int, float]]:
    methods = {NETWORK: "network", CO_OCCURRENCE: "co_occurrence", CHANCE: "chance"}
    for level, key in LEVELS.items():
        for method, name in methods.items():
            found = {k: numbers.get(f"ofc_{name}_{key}_top{k}", {}).get("value") for k in (1, 3, 5, 10)}
            yield from ((level, run, method, k, v) for k, v in found.items() if isinstance(v, int | float))


def gamma_sweep(paper: Mapping[str, Any]) -> pandas.DataFrame:
    """The printed points of the sweep over the factor: measure, model, factor, value (0..1); the paper's alone."""
    import pandas

    rows = [
        (title, name, factor, paper[f"gamma-{measure}-{model}-{factor}"])
        for measure, title in MEASURES.items()
        for model, name in LOCALISERS.items()
        for factor in FACTORS
    ]
    return pandas.DataFrame(rows, columns=["measure", "model", "factor", "value"])
