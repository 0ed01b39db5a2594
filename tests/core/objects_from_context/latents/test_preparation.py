"""Images and masks are prepared as published, bit for bit, and the named other ways do what their names say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coinco_core.errors import InputError
from coinco_core.images import Box
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.preparation import (
    BLACK,
    GREY,
    PUBLISHED,
    SIZE,
    Preparation,
    mask_image,
    to_pixels,
)

PAD = Preparation(resize="pad")


def made_image(width: int, height: int, seed: int = 0) -> Image.Image:
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(levels)


def authors_transform(image: Image.Image) -> torch.Tensor:
    """torchvision's Resize((256, 256)), ToTensor() and Normalize(0.5, 0.5), operation by operation."""
    small = image.convert("RGB").resize((256, 256), Image.Resampling.BILINEAR)  # what Resize calls for a PIL image
    tensor = torch.from_numpy(np.array(small)).permute(2, 0, 1).contiguous().to(torch.float32).div(255)
    mean, std = (torch.tensor([0.5, 0.5, 0.5]).view(3, 1, 1) for _ in range(2))
    return tensor.clone().sub_(mean).div_(std)


@pytest.mark.parametrize("size", [(256, 256), (640, 480), (427, 640), (31, 900), (1, 1)])
def test_an_image_is_prepared_as_by_the_authors_to_the_last_bit(size: tuple[int, int]) -> None:
    pixels = to_pixels(made_image(*size))
    assert pixels.shape == (3, 256, 256) and pixels.dtype == np.float32 and pixels.flags.c_contiguous
    np.testing.assert_array_equal(pixels, authors_transform(made_image(*size)).numpy())


def test_a_mask_is_prepared_as_by_the_authors_to_the_last_bit() -> None:
    mask = mask_image(Box(10.4, 20, 333, 40.5), (640, 427))
    np.testing.assert_array_equal(to_pixels(mask, fill=BLACK), authors_transform(mask).numpy())


def test_every_level_has_its_place_between_minus_one_and_one() -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(256).reshape(256, 256)
    pixels = to_pixels(Image.fromarray(levels))
    np.testing.assert_allclose(pixels[0, :, 0], np.linspace(-1, 1, 256), atol=1e-7)
    assert pixels.min() == -1 and pixels.max() == 1


def test_stretching_keeps_halves_and_not_the_aspect_ratio() -> None:
    image = Image.new("RGB", (300, 120))
    image.paste((255, 0, 255), (0, 0, 150, 120))
    pixels = to_pixels(image)
    assert (pixels[0, :, :120] == 1).all() and (pixels[0, :, 136:] == -1).all()


def test_the_mask_is_white_in_the_box_only() -> None:
    mask = np.asarray(mask_image(Box(10, 20, 30, 40), (96, 64)))
    assert mask.shape == (64, 96, 3)
    assert (mask[20:60, 10:40] == 255).all() and mask.sum() == 255 * 3 * 30 * 40


def test_padding_keeps_the_aspect_ratio_and_fills_with_mid_grey() -> None:
    pixels = to_pixels(Image.new("RGB", (640, 320), "white"), PAD, GREY)
    assert (pixels[:, 64:192] == 1).all()
    assert (pixels[:, :64] == 0).all() and (pixels[:, 192:] == 0).all()
    tall = to_pixels(Image.new("RGB", (100, 400), "white"), PAD, GREY)
    assert (tall[:, :, 96:160] == 1).all() and np.count_nonzero(tall) == 3 * 256 * 64


def test_a_padded_box_is_where_the_object_is_in_the_padded_image() -> None:
    box, image = Box(40, 20, 80, 60), Image.new("RGB", (256, 128), "black")
    image.paste("white", (40, 20, 120, 80))
    mask = to_pixels(mask_image(box, image.size), PAD, BLACK)
    np.testing.assert_array_equal(mask[:, 64:192], to_pixels(image, PAD, GREY)[:, 64:192])
    assert (mask[:, 64 + 20 : 64 + 80, 40:120] == 1).all()
    assert (mask == 1).sum() == 3 * 80 * 60 and (mask == -1).sum() == 3 * (SIZE * SIZE - 80 * 60)


