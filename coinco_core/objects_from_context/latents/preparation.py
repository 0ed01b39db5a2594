"""How an image or the mask of a box becomes what the autoencoder takes, and what is kept of its answer.

As published (section 5.2; dataset.py and train.py of the authors' code): stretched to 256x256, bilinear, the aspect
ratio not kept; levels of 0..255 mapped to [-1, 1]; the mean of the latent distribution, without the factor 0.18215
that Stable Diffusion scales its latents by. Every other way has a name, and a network remembers which one it learnt on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from coinco_core.errors import InputError, did_you_mean
from coinco_core.images import Box, box_mask

SIZE = 256  # pixels, width and height of what is encoded; dataset.py of the authors' code
RESIZES = ("stretch", "pad")
GREY, BLACK = 0.0, -1.0  # what is put beside a padded image, and beside a padded mask, in [-1, 1]


@dataclass(frozen=True)
class Preparation:
    """How images become latents; the defaults are as published.

    `resize` is 'stretch' (to the square) or 'pad' (the long side to 256, the rest filled evenly on both sides).
    `scaled` multiplies the latents by the autoencoder's scaling factor; `sampled` draws them from their distribution
    instead of taking its mean, from `seed` and the image itself, so that neither batch nor order matters. Raises
    InputError for another resize or a negative seed.
    """

    resize: str = "stretch"
    scaled: bool = False
    sampled: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.resize not in RESIZES:
            hint = did_you_mean(self.resize, RESIZES)
            raise InputError(f"'{self.resize}' is not a way to resize; use stretch or pad.{hint}")
        if self.seed < 0:
            raise InputError(f"The seed that latents are drawn from must not be negative; it is {self.seed}.")

    def __str__(self) -> str:
        """The preparation in a word or three, which `named` reads: 'stretch', 'pad+scaled', 'stretch+sampled:7'."""
        parts = [self.resize, "scaled" if self.scaled else "", f"sampled:{self.seed}" if self.sampled else ""]
        return "+".join(part for part in parts if part)

    @classmethod
    def named(cls, text: str) -> Preparation:
        """The preparation that `str` gave this text of; an InputError when it is none."""
        resize, *options = text.split("+")
        given: dict[str, Any] = {"resize": resize}
        for option in options:
            name, _, seed = option.partition(":")
            if name not in ("scaled", "sampled") or (name == "sampled" and not seed.isdecimal()):
                raise InputError(f"'{text}' is not a preparation; write it like stretch, pad+scaled or pad+sampled:0.")
            given |= {"scaled": True} if name == "scaled" else {"sampled": True, "seed": int(seed)}
        return cls(**given)

    def latents(self, distribution: Any, pixels: np.ndarray, scaling_factor: float) -> torch.Tensor:
        """The latents to keep, (n, 4, 32, 32) float32, of the distribution (diffusers') for pixels (n, 3, 256, 256)."""
        kept = distribution.mean
        if self.sampled:
            noise = np.stack([_noise(self.seed, image, kept.shape[1:]) for image in pixels])
            kept = kept + distribution.std * torch.from_numpy(noise).to(kept)
        return kept * scaling_factor if self.scaled else kept


PUBLISHED = Preparation()


def to_pixels(image: Image.Image, preparation: Preparation = PUBLISHED, fill: float = GREY) -> np.ndarray:
    """The image of any mode and size as the autoencoder takes it: (3, 256, 256) float32 in [-1, 1], channels in RGB.

    `fill` is the value of the padding, if any: GREY for an image, BLACK for a mask.
    """
    rgb = image.convert("RGB")
    if preparation.resize == "stretch":
        return _levels(rgb.resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    width, height = _inside(image.size)
    left, top = (SIZE - width) // 2, (SIZE - height) // 2
    pixels = np.full((3, SIZE, SIZE), fill, np.float32)
    pixels[:, top : top + height, left : left + width] = _levels(rgb.resize((width, height), Image.Resampling.BILINEAR))
    return pixels


def mask_image(box: Box, size: tuple[int, int]) -> Image.Image:
    """The box as the image that is encoded beside the scene: white (255) on black, RGB, of that width and height."""
    return box_mask(box, size).convert("RGB")


def _inside(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height of an image of that size when its long side is 256."""
    longest = max(size)
    return max(1, round(size[0] * SIZE / longest)), max(1, round(size[1] * SIZE / longest))


def _levels(image: Image.Image) -> np.ndarray:
    """The image's levels as torchvision's ToTensor and Normalize(0.5, 0.5) give them, to the last bit."""
    pixels = np.asarray(image).transpose(2, 0, 1).astype(np.float32, order="C")
    pixels /= 255
    pixels -= 0.5
    pixels /= 0.5
    return pixels


def _noise(seed: int, pixels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Normal noise that belongs to these pixels."""
    content = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).digest()
    words = [seed, *np.frombuffer(content, np.uint32).tolist()]
    return np.random.default_rng(words).standard_normal(tuple(shape), np.float32)
