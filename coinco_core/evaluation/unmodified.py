"""Real objects in images nobody changed, for the shortcut check (section 5.1), from COCO's own annotations.

Each is in context by assumption, not by anybody's check: COCO's images were found, not made.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from coinco_core.coco import SKIPPED_NAME, coco_samples
from coinco_core.errors import InputError
from coinco_core.evaluation.groups import COCO_SIZES
from coinco_core.files import read_table, write_table
from coinco_core.samples import Sample, write_samples

if TYPE_CHECKING:
    import pandas as pd

LEAST_AREA = float(COCO_SIZES["small"])
TOO_SMALL = "the box is too small"


@dataclass(frozen=True)
class Unmodified:
    """Samples of unmodified images, and what was left out: `skipped` in full, `left_out` as a count by reason.

    `skipped` has one row per object or image, with the columns image_id, annotation_id (0 for a whole image), reason.
    """

    samples: list[Sample]
    skipped: pd.DataFrame
    left_out: dict[str, int]

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Writes samples.parquet and skipped.parquet into a folder."""
        write_samples(folder, self.samples)
        write_table(Path(folder) / SKIPPED_NAME, self.skipped)


def unmodified_samples(
    annotations_json: str | os.PathLike[str],
    image_dir: str | os.PathLike[str],
    *,
    n: int,
    seed: int,
    split: str = "test",
    least_area: float = LEAST_AREA,
) -> Unmodified:
    """n samples of unmodified images, and which objects and images were left out for which reason.

    One object per image, spread evenly over the categories as far as the images allow; crowds and boxes below
    `least_area` (square pixels) are left out. The same seed chooses the same samples. Nothing is written until `write`
    of the result is called. Raises InputError when there are fewer than n.
    """
    with TemporaryDirectory() as folder:
        found = coco_samples(annotations_json, image_dir, folder, split=split, seed=seed, objects="all", masks=False)
        skipped = read_table(Path(folder) / SKIPPED_NAME)
    small = [sample for sample in found if sample.box.w * sample.box.h < least_area]
    usable = [sample for sample in found if sample.box.w * sample.box.h >= least_area]
    chosen = spread(usable, n, seed)
    if len(chosen) < n:
        raise InputError(f"{annotations_json} gives {len(chosen)} samples of the {n} asked for; ask for fewer.")
    skipped = _with_small(skipped, small)
    left_out = Counter(map(_kind, skipped["annotation_id"].tolist(), skipped["reason"].tolist()))
    return Unmodified(chosen, skipped, {**left_out, "more than were asked for": len(usable) - len(chosen)})


def spread(samples: Sequence[Sample], n: int, seed: int) -> list[Sample]:
    """Up to n samples in their order, one per image, by taking one category after another in a random order."""
    import numpy as np

    chance = np.random.default_rng(seed)
    waiting: dict[str, deque[Sample]] = {}
    for k in chance.permutation(len(samples)):
        waiting.setdefault(samples[k].object, deque()).append(samples[k])
    turns = deque(chance.permutation(sorted(waiting)).tolist())
    chosen: dict[str, Sample] = {}
    while turns and len(chosen) < n:
        name = turns.popleft()
        while waiting[name] and waiting[name][0].image in chosen:
            waiting[name].popleft()
        if waiting[name]:
            sample = waiting[name].popleft()
            chosen[sample.image] = sample
            turns.append(name)
    return [sample for sample in samples if chosen.get(sample.image) is sample]


def _with_small(skipped: pd.DataFrame, small: Sequence[Sample]) -> pd.DataFrame:
    import pandas as pd

    ids = [sample.sample_id.split("-") for sample in small]  # coco-IMAGE_SIDE-ANNOTATION
    rows = [(int(image), int(annotation), TOO_SMALL) for _, image, annotation in ids]
    return pd.concat([skipped, pd.DataFrame(rows, columns=skipped.columns)], ignore_index=True)


def _kind(annotation_id: int, reason: str) -> str:
    """A reason in few words; some hold the numbers of their box."""
    if annotation_id == 0:
        return "image that cannot be used"
    return reason if reason == TOO_SMALL else ("a crowd" if "crowd" in reason else "box that cannot be used")
