"""What stands beside the box: drawn scenes, COCO's annotations; never what is in it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from coinco_core.coco import coco_samples
from coinco_core.errors import InputError, MissingError
from coinco_core.files import read_json
from coinco_core.objects_from_context.context_lists import (
    others_in_coco,
    others_in_released,
    without_once,
)


def test_one_is_taken_out_and_its_twin_stays() -> None:
    assert without_once(["cow", "Person", "cow"], "cow") == ("person", "cow")
    with pytest.raises(InputError, match=r"'dog', is not among those listed in the image \(cow\)"):
        without_once(["cow"], "dog")
    with pytest.raises(InputError, match="nothing"):
        without_once([], "dog")


def test_cocos_annotations_lose_the_original_once(shared: Path, tmp_path: Path) -> None:
    tiny = shared / "real/coco_tiny"
    annotations = tiny / "annotations/instances_val2017.json"
    samples = coco_samples(annotations, tiny / "val2017", tmp_path, split="test", seed=0, masks=False)
    boxed = {int(s.sample_id.split("-")[1]): s.original_object for s in samples}
    found = others_in_coco(annotations, boxed)
    content = read_json(annotations)
    names = {entry["id"]: entry["name"] for entry in content["categories"]}
    listed = Counter((a["image_id"], names[a["category_id"]]) for a in content["annotations"])
    assert list(found) == list(boxed) and len(found) >= 70
    for found_in, name in boxed.items():
        whole = Counter({kind: n for (image, kind), n in listed.items() if image == found_in})
        assert Counter(found[found_in]) == whole - Counter([name])
    some = next(iter(boxed))
    with pytest.raises(InputError, match="not among those listed"):
        others_in_coco(annotations, {some: next(n for n in names.values() if not listed[some, n])})
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(InputError, match="does not hold COCO annotations"):
        others_in_coco(tmp_path / "no.json", {})


def test_released_images_are_found_by_their_place_among_the_ascending_ids(tmp_path: Path) -> None:
    ids = [3 * (i + 7) for i in range(5000)][::-1]  # the file's own order is another one
    annotations = [(27, "dog"), (27, "cup"), (27, "dog"), (24, "cow"), (21, "cat")]
    known = {"dog": 18, "cup": 47, "cow": 21, "cat": 17}
    content = {
        "images": [{"id": i} for i in ids],
        "annotations": [{"image_id": i, "category_id": known[name]} for i, name in annotations],
        "categories": [{"id": i, "name": name} for name, i in known.items()],
    }
    (tmp_path / "instances_val2017.json").write_text(json.dumps(content))
    boxed = {"testing-000002": "dog", "testing-000001": "cow"}
    assert others_in_released(tmp_path, boxed) == [("cup", "dog"), ()]
    with pytest.raises(MissingError, match="instances_train2017"):
        others_in_released(tmp_path, {"training-000001": "dog"})
