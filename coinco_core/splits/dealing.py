"""Which images go to which split: each kind in proportion, the rounding chosen for all questions at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError
from coinco_core.judgements import QUESTIONS

log = logging.getLogger(__name__)
MOST_NODES = 20_000  # of the search for the best rounding

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


def deal_images(verdicts: pd.DataFrame, sizes: Mapping[str, int], seed: int) -> pd.Series:
    """The split of every image that has a label, in the proportions of `sizes`: one entry per image, indexed by it.

    `verdicts` has the columns of `criterion_labels`. Images with the same labels form a group, and each group is
    divided in proportion, so that no split is short of a class that the others have plenty of. Where a group does not
    divide evenly, the rounding is chosen for all criteria at once; none is preferred.
    """
    import numpy as np
    import pandas as pd

    held = _held(verdicts)
    kind = held.groupby(list(held.columns)).ngroup().to_numpy()
    _, first, n_images = np.unique(kind, return_index=True, return_counts=True)
    quotas = _quotas(held.to_numpy()[first], n_images, np.array(list(sizes.values())))
    rng = np.random.default_rng([seed, 0])
    dealt = np.empty(len(held), dtype=int)
    groups = np.split(np.argsort(kind, kind="stable"), np.cumsum(n_images)[:-1])
    for group, quota in zip(groups, quotas, strict=True):
        dealt[group[rng.permutation(len(group))]] = np.repeat(np.arange(len(sizes)), quota)
    return pd.Series(pd.Series(list(sizes)).array.take(dealt), index=held.index)


def _held(verdicts: pd.DataFrame) -> pd.DataFrame:
    """How many samples in and out of context each image has for each question, of the images that have a label.

    A row an image, indexed by it, and two columns a question; sorted, so that the order of rows plays no part.
    """
    import numpy as np
    import pandas as pd

    image, names = pd.factorize(verdicts["image"], sort=True)
    held = []
    for question in QUESTIONS:
        if question in verdicts.columns:
            codes = verdicts[question].to_numpy("int8", na_value=-1)
            held += [np.bincount(image[codes == code], minlength=len(names)) for code in (1, 0)]
    table = pd.DataFrame(np.stack(held, axis=1), index=pd.Index(names))
    table = table[table.any(axis=1)]
    if table.empty:
        raise InputError("There is no label to split: no sample has a verdict that this recipe can use.")
    return table


def _quotas(kinds: Array, n_images: Array, sizes: Array) -> Array:
    """How many images of each group go to each split, (groups, splits): every exact share rounded down or up.

    A small integer programme chooses the rounding that leaves the least shortage over all classes and splits. It looks
    at MOST_NODES choices at most, a limit that is the same on every machine; if none is found by then, the largest
    remainders are rounded up.
    """
    import numpy as np
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    share, rest = np.divmod(n_images[:, None] * sizes[None, :], sizes.sum())
    n_shares, n_splits = share.size, len(sizes)
    wanted = _wanted(kinds.T @ n_images, sizes)
    placed = sparse.kron(sparse.eye(len(kinds)), np.ones((1, n_splits)))  # a group's images all go somewhere
    filled = sparse.kron(kinds.T, sparse.eye(n_splits))  # rows: class by split; that class's samples in that split
    none, slack = sparse.csr_array((len(kinds), len(wanted))), sparse.eye(len(wanted))
    constraints = [
        LinearConstraint(sparse.hstack([placed, none], "csr"), n_images, n_images),
        LinearConstraint(sparse.hstack([filled, slack], "csr"), wanted, np.inf),
    ]
    lower = np.concatenate([share.ravel(), np.zeros(len(wanted))])
    upper = np.concatenate([(share + (rest > 0)).ravel(), np.full(len(wanted), np.inf)])
    cost = np.concatenate([np.zeros(n_shares), np.ones(len(wanted))])
    bounds, limit = Bounds(lower, upper), {"node_limit": MOST_NODES}
    solved = milp(cost, integrality=cost == 0, bounds=bounds, constraints=constraints, options=limit)
    if solved.x is None:
        log.warning("No best dealing was found among %d; some split may be a sample short of a class.", MOST_NODES)
        return _largest_remainders(share, rest, n_images)
    if solved.mip_gap:
        gap = solved.fun - solved.mip_dual_bound
        log.warning("The dealing is the best of %d tried; another might be short of %g fewer.", MOST_NODES, gap)
    return np.round(solved.x[:n_shares]).astype(int).reshape(len(kinds), n_splits)


def _largest_remainders(share: Array, rest: Array, n_images: Array) -> Array:
    """Each group's images in whole numbers: shares rounded down, the images left over to the largest remainders."""
    import numpy as np

    left = n_images - share.sum(axis=1)
    rank = np.argsort(np.argsort(-rest, axis=1, kind="stable"), axis=1, kind="stable")
    quotas: Array = share + (rank < left[:, None])
    return quotas


def _wanted(in_all: Array, sizes: Array) -> Array:
    """The samples that each class should have in each split, (classes times splits).

    A question with too few of a class for all splits wants nothing: no rounding helps it, and none should be spent on
    it at another's cost.
    """
    import numpy as np

    enough = in_all.reshape(-1, 2).min(axis=1) >= sizes.sum() // 2
    return (np.repeat(enough, 2)[:, None] * (sizes // 2)).ravel()
