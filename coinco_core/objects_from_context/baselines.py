"""What needs no image: the most frequent categories, and the categories that boxes like this one held.

A network that reads its context must beat both. The paper reports neither; its table has chance and co-occurrence only.
Co-occurrence from annotations is in `co_occurrence`; the network without its image or its mask is `examples`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from coinco_core.categories import NAMES, category
from coinco_core.errors import InputError
from coinco_core.objects_from_context.ranking import check_labels
from coinco_core.samples import Box, Sample

TREES, LEAF = 300, 3  # of the forest: how many, and the fewest training boxes in a leaf


def majority(train_labels: np.ndarray, n: int) -> np.ndarray:
    """The same probabilities for each of n samples, (n, 80): each category's share of the training labels (0..79).

    Raises InputError when there are no labels or one is no category's.
    """
    labels = check_labels(train_labels)
    return np.tile(np.bincount(labels, minlength=len(NAMES)) / len(labels), (n, 1))


def labels_of(samples: Sequence[Sample]) -> np.ndarray:
    """The index (0..79) of what stood in each sample's box before it was replaced, (n,) int64."""
    return np.array([category(s.original_object).index for s in samples], dtype=np.int64)


def box_features(samples: Sequence[Sample]) -> np.ndarray:
    """What can be told from each box alone, (n, 5): where its middle and foot are, how wide, how tall, in what shape.

    All in shares of the image's sides; width, height and shape (width over height, in pixels) as logarithms. The
    first four are what the mask's latents can tell, as the mask is stretched to a square. The shape in pixels is more:
    with the other two it gives the image's aspect ratio, which the latents of an image that is not square have lost.
    """
    return np.array([_box_features(s.box.check(s.width, s.height), s.width, s.height) for s in samples]).reshape(-1, 5)


def _box_features(box: Box, width: int, height: int) -> tuple[float, ...]:
    across, down = box.w / width, box.h / height
    middle, foot = (box.x + box.w / 2) / width, (box.y + box.h) / height
    return middle, foot, np.log(across), np.log(down), np.log(box.w / box.h)


def area_shares(samples: Sequence[Sample]) -> np.ndarray:
    """The share of the image that each sample's box takes, (n,) in 0..1.

    Shares and not COCO's small, medium and large: those are areas in pixels of images of about 640 x 480.
    """
    boxes = [(sample.box.check(sample.width, sample.height), sample) for sample in samples]
    return np.array([box.w * box.h / (sample.width * sample.height) for box, sample in boxes])


def mask_only(train: Sequence[Sample], test: Sequence[Sample], seed: int) -> np.ndarray:
    """Probabilities (n, 80) for the test samples from their boxes alone, by a forest fitted to the training boxes.

    What the mask's latents tell, in the form that is easiest to learn from, and for images that are not square their
    aspect ratio too (see `box_features`). A category that no training box held has 0. The same seed gives the same.
    Raises InputError when either side has no samples.
    """
    from sklearn.ensemble import RandomForestClassifier

    if not train or not test:
        raise InputError(f"The forest needs boxes to learn from and to judge, not {len(train)} and {len(test)}.")
    forest = RandomForestClassifier(n_estimators=TREES, min_samples_leaf=LEAF, random_state=seed)
    with warnings.catch_warnings():  # many categories among few samples are no sign of a regression problem
        warnings.filterwarnings("ignore", message="The number of unique classes")
        forest.fit(box_features(train), labels_of(train))
    scores = np.zeros((len(test), len(NAMES)))
    scores[:, forest.classes_] = forest.predict_proba(box_features(test))
    return scores


def combined(first: np.ndarray, second: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Two answers about the same objects as one: their product over the prior, each row adding up to 1, (n, 80).

    `first` and `second` are probabilities (n, 80), `prior` how often each category is the one in the box, (80,), all
    above 0. By Bayes' rule it is right when the two know different things of the object: when what they go by is
    independent given the category. Raises InputError when the shapes do not fit, a prior is not above 0, or the two
    rule out every category of a row together.
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
