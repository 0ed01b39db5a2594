"""COCO annotations and images as samples: the same table, boxes and masks that drawn scenes have.

One object an image is chosen as section 3.1 appears to choose the object to replace: uniform over the
categories present, then over that category's instances (of the first 105 released rows only 3 are persons, as
nearly a third of COCO's instances are).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coinco_core.categories import category
from coinco_core.coco_masks import segmentation_mask
from coinco_core.errors import InputError, did_you_mean
from coinco_core.files import atomic_path, read_json, write_table
from coinco_core.samples import SPLITS, Box, Sample, write_samples

SKIPPED_NAME = "skipped.parquet"
_ORIENTATION = 0x0112  # EXIF's tag


@dataclass(frozen=True)
class Instance:
    """One usable annotation: its object, the box inside the image (pixels), and its mask in COCO's notation."""

    annotation_id: int
    object: str
    box: Box
    segmentation: Any


@dataclass(frozen=True)
class Skipped:
    """An image, or an annotation if annotation_id is above 0, that yields no sample, with the reason."""

    image_id: int
    annotation_id: int
    reason: str


def coco_samples(
    annotations_json: str | os.PathLike[str],
    image_dir: str | os.PathLike[str],
    out_folder: str | os.PathLike[str],
    *,
    split: str,
    seed: int,
    crowd: str = "skip",
    objects: str = "one",
    masks: bool = True,
) -> list[Sample]:
    """The samples of COCO images, with a table, masks/ID.png and skipped.parquet in `out_folder`.

    `crowd` ('skip' or 'keep') decides whether crowd regions are used; `objects` is 'one' per image or 'all'. A choice
    depends only on the seed and the image's id. Boxes are in pixels, clipped to the image; masks are 0 or 255, of the
    image's size; what cannot be used is listed with its reason. Raises InputError when the file does not hold COCO's
    annotations, MissingError when it is absent.
    """
    _check_choice("split", split, SPLITS)
    _check_choice("crowd", crowd, ("skip", "keep"))
    _check_choice("objects", objects, ("one", "all"))
    images, annotations, names = _read_annotations(annotations_json)
    out, samples, skipped = Path(out_folder), [], []
    for image in images:
        instances, problems = _usable(image, annotations.get(image["id"], []), names, Path(image_dir), crowd)
        skipped += problems
        for instance in instances if objects == "all" else _choose_one(instances, seed, image["id"]):
            path = (Path(image_dir) / image["file_name"]).resolve()
            sample = _sample(image, instance, path, split, objects)
            try:
                samples.append(_with_mask(sample, instance, out) if masks else sample)
            except InputError as error:
                skipped.append(Skipped(image["id"], instance.annotation_id, str(error)))
    write_samples(out, samples)
    _write_skipped(out / SKIPPED_NAME, skipped)
    return samples


def _check_choice(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"{what} must be one of {', '.join(allowed)}, not '{value}'.{did_you_mean(value, allowed)}")


def _read_annotations(path: str | os.PathLike[str]) -> tuple[list[Any], dict[int, list[Any]], dict[int, str]]:
    """The images by ascending id, the annotations by image, and the category names by COCO id."""
    content = read_json(path)
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= content.keys():
        raise InputError(f"{path} does not hold COCO instance annotations (images, annotations, categories).")
    by_image: dict[int, list[Any]] = {}
    for annotation in content["annotations"]:
        by_image.setdefault(annotation["image_id"], []).append(annotation)
    names = {entry["id"]: category(entry["name"]).name for entry in content["categories"]}
    return sorted(content["images"], key=lambda image: int(image["id"])), by_image, names


def _usable(
    image: dict[str, Any], annotations: list[Any], names: dict[int, str], folder: Path, crowd: str
) -> tuple[list[Instance], list[Skipped]]:
    """The image's annotations that can become samples, and what was left out and why."""
    problem = _image_problem(image, folder)
    if problem:
        return [], [Skipped(image["id"], 0, problem)]
    instances, skipped = [], []
    for annotation in annotations:
        if annotation.get("iscrowd") and crowd == "skip":
            skipped.append(Skipped(image["id"], annotation["id"], "a crowd region, not one object"))
            continue
        try:
            instances.append(_instance(annotation, names, image["width"], image["height"]))
        except InputError as error:
            skipped.append(Skipped(image["id"], annotation["id"], str(error)))
    if not instances:
        skipped.append(Skipped(image["id"], 0, "no object that can be used"))
    return instances, skipped


def _image_problem(image: dict[str, Any], folder: Path) -> str:
    """Why the image cannot be used, or ''; reads only the file's head, as COCO holds 118,287 images."""
    from PIL import Image, UnidentifiedImageError

    path, annotated = folder / image["file_name"], (image["width"], image["height"])
    try:
        with Image.open(path) as head:
            turned = head.getexif().get(_ORIENTATION, 1) >= 5  # lies on its side; `open_image` turns it upright
            found = head.size[::-1] if turned else head.size
    except FileNotFoundError:
        return "there is no such image"
    except (UnidentifiedImageError, OSError):
        return "the image cannot be read"
    return "" if found == annotated else f"the image is {found[0]} x {found[1]}, the annotations say otherwise"


def _instance(annotation: dict[str, Any], names: dict[int, str], width: int, height: int) -> Instance:
    if annotation["category_id"] not in names:
        raise InputError(f"The category id {annotation['category_id']} is not in the file's list of categories.")
    sides = annotation.get("bbox")
    if not isinstance(sides, list) or len(sides) != 4:
        raise InputError("The box is not four numbers.")
    box = Box.parse(",".join(map(str, sides))).check(width, height)
    return Instance(annotation["id"], names[annotation["category_id"]], box, annotation.get("segmentation"))


def _choose_one(instances: list[Instance], seed: int, image_id: int) -> Iterator[Instance]:
    """One instance, uniform over the categories present, then over its instances; none of none."""
    import numpy as np

    if not instances:
        return
    chance = np.random.default_rng([seed, image_id])
    present = sorted({instance.object for instance in instances})
    chosen = present[chance.integers(len(present))]
    of_category = [instance for instance in instances if instance.object == chosen]
    yield of_category[chance.integers(len(of_category))]


def _sample(image: dict[str, Any], instance: Instance, path: Path, split: str, objects: str) -> Sample:
    of_object = f"-{instance.annotation_id}" if objects == "all" else ""
    return Sample(
        sample_id=f"coco-{image['id']:012d}{of_object}", image=str(path),
        width=image["width"], height=image["height"], box=instance.box,
        object=instance.object, original_object=instance.object, split=split, source="coco", modified=False,
    )  # fmt: skip


def _with_mask(sample: Sample, instance: Instance, out: Path) -> Sample:
    """The sample with its instance mask written to masks/, where the annotation has one."""
    if not instance.segmentation:
        return sample
    relative = f"masks/{sample.sample_id}.png"
    mask = segmentation_mask(instance.segmentation, (sample.width, sample.height))
    with atomic_path(out / relative) as temporary:
        mask.save(temporary)
    return replace(sample, mask=relative)


def _write_skipped(path: Path, skipped: Iterable[Skipped]) -> None:
    import pandas

    rows = [(entry.image_id, entry.annotation_id, entry.reason) for entry in skipped]
    write_table(path, pandas.DataFrame(rows, columns=["image_id", "annotation_id", "reason"]))
