"""The three students together: one violation makes an object out-of-context (section 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coinco_core.evaluation.measures import Verdicts
from coinco_core.evaluation.question_tables import with_final_decision
from coinco_core.evaluation.scores import as_verdicts
from coinco_core.judgements import CRITERIA

if TYPE_CHECKING:
    import pandas as pd


def final_verdicts(table: pd.DataFrame) -> dict[str, Verdicts]:
    """The verdicts by criterion and the final decisions, sample by sample, of a table that `classify_samples` made.

    None where a sample could not be judged, which its column `error` tells, and where the answer could not be read: the
    likelier verdict, which stands in such a row, was not said.
    """
    said = table["in_context"].where(table["readable"].fillna(False).astype(bool))
    return with_final_decision({c: as_verdicts(said[table["criterion"] == c]) for c in CRITERIA})
