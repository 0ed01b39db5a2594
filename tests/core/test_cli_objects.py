"""`coinco objects` and `coinco recover`: where an object belongs, the authors' file, and an object painted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from coinco_core.cli.app import main
from coinco_core.cli.objects import PAINTER
from coinco_core.images import Box, box_mask, open_image
from coinco_core.objects_from_context.network.model import build_network
from coinco_core.objects_from_context.use import recover
from coinco_core.objects_from_context.use.predictor import ObjectsFromContext
from tiny_painter import save_pipeline


class Pixels:
    """Stands in for an encoder: images and masks as 4 x 32 x 32 numbers without an autoencoder."""

    def encode(self, images: Sequence[Image.Image]) -> np.ndarray:
        small = [np.asarray(image.convert("L").resize((64, 64)), np.float32).reshape(4, 32, 32) for image in images]
        return np.stack(small) / 20

    def encode_masks(self, boxes: Sequence[Box], size: tuple[int, int]) -> np.ndarray:
        return self.encode([box_mask(box, size) for box in boxes])

    def inputs(self, image: Image.Image, box: Box) -> np.ndarray:
        both = self.encode([image]), self.encode_masks([box], image.size)
        return np.concatenate(both).reshape(1, -1)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """An image of 64 x 48 pixels."""
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def predictor(monkeypatch: pytest.MonkeyPatch) -> ObjectsFromContext:
    """A random network behind `from_pretrained`, which prints something as a library might."""
    made = ObjectsFromContext(Pixels(), build_network(0).eval(), origin="a test", warning="Drawn only.")

    def from_pretrained(model: str, say: Any) -> ObjectsFromContext:
        print("loading ...")
        return made

    monkeypatch.setattr(ObjectsFromContext, "from_pretrained", from_pretrained)
    return made


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_pipeline(tmp_path_factory.mktemp("painter") / "pipeline")


def prints(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    """The one JSON document that a call with --json prints."""
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def says(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[str]:
    """The lines that a call prints."""
    assert main([*map(str, arguments)]) == 0
    return capsys.readouterr().out.splitlines()


def fails(capsys: pytest.CaptureFixture[str], *arguments: object, code: int) -> str:
    """The one sentence that a call must fail with; nothing goes to standard output."""
    assert main([str(argument) for argument in arguments]) == code
    printed = capsys.readouterr()
    assert printed.out == "" and "Traceback" not in printed.err
    return printed.err.strip().splitlines()[-1]


def test_where_beside_what(capsys: pytest.CaptureFixture[str], photo: Path, predictor: ObjectsFromContext) -> None:
    found = prints(capsys, "objects", photo, "--box", "5,5,20,10", "--where", "Dog", "--top", 2)
    heat = predictor.where(photo, (20, 10))
    box, probability = heat.best("dog")
    assert found["where"] == {
        "object": "dog",
        "box": [box.x, box.y, 20, 10],
        "probability": probability,
        "places": [16, 12],
        "png": None,
    }
    assert len(found["objects"]) == 2 and found["box"] == [5, 5, 20, 10]
    assert found["objects"][0]["probability"] == predictor(photo, (5, 5, 20, 10)).objects[0].probability
    lines = says(capsys, "objects", photo, "--box", "5,5,20,10", "--where", "dog", "--top", 2)
    assert f"dog is likeliest in the box {box}: {probability:.3f}, of 16 x 12 places" in lines
    assert lines.count("Note: Drawn only.") == 1


@pytest.mark.parametrize(
    ("given", "size"), [([], [16, 12]), (["--box-size", "0.5"], [32, 24]), (["--box-size", "8,6"], [8, 6])]
)
def test_where_without_a_box(
    given: list[str], size: list[int], capsys: pytest.CaptureFixture[str], photo: Path, predictor: ObjectsFromContext
) -> None:
    found = prints(capsys, "objects", photo, "--where", "dog", *given)
    assert found["where"]["box"][2:] == size
    assert not {"objects", "box"} & set(found) and found["warning"] == "Drawn only."
    first, *rest = says(capsys, "objects", photo, "--where", "dog", *given)[1:]
    assert first.startswith("dog is likeliest in the box ") and rest == ["Note: Drawn only."]


@pytest.mark.usefixtures("predictor")
def test_both_images_are_written(capsys: pytest.CaptureFixture[str], photo: Path) -> None:
    answer, heat = photo.parent / "out" / "answer.png", photo.parent / "out" / "heat.png"
    found = prints(
        capsys, "objects", photo, "--box", "5,5,20,10", "--where", "dog", "--png", answer, "--where-png", heat
    )
    assert (found["png"], found["where"]["png"]) == (str(answer), str(heat))
    for path in (answer, heat):
        with Image.open(path) as drawn:
            assert drawn.format == "PNG" and drawn.width >= 480
    assert sorted(answer.parent.iterdir()) == [answer, heat]


@pytest.mark.parametrize(
    ("given", "says_so"),
    [
        ([], "Nothing is asked; give a box with --box, or an object with --where."),
        (["--where", "dgo"], "Did you mean 'dog'"),
        (["--where", "dog", "--png", "a.png"], "--png draws the box of --box"),
        (["--box", "1,1,5,5", "--where-png", "a.png"], "belong to --where"),
        (["--box", "1,1,5,5", "--box-size", "0.5"], "belong to --where"),
        (["--where", "dog", "--box-size", "half"], "is not W,H in pixels, nor a share"),
        (["--where", "dog", "--box-size", "2"], "share of the image's sides is 2"),
        (["--where", "dog", "--box-size", "65,3"], "does not fit the image of 64 x 48"),
        (["--where", "dog", "--box-size", "1,2,3"], "two numbers above 0"),
    ],
)
def test_a_senseless_question_is_one_sentence(
    given: list[str],
    says_so: str,
    capsys: pytest.CaptureFixture[str],
    photo: Path,
    predictor: ObjectsFromContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(photo.parent)
    assert says_so in fails(capsys, "objects", photo, *given, "--json", code=2)
    assert sorted(photo.parent.iterdir()) == [photo]


def test_the_authors_file_with_an_autoencoder_of_ones_own(
    capsys: pytest.CaptureFixture[str], photo: Path, tmp_path: Path
) -> None:
    from diffusers import AutoencoderKL

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(4,) * 4,
            norm_num_groups=2,
            sample_size=256,
        ).save_pretrained(tmp_path / "vae")
    names = {"0": "fc1", "3": "fc2", "6": "fc3", "9": "fc4"}
    weights = {f"{names[n]}.{part}": v for (n, part), v in _split(build_network(3).state_dict())}
    torch.save({"epoch": 17, "model_state_dict": weights}, tmp_path / "best.pth")
    call = ["objects", photo, "--box", "5,5,20,10", "--model", tmp_path / "best.pth", "--vae", tmp_path / "vae"]
    found = prints(capsys, *call)
    expected = ObjectsFromContext.from_pretrained(tmp_path / "best.pth", vae=tmp_path / "vae")(photo, (5, 5, 20, 10))
    assert [(g["name"], g["probability"]) for g in found["objects"]] == [
        (g.name, pytest.approx(g.probability, abs=1e-6)) for g in expected.objects[:10]
    ]
    assert "not known to be it" in found["warning"]
    (tmp_path / "best.pth").write_bytes(b"no weights")
    assert "is refused" in fails(capsys, *call, code=2)
    assert "There is no file" in fails(capsys, *call[:5], tmp_path / "other.pth", code=3)


def _split(weights: dict[str, torch.Tensor]) -> list[tuple[list[str], torch.Tensor]]:
    return [(name.split("."), value) for name, value in weights.items()]


def test_the_likeliest_object_is_painted(
    capsys: pytest.CaptureFixture[str], photo: Path, predictor: ObjectsFromContext, painter: Path
) -> None:
    out = photo.parent / "out" / "made.png"
    call = ["recover", photo, "--box", "5,5,20,10", "--out", out, "--painter", painter, "--steps", 2, "--seed", 4]
    found = prints(capsys, *call)
    likeliest = predictor(photo, (5, 5, 20, 10)).objects[0]
    assert (found["object"], found["probability"]) == (likeliest.name, likeliest.probability)
    assert found["prompt"] == f"a {likeliest.name}, high resolution, ultra-realistic with high detail"
    assert (found["seed"], found["out"], found["box"]) == (4, str(out), [5, 5, 20, 10])
    before, after = np.asarray(open_image(photo)), np.asarray(open_image(out))
    differs = (before != after).any(axis=2)
    assert differs[5:15, 5:25].mean() > 0.9
    differs[5:15, 5:25] = False
    assert not differs.any()
    line, note = says(capsys, *call, "--object", "Toothbrush")[1:]
    assert line.startswith("toothbrush (") and line.endswith(f"painted into {out}, seed 4")
    assert note == "Note: Drawn only."


@pytest.mark.parametrize(
    ("given", "code", "says_so"),
    [
        (["--object", "unicorn"], 2, "not one of the 80 COCO categories"),
        (["--painter", "nowhere"], 3, "No inpainting pipeline can be read from nowhere"),
        (["--crop", "hole"], 2, "Did you mean 'whole'"),
        (["--box", "99,5,20,10"], 2, "outside the image"),
    ],
)
def test_what_cannot_be_painted_is_one_sentence(
    given: list[str],
    code: int,
    says_so: str,
    capsys: pytest.CaptureFixture[str],
    photo: Path,
    predictor: ObjectsFromContext,
    painter: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COINCO_OFFLINE", "1")
    out = photo.parent / "made.png"
    call = ["recover", photo, "--box", "5,5,20,10", "--out", out, "--painter", painter, "--steps", 2, "--json"]
    assert says_so in fails(capsys, *call, *given, code=code)
    assert not out.exists()


def test_the_default_painter_is_the_packages() -> None:
    assert PAINTER == recover.PAINTER
