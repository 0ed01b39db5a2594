"""The bootstrap: what a figure might have been with other samples from where these came from.

Samples are drawn again with replacement, as many as there are; where several show one image, images are drawn, each
with all its samples, for what is hard about an image is hard for every question about it. The 2.5 and 97.5 % quantiles
of the figure over the draws are its 95 % percentile interval.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from coinco_core.agreement import ENDS, bootstrap_counts
from coinco_core.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

DRAWS = 2000
ImageIds = Sequence[Hashable] | None  # the image of each sample; None: each has one of its own
WEIGHTS_AT_ONCE = 4_000_000  # weights held in memory; how they are cut into blocks changes none


def resampled_sums(columns: Array, *, images: ImageIds = None, draws: int = DRAWS, seed: int = 0) -> Array:
    """The sums of integer columns (samples, k) over samples drawn with replacement, (draws, k) int64.

    Only how often each distinct row occurs is drawn, which is the same distribution and much faster. Raises InputError
    when `images` does not name one image per sample.
    """
    import numpy as np

    rows = columns
    if images is not None:
        numbers = _numbers(images, len(columns))
        rows = np.zeros((numbers.max(initial=-1) + 1, columns.shape[1]), dtype=columns.dtype)
        np.add.at(rows, numbers, columns)
    kinds, counts = np.unique(rows, axis=0, return_counts=True)
    return bootstrap_counts(kinds, counts, draws, seed)


def resampled_weights(
    n: int, *, images: ImageIds = None, draws: int = DRAWS, seed: int = 0, at_once: int = WEIGHTS_AT_ONCE
) -> Iterator[Array]:
    """Yields how often each of n samples was drawn, in blocks (m, n) int64 of m draws each; nothing when n is 0.

    The m of all blocks add up to `draws`; a block holds at most `at_once` numbers.
    """
    import numpy as np

    numbers = np.arange(n) if images is None else _numbers(images, n)
    k = int(numbers.max(initial=-1)) + 1
    rng, size = np.random.default_rng(seed), max(1, at_once // max(n, 1))
    for start in range(0, draws if n else 0, size):
        m = min(size, draws - start)
        drawn = rng.integers(k, size=(m, k)) + k * np.arange(m)[:, None]
        yield np.bincount(drawn.ravel(), minlength=m * k).reshape(m, k)[:, numbers]


def percentile_interval(drawn: Array) -> tuple[float | None, float | None]:
    """The 2.5 and 97.5 % quantiles of a figure's draws (draws,), NaN left out; None, None when no draw is left."""
    import numpy as np

    defined = drawn[~np.isnan(drawn)]
    if not len(defined):
        return None, None
    low, high = np.quantile(defined, ENDS).tolist()
    return low, high


def _numbers(images: Sequence[Hashable], n: int) -> Array:
    """The images as numbers from 0, in the order in which they first occur."""
    import numpy as np

    if len(images) != n:
        raise InputError(f"{n} samples and {len(images)} images do not match; name the image of each sample.")
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(image, len(known)) for image in images], dtype=int)
