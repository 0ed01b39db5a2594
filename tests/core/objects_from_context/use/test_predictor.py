"""One image and a box in, a ranked list out, through the code that the training used."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coinco_core.categories import NAMES, SUPERCATEGORIES
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.objects_from_context.examples import without_image
from coinco_core.objects_from_context.latents.encoder import Encoder, load_encoder
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.latents.preparation import Preparation
from coinco_core.objects_from_context.network.checkpoints import load_network, probabilities
from coinco_core.objects_from_context.network.fitting import train
from coinco_core.objects_from_context.network.heads import CONVOLUTIONAL, PUBLISHED_HEAD
from coinco_core.objects_from_context.network.recipe import TrainingRecipe
from coinco_core.objects_from_context.use.belongs import ranked
from coinco_core.objects_from_context.use.predictor import ObjectsFromContext
from coinco_core.objects_from_context.use.pretrained import DEMO_WARNING
from coinco_core.samples import Sample, sample_image

Images = tuple[Path, list[Sample]]
ONCE = TrainingRecipe(epochs=1)


def trained(images: Images, encoder: Encoder, folder: Path, head: str = PUBLISHED_HEAD) -> Path:
    """A folder with a network that was trained for one epoch on the six images."""
    encoder.vae.save_pretrained(folder / "vae")
    saved = load_encoder(folder / "vae", "cpu", encoder.preparation)
    store = encode_samples(images[1], images[0], encoder, folder / "latents")
    parts = [store.examples(images[1], split) for split in ("train", "validation")]
    train(parts[0], parts[1], folder / "network", seed=0, recipe=ONCE, head=head, device="cpu", made_with=saved.facts)
    return folder / "network"


def with_record(folder: Path, **changes: object) -> Path:
    """The same folder with entries of its record changed, or left out where None."""
    record = json.loads((folder / "record.json").read_text()) | changes
    kept = {name: value for name, value in record.items() if value is not None}
    (folder / "record.json").write_text(json.dumps(kept))
    return folder


def test_the_answer_is_the_networks_own_for_that_image_and_box(
    images: Images, encoder: Encoder, tmp_path: Path
) -> None:
    folder = trained(images, encoder, tmp_path)
    predictor = ObjectsFromContext.from_pretrained(folder, device="cpu")
    sample = images[1][5]
    box = sample.box
    answer = predictor(sample_image(images[0], sample), (box.x, box.y, box.w, box.h))
    store = encode_samples(images[1], images[0], encoder, tmp_path / "latents")
    expected = probabilities(load_network(folder), store.examples(images[1], "test").inputs())[0]
    by_name = {guess.name: guess.probability for guess in answer.objects}
    np.testing.assert_allclose([by_name[name] for name in NAMES], expected, atol=1e-5)
    assert predictor(images[0] / sample.image, box) == answer
    assert answer.warning == ""  # its autoencoder is not the demo's
    others = [images[0] / one.image for one in (sample, images[1][4])]
    assert predictor(others, [box, images[1][4].box]) == [answer, predictor(others[1], images[1][4].box)]
    with pytest.raises(InputError, match="Entry 1 of the list .* lies outside the image"):
        predictor(others, [box, (9000, 0, 5, 5)])


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


@pytest.mark.parametrize("head", [PUBLISHED_HEAD, CONVOLUTIONAL])
@pytest.mark.parametrize(
    "preparation", [Preparation("pad"), Preparation(scaled=True), Preparation(sampled=True, seed=3)], ids=str
)
def test_images_are_prepared_as_in_training(
    preparation: Preparation, head: str, images: Images, encoder: Encoder, tmp_path: Path
) -> None:
    prepared = replace(encoder, preparation=preparation)
    folder = trained(images, prepared, tmp_path, head)
    predictor = ObjectsFromContext.from_pretrained(folder, device="cpu")
    assert predictor.encoder.preparation == preparation
    sample = images[1][5]
    image = sample_image(images[0], sample)
    expected = probabilities(load_network(folder), prepared.inputs(image, sample.box))[0]
    np.testing.assert_allclose(predictor.probabilities(image, sample.box), expected, atol=1e-6)
    assert np.abs(probabilities(load_network(folder), encoder.inputs(image, sample.box))[0] - expected).max() > 1e-6


def test_a_network_of_another_autoencoder_is_refused(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder = with_record(trained(images, encoder, tmp_path), vae="another")
    with pytest.raises(CheckError, match="another autoencoder"):
        ObjectsFromContext.from_pretrained(folder, device="cpu")
    with pytest.raises(CheckError, match="another autoencoder"):
        ObjectsFromContext.from_pretrained(folder, vae=tmp_path / "vae", device="cpu")


def test_another_copy_of_the_autoencoder_may_be_named(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder = trained(images, encoder, tmp_path)
    (tmp_path / "vae").rename(tmp_path / "moved")
    with pytest.raises(MissingError, match="No autoencoder can be read"):
        ObjectsFromContext.from_pretrained(folder, device="cpu")
    assert ObjectsFromContext.from_pretrained(folder, vae=tmp_path / "moved", device="cpu").warning == ""


def test_a_record_without_an_autoencoder_wants_one_named(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder = with_record(trained(images, encoder, tmp_path), vae=None, vae_source=None)
    with pytest.raises(CheckError, match="names no autoencoder; name the one"):
        ObjectsFromContext.from_pretrained(folder, device="cpu")
    assert ObjectsFromContext.from_pretrained(folder, vae=tmp_path / "vae", device="cpu").encoder.device == "cpu"


def test_a_network_that_has_learnt_something_else_is_refused(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    store = encode_samples(images[1], images[0], encoder, tmp_path / "latents")
    parts = [without_image(store.examples(images[1], split)) for split in ("train", "validation")]
    train(parts[0], parts[1], tmp_path / "network", seed=0, recipe=ONCE, device="cpu", made_with=encoder.facts)
    with pytest.raises(InputError, match="has learnt 4096 numbers a sample, not the 8192"):
        ObjectsFromContext.from_pretrained(tmp_path / "network", device="cpu")


def test_the_demo_network_takes_no_other_autoencoder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="goes with the demo's autoencoder alone"):
        ObjectsFromContext.from_pretrained("demo", vae=tmp_path)


def test_a_network_that_was_saved_answers_the_same_in_another_place(
    images: Images, encoder: Encoder, tmp_path: Path
) -> None:
    predictor = ObjectsFromContext.from_pretrained(trained(images, encoder, tmp_path / "made"), device="cpu")
    sample = images[1][5]
    asked = sample_image(images[0], sample), sample.box
    before = predictor(*asked)
    saved = predictor.save_pretrained(tmp_path / "saved").rename(tmp_path / "moved")
    (tmp_path / "made").rename(tmp_path / "gone")
    again = ObjectsFromContext.from_pretrained(saved, device="cpu")
    assert again(*asked) == before and again.warning == predictor.warning
    assert sorted(path.name for path in saved.iterdir()) == ["README.md", "best.safetensors", "record.json", "vae"]
    assert "section 5.2" in (saved / "README.md").read_text()
    with pytest.raises(InputError, match="holds a network already"):
        again.save_pretrained(saved)
    assert again.save_pretrained(saved, overwrite=True) == saved
    assert ObjectsFromContext.from_pretrained(saved, device="cpu")(*asked) == before


def test_a_network_goes_to_the_hub_and_comes_back(
    images: Images, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FakeHub:
        def create_repo(self, name: str, **options: object) -> None:
            assert name == "me/network" and options["private"]

        def upload_folder(self, *, folder_path: Path, **_: object) -> None:
            shutil.copytree(folder_path, tmp_path / "hub")

    predictor = ObjectsFromContext.from_pretrained(trained(images, encoder, tmp_path / "made"), device="cpu")
    asked = sample_image(images[0], images[1][5]), images[1][5].box
    with pytest.raises(MissingError, match="offline"):
        predictor.push_to_hub("me/network")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr("huggingface_hub.HfApi", FakeHub)
    assert predictor.push_to_hub("me/network") == "https://huggingface.co/me/network"
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda name: {"me/network": str(tmp_path / "hub")}[name])
    assert ObjectsFromContext.from_pretrained("me/network", device="cpu")(*asked) == predictor(*asked)


def test_a_network_that_is_nowhere_is_named() -> None:
    with pytest.raises(MissingError, match="There is no network 'nowhere'"):
        ObjectsFromContext.from_pretrained("nowhere")
