"""An autoencoder's latents: as diffusers gives them, the same in whichever batch, and named by the weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from coinco_core.errors import InputError, MissingError
from coinco_core.objects_from_context.latents.encoder import Encoder, join, load_encoder
from coinco_core.objects_from_context.latents.preparation import Preparation, mask_image, to_pixels
from coinco_core.samples import Box


def images(n: int) -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (64, 96, 3), dtype=np.uint8)) for _ in range(n)]


def test_latents_are_the_mean_unscaled_as_diffusers_gives_it(encoder: Encoder) -> None:
    latents = encoder.encode(images(3), batch_size=2)
    assert latents.shape == (3, 4, 32, 32) and latents.dtype == np.float32
    with torch.no_grad():
        mean = encoder.vae.encode(torch.from_numpy(to_pixels(images(3)[2]))[None]).latent_dist.mean
    np.testing.assert_allclose(latents[2], mean[0].numpy(), atol=1e-5)
    assert encoder.encode([]).shape == (0, 4, 32, 32)


def test_a_masks_flat_parts_are_as_exact_as_float32_allows() -> None:
    """Torch's group norm loses digits there when channels come last."""
    encoder = load_encoder("demo", device="cpu")
    latents = encoder.encode_masks([Box(40, 30, 20, 25)], (160, 120))
    pixels = torch.from_numpy(encoder.mask_pixels(Box(40, 30, 20, 25), (160, 120)))[None].double()
    with torch.no_grad():
        exact = copy.deepcopy(encoder.vae).double().encode(pixels).latent_dist.mean.numpy()
    assert np.abs(latents - exact).max() < 2e-6 * np.abs(exact).max()


def test_without_a_batch_size_no_image_has_a_part_in_anothers_latents(encoder: Encoder) -> None:
    together = encoder.encode(images(3))
    for i, image in enumerate(images(3)):
        np.testing.assert_array_equal(encoder.encode([image])[0], together[i])


@pytest.mark.parametrize(("device", "size"), [("cpu", 1), ("mps", 8), ("cuda", 32), ("cuda:1", 32)])
def test_the_batch_is_the_devices(encoder: Encoder, device: str, size: int) -> None:
    assert replace(encoder, device=device).batch_size == size
    with pytest.raises(InputError, match="at least 1 image, not 0"):
        encoder.encode(images(1), batch_size=0)


def test_the_input_is_the_image_then_the_mask(encoder: Encoder) -> None:
    image, box = Image.new("RGB", (96, 64), "teal"), Box(10, 20, 30, 40)
    inputs = encoder.inputs(image, box)
    assert inputs.shape == (1, 8192)
    np.testing.assert_array_equal(inputs[0, :4096], encoder.encode([image])[0].ravel())
    mask = encoder.encode([mask_image(box, image.size)])
    np.testing.assert_array_equal(inputs[0, 4096:], mask[0].ravel())
    np.testing.assert_array_equal(encoder.encode_masks([box], image.size), mask)
    assert join(np.zeros((2, 4, 32, 32)), np.ones((2, 4, 32, 32)))[:, 4095:4097].tolist() == [[0, 1], [0, 1]]


def test_a_padded_mask_has_black_at_its_sides_where_the_image_has_grey(encoder: Encoder) -> None:
    padded = replace(encoder, preparation=Preparation(resize="pad"))
    assert padded.pixels(Image.new("RGB", (96, 64), "white"))[0, 0, 0] == 0
    assert padded.mask_pixels(Box(0, 0, 96, 64), (96, 64))[0, 0, 0] == -1


def test_a_box_outside_the_image_is_refused(encoder: Encoder) -> None:
    with pytest.raises(InputError, match="outside"):
        encoder.inputs(Image.new("RGB", (96, 64)), Box(200, 20, 30, 40))


def test_latents_of_another_size_are_refused(encoder: Encoder) -> None:
    from diffusers import AutoencoderKL

    coarse = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(4, 4),
        norm_num_groups=2,
        mid_block_add_attention=False,
    )
    with pytest.raises(InputError, match=r"gives latents of \(4, 128, 128\); \(4, 32, 32\) are needed"):
        replace(encoder, vae=coarse).encode(images(1))


def test_an_encoder_is_read_from_a_folder_and_named_by_its_weights(encoder: Encoder, tmp_path: Path) -> None:
    encoder.vae.save_pretrained(tmp_path / "pipeline" / "vae")
    encoder.vae.save_pretrained(tmp_path / "alone")
    image = [Image.new("RGB", (64, 64), "olive")]
    for folder in ("pipeline", "alone"):
        read = load_encoder(tmp_path / folder, device="cpu")
        np.testing.assert_array_equal(read.encode(image), encoder.encode(image))
        assert read.digest == load_encoder(tmp_path / "alone", device="cpu").digest
    assert read.decode(read.encode(image))[0].size == (256, 256)


def test_what_a_network_has_to_remember_tells_weights_and_preparations_apart(encoder: Encoder, tmp_path: Path) -> None:
    encoder.vae.save_pretrained(tmp_path / "vae")
    plain, padded = (load_encoder(tmp_path / "vae", "cpu", how) for how in (None, "pad+scaled"))
    assert plain.facts == {"vae": plain.digest, "vae_source": str(tmp_path / "vae"), "preparation": "stretch"}
    assert padded.facts == plain.facts | {"preparation": "pad+scaled"}
    assert load_encoder(tmp_path / "vae", "cpu", padded.preparation).facts == padded.facts


class Noting:
    """An autoencoder that notes the precision of CUDA's convolutions whenever it encodes, and then may fail."""

    def __init__(self, vae: Any, error: Exception | None = None) -> None:
        self._vae, self._error, self.config, self.seen = vae, error, vae.config, []

    def encode(self, pixels: torch.Tensor) -> Any:
        self.seen.append(torch.backends.cudnn.conv.fp32_precision)
        if self._error:
            raise self._error
        return self._vae.encode(pixels)


@pytest.fixture(params=["tf32", "ieee"])
def before(request: pytest.FixtureRequest) -> Iterator[str]:
    """The precision of CUDA's convolutions that the user has set."""
    convolutions = torch.backends.cudnn.conv
    found, convolutions.fp32_precision = convolutions.fp32_precision, request.param
    yield request.param
    convolutions.fp32_precision = found


def test_off_the_cpu_convolutions_are_exact_and_torch_is_left_as_it_was(encoder: Encoder, before: str) -> None:
    for error in (None, MemoryError()):
        noting = Noting(encoder.vae, error)
        other = replace(encoder, vae=noting, device="cpu:0")  # goes the way of a GPU
        if error:
            with pytest.raises(MemoryError):
                other.encode(images(1))
        else:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(other.encode_pixels, [[other.pixels(image)] for image in images(3)]))
        assert set(noting.seen) == {"ieee"}
        assert torch.backends.cudnn.conv.fp32_precision == before


def test_a_folder_without_an_autoencoder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=str(tmp_path)):
        load_encoder(tmp_path, device="cpu")
