"""The votes of several models on the same samples, and what follows of them for each sample and question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coinco_core.consensus.ballots import Ballot, ballot
from coinco_core.errors import InputError
from coinco_core.judgements import QUESTIONS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

STATES = ("in", "out", "split", "incomplete")
MOST_MODELS = 8  # figures are kept for each of the 2^k patterns of verdicts


@dataclass(frozen=True)
class Votes:
    """All ballots side by side: `codes` (samples, models, questions) int8, 1 in-context, 0 out-of-context, -1 unread.

    `sample_ids` (samples,) are strings; the models are in the order of `ballots`, the questions in that of QUESTIONS.
    """

    sample_ids: pd.Index
    ballots: tuple[Ballot, ...]
    codes: Array

    @property
    def models(self) -> tuple[str, ...]:
        """The models' names, in the order of the codes."""
        return tuple(ballot.model for ballot in self.ballots)


def read_votes(answers_by_model: Mapping[str, pd.DataFrame]) -> Votes:
    """The votes in one table of answers or findings per model, with columns as in `ballot`; raises as `gather` does."""
    return gather([ballot(model, answers) for model, answers in answers_by_model.items()])


def gather(ballots: Sequence[Ballot]) -> Votes:
    """The votes of several models, codes (samples, models, questions); a sample that a model lacks is unread there.

    Samples come in the order in which the ballots first name them. Raises InputError for one model alone, for more than
    eight, and where no two models judged the same sample.
    """
    import numpy as np

    if len(ballots) < 2:
        raise InputError(
            "A consensus needs the answers of two models or more, three in the paper; for the test images the "
            "authors released only Qwen's answers, so none can be formed there."
        )
    if len(ballots) > MOST_MODELS:
        raise InputError(f"A consensus of {len(ballots)} models is too wide; give {MOST_MODELS} at most.")
    ids = ballots[0].sample_ids
    for one in ballots[1:]:
        ids = ids.append(one.sample_ids[ids.get_indexer(one.sample_ids) < 0])
    if len(ids) == sum(len(one.sample_ids) for one in ballots):
        raise InputError("No two models judged the same sample; are their answers about the same images and pool?")
    codes = np.full((len(ids), len(ballots), len(QUESTIONS)), -1, dtype=np.int8)
    for m, one in enumerate(ballots):
        codes[ids.get_indexer(one.sample_ids), m] = one.reading.codes
    return Votes(ids, tuple(ballots), codes)


def states(votes: Votes) -> Array:
    """The state of every sample and question, (samples, questions) int8, as a position in STATES."""
    import numpy as np

    lowest, highest = votes.codes.min(axis=1), votes.codes.max(axis=1)
    return np.select([lowest < 0, lowest == 1, highest == 0], [3, 0, 1], 2).astype(np.int8)


def dissenters(votes: Votes) -> Array:
    """Which model stands alone against all others, (samples, questions) int64, as its position; -1 where none does.

    Of two models that differ neither is the dissenter.
    """
    import numpy as np

    codes, n = votes.codes, len(votes.models)
    n_in = (codes == 1).sum(axis=1)
    lone = np.where(n_in == 1, codes.argmax(axis=1), codes.argmin(axis=1))
    alone = (states(votes) == STATES.index("split")) & ((n_in == 1) | (n_in == n - 1)) & (n > 2)
    return np.where(alone, lone, -1)


def vote_shares(votes: Votes) -> Array:
    """The share of the readable votes for in-context, (samples, questions) float64, 0..1; NaN where there are none."""
    import numpy as np

    n_in, n_read = (votes.codes == 1).sum(axis=1), (votes.codes >= 0).sum(axis=1)
    return np.divide(n_in, n_read, out=np.full(n_in.shape, np.nan), where=n_read > 0)


def labels_table(votes: Votes) -> pd.DataFrame:
    """One row per sample: its label on every question, how the models voted, and each model's verdict.

    Columns: sample_id (with coco_index and pool where the ids hold them), then for each question `<question>`, the
    unanimous verdict (boolean, missing without one), `<question>_state`, `<question>_vote` (a soft label, 0..1: the
    share of readable votes for in-context) and `<question>_dissenter` ('' where none is alone); then every
    `<model>_<question>` (boolean, missing where unread).
    """
    import pandas as pd

    columns: dict[str, Any] = {"sample_id": votes.sample_ids, **_released_keys(votes.sample_ids)}
    state, alone, share = states(votes), dissenters(votes), vote_shares(votes)
    state_names, model_names = pd.Series(STATES), pd.Series([*votes.models, ""])
    for q, question in enumerate(QUESTIONS):
        columns[question] = pd.arrays.BooleanArray(state[:, q] == 0, state[:, q] > 1)
        columns[f"{question}_state"] = state_names.array.take(state[:, q])
        columns[f"{question}_vote"] = share[:, q]
        columns[f"{question}_dissenter"] = model_names.array.take(alone[:, q])
    for m, model in enumerate(votes.models):
        for q, question in enumerate(QUESTIONS):
            code = votes.codes[:, m, q]
            columns[f"{model}_{question}"] = pd.arrays.BooleanArray(code == 1, code < 0)
    return pd.DataFrame(columns)


def _released_keys(ids: pd.Index) -> dict[str, Any]:
    """The columns coco_index and pool, by which the authors' tables are joined; {} where the ids tell no index."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = pc.extract_regex(pa.array(ids, pa.string()), r"^(?:(?P<pool>training|testing)-)?(?P<index>\d{1,18})$")
    if parts.null_count:
        return {}
    keys = {"coco_index": pc.struct_field(parts, "index").cast(pa.int64()).to_numpy()}
    pools = pc.struct_field(parts, "pool").to_numpy(zero_copy_only=False)
    return keys if "" in pools else keys | {"pool": pools}
