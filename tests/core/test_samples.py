"""Boxes, images, masks and the table of samples."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from coinco_core.errors import InputError, MissingError
from coinco_core.images import RED, box_mask
from coinco_core.samples import (
    COLUMNS,
    Box,
    Sample,
    boxed_image,
    open_image,
    read_samples,
    sample_image,
    with_red_box,
    write_boxed_images,
    write_samples,
)

SAMPLE = Sample("one", "one.png", 40, 30, Box(5, 6, 10, 8), "cow", "cat", "train", "demo", True)
sides = st.floats(-50, 150, allow_nan=False)


def made_image(folder: Path, sample: Sample) -> Path:
    path = folder / sample.image
    Image.new("RGB", (sample.width, sample.height), "white").save(path)
    return path


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1;2;3;4", "1,2,3,"])
def test_a_box_that_is_not_four_numbers_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not four numbers; write it as X,Y,W,H"):
        Box.parse(text)


@pytest.mark.parametrize("text", ["nan,1,2,3", "1,2,inf,4"])
def test_a_box_with_a_number_that_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not finite"):
        Box.parse(text)
    with pytest.raises(InputError, match="not finite"):
        Box(*map(float, text.split(","))).check(10, 10)


def test_a_box_is_read_with_spaces_and_comes_back() -> None:
    assert Box.parse(" 1, 2.5 ,3,4") == Box(1, 2.5, 3, 4)
    assert Box.parse(str(Box(1, 2.5, 3, 4))) == Box(1, 2.5, 3, 4)
    assert Box(1, 2, 3, 4).xyxy == (1, 2, 4, 6)


@pytest.mark.parametrize("box", [Box(1, 1, 0, 5), Box(1, 1, 5, 0), Box(1, 1, -5, 5)])
def test_an_empty_box_is_refused(box: Box) -> None:
    with pytest.raises(InputError, match="is empty"):
        box.check(10, 10)


@pytest.mark.parametrize("box", [Box(10, 1, 5, 5), Box(1, 12, 5, 5), Box(-5, 1, 5, 5), Box(1, -9, 5, 3)])
def test_a_box_outside_is_refused_with_the_images_size(box: Box) -> None:
    with pytest.raises(InputError, match="outside the image, which is 10 x 10 pixels"):
        box.check(10, 10)


@given(sides, sides, sides, sides)
def test_a_checked_box_lies_in_both_the_image_and_the_box(x: float, y: float, w: float, h: float) -> None:
    box = Box(x, y, w, h)
    try:
        left, top, right, bottom = box.check(100, 80).xyxy
    except InputError:
        assert w <= 0 or h <= 0 or min(x + w, 100) <= max(x, 0) or min(y + h, 80) <= max(y, 0)
        return
    assert 0 <= left < 100
    assert 0 <= top < 80
    assert right <= 100 + 1e-9
    assert bottom <= 80 + 1e-9
    assert math.isclose(left, max(x, 0))
    assert math.isclose(top, max(y, 0))


@given(st.floats(0, 99), st.floats(0, 79), st.floats(0.01, 300), st.floats(0.01, 300))
def test_a_mask_is_white_just_where_pixels_touch_the_box(x: float, y: float, w: float, h: float) -> None:
    box = Box(x, y, w, h)
    left, top, right, bottom = box.pixels(100, 80)
    white = np.asarray(box_mask(box, (100, 80))) == 255
    expected = np.zeros((80, 100), bool)
    expected[top:bottom, left:right] = True
    assert (white == expected).all()
    assert left <= x
    assert right >= min(x + w, 100) - 1e-6
    assert right - left <= w + 2


def test_the_red_box_is_three_pixels_wide_and_leaves_the_rest_alone() -> None:
    white = Image.new("RGB", (40, 30), "white")
    drawn = np.asarray(with_red_box(white, Box(10, 10, 12, 10)))
    red = (drawn == RED).all(axis=2)
    assert red[15].nonzero()[0].tolist() == [9, 10, 11, 20, 21, 22]
    assert red[:, 15].nonzero()[0].tolist() == [9, 10, 11, 18, 19, 20]
    assert (drawn[~red] == 255).all()
    assert (np.asarray(white) == 255).all()


def test_a_red_box_at_the_edge_keeps_four_sides() -> None:
    red = (np.asarray(with_red_box(Image.new("RGB", (40, 30)), Box(-5, -5, 400, 300))) == RED).all(axis=2)
    assert red[0].all() and red[-1].all() and red[:, 0].all() and red[:, -1].all()
    assert not red[10:20, 10:30].any()


def test_a_red_box_on_a_speck_is_drawn() -> None:
    assert (np.asarray(with_red_box(Image.new("RGB", (40, 30)), Box(39.9, 29.9, 0.05, 0.05))) == RED).all(axis=2).any()


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "LA", "CMYK", "I;16"])
def test_every_kind_of_image_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("p.tif" if mode == "CMYK" else "p.png")
    Image.new(mode, (8, 6)).save(path)
    found = open_image(path)
    assert (found.mode, found.size) == ("RGB", (8, 6))


def test_see_through_pixels_are_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "p.png")
    assert open_image(tmp_path / "p.png").getpixel((0, 0)) == (255, 255, 255)


def test_an_image_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn by a quarter
    Image.new("RGB", (8, 6)).save(tmp_path / "p.jpg", exif=exif)
    assert open_image(tmp_path / "p.jpg").size == (6, 8)


def test_missing_and_unreadable_images_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="There is no image"):
        open_image(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("not an image")
    Image.effect_noise((64, 64), 90).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:1500])
    for name in ("text.png", "cut.png"):
        with pytest.raises(InputError, match="not an image that can be read"):
            open_image(tmp_path / name)


def test_samples_come_back_from_a_folder_and_from_the_table(tmp_path: Path) -> None:
    samples = [SAMPLE, replace(SAMPLE, sample_id="two", box=Box(0.25, 1.5, 2, 3), modified=False, mask="masks/two.png")]
    path = write_samples(tmp_path, samples)
    assert read_samples(tmp_path) == read_samples(path) == samples
    assert list(pandas.read_parquet(path).columns) == list(COLUMNS)
    found = read_samples(path)[0]
    assert [type(v) for v in (found.width, found.box.x, found.modified)] == [int, float, bool]


def test_no_samples_come_back_as_none(tmp_path: Path) -> None:
    write_samples(tmp_path, [])
    assert read_samples(tmp_path) == []


def test_tables_that_are_not_samples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="There is no table"):
        read_samples(tmp_path)
    pandas.DataFrame({"sample_id": ["a"]}).to_parquet(tmp_path / "samples.parquet")
    with pytest.raises(InputError, match="lacks image, width"):
        read_samples(tmp_path)
    with pytest.raises(InputError, match="share a sample_id"):
        write_samples(tmp_path, [SAMPLE, SAMPLE])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"split": "tset"}, "'tset' is not a split. Did you mean 'test'"),
        ({"width": None}, "rows without width"),
        ({"object": None}, "rows without object"),
        ({"box_x": "wide"}, "could not convert"),
        ({"height": 0}, "the image has no size"),
    ],
)
def test_rows_that_make_no_sense_are_refused(tmp_path: Path, changed: dict[str, object], says: str) -> None:
    path = write_samples(tmp_path, [SAMPLE])
    row = pandas.read_parquet(path).iloc[0].to_dict() | changed
    pandas.DataFrame([row]).to_parquet(path)
    with pytest.raises(InputError, match=says):
        read_samples(path)


def test_an_image_of_another_size_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / SAMPLE.image)
    with pytest.raises(InputError, match="one.png is 20 x 10 pixels; its sample says 40 x 30"):
        sample_image(tmp_path, SAMPLE)


def test_a_deep_grey_image_keeps_its_shades(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 20_000, np.uint16)).save(tmp_path / "deep.png")
    assert open_image(tmp_path / "deep.png").getpixel((0, 0)) == (77, 77, 77)


def test_boxed_images_of_a_sample(tmp_path: Path) -> None:
    made_image(tmp_path, SAMPLE)
    path = write_samples(tmp_path, [SAMPLE])
    assert boxed_image(tmp_path, SAMPLE).tobytes() == boxed_image(path, SAMPLE).tobytes()
    folder = write_boxed_images(tmp_path, [SAMPLE])
    assert open_image(folder / "one.png").tobytes() == boxed_image(tmp_path, SAMPLE).tobytes()
