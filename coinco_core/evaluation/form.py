"""The form of a student's answers: what cannot be read, was cut off or contradicts itself, and how long they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from coinco_core.evaluation.polarity import reason_polarity
from coinco_core.evaluation.scores import Score, share
from coinco_core.responses import parse_student_response

if TYPE_CHECKING:
    import pandas as pd

QUARTILES = {"words_lower_quartile": 0.25, "words_median": 0.5, "words_upper_quartile": 0.75}


def form_table(
    criterion: str,
    answers: Mapping[str, Sequence[str]],
    truncated: Mapping[str, Sequence[bool | None]] | None = None,
) -> pd.DataFrame:
    """The form of each answerer's answers, one row per answerer and metric.

    Columns as in `score_table`. Shares (0..1, with Wilson's interval) are `unreadable`, of all answers; `truncated`,
    those that ended at the limit, of the answers for which that is known (not None); `reason_told`, of the answers with
    a verdict those whose reason shows its polarity (`reason_polarity`); and `contradicts_its_reason`, of these those
    whose verdict is the opposite. The quartiles of an answer's length in words have no interval.
    """
    import pandas as pd

    rows = [
        {"answerer": name, **asdict(score)}
        for name, texts in answers.items()
        for score in _form(criterion, texts, (truncated or {}).get(name, [None] * len(texts)))
    ]
    return pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})


def _form(criterion: str, texts: Sequence[str], truncated: Sequence[bool | None]) -> list[Score]:
    findings = [parse_student_response(text, criterion) for text in texts]
    read = [finding for finding in findings if finding.in_context is not None]
    said = [(finding.in_context, reason_polarity(finding.reason)) for finding in read]
    told = [(verdict, polarity) for verdict, polarity in said if polarity is not None]
    known = [cut for _, cut in zip(texts, truncated, strict=True) if cut is not None]
    return [
        share("unreadable", len(texts) - len(read), len(texts)),
        share("truncated", sum(known), len(known)),
        share("reason_told", len(told), len(read)),
        share("contradicts_its_reason", sum(verdict != polarity for verdict, polarity in told), len(told)),
        *_lengths(texts),
    ]


def _lengths(texts: Sequence[str]) -> list[Score]:
    import numpy as np

    words = [len(text.split()) for text in texts]
    values = np.quantile(words, list(QUARTILES.values())).tolist() if words else [None] * len(QUARTILES)
    return [Score(name, value, None, None, len(words)) for name, value in zip(QUARTILES, values, strict=True)]
