"""COCO's notations decoded, and its annotations made into samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from coinco_core.coco import SKIPPED_NAME, coco_samples
from coinco_core.coco_masks import decode_counts, segmentation_mask
from coinco_core.errors import InputError, MissingError
from coinco_core.samples import Box, read_samples, relative_to


def encode_counts(lengths: list[int]) -> str:
    """COCO's compressed notation, written from its description to check the decoder against."""
    text = ""
    for i, length in enumerate(lengths):
        value = length - lengths[i - 2] if i > 2 else length
        more = True
        while more:
            bits, value = value & 0x1F, value >> 5
            more = value != (-1 if bits & 0x10 else 0)
            text += chr((bits | (0x20 if more else 0)) + 48)
    return text


def run_lengths(mask: np.ndarray) -> list[int]:
    """The run lengths of a mask, column by column, beginning with the pixels outside."""
    flat = mask.T.ravel()
    ends = [*(np.flatnonzero(np.diff(flat)) + 1), flat.size]
    lengths = np.diff([0, *ends]).tolist()
    return [0, *lengths] if flat[0] else lengths


masks = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1)).map(
    lambda t: np.random.default_rng(t[2]).random((t[0], t[1])) < 0.5
)


@given(masks)
def test_run_lengths_give_the_mask_back_in_both_forms(mask: np.ndarray) -> None:
    height, width = mask.shape
    lengths = run_lengths(mask)
    for counts in (lengths, encode_counts(lengths), encode_counts(lengths).encode()):
        found = segmentation_mask({"size": [height, width], "counts": counts}, (width, height))
        assert ((np.asarray(found) == 255) == mask).all()


@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=20))
def test_compressed_lengths_come_back(lengths: list[int]) -> None:
    assert decode_counts(encode_counts(lengths)) == lengths


@given(st.integers(0, 20), st.integers(0, 15), st.integers(1, 20), st.integers(1, 15))
def test_a_rectangle_of_whole_pixels_is_filled_exactly(x: int, y: int, w: int, h: int) -> None:
    polygon = [x, y, x + w, y, x + w, y + h, x, y + h]
    found = np.asarray(segmentation_mask([polygon], (40, 30))) == 255
    expected = np.zeros((30, 40), bool)
    expected[y : y + h, x : x + w] = True
    assert (found == expected).all()


def test_a_circle_has_the_area_of_a_circle_and_parts_are_joined() -> None:
    turn = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    circle = np.stack([50 + 30 * np.cos(turn), 50 + 30 * np.sin(turn)], axis=1).ravel().tolist()
    corner = [90, 90, 100, 90, 100, 100, 90, 100]
    area = (np.asarray(segmentation_mask([circle, corner], (100, 100))) == 255).sum()
    assert area == pytest.approx(np.pi * 30**2 + 100, rel=0.02)


@pytest.mark.parametrize(
    ("segmentation", "says"),
    [
        ("polygons", "list of polygons or a run-length mask"),
        ([], "list of polygons or a run-length mask"),
        ([[1, 2, 3, 4]], "three or more points"),
        ([[1, 2, 3, 4, 5, 6, 7]], "three or more points"),
        ({"counts": [5], "size": [4, 4]}, "add up to the image's 16 pixels"),
        ({"counts": [-1, 17], "size": [4, 4]}, "add up"),
        ({"counts": [16], "size": [4, 5]}, "needs counts and the size"),
        ({"size": [4, 4]}, "needs counts"),
        ({"counts": "P", "size": [4, 4]}, "in the middle of a number"),
        ({"counts": "\x01", "size": [4, 4]}, "does not belong"),
    ],
)
def test_a_segmentation_that_makes_no_sense_is_refused(segmentation: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        segmentation_mask(segmentation, (4, 4))


def annotation(number: int, image: int, box: list[float], category: int = 17, **more: Any) -> dict[str, Any]:
    x, y, w, h = box
    outline = [[x, y, x + w, y, x + w, y + h, x, y + h]]
    return {
        "id": number,
        "image_id": image,
        "bbox": box,
        "category_id": category,
        "iscrowd": 0,
        "segmentation": outline,
    } | more


CROWD = {"iscrowd": 1, "segmentation": {"size": [30, 40], "counts": [0, 30, 1170]}}


@pytest.mark.parametrize("box", [[1, 2, 3], None, [1, 2, "x", 4]])
def test_one_bad_annotation_is_listed_and_stops_nothing(tmp_path: Path, box: Any) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "1.jpg")
    flat = annotation(3, 1, [5, 5, 9, 9], segmentation=[[1, 2, 3, 4]])
    bad = [{**annotation(1, 1, [1, 1, 5, 5]), "bbox": box}, annotation(2, 1, [5, 5, 9, 9]), flat]
    content = {"images": [{"id": 1, "file_name": "1.jpg", "width": 40, "height": 30}], "annotations": bad}
    content["categories"] = [{"id": 17, "name": "cat"}]
    (tmp_path / "a.json").write_text(json.dumps(content))
    samples = coco_samples(tmp_path / "a.json", tmp_path, tmp_path / "out", split="test", seed=0, objects="all")
    assert [sample.sample_id for sample in samples] == ["coco-000000000001-2"]
    assert pandas.read_parquet(tmp_path / "out" / SKIPPED_NAME)["annotation_id"].tolist() == [1, 3]


