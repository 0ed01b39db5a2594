"""What stands beside the box in drawn scenes; never what is in it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coinco_core.errors import InputError, MissingError
from coinco_core.files import read_table, write_table
from coinco_core.objects_from_context.baselines import labels_of
from coinco_core.objects_from_context.co_occurrence import count_co_occurrence
from coinco_core.samples import Sample
from coinco_world.compose import compose
from coinco_world.dataset import make_world, world_sample
from coinco_world.neighbours import others_in_world

N, SEED = 40, 5


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Sample]]:
    folder = tmp_path_factory.mktemp("world")
    return folder, make_world(folder, n=N, seed=SEED)


def test_a_drawn_scenes_others_are_those_of_the_scene_before_the_replacement(
    world: tuple[Path, list[Sample]],
) -> None:
    folder, samples = world
    for i, (sample, names) in enumerate(zip(samples, others_in_world(folder, samples), strict=True)):
        before = compose(np.random.default_rng([SEED, i, 1]))  # as `world_sample` draws it
        expected = Counter(o.category for o in before.objects) - Counter([sample.original_object])
        assert Counter(names) == expected
        drawn = world_sample(SEED, i).scene.objects
        assert Counter(names) == Counter(o.category for o in drawn) - Counter([sample.object])


def test_what_is_in_the_box_changes_nothing(world: tuple[Path, list[Sample]], tmp_path: Path) -> None:
    """Other names for what stands in the boxes, and for what stood there, give the same lists and answers."""
    folder, samples = world
    others = others_in_world(folder, samples)
    names = np.random.default_rng(0).permutation([s.object for s in samples]).tolist()
    renamed = [replace(s, object=n, original_object="kite") for s, n in zip(samples, names, strict=True)]
    truth = read_table(folder / "truth.parquet")
    truth["objects"] = [
        _renamed(objects, s.object, new) for objects, s, new in zip(truth["objects"], samples, names, strict=True)
    ]
    write_table(tmp_path / "truth.parquet", truth)
    again = others_in_world(tmp_path, renamed)
    assert [Counter(row) for row in again] == [Counter(row) for row in others]
    model = count_co_occurrence(labels_of(samples), others)
    assert (model.probabilities(again) == model.probabilities(others)).all()
    still_listed = [s.original_object in row for s, row in zip(samples, others, strict=True)]
    assert np.mean(still_listed) < 0.5  # near 1 the lists would hold the answer


def _renamed(objects: str, old: str, new: str) -> str:
    """The objects of a scene with the last of that name called otherwise."""
    entries = json.loads(objects)
    last = max(i for i, entry in enumerate(entries) if entry["category"] == old)
    entries[last]["category"] = new
    return json.dumps(entries)


def test_samples_of_another_world_are_refused(world: tuple[Path, list[Sample]], tmp_path: Path) -> None:
    folder, samples = world
    with pytest.raises(InputError, match="'demo-9-000000' is not of the demo world"):
        others_in_world(folder, [replace(samples[0], sample_id="demo-9-000000")])
    with pytest.raises(MissingError, match=r"no truth\.parquet"):
        others_in_world(tmp_path, samples)