@settings(max_examples=60)
@given(width=st.integers(1, 700), height=st.integers(1, 700))
def test_padding_puts_the_whole_image_in_the_middle(width: int, height: int) -> None:
    inside = to_pixels(Image.new("L", (width, height), 255), PAD, GREY)[0] == 1
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    shape = (len(rows), len(columns))
    assert inside.sum() == shape[0] * shape[1] and max(shape) == SIZE
    assert abs(rows[0] - (SIZE - 1 - rows[-1])) <= 1 and abs(columns[0] - (SIZE - 1 - columns[-1])) <= 1
    longest = max(width, height)
    expected = [max(side * SIZE / longest, 1) for side in (height, width)]
    assert all(abs(found - wanted) <= 0.5 for found, wanted in zip(shape, expected, strict=True))


@given(
    resize=st.sampled_from(["stretch", "pad"]), scaled=st.booleans(), sampled=st.booleans(), seed=st.integers(0, 2**40)
)
def test_a_preparation_is_known_by_its_name(resize: str, scaled: bool, sampled: bool, seed: int) -> None:
    preparation = Preparation(resize, scaled, sampled, seed if sampled else 0)
    assert Preparation.named(str(preparation)) == preparation


def test_names_are_short_and_the_published_one_is_the_default() -> None:
    assert str(PUBLISHED) == "stretch" and Preparation() == PUBLISHED
    assert str(Preparation("pad", True, True, 7)) == "pad+scaled+sampled:7"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("strech", "Did you mean 'stretch'"),
        ("", "stretch or pad"),
        ("pad+scale", "not a preparation"),
        ("pad+sampled", "not a preparation"),
        ("pad+sampled:-1", "not a preparation"),
        ("pad+sampled:x", "not a preparation"),
    ],
)
def test_a_wrong_name_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Preparation.named(text)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InputError, match="must not be negative; it is -1"):
        Preparation(sampled=True, seed=-1)


def prepared(encoder: Encoder, preparation: Preparation) -> Encoder:
    return Encoder(encoder.vae, encoder.device, encoder.name, encoder.digest, preparation)


def test_scaled_latents_are_those_that_stable_diffusion_works_on(encoder: Encoder) -> None:
    images = [made_image(96, 64, seed) for seed in range(2)]
    scaled = prepared(encoder, Preparation(scaled=True))
    expected = encoder.encode(images) * np.float32(0.18215)
    np.testing.assert_allclose(scaled.encode(images), expected, rtol=1e-6)
    mean, back = encoder.decode(encoder.encode(images))[0], scaled.decode(scaled.encode(images))[0]
    np.testing.assert_allclose(np.asarray(back, int), np.asarray(mean, int), atol=1)


def test_sampled_latents_belong_to_the_image_and_the_seed_alone(encoder: Encoder) -> None:
    images = [made_image(96, 64, seed) for seed in range(3)]
    sampled = prepared(encoder, Preparation(sampled=True, seed=3))
    drawn = sampled.encode(images)
    for batch_size in (1, 2, 3):
        np.testing.assert_allclose(sampled.encode(images[::-1], batch_size)[::-1], drawn, atol=1e-6)
    np.testing.assert_array_equal(sampled.encode(images), drawn)
    other = prepared(encoder, Preparation(sampled=True, seed=4)).encode(images)
    assert (np.abs(other - drawn) > 1e-3).mean() > 0.9


def test_sampled_latents_are_drawn_from_the_autoencoders_distribution(encoder: Encoder) -> None:
    images = [made_image(64, 64, seed) for seed in range(4)]
    drawn = prepared(encoder, Preparation(sampled=True)).encode(images, batch_size=4)
    pixels = torch.from_numpy(np.stack([to_pixels(image) for image in images]))
    with torch.no_grad():
        distribution = encoder.vae.encode(pixels).latent_dist
    z = ((drawn - distribution.mean.numpy()) / distribution.std.numpy()).ravel()
    assert abs(z.mean()) < 4 / np.sqrt(len(z)) and abs(z.std() - 1) < 4 / np.sqrt(2 * len(z))
    assert len(np.unique(z.round(6))) > 0.99 * len(z)  # no two images share their noise
