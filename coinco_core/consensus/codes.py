"""Answers' texts, however many, as codes: what each says on each question, on as many cores as there are."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from coinco_core.devices import usable_cores
from coinco_core.judgements import QUESTIONS
from coinco_core.responses.table import response_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

_WORTH_A_PROCESS = 10_000  # answers; fewer are read before another process has begun


class CodedAnswers(NamedTuple):
    """What was read: `codes` (answers, questions) int8, 1 in-context, 0 out-of-context, -1 unread.

    `differs` (answers,) bool is True where the summary contradicts the analysis, and `rules` (answers,) holds the name
    of the rule by which each answer was read; either is None where that is not known.
    """

    codes: Array
    differs: Array | None
    rules: Array | None


def reading_of(findings: pd.DataFrame) -> CodedAnswers:
    """The codes (rows, questions) in a table of findings, whose columns are the four verdicts.

    Its columns contradictions and rule are used where it has them.
    """
    import numpy as np

    verdicts = [findings[question].astype("boolean").to_numpy("int8", na_value=-1) for question in QUESTIONS]
    differs = rules = None
    if "contradictions" in findings:
        said = findings["contradictions"].fillna("")
        differs = said.str.contains("the analysis and the summary differ", regex=False).to_numpy(bool)
    if "rule" in findings:
        rules = findings["rule"].fillna("").to_numpy(object)
    return CodedAnswers(np.stack(verdicts, axis=1), differs, rules)


def read_texts(texts: pd.Series, processes: int | None = None) -> CodedAnswers:
    """The codes (n, questions) of n texts; a missing text is unread.

    Many texts are shared out to processes, by default one for each core that has enough of them. They are started
    afresh, since a process with threads, such as a notebook's kernel, cannot be forked safely.
    """
    n = _worthwhile_processes(len(texts)) if processes is None else processes
    if n < 2:
        return _read_part(texts)
    ends = [len(texts) * i // n for i in range(n + 1)]
    parts = [texts.iloc[first:last] for first, last in pairwise(ends)]
    with ProcessPoolExecutor(n, mp_context=multiprocessing.get_context("spawn")) as pool:
        return joined(list(pool.map(_read_part, parts)))


def _worthwhile_processes(texts: int) -> int:
    return min(usable_cores(), texts // _WORTH_A_PROCESS) if _may_be_started_again() else 1


def _may_be_started_again() -> bool:
    """Whether a process started afresh would not run the caller's own script from its beginning."""
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    return file is None or getattr(main, "__spec__", None) is not None or Path(file).stem == "coinco"


def joined(parts: Sequence[CodedAnswers]) -> CodedAnswers:
    """Several readings as one: codes (answers, questions) over all parts; what one part lacks is None for the whole."""
    import numpy as np

    codes = np.concatenate([part.codes for part in parts])
    return CodedAnswers(codes, _whole([part.differs for part in parts]), _whole([part.rules for part in parts]))


def _whole(arrays: Sequence[Array | None]) -> Array | None:
    import numpy as np

    known = [array for array in arrays if array is not None]
    return np.concatenate(known) if len(known) == len(arrays) else None


def _read_part(texts: pd.Series) -> CodedAnswers:
    return reading_of(response_table(texts, reasons=False))
