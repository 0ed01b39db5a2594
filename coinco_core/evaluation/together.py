"""The three students together, on samples as they come: one violation makes an object out-of-context (section 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coinco_core.distillation.study import Pool, reasoned_verdicts
from coinco_core.evaluation.measures import Verdicts
from coinco_core.evaluation.questions import with_overall
from coinco_core.evaluation.scores import as_verdicts
from coinco_core.judgements import CRITERIA
from coinco_core.samples import Sample
from coinco_core.splits import deal_images

if TYPE_CHECKING:
    import pandas as pd


def held_out(pool: Pool, settings: Mapping[str, Any], seed: int, n: int) -> list[Sample]:
    """The first n samples of the pool whose pictures no student was trained or validated on, and nothing balanced.

    These are the pictures that `study.balanced_split` deals to the test sets by the same settings and seed. Out of
    context is as common among them as in the pool.
    """
    sizes = {part: int(settings[f"n_{part}"]) for part in ("train", "validation", "test")}
    dealt = deal_images(reasoned_verdicts(pool).sort_values("sample_id"), sizes, seed)
    tested = set(dealt.index[dealt == "test"])
    return [sample for sample in pool.samples.values() if sample.image in tested][:n]


def final_verdicts(table: pd.DataFrame) -> dict[str, Verdicts]:
    """The verdicts by criterion and overall, sample by sample, of a table that `classify_samples` made.

    None where a sample could not be judged, which its column `error` tells, and where the answer could not be read: the
    likelier verdict, which stands in such a row, was not said.
    """
    said = table["in_context"].where(table["readable"].fillna(False).astype(bool))
    return with_overall({c: as_verdicts(said[table["criterion"] == c]) for c in CRITERIA})
