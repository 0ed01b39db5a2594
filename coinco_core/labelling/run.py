"""Running an engine over samples into a store that survives being killed (section 3.2 of the paper)."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from coinco_core.engines.base import Engine
from coinco_core.labelling.findings import compact
from coinco_core.labelling.questions import Questions, changed_images
from coinco_core.labelling.store import Store, open_store, succeeded
from coinco_core.progress import Progress
from coinco_core.prompts import Prompt
from coinco_core.samples import Sample

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)


def label(
    samples: Sequence[Sample],
    folder: str | os.PathLike[str],
    engine: Engine,
    prompt: Prompt,
    out: str | os.PathLike[str],
    *,
    shard: tuple[int, int] = (0, 1),
    report: Callable[[str], None] = log.info,
    report_every_s: float = 5.0,
) -> pd.DataFrame:
    """The answers to the samples, a row each in their order (ANSWER_COLUMNS); those in `out` are not asked again.

    `folder` is where the samples' images lie. An answer is in the journal before its place goes to another request.
    A sample whose image or answer fails keeps its row, with an `error`, and is tried again by the next call. Shard
    (i, n) takes every n-th part of the samples. Raises InputError when `out` holds another job.
    """
    store = open_store(out, samples, engine.record, prompt, shard[1])
    parts = store.parts_of(shard)
    own = [sample for part in parts for sample in store.samples_of(part, samples)]
    todo = unanswered(store, own, folder, parts)
    report(f"{len(own) - len(todo)} of {len(own)} answers are there already")
    questions = Questions(todo, folder, prompt, store.fingerprint, store.model)
    tell = Progress(len(todo), report, report_every_s)
    with store.keeping(samples) as keep:
        engine.ask(questions.requests(), lambda answers: tell(keep(questions.rows(answers))))
        tell(keep(questions.unanswered()))
    return compact(store, samples, parts)


def unanswered(
    store: Store, samples: Sequence[Sample], folder: str | os.PathLike[str], parts: Sequence[int]
) -> list[Sample]:
    """The samples that have no answer, or one to an image that has changed since."""
    answered = {name: row for name, row in store.rows(parts).items() if succeeded(row)}
    changed = changed_images(samples, folder, answered)
    return [sample for sample in samples if sample.sample_id not in answered or sample.sample_id in changed]
