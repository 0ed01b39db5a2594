"""Three questions to a student, which never share a table or an axis.

Fidelity: does it say what the teacher says? That is what it was trained for, and the teacher itself would score 100 %
by construction. Correctness: is it right, by the truth or by people's labels? Robustness: what does it say of images
nobody changed? COinCO's main table (section 5.1) is about fidelity, as its labels are the teacher's verdicts. Every
table here says in its column `question` which one it answers, and `one_question` refuses a mixture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from coinco_core.errors import InputError, did_you_mean
from coinco_core.evaluation.bootstrap import DRAWS, ImageIds
from coinco_core.evaluation.comparison import score_table
from coinco_core.evaluation.measures import Verdicts
from coinco_core.evaluation.shortcut import shortcut_table
from coinco_core.judgements import CRITERIA, FINAL_DECISION, QUESTIONS, any_violation_rule

if TYPE_CHECKING:
    import pandas as pd

EVALUATION_QUESTIONS = {
    "fidelity": "Does it say what the teacher says?",
    "correctness": "Is it right?",
    "robustness": "What does it say of unmodified images?",
}
Labels = Mapping[str, Sequence[bool]]  # by criterion, or FINAL_DECISION
Answerers = Mapping[str, Mapping[str, Verdicts]]  # by name, then as Labels
Likely = Mapping[str, Mapping[str, Sequence[float]]]  # as Answerers: the probabilities of in-context


def final_decisions(by_criterion: Mapping[str, Verdicts]) -> list[bool | None]:
    """The verdict on each sample by the any-one-violation rule, from those on the three criteria.

    A known violation decides, whatever else is unreadable; without one, an unreadable verdict makes it None. Raises
    InputError when a criterion is missing or the lengths differ.
    """
    missing = [criterion for criterion in CRITERIA if criterion not in by_criterion]
    if missing:
        raise InputError(f"The final decision needs all three criteria; {', '.join(missing)} is missing.")
    columns = [by_criterion[criterion] for criterion in CRITERIA]
    if len({len(column) for column in columns}) > 1:
        raise InputError("The three criteria have different numbers of verdicts; give those of the same samples.")
    return [any_violation_rule(verdicts) for verdicts in zip(*columns, strict=True)]


def with_final_decision(by_criterion: Mapping[str, Verdicts]) -> dict[str, Verdicts]:
    """The verdicts by criterion, and the final decisions under FINAL_DECISION, each one per sample."""
    return {**by_criterion, FINAL_DECISION: final_decisions(by_criterion)}


def fidelity_table(
    teacher: Labels,
    answerers: Answerers,
    probabilities: Likely | None = None,
    *,
    images: Mapping[str, ImageIds] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """How far answerers agree with the teacher: `score_table` for each criterion of the teacher's verdicts.

    One row per criterion, answerer and metric. Columns question, criterion, answerer, metric, value, low, high, n;
    `kappa` is that with the teacher. The trivial answerers are included. Raises InputError when the teacher is among
    the answerers: it would agree with itself.
    """
    if "teacher" in answerers:
        raise InputError("The teacher is what fidelity is measured against; it can be an answerer of correctness only.")
    return _tables("fidelity", teacher, answerers, probabilities, images, seed, draws)


def correctness_table(
    truth: Labels,
    answerers: Answerers,
    probabilities: Likely | None = None,
    *,
    images: Mapping[str, ImageIds] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """How often answerers are correct by the truth or people's labels; rows and columns as in `fidelity_table`.

    The teacher may be one of them, which shows how far it can be trusted.
    """
    return _tables("correctness", truth, answerers, probabilities, images, seed, draws)


def robustness_table(
    truth: Labels,
    altered: Answerers,
    unmodified: Answerers,
    *,
    images: tuple[Mapping[str, ImageIds], Mapping[str, ImageIds]] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """The verdicts on unmodified images beside the specificity on altered ones: `shortcut_table` for each criterion.

    `truth` is that of the altered images; on unmodified ones everything is in context. The trivial answerers are
    included. `images` names by criterion those of the altered samples, and those of the unmodified ones. Columns as in
    `fidelity_table`.
    """
    shown, shown_plain = images or ({}, {})
    tables = []
    for criterion, labels in _known(truth).items():
        both = shown.get(criterion), shown_plain.get(criterion)
        sides = (labels, _of(altered, criterion)), _of(unmodified, criterion)
        table = shortcut_table(*sides, baselines=True, images=both, seed=seed, draws=draws)
        tables.append(table.assign(criterion=criterion))
    return _asked("robustness", tables)


def one_question(table: pd.DataFrame) -> str:
    """The one question that a table answers by its column `question`, a key of EVALUATION_QUESTIONS.

    Raises InputError when the table has no such column or mixes several questions.
    """
    asked = [] if "question" not in table.columns else sorted(set(table["question"]))
    if len(asked) != 1 or asked[0] not in EVALUATION_QUESTIONS:
        raise InputError(
            f"A table or figure answers one of the questions {', '.join(EVALUATION_QUESTIONS)}; this one answers "
            f"{' and '.join(map(str, asked)) or 'none that it names'}. Show each on its own."
        )
    return str(asked[0])


def _tables(
    question: str, gold: Labels, answerers: Answerers, probabilities: Likely | None,
    images: Mapping[str, ImageIds] | None, seed: int, draws: int,
) -> pd.DataFrame:  # fmt: skip
    tables = []
    for criterion, labels in _known(gold).items():
        likely = {name: of[criterion] for name, of in (probabilities or {}).items() if criterion in of}
        image_ids = (images or {}).get(criterion)
        table = score_table(labels, _of(answerers, criterion), likely, images=image_ids, seed=seed, draws=draws)
        tables.append(table.assign(criterion=criterion))
    return _asked(question, tables)


def _known(gold: Labels) -> Labels:
    for criterion in gold:
        if criterion not in QUESTIONS:
            raise InputError(f"'{criterion}' is not a criterion.{did_you_mean(criterion, QUESTIONS)}")
    if not gold:
        raise InputError("There are no labels; give those of at least one criterion.")
    return gold


def _of(answerers: Answerers, criterion: str) -> dict[str, Verdicts]:
    """Each answerer's verdicts by one criterion; InputError when one has none."""
    without = [name for name, verdicts in answerers.items() if criterion not in verdicts]
    if without:
        raise InputError(f"{', '.join(without)} has no verdicts for '{criterion}'.")
    return {name: verdicts[criterion] for name, verdicts in answerers.items()}


def _asked(question: str, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    table = pd.concat(tables, ignore_index=True).assign(question=question)
    return table[["question", "criterion", *table.columns.drop(["question", "criterion"])]]
