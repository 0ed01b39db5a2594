"""One picture and a box in, a ranked list out, through the code that the training used."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coinco_core.categories import NAMES, SUPERCATEGORIES
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.objects_from_context import demo
from coinco_core.objects_from_context.checkpoints import load_network, probabilities
from coinco_core.objects_from_context.latents import Encoder, load_encoder
from coinco_core.objects_from_context.predictor import DEMO_WARNING, ObjectsFromContext, ranked
from coinco_core.objects_from_context.store import encode_samples
from coinco_core.objects_from_context.training import Recipe, train
from coinco_core.samples import Sample, sample_image

Pictures = tuple[Path, list[Sample]]
ONCE = Recipe(epochs=1)


def trained(pictures: Pictures, encoder: Encoder, folder: Path) -> Path:
    """A folder with a network that was trained for one epoch on the six pictures."""
    encoder.vae.save_pretrained(folder / "vae")
    saved = load_encoder(folder / "vae", "cpu")
    store = encode_samples(pictures[1], pictures[0], encoder, folder / "latents")
    parts = [store.examples(pictures[1], split) for split in ("train", "validation")]
    train(*parts, folder / "network", seed=0, recipe=ONCE, device="cpu", made_with=saved.facts)
    return folder / "network"


def test_the_answer_is_the_networks_own_for_that_picture_and_box(
    pictures: Pictures, encoder: Encoder, tmp_path: Path
) -> None:
    folder = trained(pictures, encoder, tmp_path)
    predictor = ObjectsFromContext.from_pretrained(folder, device="cpu")
    sample = pictures[1][5]
    box = sample.box
    answer = predictor(sample_image(pictures[0], sample), (box.x, box.y, box.w, box.h))
    store = encode_samples(pictures[1], pictures[0], encoder, tmp_path / "latents")
    expected = probabilities(load_network(folder), store.examples(pictures[1], "test").inputs)[0]
    by_name = {guess.name: guess.probability for guess in answer.objects}
    np.testing.assert_allclose([by_name[name] for name in NAMES], expected, atol=1e-5)
    assert predictor(pictures[0] / sample.image, box) == answer
    assert answer.warning == ""  # its autoencoder is not the demo's


def test_both_levels_are_ranked_and_whole() -> None:
    scores = np.random.default_rng(0).dirichlet(np.ones(80))
    answer = ranked(scores, DEMO_WARNING)
    for guesses, names in ((answer.objects, NAMES), (answer.cliques, SUPERCATEGORIES)):
        values = [guess.probability for guess in guesses]
        assert values == sorted(values, reverse=True) and sum(values) == pytest.approx(1)
        assert {guess.name for guess in guesses} == set(names)
    assert sorted(answer.cliques_by_first) == sorted(SUPERCATEGORIES)
    shown = json.loads(json.dumps(answer.as_dict(top=3)))
    assert len(shown["objects"]) == 3 and shown["warning"] == DEMO_WARNING


@pytest.mark.parametrize("box", [(0, 0, 0, 5), (900, 0, 5, 5), (1, 2, 3), (0, 0, float("nan"), 5)])
def test_a_bad_box_is_refused(box: tuple[float, ...], encoder: Encoder) -> None:
    with pytest.raises(InputError, match="box"):
        ObjectsFromContext(encoder, None, origin="a test")(Image.new("RGB", (64, 64)), box)


def test_a_folder_without_a_network_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=str(tmp_path)):
        ObjectsFromContext.from_pretrained(tmp_path)


def test_the_demo_network_is_looked_for_then_trained_once(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(demo.CACHE, str(tmp_path / "cache"))
    monkeypatch.setattr(demo, "RUN", tmp_path / "no run")
    monkeypatch.setattr(demo, "PICTURES", 20)
    monkeypatch.setattr(demo, "EPOCHS", 1)
    lines: list[str] = []
    folder, origin = demo.demo_network(encoder, lines.append)
    assert origin == "the one trained just now" and "training one on 20 drawn scenes" in lines[0]
    again, origin = demo.demo_network(encoder, lines.append)
    assert again == folder and origin == "the one trained here before"
    assert load_network(folder) is not None
    monkeypatch.setattr(demo, "RUN", folder)
    other = replace(encoder, digest="another")
    lines.clear()
    demo.demo_network(other, lines.append)
    assert "of another autoencoder" in lines[0]


def test_a_network_of_another_autoencoder_is_refused(pictures: Pictures, encoder: Encoder, tmp_path: Path) -> None:
    folder = trained(pictures, encoder, tmp_path)
    record = json.loads((folder / "record.json").read_text())
    (folder / "record.json").write_text(json.dumps(record | {"vae": "another"}))
    with pytest.raises(CheckError, match="another autoencoder"):
        ObjectsFromContext.from_pretrained(folder, device="cpu")
