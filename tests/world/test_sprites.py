"""The 80 sprites: each draws something of its own, inside its box, the same again from the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy.ndimage import binary_dilation

from coinco_core.categories import NAMES
from coinco_world.facts import FACTS
from coinco_world.pen import Pen
from coinco_world.sprites import SPRITES
from coinco_world.sprites.shapes import path, pick, smooth

MARGIN, HEIGHT = 40, 160
THIN = {"fork", "knife", "spoon", "toothbrush"}  # a handle fills little of its box


def draw(name: str, seed: int = 0, *, flip: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The image (H, W, 3) and the mask (H, W, bool) of one sprite with `MARGIN` pixels around its box."""
    width = max(20, round(HEIGHT * FACTS[name].aspect))
    size = (width + 2 * MARGIN, HEIGHT + 2 * MARGIN)
    image, mask = Image.new("RGB", size, (7, 7, 7)), Image.new("L", size, 0)
    # The last pixel of a box is x + w - 1, so that the mirrored box covers the same pixels.
    box = (MARGIN, MARGIN, width - 1, HEIGHT - 1)
    pen = Pen(ImageDraw.Draw(image), ImageDraw.Draw(mask), box, flip=flip)
    SPRITES[name](pen, np.random.default_rng(seed))
    return np.asarray(image).astype(int), np.asarray(mask) > 0


def test_every_category_has_a_sprite_in_coco_order() -> None:
    assert tuple(SPRITES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_sprite_fills_its_box_and_stays_inside(name: str) -> None:
    for seed in range(3):
        _, mask = draw(name, seed)
        inside = mask[MARGIN:-MARGIN, MARGIN:-MARGIN]
        assert inside.mean() > (0.05 if name in THIN else 0.15)
        ys, xs = np.nonzero(mask)
        height, width = inside.shape
        for low, high, length in ((xs.min(), xs.max(), width), (ys.min(), ys.max(), height)):
            slack = 2 + 0.03 * length
            assert abs(int(low) - MARGIN) <= slack
            assert abs(int(high) - (MARGIN + length - 1)) <= slack


@pytest.mark.parametrize("name", NAMES)
def test_the_mask_is_where_the_image_is_coloured(name: str) -> None:
    image, mask = draw(name)
    assert np.array_equal(mask, (image != 7).any(axis=2))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_draws_the_same_pixels_and_another_seed_does_not(name: str) -> None:
    first, again = draw(name, 3)[0], draw(name, 3)[0]
    assert np.array_equal(first, again)
    assert any(not np.array_equal(first, draw(name, seed)[0]) for seed in (4, 5, 6))


@pytest.mark.parametrize("name", NAMES)
def test_flip_mirrors_the_drawing(name: str) -> None:
    plain, mirrored = draw(name, 1)[1][:, ::-1], draw(name, 1, flip=True)[1]
    # Rounding may move an edge by a pixel or two, no further.
    for one, other in ((plain, mirrored), (mirrored, plain)):
        assert not (one & ~binary_dilation(other, iterations=3)).any()


@pytest.mark.parametrize("name", ["cow", "airplane", "bus", "boat", "dog"])
def test_flip_turns_an_animal_or_a_vehicle_round(name: str) -> None:
    plain, mirrored = draw(name, 1)[0], draw(name, 1, flip=True)[0]
    turned, unturned = abs(plain[:, ::-1] - mirrored).mean(), abs(plain - mirrored).mean()
    assert turned < 0.25 * unturned


def test_no_two_categories_look_the_same() -> None:
    small = {}
    for name in NAMES:
        image, mask = draw(name)
        small[name] = Image.fromarray(np.where(mask[..., None], image, 255).astype(np.uint8)).resize((24, 24)).tobytes()
    assert len(set(small.values())) == len(NAMES)


def test_a_path_is_read_in_hundredths() -> None:
    assert path("10 46, 98.5 0") == ((0.1, 0.46), (0.985, 0.0))


def test_a_smooth_outline_passes_through_its_points_and_stays_in_the_unit_square() -> None:
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    outline = smooth(corners, steps=8)
    assert len(outline) == 32
    assert np.allclose(outline[::8], corners)
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in outline)


def test_a_picked_colour_is_plain_bytes_near_one_of_the_choices() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        colour = pick(rng, (250, 5, 100), spread=10)
        assert all(type(channel) is int and 0 <= channel <= 255 for channel in colour)
        assert max(abs(a - b) for a, b in zip(colour, (250, 5, 100), strict=True)) <= 13