@pytest.fixture
def coco(tmp_path: Path) -> tuple[Path, Path]:
    """A COCO set with all that goes wrong in one: an annotation file and a folder of images."""
    images = tmp_path / "images"
    images.mkdir()
    entries = [{"id": i, "file_name": f"{i}.jpg", "width": 40, "height": 30} for i in range(1, 7)]
    for entry in entries[:4]:
        Image.new("L" if entry["id"] == 2 else "RGB", (40, 30)).save(images / entry["file_name"])
    (images / "6.jpg").write_text("not an image")
    annotations = [
        *(annotation(10 + i, 1, [i, 2, 5, 5], 1) for i in range(8)),
        annotation(20, 1, [30, 20, 20, 20], 44),  # reaches over the edge
        annotation(21, 2, [3, 3, 0, 4]),  # empty
        annotation(22, 2, [3, 3, 4, 4]),
        annotation(23, 3, [0, 0, 1, 30], 1, **CROWD),
        annotation(24, 5, [3, 3, 4, 4]),  # its image is missing
        annotation(25, 6, [3, 3, 4, 4]),  # its image is unreadable
    ]
    names = {1: "person", 17: "cat", 44: "bottle"}
    categories = [{"id": number, "name": name} for number, name in names.items()]
    path = tmp_path / "instances.json"
    path.write_text(json.dumps({"images": entries, "annotations": annotations, "categories": categories}))
    return path, images


def make(coco: tuple[Path, Path], out: Path, **options: Any):  # type: ignore[no-untyped-def]
    return coco_samples(*coco, out, **{"split": "test", "seed": 0} | options)


def test_what_can_be_used_becomes_a_sample_and_the_rest_is_listed(coco: tuple[Path, Path], tmp_path: Path) -> None:
    samples = make(coco, tmp_path / "out", objects="all")
    assert read_samples(tmp_path / "out") == [relative_to(tmp_path / "out", sample) for sample in samples]
    assert len(samples) == 10
    clipped = next(s for s in samples if s.object == "bottle")
    assert clipped.box == Box(30, 20, 10, 10)
    assert Image.open(tmp_path / "out" / clipped.mask).getbbox() == (30, 20, 40, 30)
    assert {(s.split, s.source, s.modified) for s in samples} == {("test", "coco", False)}
    skipped = pandas.read_parquet(tmp_path / "out" / SKIPPED_NAME)
    reasons = {(row.image_id, row.annotation_id): row.reason for row in skipped.itertuples()}
    assert reasons[5, 0] == "there is no such image"
    assert reasons[6, 0] == "the image cannot be read"
    assert "crowd" in reasons[3, 23]
    assert "is empty" in reasons[2, 21]
    assert reasons[4, 0] == reasons[3, 0] == "no object that can be used"
    assert len(reasons) == 6


def test_a_crowd_is_kept_when_asked_for_with_its_mask(coco: tuple[Path, Path], tmp_path: Path) -> None:
    samples = make(coco, tmp_path, crowd="keep")
    crowd = next(s for s in samples if "000000000003" in s.sample_id)
    assert Image.open(tmp_path / crowd.mask).getbbox() == (0, 0, 1, 30)


def test_one_object_an_image_uniform_over_the_categories_present(coco: tuple[Path, Path], tmp_path: Path) -> None:
    chosen = [make(coco, tmp_path, seed=seed, masks=False)[0] for seed in range(40)]
    persons = sum(sample.object == "person" for sample in chosen)
    assert 8 <= persons <= 30  # a half and not eight ninths, which would be 36 of 40
    assert len({sample.box for sample in chosen if sample.object == "person"}) > 3


def test_a_choice_depends_on_the_seed_and_its_image_only(coco: tuple[Path, Path], tmp_path: Path) -> None:
    content = json.loads(coco[0].read_text())
    content["images"] = content["images"][:2]
    (tmp_path / "fewer.json").write_text(json.dumps(content))
    fewer = coco_samples(tmp_path / "fewer.json", coco[1], tmp_path / "a", split="train", seed=5)
    more = make(coco, tmp_path / "b", seed=5, split="train")
    assert fewer == more[: len(fewer)]


def test_a_size_that_disagrees_is_listed(coco: tuple[Path, Path], tmp_path: Path) -> None:
    Image.new("RGB", (30, 40)).save(coco[1] / "1.jpg")
    make(coco, tmp_path)
    skipped = pandas.read_parquet(tmp_path / SKIPPED_NAME)
    assert "30 x 40, the annotations say otherwise" in skipped[skipped.image_id == 1].reason.iloc[0]


@pytest.mark.parametrize("options", [{"split": "val"}, {"crowd": "drop"}, {"objects": "two"}])
def test_unknown_options_are_refused(coco: tuple[Path, Path], tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(InputError, match="must be one of"):
        make(coco, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_files_that_are_not_annotations_are_refused(coco: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="There is no file"):
        make((tmp_path / "none.json", coco[1]), tmp_path / "out")
    coco[0].write_text("[]")
    with pytest.raises(InputError, match="does not hold COCO instance annotations"):
        make(coco, tmp_path / "out")
    assert not (tmp_path / "out").exists()
