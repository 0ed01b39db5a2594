"""The scene types: their zones are sound, their drawings agree with the zones, and both depend on the seed alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from coinco_world.facts import FACTS, SCENE_CATEGORIES, SCENES, SUPPORTS
from coinco_world.pen import Pen
from coinco_world.scene_layout import SceneLayout
from coinco_world.scenes import LAYOUTS
from coinco_world.scenes.sketch import Sketch, toward

MAX_SHAPES = 160  # what keeps a background at about a millisecond
seeds = st.integers(0, 2**31)


def painted(layout: SceneLayout, size: int = 64) -> Image.Image:
    """The background of a layout, size x size RGB."""
    image = Image.new("RGB", (size, size), (255, 0, 255))
    layout.paint(Pen(ImageDraw.Draw(image), None, (0, 0, size, size)))
    return image


def test_every_scene_type_has_a_layout() -> None:
    assert tuple(LAYOUTS) == SCENES


@pytest.mark.parametrize("scene", SCENES)
@settings(max_examples=25)
@given(seed=seeds)
def test_zones_are_sound(scene: str, seed: int) -> None:
    layout = LAYOUTS[scene](np.random.default_rng(seed))
    assert layout.scene == scene
    assert any(zone.support in ("ground", "surface") for zone in layout.zones)
    for zone in layout.zones:
        assert zone.support in SUPPORTS
        assert zone.name.startswith("the ")
        assert 0 <= zone.x[0] < zone.x[1] <= 1
        assert 0 <= zone.y[0] <= zone.y[1] <= 1
        assert zone.weight > 0
        assert zone.fixed_scale is not None or zone.horizon < zone.y[0]


@pytest.mark.parametrize("scene", SCENES)
def test_painting_covers_the_image_and_repeats(scene: str) -> None:
    for seed in range(4):
        first = painted(LAYOUTS[scene](np.random.default_rng(seed)))
        again = painted(LAYOUTS[scene](np.random.default_rng(seed)))
        assert first.tobytes() == again.tobytes()
        assert not (np.asarray(first) == (255, 0, 255)).all(axis=-1).any()


@pytest.mark.parametrize("scene", SCENES)
def test_scenes_vary_with_the_seed_and_stay_cheap(scene: str) -> None:
    layouts = [LAYOUTS[scene](np.random.default_rng(seed)) for seed in range(8)]
    assert len({painted(layout).tobytes() for layout in layouts}) == len(layouts)
    for layout in layouts:
        assert isinstance(layout.paint, Sketch)
        assert 10 < len(layout.paint) <= MAX_SHAPES


@pytest.mark.parametrize("scene", SCENES)
def test_each_zone_suits_something_that_is_at_home_there(scene: str) -> None:
    """Some category of the scene that may rest on the zone is between 16 and 160 of 256 pixels tall in it."""
    for seed in range(20):
        for zone in LAYOUTS[scene](np.random.default_rng(seed)).zones:
            heights = [
                FACTS[name].height_m * zone.scale(y)
                for name in SCENE_CATEGORIES[scene]
                if zone.support in FACTS[name].supports
                for y in zone.y
            ]
            assert any(16 / 256 <= height <= 160 / 256 for height in heights), zone


def test_a_ground_line_runs_to_its_vanishing_point() -> None:
    point = (0.5, 0.3)
    assert toward(point, 0.2, 0.6, 0.3) == pytest.approx(0.5)
    assert toward(point, 0.2, 0.6, 0.6) == pytest.approx(0.2)
    assert toward(point, 0.2, 0.6, 0.9) == pytest.approx(-0.1)


def test_a_band_of_colours_leaves_no_gap() -> None:
    sketch = Sketch()
    sketch.bands(0, 1, (0, 0, 0), (200, 200, 200), 9)
    column = np.asarray(painted(SceneLayout("kitchen", (), sketch)))[:, 10, 0].astype(int)
    assert (np.diff(column) >= 0).all()
    assert (column[0], column[-1]) == (0, 200)
