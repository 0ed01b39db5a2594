"""What belongs in the box by the names of the other objects in the image, from annotations alone (section 5.2).

The paper's table has a row 'Co-occurrence [40]' at 1.54 % of the 80 categories, hardly above chance. How it was made is
not known here, so this is another baseline: it counts, in the training images only, beside which other objects each
category was the one in the box. What is in the box never counts as context, neither what stood there, which is the
answer, nor what stands there now, which was painted in. `context_lists` says what stands beside the box.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from coinco_core.categories import NAMES, category
from coinco_core.errors import InputError
from coinco_core.objects_from_context.ranking import check_labels

ALPHA = 1.0  # Laplace's: one more of everything than was seen


@dataclass(frozen=True)
class CoOccurrence:
    """The counts of the training images, and the smoothing `alpha`, which is added to every count.

    `boxed` (80,) int64: in how many images each category was in the box. `together` (80, 80) int64: in how many of
    those (row) each category was among the other objects (column), counted once per image.
    """

    boxed: np.ndarray
    together: np.ndarray
    alpha: float = ALPHA

    def probabilities(self, others: Sequence[Collection[str]]) -> np.ndarray:
        """Probabilities (n, 80) of what belongs in each of n boxes, from the names of the other objects in each image.

        By naive Bayes: P(c) times P(o | c) for every category o among the others, normalized to sum to 1 per row, where
        P(o | c) is the share of o among the other categories seen beside c. Each category counts once, however many
        objects it has; without others the row is P(c). Raises InputError for a name that is not a category.
        """
        beside = _shares(self.together + self.alpha, 1)
        logs = np.log(self.prior()) + _present(others) @ np.log(beside).T
        scores = np.exp(logs - logs.max(axis=1, keepdims=True))
        return _shares(scores, 1)

    def prior(self) -> np.ndarray:
        """P(c), the smoothed probability of each category to be the one in the box, (80,) float64 summing to 1."""
        return _shares(self.boxed + self.alpha, 0)


def count_co_occurrence(labels: np.ndarray, others: Sequence[Collection[str]], *, alpha: float = ALPHA) -> CoOccurrence:
    """The counts of n training images: `labels` (n,) 0..79 are the boxed categories, `others` the names beside each.

    Raises InputError when their numbers differ, a name is not a category, or alpha is not above 0.
    """
    if not alpha > 0:
        raise InputError(f"The smoothing must be above 0, not {alpha}; an unseen pair would make an image impossible.")
    labels = check_labels(labels)
    if len(labels) != len(others):
        raise InputError(f"{len(labels)} labels and {len(others)} lists of other objects do not match.")
    boxed = np.bincount(labels, minlength=len(NAMES))
    together = np.zeros((len(NAMES), len(NAMES)), dtype=int)
    np.add.at(together, labels, _present(others).astype(int))
    return CoOccurrence(boxed, together, alpha)


def _present(others: Sequence[Iterable[str]]) -> np.ndarray:
    """Which categories are among each image's other objects, (n, 80) of 0 and 1."""
    present = np.zeros((len(others), len(NAMES)))
    for row, names in zip(present, others, strict=True):
        if isinstance(names, str):
            raise InputError(f"The other objects must be a list of names for each image, not the text '{names}'.")
        row[[category(name).index for name in names]] = 1
    return present


def _shares(counts: np.ndarray, axis: int) -> np.ndarray:
    return counts / counts.sum(axis=axis, keepdims=True)
