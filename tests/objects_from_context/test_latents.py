"""Pictures and masks become latents as published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from coinco_core.errors import InputError, MissingError
from coinco_core.objects_from_context.latents import Encoder, join, load_encoder, mask_picture, to_pixels
from coinco_core.samples import Box


def test_a_picture_becomes_a_square_in_minus_one_to_one() -> None:
    image = Image.new("RGB", (300, 120))
    image.paste((255, 0, 255), (0, 0, 150, 120))
    pixels = to_pixels(image)
    assert pixels.shape == (3, 256, 256) and pixels.dtype == np.float32
    assert pixels[0, 0, 0] == 1 and pixels[1, 0, 0] == -1 and pixels[0, 0, -1] == -1
    # stretched, not cropped: the left half stays the left half although the aspect ratio changes
    assert (pixels[0, :, :120] == 1).all() and (pixels[0, :, 136:] == -1).all()


def test_a_picture_of_the_right_size_is_only_rescaled() -> None:
    values = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    back = (to_pixels(Image.fromarray(values)) + 1) * 127.5
    np.testing.assert_allclose(back.transpose(1, 2, 0), values, atol=1e-4)


def test_the_mask_is_white_in_the_box_only() -> None:
    mask = np.asarray(mask_picture(Box(10, 20, 30, 40), (96, 64)))
    assert mask.shape == (64, 96, 3)
    assert (mask[20:60, 10:40] == 255).all() and mask.sum() == 255 * 3 * 30 * 40


def test_latents_are_the_mean_unscaled_and_do_not_depend_on_the_batch(encoder: Encoder) -> None:
    rng = np.random.default_rng(0)
    images = [Image.fromarray(rng.integers(0, 256, (64, 96, 3), dtype=np.uint8)) for _ in range(3)]
    latents = encoder.encode(images, batch_size=2)
    assert latents.shape == (3, 4, 32, 32) and latents.dtype == np.float32
    with torch.no_grad():
        mean = encoder.vae.encode(torch.from_numpy(to_pixels(images[2]))[None]).latent_dist.mean
    np.testing.assert_allclose(latents[2], mean[0].numpy(), atol=1e-5)
    assert encoder.encode([]).shape == (0, 4, 32, 32)


def test_the_input_is_the_picture_then_the_mask(encoder: Encoder) -> None:
    image, box = Image.new("RGB", (96, 64), "teal"), Box(10, 20, 30, 40)
    inputs = encoder.inputs(image, box)
    assert inputs.shape == (1, 8192)
    np.testing.assert_allclose(inputs[0, :4096], encoder.encode([image])[0].ravel(), atol=1e-5)
    mask = encoder.encode([mask_picture(box, image.size)])
    np.testing.assert_allclose(inputs[0, 4096:], mask[0].ravel(), atol=1e-5)
    assert join(np.zeros((2, 4, 32, 32)), np.ones((2, 4, 32, 32)))[:, 4095:4097].tolist() == [[0, 1], [0, 1]]


def test_a_box_outside_the_picture_is_refused(encoder: Encoder) -> None:
    with pytest.raises(InputError, match="outside"):
        encoder.inputs(Image.new("RGB", (96, 64)), Box(200, 20, 30, 40))


def test_an_encoder_is_read_from_a_folder_and_named_by_its_weights(encoder: Encoder, tmp_path: Path) -> None:
    encoder.vae.save_pretrained(tmp_path / "pipeline" / "vae")
    encoder.vae.save_pretrained(tmp_path / "alone")
    image = [Image.new("RGB", (64, 64), "olive")]
    for folder in ("pipeline", "alone"):
        read = load_encoder(tmp_path / folder, device="cpu")
        np.testing.assert_allclose(read.encode(image), encoder.encode(image), atol=1e-5)
        assert read.digest == load_encoder(tmp_path / "alone", device="cpu").digest
    assert read.decode(read.encode(image))[0].size == (256, 256)


def test_a_folder_without_an_autoencoder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=str(tmp_path)):
        load_encoder(tmp_path, device="cpu")
