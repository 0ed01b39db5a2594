"""One student's samples: as many in as out of context in each split, or a refusal that says what can be had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from coinco_core.errors import InputError, did_you_mean
from coinco_core.judgements import CRITERION_TITLES, FINAL_DECISION, QUESTIONS
from coinco_core.splits.dealing import deal_images
from coinco_core.splits.recipes import SPLITS, SplitRecipe, criterion_labels, lacking

if TYPE_CHECKING:
    import pandas as pd


def split_labels(labels: pd.DataFrame, criterion: str, chosen: SplitRecipe, seed: int = 42) -> pd.DataFrame:
    """One student's samples, one row each: columns sample_id, image, in_context (bool), split.

    Each split is exactly half in context. `labels` is a table as for `criterion_labels`; `criterion` is one of the
    three, or FINAL_DECISION. The same labels, recipe and seed, whatever the order of rows, deal the same images to the
    same splits for every criterion. Raises InputError, with the counts, when a split cannot be filled; no split is ever
    made smaller silently.
    """
    if criterion not in QUESTIONS:
        raise InputError(f"'{criterion}' is not a criterion.{did_you_mean(criterion, QUESTIONS)}")
    verdicts = criterion_labels(labels, chosen)
    if criterion not in verdicts.columns:
        raise lacking(chosen, [criterion])
    split = verdicts["image"].map(deal_images(verdicts, chosen.sizes, seed))
    own = verdicts[["sample_id", "image"]].assign(in_context=verdicts[criterion], split=split)
    known = own[own["in_context"].notna()].astype({"in_context": bool})
    return balanced(
        known,
        chosen.sizes,
        seed,
        name="the final decision" if criterion == FINAL_DECISION else CRITERION_TITLES[criterion],
    )


def counts(split: pd.DataFrame) -> dict[str, dict[str, int]]:
    """How many samples are in ('in') and out of context ('out') in each split, by the columns split and in_context."""
    own = {name: split.loc[split["split"] == name, "in_context"] for name in SPLITS}
    return {name: {"in": int(verdicts.sum()), "out": int((~verdicts).sum())} for name, verdicts in own.items()}


def balanced(table: pd.DataFrame, sizes: Mapping[str, int], seed: int, name: str = "this") -> pd.DataFrame:
    """Exactly `sizes[split]` rows of each split, half of them in context, drawn at random and in random order.

    `table` has the columns in_context (bool) and split; the result has all its columns. Raises InputError with the
    counts when a class falls short.
    """
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng([seed, 1])
    parts, short = [], []
    for split, size in sizes.items():
        own = table[table["split"] == split]
        inside, outside = own[own["in_context"]], own[~own["in_context"]]
        if min(len(inside), len(outside)) < size // 2:
            has = f"has {len(inside):,} in and {len(outside):,} out of context"
            short.append(f"{split} needs {size // 2:,} of each and {has}")
            continue
        chosen = [rows.iloc[rng.permutation(len(rows))[: size // 2]] for rows in (inside, outside)]
        both = pd.concat(chosen)
        parts.append(both.iloc[rng.permutation(len(both))])
    if short:
        raise InputError(f"Too few labels to balance {name}: {_shortage(table, sizes, '; '.join(short))}")
    return pd.concat(parts, ignore_index=True)


def _shortage(table: pd.DataFrame, sizes: Mapping[str, int], short: str) -> str:
    """What is short; where it is short over all splits together, also the largest sizes that can be had."""
    total = sum(sizes.values())
    n_in = int(table["in_context"].sum())
    n_out = len(table) - n_in
    if min(n_in, n_out) >= total // 2:
        return f"{short}. Ask for smaller sizes or label more."
    most = [f"{2 * (size // 2 * min(n_in, n_out) // (total // 2)):,} {split}" for split, size in sizes.items()]
    return (
        f"{total:,} at 1:1 need {total // 2:,} in-context samples and as many out-of-context, and there are {n_in:,} "
        f"in-context and {n_out:,} out-of-context; {short}. The largest balanced set in these proportions has "
        f"{', '.join(most)}."
    )
