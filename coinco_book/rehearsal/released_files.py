"""A stand-in for the authors' files: the released layout, with made-up contents and as many rows and files as wanted.

Half a megabyte an image is 50 GB; so there are some sixty images and as many boxes as keep each pair of image and box
unlike all others, and a file is a hard link to one of them. Whatever reads them has to read all the same.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coinco_book.rehearsal.answers import MODELS, answers_table
from coinco_book.rehearsal.photos import SIZE, photo
from coinco_core.categories import CATEGORIES, NAMES, SUPERCATEGORY_INDICES
from coinco_core.files import write_json
from coinco_core.images import Box, box_mask
from coinco_core.objects_from_context.context_lists import ANNOTATIONS
from coinco_core.released.catalogue import FILES, N_IMAGES, ReleasedFile, released_file
from coinco_core.released.indices import POOL_SIZES

FEW, MANY, N_BOXES = 7, 61, 1609  # photos and boxes, without a common divisor: 61 x 1609 are 98,149 pairs
_OBJECTS_AN_IMAGE = 7  # in COCO's val2017
_LATENTS_A_CATEGORY = 4


@dataclass(frozen=True)
class Counts:
    """How many images a stand-in has: those of training (`train` and `validation`), of testing, and of val2017."""

    train: int
    validation: int
    testing: int
    val2017: int

    @property
    def training(self) -> int:
        """The training pool."""
        return self.train + self.validation


def counts(images: int = N_IMAGES) -> Counts:
    """The authors' counts, or as many images in their proportions (at least ten in each part)."""
    whole = [released_file(f"objects-{part}").samples or 0 for part in ("testing", "training")]
    testing, train, val2017 = (max(10, round(n * images / N_IMAGES)) for n in (*whole, POOL_SIZES["testing"]))
    return Counts(train, max(10, images - testing - train), testing, val2017)


def write_released(folder: Path, n: Counts, seed: int = 0) -> None:
    """All that `coinco data fetch --all` would bring, but for the weights, into the data folder."""
    rng = np.random.default_rng(seed)
    originals = {pool: rng.integers(0, 80, size) for pool, size in _pools(n).items()}
    _write_tables(folder, n, originals, rng)
    for model in MODELS:
        _write(folder, f"answers-{model}", answers_table(model, n.training, seed))
    _write(folder, "answers-qwen-testing", answers_table("qwen", n.testing, seed + 1))
    stock = folder / "stock"
    _write_images(folder, stock, n, rng)
    _write_latents(folder, stock, originals, rng)
    _write_val2017(folder, stock, n, rng)


def _pools(n: Counts) -> dict[str, int]:
    return {"training": n.training, "testing": n.testing}


def _write(folder: Path, name: str, columns: dict[str, Any]) -> None:
    """One table, with an unnamed index as the authors' have."""
    import pandas as pd

    path = folder / released_file(name).path
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns).to_csv(path)


