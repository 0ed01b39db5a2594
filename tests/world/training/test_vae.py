"""The small autoencoder: its geometry, what it is fed, and that a few steps of its training bring the loss down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from coinco_core.files import read_json
from coinco_core.objects_from_context.latents.encoder import LATENT_SHAPE, load_encoder
from coinco_world.training import vae
from coinco_world.training.vae import AutoencoderRecipe, batches, build_vae, draw_images, fit, score, train_vae

Images = tuple[np.ndarray, np.ndarray]
SHORT = AutoencoderRecipe(images=6, steps=30, batch_size=4, crop=32, whole_share=0.0)


@pytest.fixture(scope="module")
def drawn() -> Images:
    """Six scenes of a demo world and the masks of their boxes."""
    return draw_images(6, seed=7)


def test_the_geometry_is_stable_diffusions() -> None:
    model = build_vae(0)
    assert sum(p.numel() for p in model.parameters()) < 600_000
    with torch.no_grad():
        latents = model.encode(torch.zeros(1, 3, 256, 256)).latent_dist
        assert tuple(latents.mean.shape[1:]) == LATENT_SHAPE
        assert model.decode(latents.mean).sample.shape == (1, 3, 256, 256)


def test_images_and_masks_are_those_of_the_world(drawn: Images) -> None:
    images, masks = drawn
    assert images.shape == masks.shape == (6, 256, 256, 3) and images.dtype == np.uint8
    assert set(np.unique(masks)) == {0, 255}
    np.testing.assert_array_equal(draw_images(2, seed=7)[0], images[:2])


def test_batches_are_crops_then_whole_images_and_follow_the_seed(drawn: Images) -> None:
    recipe = AutoencoderRecipe(steps=4, batch_size=16, crop=64, whole_share=0.5)
    shapes = [tuple(batch.shape) for batch in batches(*drawn, recipe)]
    assert shapes == [(16, 3, 64, 64)] * 2 + [(2, 3, 256, 256)] * 2
    one, same = (next(batches(*drawn, recipe)) for _ in range(2))
    assert torch.equal(one, same) and one.min() >= -1 and one.max() <= 1
    assert not torch.equal(one, next(batches(*drawn, replace(recipe, seed=6))))


def test_the_loss_falls_in_a_few_steps(drawn: Images) -> None:
    model = build_vae(0)
    losses = fit(model, *drawn, SHORT)
    assert len(losses) == 10 and losses[-1] < 0.85 * losses[0]


def test_training_saves_a_loadable_model_and_what_made_it(tmp_path: Path) -> None:
    made = train_vae(tmp_path, replace(SHORT, images=3, steps=2), held_out=2)
    encoder = load_encoder(tmp_path / "vae", device="cpu")
    assert encoder.encode([Image.new("RGB", (64, 64))]).shape == (1, *LATENT_SHAPE)
    written = read_json(tmp_path / "vae" / "provenance.json")
    assert written == made and written["seed"] == SHORT.seed
    assert {"command", "recipe", "inputs", "losses", "scores", "seconds", "packages"} <= set(written)


def test_the_shipped_autoencoder_brings_scenes_and_masks_back(drawn: Images) -> None:
    scores = score(load_encoder("demo", device="cpu").vae, *drawn)
    claimed = read_json(vae.WEIGHTS / "vae" / "provenance.json")["scores"]
    recorded = {"image_psnr_db": "picture_psnr_db", "mask_psnr_db": "mask_psnr_db"}  # under the name it then had
    for name, then in recorded.items():
        assert scores[name] > claimed[then] - 4  # six images, not the sixty-four of the record
