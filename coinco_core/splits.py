"""Balanced training, validation and test sets for the three students (section 5.1), with no picture in two of them.

The page and the code differ in what they train on, so there are two recipes. In both, pictures are dealt to the splits
once, over all three criteria together, and only then is each criterion balanced within each split: no student is
trained on a picture that another student is tested on. (The splits of two recipes, or of two seeds, do overlap.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError, did_you_mean
from coinco_core.judgements import CRITERIA, CRITERION_TITLES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Recipe:
    """What a student's data are made of: whose verdicts are the labels, and each split's size (half of each class).

    `labels` is 'unanimous' (the three models agree on the criterion) or 'teacher' (one model's verdict).
    """

    name: str
    labels: str
    train: int
    validation: int
    test: int
    teacher: str = "qwen"

    @property
    def sizes(self) -> dict[str, int]:
        """Samples in each split."""
        return {split: getattr(self, split) for split in SPLITS}


RECIPES = {
    "page": Recipe("page", "unanimous", 20_000, 2_000, 2_000),  # the training page: 24,000 of the consensus, 1:1
    "code": Recipe("code", "teacher", 16_000, 2_000, 2_000),  # prepare_dataset: 20,000 by Qwen's verdict, 80/10/10
}


def recipe(name: str, *, train: int | None = None, validation: int | None = None, test: int | None = None) -> Recipe:
    """The recipe 'page' or 'code', with other sizes where they are given (even numbers, for the balance)."""
    if name not in RECIPES:
        hint = did_you_mean(name, RECIPES) or " There are 'page' and 'code'."
        raise InputError(f"No recipe is called '{name}'.{hint}")
    asked = {"train": train, "validation": validation, "test": test}
    changes: dict[str, Any] = {split: n for split, n in asked.items() if n is not None}
    chosen = replace(RECIPES[name], **changes)
    for split, n in chosen.sizes.items():
        if n < 0 or n % 2:
            raise InputError(
                f"The {split} set cannot have {n} samples; half are of each class, so give an even number."
            )
    if not chosen.train:
        raise InputError("The train set cannot be empty; give it two samples or more.")
    return chosen


def criterion_labels(labels: pd.DataFrame, chosen: Recipe) -> pd.DataFrame:
    """The verdicts that a recipe uses, from a table of labels: sample_id, image, and a column for each criterion.

    `labels` is a labels_table of `consensus`; a column `image` says which samples share a picture (else none do).
    Raises InputError when the verdicts are not in the table.
    """
    prefix = f"{chosen.teacher}_" if chosen.labels == "teacher" else ""
    lacking = [name for name in ("sample_id", *(f"{prefix}{c}" for c in CRITERIA)) if name not in labels.columns]
    if lacking:
        what = ", ".join(lacking)
        raise InputError(f"The labels for recipe '{chosen.name}' lack {what}; make them with coinco consensus.")
    image = labels["image"] if "image" in labels.columns else labels["sample_id"]
    verdicts = {c: labels[f"{prefix}{c}"].astype("boolean") for c in CRITERIA}
    table = labels[["sample_id"]].assign(image=image.astype(str), **verdicts)
    if table["sample_id"].duplicated().any():
        raise InputError("The labels hold a sample twice; keep one row of each.")
    return table


def split_labels(labels: pd.DataFrame, criterion: str, chosen: Recipe, seed: int = 42) -> pd.DataFrame:
    """One student's samples: columns sample_id, image, in_context, split; each split is exactly half in context.

    The same labels, recipe and seed deal the same pictures to the same splits whichever criterion is asked for. Raises
    InputError, with the counts, when a split cannot be filled; nothing is ever made smaller on the quiet.
    """
    if criterion not in CRITERIA:
        raise InputError(f"'{criterion}' is not a criterion.{did_you_mean(criterion, CRITERIA)}")
    verdicts = criterion_labels(labels, chosen)
    verdicts = verdicts.assign(split=verdicts["image"].map(deal_images(verdicts, chosen.sizes, seed)))
    known = verdicts[verdicts[criterion].notna()].rename(columns={criterion: "in_context"})
    known = known[["sample_id", "image", "in_context", "split"]].astype({"in_context": bool})
    return balanced(known, chosen.sizes, seed, name=CRITERION_TITLES[criterion])


def balanced(table: pd.DataFrame, sizes: Mapping[str, int], seed: int, name: str = "this") -> pd.DataFrame:
    """Exactly `sizes[split]` rows of each split, half of them in context, drawn at random and in random order.

    `table` has the columns in_context and split. Raises InputError, stating what is there, when a class falls short.
    """
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng([seed, 1])
    parts, short = [], []
    for split, size in sizes.items():
        own = table[table["split"] == split]
        classes = {word: own[own["in_context"] == verdict] for word, verdict in (("in", True), ("out of", False))}
        counts = {word: len(rows) for word, rows in classes.items()}
        if min(counts.values()) < size // 2:
            has = f"has {counts['in']} in and {counts['out of']} out of context"
            short.append(f"{split} needs {size // 2} of each and {has}")
            continue
        chosen = [rows.iloc[rng.permutation(len(rows))[: size // 2]] for rows in classes.values()]
        both = pd.concat(chosen)
        parts.append(both.iloc[rng.permutation(len(both))])
    if short:
        raise InputError(f"Too few labels to balance {name}: {'; '.join(short)}. Ask for smaller sizes or label more.")
    return pd.concat(parts, ignore_index=True)


def deal_images(verdicts: pd.DataFrame, sizes: Mapping[str, int], seed: int) -> dict[str, str]:
    """The split of every picture that has a label, in the proportions of `sizes`; no criterion is preferred.

    Pictures with the same labels form a group, and each group is cut in proportion, so that no split is short of a
    class that the others have plenty of. Where a group does not divide evenly, the rounding is chosen for all criteria
    at once.
    """
    import numpy as np

    groups = _groups(verdicts)
    counts = np.array([len(images) for images in groups.values()])
    quotas = _quotas(np.array([_class_counts(key) for key in groups]), counts, np.array(list(sizes.values())))
    rng = np.random.default_rng([seed, 0])
    dealt = {}
    for images, quota in zip(groups.values(), quotas, strict=True):
        order = rng.permutation(len(images))
        names = np.repeat(list(sizes), quota)
        dealt.update({images[i]: str(split) for i, split in zip(order, names, strict=True)})
    return dealt


Key = tuple[tuple[int, int], ...]


def _groups(verdicts: pd.DataFrame) -> dict[Key, list[str]]:
    """Pictures by how many samples in and out of context they have for each criterion; sorted, so order is no input."""
    by_image = verdicts.groupby("image", sort=True)
    yes = by_image[list(CRITERIA)].sum().astype(int)
    no = by_image[list(CRITERIA)].count().astype(int) - yes
    groups: dict[Key, list[str]] = {}
    for image, ins, outs in zip(yes.index, yes.to_numpy().tolist(), no.to_numpy().tolist(), strict=True):
        key = tuple(zip(ins, outs, strict=True))
        if any(map(any, key)):
            groups.setdefault(key, []).append(image)
    if not groups:
        raise InputError("There is no label to split: no sample has a verdict that this recipe can use.")
    return dict(sorted(groups.items()))


def _class_counts(key: Key) -> list[int]:
    return [n for pair in key for n in pair]


def _quotas(per_image: Array, counts: Array, sizes: Array) -> Array:
    """How many pictures of each group go to each split, (groups, splits): every exact share rounded down or up.

    A small integer programme chooses the rounding that leaves the least shortage over all classes and splits.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    share, rest = np.divmod(counts[:, None] * sizes[None, :], sizes.sum())
    n_groups, n_splits, n_classes = len(counts), len(sizes), per_image.shape[1]
    n_shares = n_groups * n_splits
    shares = np.kron(np.eye(n_groups), np.ones(n_splits))  # a group's pictures all go somewhere
    filled = np.kron(per_image.T, np.eye(n_splits))  # rows: class by split; the samples of that class in that split
    slack = np.eye(n_classes * n_splits)
    constraints = [
        LinearConstraint(np.hstack([shares, np.zeros((n_groups, len(slack)))]), counts, counts),
        LinearConstraint(np.hstack([filled, slack]), np.tile(sizes // 2, n_classes), np.inf),
    ]
    lower = np.concatenate([share.ravel(), np.zeros(len(slack))])
    upper = np.concatenate([(share + (rest > 0)).ravel(), np.full(len(slack), np.inf)])
    cost = np.concatenate([np.zeros(n_shares), np.ones(len(slack))])
    solved = milp(cost, integrality=cost == 0, bounds=Bounds(lower, upper), constraints=constraints)
    return np.round(solved.x[:n_shares]).astype(int).reshape(n_groups, n_splits)
