"""Painting an object into its box by a small random inpainting pipeline, saved to disk and loaded as a real one is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coinco_core.devices import DeviceChoice
from coinco_core.errors import InputError, MissingError
from coinco_core.images import Box, box_mask
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.network.model import build_network
from coinco_core.objects_from_context.use import recover
from coinco_core.objects_from_context.use.canvas import around
from coinco_core.objects_from_context.use.predictor import ObjectsFromContext
from coinco_core.objects_from_context.use.recover import PROMPT, Painter, PaintSettings, load_painter, prompt_for
from tiny_painter import CELL, SIDE, save_pipeline

FEW = PaintSettings(steps=2)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_pipeline(tmp_path_factory.mktemp("painter") / "pipeline")


@pytest.fixture(scope="module")
def painter(saved: Path) -> Painter:
    return load_painter(saved, "cpu")


@pytest.fixture
def image() -> Image.Image:
    """An image of 96 x 64 pixels of noise, so that no two neighbours are alike."""
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (64, 96, 3), dtype=np.uint8))


class Spy:
    """Stands in for a pipeline: keeps what it was called with and paints everything in one colour."""

    def __init__(self, pipeline: Any, colour: tuple[int, int, int] = (1, 2, 3)) -> None:
        self.unet, self.vae_scale_factor, self.colour = pipeline.unet, pipeline.vae_scale_factor, colour

    def __call__(self, **given: Any) -> Any:
        self.given = given
        image = Image.new("RGB", (given["width"], given["height"]), self.colour)
        return type("Output", (), {"images": [image]})


@pytest.fixture
def spy(painter: Painter) -> Painter:
    return replace(painter, pipeline=Spy(painter.pipeline))


def changed(before: Image.Image, after: Image.Image) -> np.ndarray:
    """Where any of the three colours differs, (height, width)."""
    return (np.asarray(before) != np.asarray(after)).any(axis=2)


BOXES = [Box(30, 20, 24, 16), Box(0, 0, 10, 10), Box(80, 40, 16, 24), Box(0, 0, 96, 64), Box(50.5, 3.2, 2, 1)]


@pytest.mark.parametrize("crop", ["around", "whole"])
@pytest.mark.parametrize("box", BOXES, ids=str)
def test_only_the_box_is_painted(crop: str, box: Box, painter: Painter, image: Image.Image) -> None:
    made = painter.paint(image, box, "cow", seed=0, settings=replace(FEW, crop=crop))
    assert (made.size, made.mode) == (image.size, "RGB")
    inside = np.asarray(box_mask(box, image.size)) > 0
    differs = changed(image, made)
    assert not differs[~inside].any()
    assert differs[inside].mean() > 0.9


def test_the_seed_decides_and_nothing_else_does(painter: Painter, saved: Path, image: Image.Image) -> None:
    box = Box(30, 20, 8, 6)  # small enough for its margin to end before the image does
    torch.manual_seed(1)
    first = painter.paint(image, box, "cow", seed=5, settings=FEW)
    torch.manual_seed(2)
    again = load_painter(saved, "cpu").paint(image, box, "cow", seed=5, settings=FEW)
    assert again.tobytes() == first.tobytes()
    for seed, other in ((6, FEW), (5, replace(FEW, negative_prompt="blurry")), (5, replace(FEW, crop="whole"))):
        assert painter.paint(image, box, "cow", seed=seed, settings=other).tobytes() != first.tobytes()
    assert painter.paint(image, box, "pizza", seed=5, settings=FEW).tobytes() != first.tobytes()
    state = torch.random.get_rng_state()
    painter.paint(image, box, "cow", seed=5, settings=FEW)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_pipeline_is_told_what_the_paper_tells_it(spy: Painter, image: Image.Image) -> None:
    spy.paint(image, Box(30, 20, 24, 16), "hot dog", seed=0, settings=PaintSettings(negative_prompt="blurry"))
    told = spy.pipeline.given
    assert told["prompt"] == "a hot dog, high resolution, ultra-realistic with high detail"
    assert told["negative_prompt"] == "blurry"
    assert (told["num_inference_steps"], told["guidance_scale"]) == (50, 7.5)
    assert (told["width"], told["height"]) == (SIDE, SIDE) == told["image"].size == told["mask_image"].size
    assert prompt_for("Apple") == PROMPT.format(object="apple")
    with pytest.raises(InputError, match="Did you mean 'cow'"):
        prompt_for("cwo")


@settings(max_examples=60)
@given(st.data())
def test_the_mask_is_where_the_box_is(painter: Painter, data: Any) -> None:
    """Every pixel of the box is masked, wherever it comes to lie on the canvas, and hardly a cell beyond it."""
    width, height = data.draw(st.integers(8, 300)), data.draw(st.integers(8, 300))
    x, y = data.draw(st.integers(0, width - 2)), data.draw(st.integers(0, height - 2))
    box = Box(x, y, data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y)))
    spy = replace(painter, pipeline=Spy(painter.pipeline))
    spy.paint(Image.new("RGB", (width, height)), box, "cow", seed=0, settings=PaintSettings(crop="whole"))
    mask = np.asarray(spy.pipeline.given["mask_image"])
    scale = SIDE / max(width, height)
    left, top = (SIDE - max(1, round(width * scale))) // 2, (SIDE - max(1, round(height * scale))) // 2
    sides = np.array([left + x * scale, top + y * scale, left + (x + box.w) * scale, top + (y + box.h) * scale])
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    found = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    assert (mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] == 255).all()
    assert (found % CELL == 0).all()
    assert (found[:2] <= sides[:2]).all() and (sides[:2] - found[:2] < CELL).all()
    assert (found[2:] >= np.minimum(sides[2:], SIDE) - 1e-9).all() and (found[2:] - sides[2:] <= CELL).all()


def test_what_is_painted_comes_back_to_its_own_place(painter: Painter, image: Image.Image) -> None:
    """A pipeline that paints a white square over the masked part: the white comes back in the box, to its edges."""

    class White(Spy):
        def __call__(self, **given: Any) -> Any:
            painted = given["image"].copy()
            painted.paste((255, 255, 255), mask=given["mask_image"])
            return type("Output", (), {"images": [painted]})

    white = replace(painter, pipeline=White(painter.pipeline))
    dark = image.point(lambda value: value // 4)
    for crop in ("around", "whole"):
        made = np.asarray(white.paint(dark, Box(40, 24, 16, 16), "cow", seed=0, settings=PaintSettings(crop=crop)))
        assert made[26:38, 42:54].min() > 200
        assert made[:24].max() < 64


def test_a_small_object_is_painted_large(spy: Painter) -> None:
    image = Image.new("RGB", (640, 480))
    spy.paint(image, Box(300, 200, 20, 10), "cow", seed=0, settings=PaintSettings(crop="around"))
    large = np.asarray(spy.pipeline.given["mask_image"]).mean()
    spy.paint(image, Box(300, 200, 20, 10), "cow", seed=0, settings=PaintSettings(crop="whole"))
    assert large > 10 * np.asarray(spy.pipeline.given["mask_image"]).mean()


def test_the_margin_is_the_papers() -> None:
    assert around((300, 200, 320, 210), (640, 480)) == (295, 195, 325, 215)  # 0.07 % of the image: 5 pixels
    assert around((300, 200, 400, 300), (640, 480)) == (244, 144, 456, 356)  # 3.3 %: int(1750 x 10000 / 307200) = 56
    assert around((0, 0, 640, 240), (640, 480)) == (0, 0, 640, 480)  # half of it: all there is


def test_a_feathered_edge_lies_inside_the_box(spy: Painter) -> None:
    white = Image.new("RGB", (96, 64), "white")
    box = Box(0, 20, 40, 30)
    made = np.asarray(spy.paint(white, box, "cow", seed=0, settings=PaintSettings(feather=4)))
    assert (made[:20] == 255).all() and (made[:, 40:] == 255).all()
    row = made[35, :40, 0].astype(int)
    assert (row[:36] == 1).all()  # at the image's own edge there is nothing to fade into
    assert list(row[36:]) == [round(1 * s + 255 * (1 - s)) for s in (0.8, 0.6, 0.4, 0.2)]
    hard = np.asarray(spy.paint(white, box, "cow", seed=0))
    assert (hard[20:50, :40] == (1, 2, 3)).all()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"crop": "arond"}, "Did you mean 'around'"),
        ({"feather": -1}, "must not be below 0"),
        ({"seed": -1}, "must not be below 0"),
        ({"steps": 0}, "at least one step"),
    ],
)
def test_senseless_calls_are_refused(given: dict[str, Any], says: str, spy: Painter, image: Image.Image) -> None:
    how = {"seed": 0, **given}
    with pytest.raises(InputError, match=says):
        spy.paint(image, Box(1, 1, 9, 9), "cow", seed=how.pop("seed"), settings=PaintSettings(**how))


def test_a_pipeline_that_is_not_for_inpainting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not an inpainting one: its network takes 4 channels, not 9"):
        load_painter(save_pipeline(tmp_path / "plain", channels=4), "cpu")


def test_it_paints_in_the_number_type_of_the_device(
    saved: Path, image: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recover, "choose_device", lambda device: DeviceChoice("cpu", "bfloat16", "as on a GPU"))
    painter = load_painter(saved)
    assert {part.dtype for part in (painter.pipeline.unet, painter.pipeline.vae)} == {torch.bfloat16}
    made = painter.paint(image, Box(30, 20, 24, 16), "cow", seed=0, settings=FEW)
    assert changed(image, made)[20:36, 30:54].mean() > 0.9


def pickled(folder: Path) -> None:
    for file in folder.rglob("*.safetensors"):
        file.rename(file.with_suffix(".bin"))


def cut_short(folder: Path) -> None:
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])


def without_unet(folder: Path) -> None:
    shutil.rmtree(folder / "unet")


def of_another_kind(folder: Path) -> None:
    index = json.loads((folder / "model_index.json").read_text())
    del index["unet"], index["text_encoder"]
    (folder / "model_index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("damage", [pickled, cut_short, without_unet, of_another_kind])
def test_a_damaged_pipeline_is_one_sentence(damage: Callable[[Path], None], saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(saved, folder)
    damage(folder)
    with pytest.raises(MissingError, match="No inpainting pipeline can be read from") as caught:
        load_painter(folder, "cpu")
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_not_looked_for_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COINCO_OFFLINE", "1")
    with pytest.raises(MissingError, match="No inpainting pipeline can be read from"):
        load_painter(tmp_path / "nowhere", "cpu")


@pytest.fixture(scope="module")
def predictor(encoder: Encoder) -> ObjectsFromContext:
    return ObjectsFromContext(encoder, build_network(0).eval(), origin="a test")


def test_the_predictors_own_guess_is_painted(
    predictor: ObjectsFromContext, painter: Painter, image: Image.Image
) -> None:
    box = (30, 20, 24, 16)
    guesses = predictor(image, box).objects
    for rank in (0, 3):
        made = predictor.recover(image, box, painter, 7, rank, steps=2)
        assert (made.object, made.probability) == (guesses[rank].name, guesses[rank].probability)
        assert (made.prompt, made.seed) == (prompt_for(made.object), 7)
        assert made.image.tobytes() == painter.paint(image, Box(*box), made.object, seed=7, settings=FEW).tobytes()
    named = predictor.recover(image, box, painter, 7, name="Toothbrush", steps=2)
    assert named.object == "toothbrush"
    assert named.probability == next(g.probability for g in guesses if g.name == "toothbrush")


def test_a_rank_or_name_that_is_none_is_refused(
    predictor: ObjectsFromContext, spy: Painter, image: Image.Image
) -> None:
    for rank in (-1, 80):
        with pytest.raises(InputError, match="ranks of the 80 run from 0 to 79"):
            predictor.recover(image, (30, 20, 24, 16), spy, 0, rank)
    with pytest.raises(InputError, match="not one of the 80"):
        predictor.recover(image, (30, 20, 24, 16), spy, 0, name="unicorn")
    with pytest.raises(InputError, match="outside the image"):
        predictor.recover(image, (300, 20, 24, 16), spy, 0)
