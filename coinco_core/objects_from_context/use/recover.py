"""Recover the object: what belongs in the box is painted there by an inpainting pipeline of diffusers (section 5.2).

As COinCO's own images were made (section 3.1 and the sample code on the authors' site): the prompt names the object,
the part of the image around the box is cut out, brought to the pipeline's size, painted, and brought back. What
differs: the mask is the box and has no soft edge, there is no negative prompt unless one is given, the noise comes from
a seed, and outside the box every pixel stays what it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image

from coinco_core.categories import category
from coinco_core.devices import choose_device
from coinco_core.errors import InputError, MissingError, did_you_mean
from coinco_core.images import Box
from coinco_core.objects_from_context.use.canvas import around, on_canvas, pasted
from coinco_core.released.hub import is_offline

if TYPE_CHECKING:
    from coinco_core.objects_from_context.use.belongs import Guess

log = logging.getLogger(__name__)

# The paper's model left its own page in November 2025. This copy is named in public threads (WonderWorld#28,
# OneTrainer#1140); it has not been seen here, and no digest of the original is known to compare it with.
PAINTER = "sd2-community/stable-diffusion-2-inpainting"
PROMPT = "a {object}, high resolution, ultra-realistic with high detail"  # section 3.1; the authors' site
CROPS = ("around", "whole")
_IMPOSSIBLE = "The feather and the seed must not be below 0, and there must be at least one step."
_INPAINTING_CHANNELS = 9  # an image's four latents, the mask, and the four of the image with the box left out


@dataclass(frozen=True)
class Recovered:
    """An image with an object painted into its box.

    `image` is RGB, of the original's size and outside the box equal to it. `probability` (0..1) is the network's for
    the object there; `prompt` and `seed` are those it was painted with.
    """

    image: Image.Image
    object: str
    probability: float
    prompt: str
    seed: int


@dataclass(frozen=True)
class PaintSettings:
    """How an object is painted into a box; `steps` and `guidance` are the pipeline's own defaults.

    `crop` is what the pipeline gets to see: 'around', the box with a margin of 1,750 pixels times its share of the
    image but at least 5 (a small object is then painted large, section 3.1), or 'whole', the whole image.
    Either is fitted into side x side pixels, the rest black. `feather` is over how many pixels inside the box
    the new fades into the old. Raises InputError for settings that make no sense.
    """

    crop: str = "around"
    negative_prompt: str = ""
    steps: int = 50
    guidance: float = 7.5
    feather: int = 0

    def __post_init__(self) -> None:
        if self.crop not in CROPS:
            hint = did_you_mean(self.crop, CROPS)
            raise InputError(f"'{self.crop}' is not a crop; use {' or '.join(CROPS)}.{hint}")
        if self.feather < 0 or self.steps < 1:
            raise InputError(_IMPOSSIBLE)


DEFAULT_PAINT = PaintSettings()


@dataclass(frozen=True)
class Painter:
    """An inpainting pipeline on a device; `name` is the folder or hub id that it was read from."""

    pipeline: Any
    device: str
    name: str

    @property
    def side(self) -> int:
        """Width and height in pixels of the pipeline's images; 512 for Stable Diffusion 2."""
        return int(self.pipeline.unet.config.sample_size * self.pipeline.vae_scale_factor)

    def paint(
        self, image: Image.Image, box: Box, name: str, *, seed: int, settings: PaintSettings = DEFAULT_PAINT
    ) -> Image.Image:
        """The image with the named object painted into the box (pixels), RGB of the same size; equal outside the box.

        The same seed gives the same image on the same machine. Raises InputError for a seed below 0.
        """
        if not 0 <= seed < 2**63:
            raise InputError(_IMPOSSIBLE)
        inside = box.pixels(*image.size)
        region = around(inside, image.size) if settings.crop == "around" else (0, 0, *image.size)
        canvas, mask, fitted = on_canvas(image, inside, region, self.side, self.pipeline.vae_scale_factor)
        with torch.inference_mode():
            painted = self.pipeline(
                prompt=prompt_for(name),
                negative_prompt=settings.negative_prompt,
                image=canvas,
                mask_image=mask,
                height=self.side,
                width=self.side,
                num_inference_steps=settings.steps,
                guidance_scale=settings.guidance,
                generator=torch.Generator("cpu").manual_seed(seed),  # the same noise on every device
            ).images[0]
        left, top, right, bottom = region
        back = painted.crop(fitted).resize((right - left, bottom - top), Image.Resampling.LANCZOS)
        return pasted(image, back, region, inside, settings.feather)


def load_painter(source: str | Path = PAINTER, device: str | None = None) -> Painter:
    """The inpainting pipeline in a folder or of a hub id, on a device, with weights from safetensors only.

    No safety checker is loaded: it would put a black image in the place of one it dislikes, without a word. Raises
    MissingError when there are no weights to be had, InputError when they are not of an inpainting pipeline.
    """
    from diffusers import StableDiffusionInpaintPipeline

    place = choose_device(device)
    unused = {"safety_checker": None, "requires_safety_checker": False, "feature_extractor": None}
    try:
        pipeline = StableDiffusionInpaintPipeline.from_pretrained(
            str(source),
            use_safetensors=True,
            local_files_only=is_offline(),
            **unused,
        )
    except (OSError, ValueError, TypeError, AttributeError) as error:  # another pipeline lacks parts or has others
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise MissingError(f"No inpainting pipeline can be read from {source}: {reason}.") from None
    channels = pipeline.unet.config.in_channels
    if channels != _INPAINTING_CHANNELS:
        raise InputError(
            f"The pipeline in {source} is not an inpainting one: its network takes {channels} channels, not "
            f"{_INPAINTING_CHANNELS}; use {PAINTER} or a copy of it."
        )
    pipeline.set_progress_bar_config(disable=True)
    pipeline = pipeline.to(place.device)
    if place.dtype != "float32":  # which it was read in; its argument for another has not the same name everywhere
        pipeline = pipeline.to(getattr(torch, place.dtype))
    return Painter(pipeline, place.device, str(source))


def recovered(
    painter: Painter,
    image: Image.Image,
    box: Box,
    guess: Guess,
    *,
    seed: int,
    settings: PaintSettings = DEFAULT_PAINT,
    say: Callable[[str], None] = log.info,
) -> Recovered:
    """The image (RGB, same size) with a guessed object painted into the box (pixels)."""
    say(f"painting {guess.name} with {painter.name} on {painter.device}, seed {seed}")
    painted = painter.paint(image, box, guess.name, seed=seed, settings=settings)
    return Recovered(painted, guess.name, guess.probability, prompt_for(guess.name), seed)


def prompt_for(name: str) -> str:
    """The pipeline's prompt for one of the 80 categories; the article is always 'a', as published."""
    return PROMPT.format(object=category(name).name)
