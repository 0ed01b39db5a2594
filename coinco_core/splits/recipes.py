"""What a student's data are made of: whose verdicts are its labels, and how many samples each split has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError, did_you_mean
from coinco_core.judgements import CRITERIA, QUESTIONS
from coinco_core.samples import SPLITS

if TYPE_CHECKING:
    import pandas as pd


UNANIMOUS, TEACHER = "unanimous", "teacher"  # whose verdicts are the labels


@dataclass(frozen=True)
class SplitRecipe:
    """What a student's data are made of: whose verdicts are the labels, and each split's size (half of each class).

    `labels` is 'unanimous' (the three models agree on the criterion) or 'teacher' (one model's verdict).
    """

    name: str
    labels: str
    train: int
    validation: int
    test: int
    teacher: str = "qwen"

    def __post_init__(self) -> None:
        if self.labels not in (UNANIMOUS, TEACHER):
            raise InputError(f"'{self.labels}' is not a kind of labels; a recipe takes '{UNANIMOUS}' or '{TEACHER}'.")

    @property
    def prefix(self) -> str:
        """What stands before a question's name in the column of a labels_table that the recipe reads."""
        return f"{self.teacher}_" if self.labels == TEACHER else ""

    @property
    def sizes(self) -> dict[str, int]:
        """Samples in each split."""
        return {split: getattr(self, split) for split in SPLITS}


SPLIT_RECIPES = {
    "page": SplitRecipe("page", UNANIMOUS, 20_000, 2_000, 2_000),  # the training page: 24,000 of the consensus, 1:1
    "code": SplitRecipe("code", TEACHER, 16_000, 2_000, 2_000),  # prepare_dataset: 20,000 by Qwen's verdict, 80/10/10
}


def recipe(
    name: str,
    *,
    labels: str | None = None,
    train: int | None = None,
    validation: int | None = None,
    test: int | None = None,
) -> SplitRecipe:
    """The recipe 'page' or 'code', with other labels or sizes where they are given (even numbers, for the balance)."""
    if name not in SPLIT_RECIPES:
        hint = did_you_mean(name, SPLIT_RECIPES) or " There are 'page' and 'code'."
        raise InputError(f"No recipe is called '{name}'.{hint}")
    asked = {"labels": labels, "train": train, "validation": validation, "test": test}
    changes: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    chosen = replace(SPLIT_RECIPES[name], **changes)
    for split, n in chosen.sizes.items():
        if n < 0 or n % 2:
            raise InputError(
                f"The {split} set cannot have {n} samples; half are of each class, so give an even number."
            )
    if not chosen.train:
        raise InputError("The train set cannot be empty; give it two samples or more.")
    return chosen


def criterion_labels(labels: pd.DataFrame, chosen: SplitRecipe) -> pd.DataFrame:
    """The verdicts that a recipe uses, one row per sample: columns sample_id (ascending), image and each question.

    Verdicts are boolean, missing where there is none. `labels` is a labels_table of `consensus`; its column `image`, if
    any, tells which samples share an image (otherwise none do). The final decision is included when the labels have
    it. Raises InputError when a criterion's verdicts are missing or a sample occurs twice.
    """
    prefix = chosen.prefix
    missing = [name for name in ("sample_id", *(f"{prefix}{c}" for c in CRITERIA)) if name not in labels.columns]
    if missing:
        raise lacking(chosen, missing)
    image = labels["image"] if "image" in labels.columns else labels["sample_id"]
    verdicts = {q: labels[f"{prefix}{q}"].astype("boolean") for q in QUESTIONS if f"{prefix}{q}" in labels.columns}
    table = labels[["sample_id"]].assign(image=image.astype(str), **verdicts)
    if table["sample_id"].duplicated().any():
        raise InputError("The labels hold a sample twice; keep one row of each.")
    return table.sort_values("sample_id", ignore_index=True)


def lacking(chosen: SplitRecipe, names: Sequence[str]) -> InputError:
    """The error for labels without the verdicts that a recipe needs."""
    return InputError(
        f"The labels for recipe '{chosen.name}' lack {', '.join(names)}; make them with coinco consensus."
    )
