"""The names of the objects beside the box, for `co_occurrence`, from COCO's annotations.

Whatever is in the box is taken out of the list once; a second object of the same kind stays, for it is context.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from coinco_core.categories import category
from coinco_core.errors import InputError
from coinco_core.files import read_json
from coinco_core.released import coco_indices

Names = tuple[str, ...]
ANNOTATIONS = {"training": "instances_train2017.json", "testing": "instances_val2017.json"}  # COCO's, by pool


def without_once(names: Sequence[str], boxed: str) -> Names:
    """The names in their order without the first that is `boxed`; InputError when none is."""
    wanted, known = category(boxed).name, [category(name).name for name in names]
    if wanted not in known:
        listed = ", ".join(known) or "nothing"
        raise InputError(f"The object in the box, '{wanted}', is not among those listed in the image ({listed}).")
    place = known.index(wanted)
    return (*known[:place], *known[place + 1 :])


def others_in_coco(annotations_json: str | os.PathLike[str], boxed: Mapping[int, str]) -> dict[int, Names]:
    """The names of the other objects by COCO's image id; `boxed` has the original category in each image's box.

    COCO's file lists the objects before anything was replaced, crowds included, so the original is removed. Raises
    InputError for an image that the file lacks or that does not have that object.
    """
    content = read_json(annotations_json)
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= content.keys():
        raise InputError(f"{annotations_json} does not hold COCO annotations (images, annotations, categories).")
    known = {int(entry["id"]): str(entry["name"]) for entry in content["categories"]}
    names: dict[int, list[str]] = defaultdict(list)
    for annotation in content["annotations"]:
        names[int(annotation["image_id"])].append(known[int(annotation["category_id"])])
    return {image: without_once(names.get(image, []), name) for image, name in boxed.items()}


def others_in_released(annotations: str | os.PathLike[str], boxed: Mapping[str, str]) -> list[Names]:
    """The names of the other objects in released images, one tuple per entry of `boxed`, in its order.

    `boxed` has the original category in the box by sample id; `annotations` is the folder with COCO's
    instances_train2017.json and instances_val2017.json. Raises MissingError when a file that is needed is absent.
    """
    found: dict[str, Names] = {}
    for pool, file in ANNOTATIONS.items():
        own = {name: original for name, original in boxed.items() if name.startswith(f"{pool}-")}
        if own:
            indices = coco_indices(Path(annotations) / file, pool)
            ids = {name: indices.image_id(int(name.removeprefix(f"{pool}-"))) for name in own}
            others = others_in_coco(Path(annotations) / file, {ids[name]: own[name] for name in own})
            found |= {name: others[ids[name]] for name in own}
    return [found[name] for name in boxed]
