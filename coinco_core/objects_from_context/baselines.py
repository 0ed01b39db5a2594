"""What needs no picture: the most frequent categories, and the categories that boxes like this one held.

A network that reads its context must beat both. The paper reports neither; its table has chance and co-occurrence only.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from coinco_core.categories import NAMES, category
from coinco_core.objects_from_context.latents import INPUTS
from coinco_core.objects_from_context.store import Examples
from coinco_core.samples import Box, Sample


def majority(train_labels: np.ndarray, n: int) -> np.ndarray:
    """The same probabilities for each of n samples, (n, 80): each category's share of the training labels."""
    shares = np.bincount(train_labels, minlength=len(NAMES)) / len(train_labels)
    return np.tile(shares, (n, 1))


def labels_of(samples: Sequence[Sample]) -> np.ndarray:
    """The index (0..79) of what stood in each sample's box before it was replaced, (n,) int64."""
    return np.array([category(s.original_object).index for s in samples], dtype=np.int64)


def box_features(samples: Sequence[Sample]) -> np.ndarray:
    """What can be told from each box alone, (n, 5): where its middle and foot are, how wide, how tall, in what shape.

    All in shares of the picture's sides; width, height and shape (width over height, in pixels) as logarithms.
    """
    return np.stack([_box_features(s.box.check(s.width, s.height), s.width, s.height) for s in samples])


def _box_features(box: Box, width: int, height: int) -> np.ndarray:
    across, down = box.w / width, box.h / height
    middle, foot = (box.x + box.w / 2) / width, (box.y + box.h) / height
    return np.array([middle, foot, np.log(across), np.log(down), np.log(box.w / box.h)])


def without_picture(examples: Examples) -> Examples:
    """The same examples with the picture's half of the inputs set to zero, which leaves the mask alone."""
    inputs = examples.inputs.copy()
    inputs[:, : INPUTS // 2] = 0
    return Examples(inputs, examples.labels, examples.sample_ids)


def mask_only(train: Sequence[Sample], test: Sequence[Sample], seed: int) -> np.ndarray:
    """Probabilities (n, 80) for the test samples from their boxes alone, by a forest fitted to the training boxes.

    The same information as the mask's latents, in the form that is easiest to learn from.
    """
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(n_estimators=300, min_samples_leaf=3, random_state=seed)
    with warnings.catch_warnings():  # many categories among few samples are no sign of a regression problem
        warnings.filterwarnings("ignore", message="The number of unique classes")
        forest.fit(box_features(train), labels_of(train))
    scores = np.zeros((len(test), len(NAMES)))
    scores[:, forest.classes_] = forest.predict_proba(box_features(test))
    return scores
