"""Samples that a teacher has judged: what the students' balanced, leak-free splits are drawn from (section 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core.errors import MissingError
from coinco_core.files import digest, read_table
from coinco_core.judgements import CRITERIA
from coinco_core.samples import Sample, read_samples
from coinco_core.splits import SplitRecipe, split_labels

if TYPE_CHECKING:
    import pandas as pd

FINDINGS = "findings.parquet"  # beside samples.parquet: the teacher's answers, read


@dataclass(frozen=True)
class JudgedSamples:
    """Samples by id and the teacher's findings on them, one row per sample with the columns of `findings_table`.

    `truth` is a table indexed by sample_id with one boolean column per criterion; None where it is unknown, as for
    photographs.
    """

    folder: Path
    samples: dict[str, Sample]
    findings: pd.DataFrame
    truth: pd.DataFrame | None = None

    def digest(self) -> str:
        """A digest of the samples and of the findings, 64 hexadecimal digits."""
        return digest([[asdict(s) for s in self.samples.values()], self.findings.to_csv(index=False)])


def read_judged(folder: str | Path, n: int | None = None) -> JudgedSamples:
    """The first n altered samples (default: all) of a folder with samples.parquet and the teacher's findings.parquet.

    Raises MissingError when the teacher has not answered.
    """
    home = Path(folder)
    if not (home / FINDINGS).is_file():
        raise MissingError(f"'{home}' has no {FINDINGS}; `coinco label` makes it from the teacher's answers.")
    samples = [sample for sample in read_samples(home) if sample.modified][:n]
    return judged(home, samples, read_table(home / FINDINGS))


def judged(
    folder: Path, samples: list[Sample], findings: pd.DataFrame, truth: pd.DataFrame | None = None
) -> JudgedSamples:
    """The samples with those rows of the findings that are about them, by the column sample_id."""
    by_id = {sample.sample_id: sample for sample in samples}
    return JudgedSamples(folder, by_id, findings[findings["sample_id"].isin(list(by_id))], truth)


def reasoned_verdicts(pool: JudgedSamples) -> pd.DataFrame:
    """The teacher's verdicts that come with a reason, one row per sample.

    Columns sample_id, image and one nullable boolean per criterion, missing where there is no verdict or no reason.
    """
    verdicts = pool.findings[["sample_id"]].copy()
    verdicts["image"] = [pool.samples[name].image for name in verdicts["sample_id"]]
    for c in CRITERIA:
        reasoned = pool.findings[f"{c}_reason"].fillna("").str.strip() != ""
        verdicts[c] = pool.findings[c].where(reasoned).astype("boolean")
    return verdicts


def balanced_split(pool: JudgedSamples, criterion: str, sizes: Mapping[str, int], seed: int) -> pd.DataFrame:
    """A student's samples by the teacher's verdicts, one row each: columns sample_id, image, in_context (bool), split.

    Each split is half in context. `sizes` has the keys n_train, n_validation and n_test. No image is in two splits,
    whatever the criterion, and a verdict without a reason does not count: nothing could be learned from it. Raises
    InputError for too few samples.
    """
    labels = reasoned_verdicts(pool).rename(columns={c: f"qwen_{c}" for c in CRITERIA})
    recipe = SplitRecipe("demo", "teacher", sizes["n_train"], sizes["n_validation"], sizes["n_test"])
    return split_labels(labels, criterion, recipe, seed)
