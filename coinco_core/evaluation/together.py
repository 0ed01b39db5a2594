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
    """The verdicts by criterion and the final decisions, one per sample, from a table of `classify_samples`.

    Of its columns, criterion, in_context and readable are used. A verdict is None where a sample could not be judged
    (its `error` gives the reason) and where the answer could not be read: the likelier verdict, which such a row holds,
    was not stated.
    """
    said = table["in_context"].where(table["readable"].fillna(False).astype(bool))
    return with_final_decision({c: as_verdicts(said[table["criterion"] == c]) for c in CRITERIA})
