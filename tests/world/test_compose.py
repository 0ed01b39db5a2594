"""Scenes: determinism, geometry, perspective, and COinCO's way of replacing an object."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinco_core.categories import NAMES
from coinco_world.compose import SIZE, compose, draw, draw_mask, fit_box, pick_object, replace_object
from coinco_world.facts import FACTS, SCENE_CATEGORIES, SCENES

seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("scene", SCENES)
def test_the_same_seed_gives_the_same_bytes(scene: str) -> None:
    images = [draw(compose(np.random.default_rng(7), scene)).tobytes() for _ in range(2)]
    assert images[0] == images[1]
    assert draw(compose(np.random.default_rng(8), scene)).tobytes() != images[0]


@settings(max_examples=25)
@given(seeds)
def test_a_composed_scene_is_coherent(seed: int) -> None:
    scene = compose(np.random.default_rng(seed))
    assert 3 <= len(scene.objects) <= 7
    for placed in scene.objects:
        x, y, w, h = placed.box
        assert min(x, y) >= 0 and x + w <= SIZE + 1e-6 and y + h <= SIZE + 1e-6 and min(w, h) > 0
        assert placed.category in SCENE_CATEGORIES[scene.layout.scene]
        assert placed.zone.support in FACTS[placed.category].supports
        assert 0.79 < placed.size_ratio < 1.26


@settings(max_examples=25)
@given(seeds)
def test_a_replacement_stays_in_the_region_and_changes_nothing_else(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = compose(rng)
    after, index = replace_object(before, rng)
    new, old = after.objects[index], before.objects[index]
    assert new.region == old.box
    assert new.box[0] >= old.box[0] - 1e-9 and new.box[1] >= old.box[1] - 1e-9
    assert new.box[0] + new.box[2] <= old.box[0] + old.box[2] + 1e-9
    assert new.box[1] + new.box[3] <= old.box[1] + old.box[3] + 1e-9
    others = [(a, b) for i, (a, b) in enumerate(zip(before.objects, after.objects, strict=True)) if i != index]
    assert all(a == b for a, b in others)


@given(st.sampled_from(NAMES), st.floats(5, 200), st.floats(5, 200))
def test_a_fitted_box_keeps_the_shape_and_touches_the_region(category: str, w: float, h: float) -> None:
    x, y, width, height = fit_box(category, (10.0, 20.0, w, h))
    assert FACTS[category].aspect / 1.301 <= width / height <= FACTS[category].aspect * 1.301
    assert width == pytest.approx(w) or height == pytest.approx(h)
    assert y + height == pytest.approx(20 + h)
    assert x + width / 2 == pytest.approx(10 + w / 2)


def test_a_category_is_picked_uniformly_and_not_by_its_number_of_objects() -> None:
    rng = np.random.default_rng(0)
    scene = next(
        s for s in iter(lambda: compose(rng), None) if max(Counter(o.category for o in s.objects).values()) >= 3
    )
    counts = Counter(scene.objects[pick_object(scene, rng)].category for _ in range(3000))
    expected = 3000 / len(counts)
    assert all(abs(n - expected) < 5 * expected**0.5 for n in counts.values())


def test_replacements_are_uniform_over_the_eighty_categories() -> None:
    rng = np.random.default_rng(1)
    scene = compose(rng)
    counts = Counter()
    for _ in range(8000):
        changed, index = replace_object(scene, rng)
        counts[changed.objects[index].category] += 1
    statistic = sum((counts[name] - 100) ** 2 / 100 for name in NAMES)
    assert statistic < 140  # chi-square with 79 degrees of freedom; the 99.99 % point is about 135


def test_an_object_twice_as_near_looks_twice_as_large() -> None:
    zone = next(z for z in compose(np.random.default_rng(3), "farm").layout.zones if z.fixed_scale is None)
    near, far = zone.horizon + 0.4, zone.horizon + 0.2
    assert zone.scale(near) == pytest.approx(2 * zone.scale(far))


def test_a_mask_lies_in_the_objects_box() -> None:
    scene = compose(np.random.default_rng(5))
    for placed in scene.objects:
        mask = np.asarray(draw_mask(placed))
        assert set(np.unique(mask)) <= {0, 255}
        rows, columns = np.nonzero(mask)
        x, y, w, h = placed.box
        assert rows.min() >= y - 2 and rows.max() <= y + h + 2
        assert columns.min() >= x - 2 and columns.max() <= x + w + 2
        assert mask.mean() > 0
