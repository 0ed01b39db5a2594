"""The same code on real files: 160 COCO images with their annotations, and COinCO images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from PIL import Image

from coinco_core.categories import NAMES
from coinco_core.cli.app import main
from coinco_core.coco import SKIPPED_NAME, coco_samples
from coinco_core.files import write_json
from coinco_core.images import RED
from coinco_core.judgements import CRITERIA
from coinco_core.objects_from_context.latents.encoder import load_encoder
from coinco_core.released import released_samples
from coinco_core.samples import Box, boxed_image, open_image, read_samples

SPLITS = [("train2017", "train"), ("val2017", "test")]


@pytest.fixture(scope="module", params=SPLITS, ids=[name for name, _ in SPLITS])
def coco(request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The folder of one COCO split's samples and its annotations by id.

    `one` holds an object of every image, `all` every object, crowds included, of each fourth image and those with
    a crowd.
    """
    name, split = request.param
    source = shared / "real" / "coco_tiny"
    annotations = source / "annotations" / f"instances_{name}.json"
    out = tmp_path_factory.mktemp(name)
    coco_samples(annotations, source / name, out / "one", split=split, seed=0)
    content = json.loads(annotations.read_text(encoding="utf-8"))
    crowded = {entry["image_id"] for entry in content["annotations"] if entry["iscrowd"]}
    content["images"] = [x for i, x in enumerate(content["images"]) if i % 4 == 0 or x["id"] in crowded]
    few = write_json(out / "few.json", content)
    coco_samples(few, source / name, out / "all", split=split, seed=0, objects="all", crowd="keep")
    return out, {entry["id"]: entry for entry in content["annotations"]}


def test_every_image_gives_one_sample_and_the_crowds_are_listed(coco: tuple[Path, Any]) -> None:
    folder, annotations = coco
    samples = read_samples(folder / "one")
    crowds = {number for number, entry in annotations.items() if entry["iscrowd"]}
    skipped = pandas.read_parquet(folder / "one" / SKIPPED_NAME)
    assert len(samples) == len({s.image for s in samples}) == 80
    assert set(skipped.annotation_id) == crowds
    assert {s.object for s in samples} <= set(NAMES)
    assert all(s.box.check(s.width, s.height) == s.box for s in samples)


def test_one_object_is_not_always_the_commonest(coco: tuple[Path, Any]) -> None:
    folder, annotations = coco
    samples = read_samples(folder / "one")
    share = sum(s.object == "person" for s in samples) / len(samples)
    of_all = sum(entry["category_id"] == 1 for entry in annotations.values()) / len(annotations)
    assert share < of_all


def test_boxed_images_show_the_box(coco: tuple[Path, Any]) -> None:
    folder, _ = coco
    for sample in read_samples(folder / "one")[::8]:
        boxed = boxed_image(folder / "one", sample)
        assert boxed.size == (sample.width, sample.height)
        left, top, _, _ = sample.box.pixels(*boxed.size)
        assert boxed.getpixel((left, top)) == RED


def test_masks_fill_their_box_and_have_the_annotated_area(coco: tuple[Path, Any]) -> None:
    folder, annotations = coco
    samples = read_samples(folder / "all")
    images = {int(Path(sample.image).stem) for sample in samples}
    assert len(samples) == sum(entry["image_id"] in images for entry in annotations.values())
    areas, edges = [], []
    for sample in samples:
        entry = annotations[int(sample.sample_id.split("-")[2])]
        mask = np.asarray(Image.open(folder / "all" / sample.mask)) == 255
        assert mask.any()
        rows, columns = mask.nonzero()
        found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        inside = (found - sample.box.xyxy) * [1, 1, -1, -1]
        assert inside.min() > -1.01
        edges += inside.tolist()
        if not entry["iscrowd"] and entry["area"] > 500:  # the area noted for a crowd is not that of its mask
            areas.append(mask.sum() / entry["area"] - 1)
    assert np.quantile(edges, 0.98) < 1.5  # a tip thinner than half a pixel is not in the mask
    assert abs(np.median(areas)) < 0.02
    assert np.abs(areas).max() < 0.1


def test_coinco_images_become_samples_once_a_box_is_given(shared: Path) -> None:
    folder = shared / "real" / "coinco_samples"
    table = pandas.read_csv(folder / "samples.csv")
    boxes = {int(index): Box(10, 20, 60, 50) for index in table["coco_index"]}
    samples = released_samples(folder / "samples.csv", folder, pool="training", boxes=boxes)
    assert len(samples) == 7
    assert {s.object for s in samples} == set(table["replacement_object"])
    for sample in samples:
        assert open_image(sample.image).size == (sample.width, sample.height)
        assert boxed_image(folder, sample).getpixel((10, 20)) == RED


@pytest.fixture(scope="module")
def photographs(shared: Path) -> list[Path]:
    """A few real files: COCO photographs of both splits, and COinCO images."""
    real = shared / "real"
    folders = (real / "coco_tiny" / "train2017", real / "coco_tiny" / "val2017", real / "coinco_samples")
    return [path for folder in folders for path in sorted(folder.glob("*.[jp][pn]g"))[:2]]


def test_latents_of_real_images(photographs: list[Path]) -> None:
    encoder = load_encoder("demo", device="cpu")
    for path in photographs[::2]:
        inputs = encoder.inputs(open_image(path), Box(20, 30, 100, 80))
        assert inputs.shape == (1, 8192)
        assert np.isfinite(inputs).all()
        image, mask = inputs[0, :4096], inputs[0, 4096:]
        assert image.std() > 0.1  # the autoencoder sees something
        assert not np.allclose(image, mask)


def test_classify_on_real_files(photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in photographs[1::4]:
        png = tmp_path / f"{path.stem}.png"
        call = ["classify", str(path), "--object", "dog", "--box", "20,30,100,80", "--png", str(png), "--json"]
        assert main(call) == 0
        found = json.loads(capsys.readouterr().out)
        assert "drawn scenes" in found["warning"]
        for criterion in CRITERIA:
            assert isinstance(found[criterion]["in_context"], bool)
            assert 0 <= found[criterion]["probability"] <= 1
            assert found[criterion]["text"]
        assert open_image(png).height > open_image(path).height
