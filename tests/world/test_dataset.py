"""The written world: the shared table layout, byte-identical images, worlds that are read when they are there."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from coinco_core.images import Box
from coinco_core.judgements import CRITERIA
from coinco_core.samples import read_samples, sample_image
from coinco_world.dataset import make_world, read_truth, world_sample

FRACTIONS = {"train": 0.5, "validation": 0.25, "test": 0.25}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    make_world(folder, n=24, seed=3, fractions=FRACTIONS)
    return folder


def test_the_same_seed_writes_the_same_files(world: Path, tmp_path: Path) -> None:
    make_world(tmp_path, n=24, seed=3, fractions=FRACTIONS, workers=2)
    for path in sorted(world.rglob("*.png")):
        assert path.read_bytes() == (tmp_path / path.relative_to(world)).read_bytes()
    pd.testing.assert_frame_equal(read_truth(world), read_truth(tmp_path))
    assert read_samples(world) == read_samples(tmp_path)


def test_splits_have_the_sizes_asked_for(world: Path) -> None:
    counts = pd.Series([s.split for s in read_samples(world)]).value_counts().to_dict()
    assert counts == {"train": 12, "validation": 6, "test": 6}


def test_a_world_that_is_there_is_not_drawn_again(world: Path) -> None:
    image = next(world.rglob("*.png"))
    before = image.stat().st_mtime_ns
    make_world(world, n=24, seed=3, fractions=FRACTIONS)
    assert image.stat().st_mtime_ns == before


def test_the_image_on_disk_is_the_drawn_one(world: Path) -> None:
    for i, sample in enumerate(read_samples(world)[:5]):
        drawn = world_sample(3, i)
        assert sample_image(world, sample).tobytes() == drawn.image().tobytes()
        assert (sample.object, sample.original_object, sample.box) == (drawn.object, drawn.original_object, drawn.box)


def test_the_truth_names_every_object(world: Path) -> None:
    truth = read_truth(world)
    samples = read_samples(world)
    assert list(truth.index) == [s.sample_id for s in samples]
    assert (truth["in_context"] == truth[list(CRITERIA)].all(axis=1)).all()
    for sample in samples:
        objects = json.loads(truth.loc[sample.sample_id, "objects"])
        assert sample.object in {o["category"] for o in objects}
        assert {"category", "box", "support", "expected_height_m"} == set(objects[0])


def test_masks_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    for sample in make_world(tmp_path, n=4, seed=6, masks=True):
        mask = Image.open(tmp_path / sample.mask)
        left, top, right, bottom = mask.getbbox()
        x0, y0, x1, y1 = sample.box.xyxy
        assert x0 - 2 <= left < right <= x1 + 2 and y0 - 2 <= top < bottom <= y1 + 2


def test_unmodified_scenes_are_all_in_context(tmp_path: Path) -> None:
    samples = make_world(tmp_path, n=8, seed=4, unmodified=True)
    assert all(not s.modified and s.object == s.original_object for s in samples)
    assert read_truth(tmp_path)["in_context"].all()


def test_a_box_lies_in_the_image(world: Path) -> None:
    for sample in read_samples(world):
        assert sample.box.check(256, 256) == sample.box
        assert isinstance(sample.box, Box)
