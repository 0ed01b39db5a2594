"""A folder of demo samples in the table layout that COCO images use, with the truth in a table of its own.

Sample i of a world depends on the seed and on i alone, so a smaller world is the beginning of a larger one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from coinco_core.files import atomic_path, write_json, write_table
from coinco_core.judgements import CRITERIA, Judgement
from coinco_core.samples import Box, Sample, read_samples, write_samples
from coinco_world.compose import SIZE, Placed, Scene, compose, draw, draw_mask, pick_object, replace_object
from coinco_world.facts import FACTS
from coinco_world.words import describe

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_FRACTIONS = {"train": 0.8, "validation": 0.1, "test": 0.1}
WORLD_VERSION = 2  # raised whenever the same seed gives other images or words


@dataclass(frozen=True)
class WorldSample:
    """One demo sample before it is written: scene, boxed object, what stood there, and the true judgement."""

    scene: Scene
    index: int
    original_object: str
    judgement: Judgement

    @property
    def object(self) -> str:
        """The category that stands in the box now."""
        return self.scene.objects[self.index].category

    @property
    def box(self) -> Box:
        """The boxed region in pixels of the 256x256 image, COCO order."""
        x, y, w, h = self.scene.objects[self.index].region
        return Box(x, y, w, h).check(SIZE, SIZE)

    def image(self) -> Image.Image:
        """The image without the red box, 256x256 RGB."""
        return draw(self.scene)

    def mask(self) -> Image.Image:
        """The boxed object's own shape, 256x256, 0 or 255."""
        return draw_mask(self.scene.objects[self.index])


def world_sample(seed: int, i: int, *, modified: bool = True) -> WorldSample:
    """Sample i of the world with that seed; with `modified=False` the scene as it was, its picked object in context."""
    rng = np.random.default_rng([seed, i, int(modified)])
    scene = compose(rng)
    if modified:
        changed, index = replace_object(scene, rng)
    else:
        changed, index = scene, pick_object(scene, rng)
    return WorldSample(changed, index, scene.objects[index].category, describe(changed, index, rng))


def make_world(
    folder: str | Path,
    *,
    n: int,
    seed: int,
    fractions: Mapping[str, float] = DEFAULT_FRACTIONS,
    unmodified: bool = False,
    masks: bool = False,
    workers: int = 1,
) -> list[Sample]:
    """The samples of a new demo world in `folder`: samples.parquet, truth.parquet and images/*.png.

    A folder that already holds exactly this world is read instead of drawn again.

    Args:
        n: how many images.
        seed: the world's seed; worlds with other seeds share no image.
        fractions: share of each split; they must add up to 1.
        unmodified: keep every scene as it was (all in context), for the shortcut check.
        masks: write the boxed object's own shape too, as masks/*.png.
        workers: processes that draw.
    """
    folder = Path(folder)
    recipe = {"version": WORLD_VERSION, "n": n, "seed": seed, "fractions": dict(fractions)}
    recipe |= {"unmodified": unmodified, "masks": masks}
    if _holds(folder, recipe):
        return read_samples(folder)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    write_one = partial(_write_one, folder, seed, not unmodified, masks)
    rows = list(_map(write_one, range(n), workers))
    splits = _splits(n, seed, fractions)
    samples = [_sample_row(row, split) for row, split in zip(rows, splits, strict=True)]
    write_samples(folder, samples)
    write_table(folder / "truth.parquet", _truth_table(rows))
    write_json(folder / "world.json", recipe)
    return samples


def read_truth(folder: str | Path) -> pd.DataFrame:
    """The truth of a demo world, one row per sample, indexed by sample_id.

    Columns: scene, support, zone, in_context, objects (JSON list with category and box), and for each criterion its
    verdict (bool) and `<criterion>_reason`.
    """
    import pandas as pd

    return pd.read_parquet(Path(folder) / "truth.parquet").set_index("sample_id")


def _holds(folder: Path, recipe: dict[str, object]) -> bool:
    record = folder / "world.json"
    return record.exists() and json.loads(record.read_text()) == recipe


def _map(function: partial[dict[str, object]], items: Iterable[int], workers: int) -> Iterable[dict[str, object]]:
    if workers <= 1:
        return map(function, items)
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(function, items, chunksize=50))


def _write_one(folder: Path, seed: int, modified: bool, masks: bool, i: int) -> dict[str, object]:
    sample = world_sample(seed, i, modified=modified)
    name, mask = f"images/{i:06d}.png", f"masks/{i:06d}.png" if masks else ""
    _save(sample.image(), folder / name)
    if mask:
        _save(sample.mask(), folder / mask)
    placed, judgement = sample.scene.objects[sample.index], sample.judgement
    row: dict[str, object] = {
        "sample_id": f"{'demo' if modified else 'plain'}-{seed}-{i:06d}",
        "image": name,
        "mask": mask,
        "box": asdict(sample.box),
        "object": sample.object,
        "original_object": sample.original_object,
        "modified": modified,
        "scene": sample.scene.layout.scene,
        "support": placed.zone.support,
        "zone": placed.zone.name,
        "size_ratio": placed.size_ratio,
        "in_context": judgement.in_context,
        "objects": json.dumps([_object_truth(o) for o in sample.scene.objects]),
    }
    for criterion in CRITERIA:
        finding = judgement.finding(criterion)
        row |= {criterion: finding.in_context, f"{criterion}_reason": finding.reason}
    return row


def _save(image: Image.Image, path: Path) -> None:
    with atomic_path(path) as temporary:
        image.save(temporary, format="PNG", compress_level=1)


def _object_truth(placed: Placed) -> dict[str, object]:
    expected = FACTS[placed.category].height_m
    box = [round(v, 2) for v in placed.box]
    return {"category": placed.category, "box": box, "support": placed.zone.support, "expected_height_m": expected}


def _splits(n: int, seed: int, fractions: Mapping[str, float]) -> list[str]:
    """A split a sample, by one permutation; the last split takes what rounding leaves."""
    names = list(fractions)
    ends = np.round(np.cumsum(list(fractions.values())) * n).astype(int)
    by_rank = [names[int(np.searchsorted(ends, rank, side="right").clip(0, len(names) - 1))] for rank in range(n)]
    order = np.random.default_rng([seed, n]).permutation(n)
    splits = [""] * n
    for rank, i in enumerate(order):
        splits[i] = by_rank[rank]
    return splits


def _sample_row(row: Mapping[str, object], split: str) -> Sample:
    box = row["box"]
    assert isinstance(box, dict)
    return Sample(
        sample_id=str(row["sample_id"]),
        image=str(row["image"]),
        width=SIZE,
        height=SIZE,
        box=Box(**box),
        object=str(row["object"]),
        original_object=str(row["original_object"]),
        split=split,
        source="demo",
        modified=bool(row["modified"]),
        mask=str(row["mask"]),
    )


def _truth_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    import pandas as pd

    left_out = {"image", "mask", "box", "object", "original_object", "modified"}
    return pd.DataFrame([{k: v for k, v in row.items() if k not in left_out} for row in rows])
