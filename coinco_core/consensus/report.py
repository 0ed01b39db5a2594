"""What there is to say about a consensus: how the answers were read, the counts, and how far the models agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coinco_core.agreement import agreement
from coinco_core.consensus.codes import CodedAnswers
from coinco_core.consensus.votes import STATES, Votes, dissenters, states
from coinco_core.judgements import CRITERIA, FINAL_DECISION, QUESTIONS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

# The paper's counts for the final decision; a reference beside a run over as many samples, never a result.
PUBLISHED_COUNTS = {"in": 9_050, "out": 64_879}
PUBLISHED_OVER = (97_722, 95_320)  # all images; those of training and validation


def consensus_report(votes: Votes, seed: int = 0) -> dict[str, Any]:
    """All counts and figures in plain Python values, for people and for `--json`.

    By question: `states`, `dissent` (how often each model stood alone) and `agreement` (see `agreement.agreement`;
    bootstrap seeded by `seed`), which has under 'overall' the three criteria pooled, without the final decision because
    that follows from them. `final_only` counts the samples whose final decision is unanimous while the named criterion,
    or any, is not. By model: `n_answers`, `n_duplicates` (repeated rows left out, `n_conflicting` of them different),
    `n_unread` (no readable verdict, or no row) by question, and `reading` (see `reading_table`; `rules` counts the
    rules by which answers were read). `published` holds the paper's counts, for as many samples as it had alone.
    """
    state, alone, models = states(votes), dissenters(votes), votes.models
    unread = (votes.codes < 0).sum(axis=0)
    n_samples = len(votes.sample_ids)
    return {
        "models": list(models),
        "n_samples": n_samples,
        "n_answers": {one.model: len(one.sample_ids) for one in votes.ballots},
        "n_duplicates": {one.model: one.repeated for one in votes.ballots},
        "n_conflicting": {one.model: one.conflicting for one in votes.ballots},
        "n_unread": {m: _by_question(row) for m, row in zip(models, unread, strict=True)},
        "reading": {one.model: _counted(one.reading) | {"rules": _rules(one.reading)} for one in votes.ballots},
        "states": _counts(state, STATES),
        "final_only": _final_only(state),
        "dissent": _counts(alone, models),
        "agreement": _agreements(votes, seed),
        "published": PUBLISHED_COUNTS if n_samples in PUBLISHED_OVER else None,
    }


def reading_table(votes: Votes) -> pd.DataFrame:
    """How well each model's answers could be read: one row per model, counts of answers.

    Columns: model, answers, read (all four verdicts), partly (one to three), unread (none); decision_contradicts (the
    decision is not the one that the any-one-violation rule implies), summary_contradicts (a verdict of the summary is
    not that of the analysis; None where the texts are not known), contradictory (either), and contradiction_rate
    (contradictory among the answers with any readable verdict, 0..1; None without such).
    """
    import pandas as pd

    return pd.DataFrame([{"model": one.model, **_counted(one.reading)} for one in votes.ballots])


def _counted(one: CodedAnswers) -> dict[str, Any]:
    n_read = (one.codes >= 0).sum(axis=1)
    breaks_rule = _breaks_rule(one.codes)
    either = breaks_rule if one.differs is None else breaks_rule | one.differs
    contradictory, readable = int(either.sum()), int((n_read > 0).sum())
    return {
        "answers": len(one.codes),
        "read": int((n_read == len(QUESTIONS)).sum()),
        "partly": readable - int((n_read == len(QUESTIONS)).sum()),
        "unread": len(one.codes) - readable,
        "decision_contradicts": int(breaks_rule.sum()),
        "summary_contradicts": None if one.differs is None else int(one.differs.sum()),
        "contradictory": contradictory,
        "contradiction_rate": contradictory / readable if readable else None,
    }


def _breaks_rule(codes: Array) -> Array:
    """Where the stated decision is not what the criteria imply: out when any is violated, in when none is."""
    criteria, decision = codes[:, : len(CRITERIA)], codes[:, len(CRITERIA)]
    return ((criteria == 0).any(axis=1) & (decision == 1)) | ((criteria == 1).all(axis=1) & (decision == 0))


def _rules(one: CodedAnswers) -> dict[str, int] | None:
    """How many answers were read by each rule, the commonest first; None where that is not known."""
    import pandas as pd

    return None if one.rules is None else {str(k): int(n) for k, n in pd.Series(one.rules).value_counts().items()}


def _by_question(numbers: Array) -> dict[str, int]:
    return {question: int(n) for question, n in zip(QUESTIONS, numbers, strict=True)}


def _counts(positions: Array, names: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """By question, how often each name occurs in an array of positions (samples, questions)."""
    return {
        question: {name: int((positions[:, q] == k).sum()) for k, name in enumerate(names)}
        for q, question in enumerate(QUESTIONS)
    }


def _final_only(state: Array) -> dict[str, int]:
    unanimous = state < STATES.index("split")
    lost = unanimous[:, [QUESTIONS.index(FINAL_DECISION)]] & ~unanimous[:, : len(CRITERIA)]
    return {c: int(n) for c, n in zip(CRITERIA, lost.sum(axis=0), strict=True)} | {"any": int(lost.any(axis=1).sum())}


def _agreements(votes: Votes, seed: int) -> dict[str, Any]:
    codes, models = votes.codes, votes.models
    found = {question: agreement(codes[:, :, q], models, seed=seed) for q, question in enumerate(QUESTIONS)}
    return found | {"overall": agreement(codes[:, :, : len(CRITERIA)], models, seed=seed)}
