"""Where the errors are: by the supercategory of the object, and by the size of its box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from coinco_core.categories import category
from coinco_core.errors import InputError
from coinco_core.evaluation.measures import Verdicts
from coinco_core.evaluation.scores import share
from coinco_core.samples import Sample

if TYPE_CHECKING:
    import pandas as pd

COCO_SIZES = {"small": 32**2, "medium": 96**2}  # below so many square pixels; everything else is large
THIRDS = ("smallest third", "middle third", "largest third")


def error_table(
    groups: Sequence[str], truth: Sequence[bool], predicted: Verdicts, *, order: Sequence[str] = ()
) -> pd.DataFrame:
    """The share of wrong verdicts in each group, one row per group that has samples.

    Columns group, errors, n, value, low, high (0..1, Wilson's interval). `groups`, `truth` and `predicted` have one
    entry per sample. Rows come in `order`, then in the order of their first sample. An unreadable answer is an error.
    """
    import pandas as pd

    rows = list(zip(groups, truth, predicted, strict=True))
    known = set(groups)
    names = [name for name in dict.fromkeys([*order, *groups]) if name in known]
    found = []
    for name in names:
        wrong = [said != label for group, label, said in rows if group == name]
        score = asdict(share("error", sum(wrong), len(wrong)))
        found.append({"group": name, "errors": sum(wrong), **{k: score[k] for k in ("n", "value", "low", "high")}})
    return pd.DataFrame(found, columns=["group", "errors", "n", "value", "low", "high"])


def supercategory_groups(samples: Sequence[Sample]) -> list[str]:
    """The supercategory of each sample's present object, one of categories.SUPERCATEGORIES per sample."""
    return [category(sample.object).supercategory for sample in samples]


def coco_size_groups(samples: Sequence[Sample]) -> list[str]:
    """'small', 'medium' or 'large' for each sample by its box's area: below 32 x 32, below 96 x 96 pixels, above.

    COCO uses the area of the mask, which a painted object may not have; a box is larger than its mask. The sizes are
    meaningful only for images of COCO's sizes (about 640 x 480).
    """
    areas = [sample.box.w * sample.box.h for sample in samples]
    return [next((name for name, limit in COCO_SIZES.items() if area < limit), "large") for area in areas]


def third_groups(samples: Sequence[Sample]) -> tuple[list[str], tuple[float, float]]:
    """One of THIRDS per sample by its box's share of the image, and the two shares (0..1) between the thirds.

    A sample on a limit belongs to the smaller third, so equal boxes are in one. Raises InputError without samples.
    """
    import numpy as np

    if not samples:
        raise InputError("There are no samples to put into groups.")
    shares = [sample.box.w * sample.box.h / (sample.width * sample.height) for sample in samples]
    first, second = np.quantile(shares, [1 / 3, 2 / 3]).tolist()
    return [THIRDS[(share > first) + (share > second)] for share in shares], (first, second)
