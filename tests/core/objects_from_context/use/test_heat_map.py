"""The heat map against the predictor asked place by place, its grid, its bounds, and its figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from coinco_core.categories import NAMES, SUPERCATEGORIES
from coinco_core.errors import InputError
from coinco_core.images import Box
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.network.model import build_network
from coinco_core.objects_from_context.use.heat_figure import heat_alt, heat_figure, write_heat_figure
from coinco_core.objects_from_context.use.heat_map import HeatMap
from coinco_core.objects_from_context.use.predictor import ObjectsFromContext


@pytest.fixture(scope="module")
def predictor(encoder: Encoder) -> ObjectsFromContext:
    """A random network whose answers differ widely from place to place."""
    network = build_network(0).eval()
    network[0].weight.data *= 30
    return ObjectsFromContext(encoder, network, origin="a test", warning="Random.")


@pytest.fixture
def image() -> Image.Image:
    scene = Image.new("RGB", (90, 60), (90, 120, 60))
    ImageDraw.Draw(scene).ellipse((50, 10, 80, 40), fill=(250, 240, 200))
    return scene


def made_up(scores: np.ndarray, name: str = "dog") -> HeatMap:
    """A map with these probabilities (r, c) of one object, the rest spread evenly, for boxes of 10 x 10 every 10."""
    spread = np.repeat((1 - scores)[..., None] / 79, 80, axis=2)
    spread[..., NAMES.index(name)] = scores
    rows, columns = scores.shape
    lefts, tops = 10 * np.arange(columns), 10 * np.arange(rows)
    return HeatMap(lefts, tops, (10, 10), (10 * columns, 10 * rows), spread)


def test_each_place_is_the_predictors_own_answer(predictor: ObjectsFromContext, image: Image.Image) -> None:
    found = predictor.where(image, (21, 17), (4, 3))
    assert found.probabilities.shape == (3, 4, 80) and found.warning == "Random."
    for row in range(3):
        for column in range(4):
            expected = predictor.probabilities(image, found.box(row, column))
            np.testing.assert_allclose(found.probabilities[row, column], expected, atol=1e-5)
    spread = found.probabilities.max(axis=(0, 1)) - found.probabilities.min(axis=(0, 1))
    assert spread.max() > 0.01  # so that the bound above tells one place from another


class Counting:
    """An encoder that counts what it is asked for."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.images, self.masks = encoder, 0, list[Box]()

    def encode(self, images: Sequence[Image.Image]) -> np.ndarray:
        self.images += len(images)
        return np.zeros((len(images), 4, 32, 32), np.float32)

    def encode_masks(self, boxes: Sequence[Box], size: tuple[int, int]) -> np.ndarray:
        self.masks += boxes
        assert all(box.check(*size) == box for box in boxes)
        return np.zeros((len(boxes), 4, 32, 32), np.float32)


def counted(predictor: ObjectsFromContext, image: Image.Image, *how: Any, **more: Any) -> tuple[HeatMap, Counting]:
    counting = Counting(predictor.encoder)
    found = ObjectsFromContext(counting, predictor.network, origin="a test").where(image, *how, **more)
    return found, counting


def test_the_image_is_encoded_once_and_each_mask_once(predictor: ObjectsFromContext) -> None:
    lines: list[str] = []
    found, counting = counted(predictor, Image.new("RGB", (640, 480)), say=lines.append)
    assert counting.images == 1
    assert len(counting.masks) == len(set(counting.masks)) == 16 * 12
    assert found.box_size == (160, 120) and found.probabilities.shape == (12, 16, 80)
    assert lines == [f"heat map: {n} of 192 places" for n in (64, 128, 192)]


@settings(max_examples=50)
@given(st.data())
def test_the_grid_fills_the_image(predictor: ObjectsFromContext, data: Any) -> None:
    """Whole boxes of one size from edge to edge, in order, each place once, as many as asked for if there is room."""
    size = data.draw(st.integers(1, 60)), data.draw(st.integers(1, 60))
    box = tuple(data.draw(st.integers(1, side)) for side in size)
    steps = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    found, counting = counted(predictor, Image.new("RGB", size), box, steps)
    assert len(set(counting.masks)) == len(counting.masks)
    for places, side, length, n in zip((found.lefts, found.tops), size, box, steps, strict=True):
        assert len(places) == min(n, side - length + 1)
        assert (np.diff(places) > 0).all() and places[0] >= 0 and places[-1] + length <= side
        if n > 1:
            assert (places[0], places[-1]) == (0, side - length)
            assert np.ptp(np.diff(places)) <= 1 if len(places) > 1 else True
        else:
            assert abs(places[0] - (side - length) / 2) <= 0.5
    assert counting.masks == [found.box(r, c) for r in range(len(found.tops)) for c in range(len(found.lefts))]


