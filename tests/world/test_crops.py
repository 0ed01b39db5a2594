"""Scenes cut to other shapes keep their box and what is in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from coinco_core.samples import read_samples, sample_image
from coinco_world.crops import SHAPES, crop_samples
from coinco_world.dataset import make_world


def test_a_cut_scene_is_a_part_of_the_scene_around_its_box(tmp_path: Path) -> None:
    samples = make_world(tmp_path / "world", n=24, seed=5)
    cut = crop_samples(samples, tmp_path / "world", tmp_path / "cut", seed=1)
    assert read_samples(tmp_path / "cut") == cut
    shapes = {(round(256 * wide), round(256 * tall)) for wide, tall in SHAPES}
    assert {(s.width, s.height) for s in cut} >= shapes
    for before, after in zip(samples, cut, strict=True):
        assert after.box.check(after.width, after.height) == after.box  # whole
        assert (after.box.w, after.box.h) == (before.box.w, before.box.h)
        assert (after.original_object, after.split) == (before.original_object, before.split)
        left, top = round(before.box.x - after.box.x), round(before.box.y - after.box.y)
        whole = np.asarray(sample_image(tmp_path / "world", before))
        part = np.asarray(sample_image(tmp_path / "cut", after))
        np.testing.assert_array_equal(part, whole[top : top + after.height, left : left + after.width])


def test_the_cut_depends_on_the_seed_and_not_on_the_other_samples(tmp_path: Path) -> None:
    samples = make_world(tmp_path / "world", n=6, seed=5)
    some = crop_samples(samples[:3], tmp_path / "world", tmp_path / "a", seed=1)
    assert some == crop_samples(samples, tmp_path / "world", tmp_path / "b", seed=1)[:3]
    assert some != crop_samples(samples[:3], tmp_path / "world", tmp_path / "c", seed=2)