def _write_tables(folder: Path, n: Counts, originals: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Which object was replaced by which, and the tables of labels of both tasks."""
    for pool, labels in originals.items():
        other = (labels + rng.integers(1, 80, len(labels))) % 80
        names = {"class_name": [NAMES[i] for i in labels], "replacement_object": [NAMES[i] for i in other]}
        _write(folder, f"inpainting-{pool}", {"coco_index": range(len(labels)), "object_index": 0, **names})
    parts = {"training": range(n.train), "validation": range(n.train, n.training), "testing": range(n.testing)}
    for entry in FILES:
        if entry.labels:
            part = next((p for p in parts if entry.path.endswith(f"{p}_data.csv")), entry.pool)
            rows = range(n.training) if "training_val" in entry.path else parts[part]
            _write(folder, entry.name, {"coco_index": rows, "label": _labels(entry, originals[entry.pool], rows, rng)})
    groups = {str(i): {"supercategory_index": group} for i, group in enumerate(SUPERCATEGORY_INDICES)}
    write_json(folder / released_file("supercategory-mappings").path, groups)


def _labels(entry: ReleasedFile, originals: np.ndarray, rows: range, rng: np.random.Generator) -> np.ndarray:
    """The labels of these rows: categories, supercategories, or verdicts of a model."""
    if entry.labels == len(NAMES):
        return originals[list(rows)]
    groups = np.array(SUPERCATEGORY_INDICES)
    return groups[originals[list(rows)]] if entry.labels > 2 else rng.integers(0, 2, len(rows))


def _write_images(folder: Path, stock: Path, n: Counts, rng: np.random.Generator) -> None:
    """The inpainted images and their box masks."""
    photos = _photos(stock / "images", "png", n, rng)
    for pool, size in _pools(n).items():
        boxes = []
        for i in range(min(N_BOXES, size)):
            boxes.append(_new(stock / f"masks-{pool}" / f"{i}.png"))
            box_mask(_box(rng), SIZE).save(boxes[-1])
        for kind, files in (("images", photos), ("masks", boxes)):
            _link(folder / released_file(f"{kind}-{pool}").path, (f"{i}.png" for i in range(size)), files)


def _photos(stock: Path, ending: str, n: Counts, rng: np.random.Generator) -> list[Path]:
    """As many images as give each pair of image and box to one image of a pool only."""
    paths = [_new(stock / f"{i}.{ending}") for i in range(FEW if n.training <= FEW * N_BOXES else MANY)]
    for path in paths:
        photo(rng).save(path, quality=90)  # PNG has no quality
    return paths


def _box(rng: np.random.Generator) -> Box:
    """A box well inside an image, in whole pixels."""
    width, height = (int(rng.integers(side // 16, side // 2)) for side in SIZE)
    x, y = (int(rng.integers(0, side - own)) for side, own in zip(SIZE, (width, height), strict=True))
    return Box(x, y, width, height)


def _write_latents(folder: Path, stock: Path, originals: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """The cached latents, a pickled file an image; a category shows a little in its own."""
    import torch

    files = {}
    for label in range(len(NAMES)):
        direction = rng.normal(size=(2, 4, 32, 32))
        for k in range(_LATENTS_A_CATEGORY):
            image, mask = (
                torch.tensor(p) for p in (0.3 * direction + rng.normal(size=direction.shape)).astype("float32")
            )
            files[label, k] = _new(stock / "latents" / f"{label}-{k}.pt")
            torch.save({"latent1": image, "latent2": mask, "label": label}, files[label, k])
    for pool, labels in originals.items():
        chosen = [files[int(label), i % _LATENTS_A_CATEGORY] for i, label in enumerate(labels)]
        _link(folder / released_file(f"latents-{pool}").path, (f"{i}.pt" for i in range(len(labels))), chosen)


def _write_val2017(folder: Path, stock: Path, n: Counts, rng: np.random.Generator) -> None:
    """COCO's own validation images with some annotated objects in each."""
    photos = _photos(stock / "val2017", "jpg", n, rng)
    names = [f"{1 + 7 * i:012d}.jpg" for i in range(n.val2017)]
    _link(folder / released_file("coco-images").path, names, photos)
    images = [{"id": int(name[:12]), "file_name": name, "width": SIZE[0], "height": SIZE[1]} for name in names]
    objects = [_object(int(name[:12]), rng) for name in names for _ in range(_OBJECTS_AN_IMAGE)]
    annotations = [{**found, "id": i} for i, found in enumerate(objects, 1)]
    categories = [{"id": i, "name": category.name} for i, category in enumerate(CATEGORIES, 1)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    write_json(folder / released_file("coco-annotations").path / ANNOTATIONS["testing"], content)


def _object(image_id: int, rng: np.random.Generator) -> dict[str, Any]:
    box = _box(rng)
    corners = [box.x, box.y, box.x + box.w, box.y, box.x + box.w, box.y + box.h, box.x, box.y + box.h]
    return {
        "image_id": image_id, "category_id": int(rng.integers(0, 80)) + 1, "bbox": [box.x, box.y, box.w, box.h],
        "segmentation": [corners], "area": box.w * box.h, "iscrowd": 0,
    }  # fmt: skip


def _new(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _link(folder: Path, names: Iterable[str], files: list[Path]) -> None:
    """Files of these names, each a link to the next of the given ones; copies where there are no hard links."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        try:
            os.link(files[i % len(files)], folder / name)
        except OSError:
            shutil.copyfile(files[i % len(files)], folder / name)