def test_best_and_cliques_are_read_off_the_probabilities(predictor: ObjectsFromContext, image: Image.Image) -> None:
    found = predictor.where(image, 0.3, (5, 4))
    assert found.box_size == (27, 18)
    for name in ("dog", "person", "toothbrush"):
        box, probability = found.best(name)
        assert probability == max(
            predictor_row[NAMES.index(name)] for predictor_row in found.probabilities.reshape(-1, 80)
        )
        asked = {guess.name: guess.probability for guess in predictor(image, box).objects}
        assert asked[name] == pytest.approx(probability, abs=1e-5)
    np.testing.assert_allclose(sum(found.cliques(name) for name in SUPERCATEGORIES), 1)
    animals = sum(found.of(NAMES[i]) for i in range(14, 24))
    np.testing.assert_allclose(found.cliques("animal"), animals)
    np.testing.assert_array_equal(found.cliques("person"), found.of("person"))
    centres_across, centres_down = found.centres
    assert (centres_across[0], centres_down[0], centres_across[-1]) == (13.5, 9.0, 90 - 13.5)
    assert made_up(np.full((2, 2), 0.5)).best("dog") == (Box(0, 0, 10, 10), 0.5)


@pytest.mark.parametrize(
    ("box_size", "steps", "says"),
    [
        (0, (4, 3), "share of the image's sides is 0"),
        (1.5, (4, 3), "share of the image's sides is 1.5"),
        (float("nan"), (4, 3), "share of the image's sides is nan"),
        ((91, 10), (4, 3), "A box of 91 x 10 pixels does not fit the image of 90 x 60"),
        ((10,), (4, 3), "two numbers above 0"),
        ((10, -1), (4, 3), "two numbers above 0"),
        ((float("inf"), 1), (4, 3), "two numbers above 0"),
        (0.2, (0, 3), "0 x 3 places are not possible"),
        (0.2, (64, 65), "take 1 to 4096 of them"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_encoded(
    box_size: Any, steps: tuple[int, int], says: str, image: Image.Image
) -> None:
    nothing = ObjectsFromContext(None, None, origin="a test")
    with pytest.raises(InputError, match=says):
        nothing.where(image, box_size, steps)


def test_an_unknown_name_comes_with_the_nearest(predictor: ObjectsFromContext, image: Image.Image) -> None:
    found = predictor.where(image, 0.3, (2, 2))
    with pytest.raises(InputError, match="Did you mean 'dog'"):
        found.of("dgo")
    with pytest.raises(InputError, match="Did you mean 'animal'"):
        found.cliques("animals")


def test_the_predictors_own_method_reads_a_file_too(
    predictor: ObjectsFromContext, image: Image.Image, tmp_path: Any
) -> None:
    image.save(tmp_path / "scene.png")
    found = predictor.where(tmp_path / "scene.png", (21, 17), steps=(3, 2))
    np.testing.assert_array_equal(found.probabilities, predictor.where(image, (21, 17), (3, 2)).probabilities)


def test_many_places_come_in_the_same_order(predictor: ObjectsFromContext, image: Image.Image) -> None:
    whole, parts = (predictor.where(image, 0.3, (4, 3), at_once=n) for n in (64, 5))
    np.testing.assert_allclose(parts.probabilities, whole.probabilities, atol=1e-6)


SCORES = np.array([[0.1, 0.2, 0.1], [0.1, 0.1, 0.9]])


def test_the_figure_shows_the_map_where_it_belongs() -> None:
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    heat = made_up(SCORES)
    figure = heat_figure(Image.new("RGB", (30, 20), "gray"), heat, "dog")
    axes = figure.axes[0]
    background, colours = axes.get_images()
    np.testing.assert_array_equal(colours.get_array(), SCORES)
    assert list(colours.get_extent()) == [0, 30, 20, 0]  # each square around its box's centre
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 30), (20, 0))
    boxes = [patch.get_bbox().bounds for patch in axes.patches if isinstance(patch, Rectangle)]
    assert set(boxes) == {(20, 10, 10, 10)}
    assert axes.get_title() == "Where would a dog belong?"
    assert figure.axes[1].get_ylabel() == "Probability of dog"
    assert figure.get_label() == heat_alt(heat, "dog")
    plt.close(figure)
    groups = heat_figure(Image.new("RGB", (30, 20)), heat, "animal")
    assert groups.axes[0].get_title() == "Where would something of the group animal belong?"
    plt.close(groups)


def test_the_alt_text_says_where_and_how_likely() -> None:
    heat = made_up(SCORES)
    assert heat_alt(heat, "dog") == (
        "An image under a heat map of the probability of dog in a box of 10 by 10 pixels. It is highest in the lower "
        "right, 0.90; half of the places lie below 0.10."
    )
    for (row, column), words in {
        (0, 0): "in the upper left",
        (0, 1): "in the upper part",
        (1, 0): "half-way up at the left",
        (1, 1): "in the middle",
        (2, 1): "in the lower part",
    }.items():
        scores = np.full((3, 3), 0.1)
        scores[row, column] = 0.5
        assert f"It is highest {words}, 0.50;" in heat_alt(made_up(scores), "dog")


def test_one_place_and_a_flat_map_are_drawn_too(tmp_path: Any) -> None:
    heat = replace(made_up(np.zeros((1, 1))), image_size=(30, 20))
    path = write_heat_figure(tmp_path / "out" / "heat.png", Image.new("RGB", (30, 20)), heat, "dog")
    with Image.open(path) as drawn:
        assert drawn.format == "PNG" and drawn.width > 300
