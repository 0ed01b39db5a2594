"""What the three students' pages wrote (section 5.1), as the functions of this room take it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from coinco_core.errors import InputError, MissingError
from coinco_core.evaluation.measures import Verdicts
from coinco_core.evaluation.scores import as_verdicts
from coinco_core.files import read_table
from coinco_core.judgements import CRITERIA

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("validation", "test", "unmodified")
T = TypeVar("T")


@dataclass(frozen=True)
class PartAnswers:
    """The answers on one part of the samples, all in the order of `samples`.

    The first three are by criterion, the others by answerer, then criterion. A criterion is missing from `teacher` or
    `truth` unless its labels are known of every sample. `likely` is the probability of in-context (0..1), `cut_off`
    whether an answer ended at the limit of tokens.
    """

    samples: dict[str, list[str]]
    teacher: dict[str, list[bool]]
    truth: dict[str, list[bool]]
    verdicts: dict[str, dict[str, Verdicts]]
    likely: dict[str, dict[str, list[float]]]
    texts: dict[str, dict[str, list[str]]]
    reasons: dict[str, dict[str, list[str]]]
    cut_off: dict[str, dict[str, list[bool]]]


def read_student_answers(run_dir: str | os.PathLike[str]) -> pd.DataFrame:
    """The answers of all three students, of their base and of the students of verdicts alone, a row an answer.

    Raises MissingError when one of the three pages has not been run.
    """
    import pandas as pd

    tables = []
    for criterion in CRITERIA:
        path = Path(run_dir) / f"students_{criterion}" / "answers.parquet"
        if not path.is_file():
            raise MissingError(f"'{path}' is not there; run the notebook students_{criterion} first.")
        tables.append(read_table(path))
    return pd.concat(tables, ignore_index=True)


def part_answers(answers: pd.DataFrame, part: str) -> PartAnswers:
    """The answers on 'validation', 'test' or 'unmodified' samples, from a table of `read_student_answers`.

    Raises InputError when there are none, or when answerers were asked about different samples.
    """
    own = answers[answers["part"] == part]
    if own.empty:
        raise InputError(f"There are no answers on the part '{part}'; it is one of {', '.join(PARTS)}.")
    groups: dict[Any, pd.DataFrame] = dict(iter(own.groupby(["answerer", "criterion"], sort=False)))
    first = {criterion: rows for (_, criterion), rows in reversed(groups.items())}
    for (answerer, criterion), rows in groups.items():
        if rows["sample_id"].tolist() != first[criterion]["sample_id"].tolist():
            raise InputError(f"'{answerer}' was asked about other samples of {criterion}, or in another order.")

    def each(name: str, kind: Callable[[pd.Series[Any]], T]) -> dict[str, dict[str, T]]:
        found: dict[str, dict[str, T]] = {}
        for (answerer, criterion), rows in groups.items():
            found.setdefault(answerer, {})[criterion] = kind(rows[name])
        return found

    return PartAnswers(
        samples={criterion: first[criterion]["sample_id"].tolist() for criterion in CRITERIA if criterion in first},
        teacher=_labels(first, "teacher"),
        truth=_labels(first, "truth"),
        verdicts=each("in_context", as_verdicts),
        likely=each("probability", list),
        texts=each("text", list),
        reasons=each("reason", list),
        cut_off=each("finished", lambda finished: [not end for end in finished]),
    )


def _labels(first: dict[str, pd.DataFrame], name: str) -> dict[str, list[bool]]:
    """The labels of the criteria that have one for every sample."""
    known = {c: first[c][name] for c in CRITERIA if c in first and first[c][name].notna().all()}
    return {criterion: [bool(label) for label in labels] for criterion, labels in known.items()}
