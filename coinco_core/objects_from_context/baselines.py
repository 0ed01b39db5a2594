"""What needs no image: the most frequent categories, and the categories that boxes like this one held.

A network that reads its context must beat both. The paper reports neither; its table has chance and co-occurrence only.
Co-occurrence from annotations is in `co_occurrence`; the network without its image or its mask is `examples`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from coinco_core.categories import NAMES, category
from coinco_core.devices import usable_cores
from coinco_core.errors import InputError
from coinco_core.objects_from_context.ranking import check_labels
from coinco_core.samples import Box, Sample

TREES, LEAF = 300, 3  # of the forest: how many, and the fewest training boxes in a leaf
MOST_LEAVES = 5_000  # of a tree, about: each leaf holds 80 shares, and 76,256 boxes would make 16 GB of them


def majority(train_labels: np.ndarray, n: int) -> np.ndarray:
    """The same probabilities for each of n samples, (n, 80) float64: each category's share of the training labels.

    `train_labels` (m,) are category indices 0..79. Raises InputError when there are none or one is out of range.
    """
    labels = check_labels(train_labels)
    return np.tile(np.bincount(labels, minlength=len(NAMES)) / len(labels), (n, 1))


def labels_of(samples: Sequence[Sample]) -> np.ndarray:
    """The category index (0..79) of each sample's original object, (n,) int64."""
    return np.array([category(s.original_object).index for s in samples], dtype=np.int64)


def box_features(samples: Sequence[Sample]) -> np.ndarray:
    """The features of each box alone, (n, 5) float64: center x, bottom y, log width, log height, log aspect ratio.

    All but the aspect ratio (width over height in pixels) are shares of the image's sides, 0..1 before the logarithm.
    The first four are what the mask's latents contain, as the mask is stretched to a square. The aspect ratio adds that
    of the image, which the latents of an image that is not square have lost.
    """
    return np.array([_box_features(s.box.check(s.width, s.height), s.width, s.height) for s in samples]).reshape(-1, 5)


def _box_features(box: Box, width: int, height: int) -> tuple[float, ...]:
    across, down = box.w / width, box.h / height
    middle, foot = (box.x + box.w / 2) / width, (box.y + box.h) / height
    return middle, foot, np.log(across), np.log(down), np.log(box.w / box.h)


def area_shares(samples: Sequence[Sample]) -> np.ndarray:
    """The share of the image's area that each sample's box takes, (n,) float64 in 0..1.

    COCO's small, medium and large are not used: those are areas in pixels of images of about 640 x 480.
    """
    boxes = [(sample.box.check(sample.width, sample.height), sample) for sample in samples]
    return np.array([box.w * box.h / (sample.width * sample.height) for box, sample in boxes])


def mask_only(train: Sequence[Sample], test: Sequence[Sample], seed: int) -> np.ndarray:
    """Probabilities (n, 80) for n test samples from their boxes alone, by a forest fitted to the training boxes.

    Each row sums to 1; a category that no training box held has 0. The forest gets `box_features`: what the mask's
    latents contain, in a form that is easy to learn from, and the image's aspect ratio. The same seed gives the same
    probabilities. Raises InputError when either side has no samples.
    """
    from sklearn.ensemble import RandomForestClassifier

    if not train or not test:
        raise InputError(f"The forest needs boxes to learn from and to judge, not {len(train)} and {len(test)}.")
    leaf = max(LEAF, len(train) // MOST_LEAVES)
    forest = RandomForestClassifier(n_estimators=TREES, min_samples_leaf=leaf, random_state=seed, n_jobs=usable_cores())
    with warnings.catch_warnings():  # many categories among few samples do not make it a regression problem
        warnings.filterwarnings("ignore", message="The number of unique classes")
        forest.fit(box_features(train), labels_of(train))
    forest.set_params(n_jobs=1)  # threads would add up the trees in any order, and the last digits with it
    scores = np.zeros((len(test), len(NAMES)))
    scores[:, forest.classes_] = forest.predict_proba(box_features(test))
    return scores


def combined(first: np.ndarray, second: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Two predictions for the same objects combined: their product over the prior, (n, 80), each row summing to 1.

    `first` and `second` are probabilities (n, 80), `prior` (80,) the probability of each category, all above 0. By
    Bayes' rule this is correct when the evidence of the two is independent given the category. Raises InputError when
    the shapes do not fit, a prior is not above 0, or the two together rule out every category of a row.
    """
    if first.shape != second.shape or first.shape[1:] != (len(NAMES),) or prior.shape != (len(NAMES),):
        raise InputError(f"Answers of shape {first.shape} and {second.shape} and a prior {prior.shape} do not fit.")
    if not (prior > 0).all():
        raise InputError("Every category's prior must be above 0; smooth the counts that it is made of.")
    scores = first * second / prior
    sums = scores.sum(axis=1, keepdims=True)
    if not (sums > 0).all():
        raise InputError("Of one object at least the two answers rule out every category together.")
    return scores / sums
