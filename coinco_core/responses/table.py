"""Many answers at once: a table with a row an answer, what was read from it and by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from coinco_core.judgements import CRITERIA, QUESTIONS
from coinco_core.responses.teacher import RULES, answer_rule, said_at_a_glance, said_with_care

if TYPE_CHECKING:
    import pandas as pd

_REASONS = tuple(f"{criterion}_reason" for criterion in CRITERIA)
_COLUMNS = (*QUESTIONS, *_REASONS, "problems", "contradictions", "rule")
_AT_ONCE = 4096  # answers; what is read from these is put into compact columns before more is read


def response_table(texts: Iterable[object], *, reasons: bool = True) -> pd.DataFrame:
    """What teachers' answers state, one row per answer in their order (a missing text reads as an empty one).

    Columns: location, co_occurrence, size, in_context (boolean, missing where unread), `<criterion>_reason` unless
    `reasons` is False, problems and contradictions (texts joined by '; ', '' where there are none), and rule, a key of
    RULES.
    """
    import pandas as pd
    import pyarrow as pa

    names = [name for name in _COLUMNS if reasons or name not in _REASONS]
    schema = pa.schema([(name, pa.bool_() if name in QUESTIONS else pa.large_string()) for name in names])
    table = pa.Table.from_batches(_batches(list(texts), schema), schema)
    return table.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)


def rule_counts(table: pd.DataFrame) -> pd.Series:
    """How many answers were read by each rule, by the column rule of a `response_table`: integers indexed by RULES."""
    return table["rule"].value_counts().reindex(list(RULES), fill_value=0)


def _batches(texts: list[object], schema: Any) -> Iterator[Any]:
    """Arrow batches of what the texts state, in their order."""
    for start in range(0, len(texts), _AT_ONCE):
        yield _batch(texts[start : start + _AT_ONCE], schema)


def _batch(texts: list[object], schema: Any) -> Any:
    import pyarrow as pa

    columns = dict(zip(_COLUMNS, zip(*map(_row, texts), strict=True), strict=True))
    return pa.record_batch([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def _row(text: object) -> tuple[bool | str | None, ...]:
    known = text if isinstance(text, str) else ""
    verdicts, reasons, problems, rules, contradictions = said_at_a_glance(known) or said_with_care(known)
    return (*verdicts, *reasons, "; ".join(problems), "; ".join(contradictions), answer_rule(rules))
