"""Samples that the teachers have judged: what the students' balanced, leak-free splits are drawn from (section 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core.errors import InputError, MissingError
from coinco_core.files import digest, read_table
from coinco_core.judgements import CRITERIA
from coinco_core.samples import Sample, read_samples, samples_digest
from coinco_core.splits import TEACHER, SplitRecipe, split_labels

if TYPE_CHECKING:
    import pandas as pd

FINDINGS = "findings.parquet"  # the teacher's answers, read
LABELS = "labels.parquet"  # the verdicts of all models, and where they are unanimous


@dataclass(frozen=True)
class JudgedSamples:
    """Samples by id and what was said of them; every table has one row per sample.

    `findings` are the teacher's, with the columns of `findings_table`. `labels` holds the verdicts of all models, with
    the columns of `labels_table`; None where only the teacher has answered. `truth` is indexed by sample_id, with one
    boolean column per criterion; None where it is unknown, as for photographs.
    """

    folder: Path
    samples: dict[str, Sample]
    findings: pd.DataFrame
    truth: pd.DataFrame | None = None
    labels: pd.DataFrame | None = None

    def digest(self) -> str:
        """A digest of the samples, the findings and the labels, 64 hexadecimal digits."""
        tables = [table.to_csv(index=False) for table in (self.findings, self.labels) if table is not None]
        return digest([samples_digest(list(self.samples.values())), *tables])


def read_judged(folder: str | Path, answers: str | Path | None = None) -> JudgedSamples:
    """The altered samples of a folder that were judged; `answers` is the folder (default: the same) with the answers.

    There findings.parquet holds the teacher's findings and labels.parquet, where it is present, the labels of all
    models. Raises MissingError when the teacher has not answered.
    """
    home, source = Path(folder), Path(folder if answers is None else answers)
    if not (source / FINDINGS).is_file():
        raise MissingError(f"'{source}' has no {FINDINGS}; `coinco label` makes it from the teacher's answers.")
    samples = [sample for sample in read_samples(home) if sample.modified]
    labels = read_table(source / LABELS) if (source / LABELS).is_file() else None
    return judged(home, samples, read_table(source / FINDINGS), labels=labels)


def judged(
    folder: Path,
    samples: list[Sample],
    findings: pd.DataFrame,
    truth: pd.DataFrame | None = None,
    labels: pd.DataFrame | None = None,
) -> JudgedSamples:
    """The samples that have findings, with their rows of the tables, by the column sample_id."""
    told = set(findings["sample_id"])
    by_id = {sample.sample_id: sample for sample in samples if sample.sample_id in told}
    own = findings[findings["sample_id"].isin(list(by_id))]
    if labels is not None:
        labels = labels[labels["sample_id"].isin(list(by_id))]
    return JudgedSamples(folder, by_id, own, truth, labels)


def usable_labels(pool: JudgedSamples, recipe: SplitRecipe) -> pd.DataFrame:
    """The verdicts that a recipe's students can learn from, one row per sample, for `splits.split_labels`.

    Columns sample_id, image and one nullable boolean per criterion, named as the recipe reads it. A verdict is missing
    where the models disagree (in a recipe of unanimous labels), and where the teacher gave no reason or argued for the
    other side. Raises InputError when the recipe needs all models and only the teacher has answered.
    """
    said = pool.findings.set_index("sample_id")
    labels = said if recipe.labels == TEACHER else _unanimous(pool).reindex(said.index)
    table = said.index.to_frame(index=False).assign(image=[pool.samples[name].image for name in said.index])
    for c in CRITERIA:
        reasoned = said[f"{c}_reason"].fillna("").str.strip() != ""
        argued = labels[c].where(reasoned & (labels[c] == said[c]).fillna(False)).astype("boolean")
        table[f"{recipe.prefix}{c}"] = argued.to_numpy()
    return table


def _unanimous(pool: JudgedSamples) -> pd.DataFrame:
    if pool.labels is None:
        raise InputError(
            "Labels on which all models agree were asked for, and only the teacher's answers are here; make them with "
            "`coinco consensus`, or take the teacher's own."
        )
    return pool.labels.set_index("sample_id")


def balanced_split(pool: JudgedSamples, criterion: str, recipe: SplitRecipe, seed: int) -> pd.DataFrame:
    """A student's samples by a recipe's labels, one row each: columns sample_id, image, in_context (bool), split.

    Each split is half in context. No image is in two splits, whatever the criterion. Which labels count is said at
    `usable_labels`. Raises InputError for too few samples.
    """
    return split_labels(usable_labels(pool, recipe), criterion, recipe, seed)
