"""A tiny autoencoder of the right geometry, a folder of drawn rectangles, and random latents to learn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from coinco_core.categories import NAMES
from coinco_core.objects_from_context.examples import Examples, make_examples
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.samples import Box, Sample, write_samples


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """An untrained autoencoder of four channels a layer, with a fixed seed."""
    from diffusers import AutoencoderKL

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(4, 4, 4, 4),
            layers_per_block=1,
            norm_num_groups=2,
            sample_size=256,
            mid_block_add_attention=False,
        )
    return Encoder(vae.eval().requires_grad_(False), "cpu", "tiny", "digest-of-tiny")


@pytest.fixture
def images(tmp_path: Path) -> tuple[Path, list[Sample]]:
    """Six images of one rectangle each; the first two share their box."""
    folder, rng, samples = tmp_path / "images", np.random.default_rng(0), []
    (folder / "images").mkdir(parents=True)
    for i in range(6):
        box = Box(10, 20, 30, 40) if i < 2 else Box(5.0 * i, 10, 20, 25.5)
        image = Image.new("RGB", (96, 64), tuple(rng.integers(0, 256, 3).tolist()))
        ImageDraw.Draw(image).rectangle((box.x, box.y, box.x + box.w, box.y + box.h), fill="white")
        image.save(folder / f"images/{i}.png")
        split = ("train", "train", "train", "train", "validation", "test")[i]
        samples.append(
            Sample(f"s{i}", f"images/{i}.png", 96, 64, box, NAMES[i + 1], NAMES[i], split, "demo", modified=True)
        )
    write_samples(folder, samples)
    return folder, samples


@pytest.fixture(scope="session")
def learnable() -> tuple[Examples, Examples]:
    """Training and validation examples of six classes, each a direction of its own in 8192 dimensions plus noise."""
    rng = np.random.default_rng(1)
    directions = rng.normal(size=(6, 8192)).astype(np.float32)

    def draw(n: int) -> Examples:
        labels = rng.integers(0, 6, n)
        noise = rng.normal(size=(n, 8192)).astype(np.float32)
        inputs = 0.2 * directions[labels] + noise
        return make_examples(inputs[:, :4096], inputs[:, 4096:], labels.astype(np.int64))

    return draw(96), draw(48)
