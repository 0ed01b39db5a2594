"""Pictures and box masks as latents of a frozen autoencoder, the input of the network (section 5.2).

As published: both are stretched to 256x256 (bilinear, the aspect ratio not kept), scaled to [-1, 1], encoded, and the
mean of the latent distribution is taken, without the factor 0.18215 that Stable Diffusion scales its latents by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from coinco_core.devices import choose_device
from coinco_core.errors import InputError, MissingError
from coinco_core.files import digest, sha256_file
from coinco_core.pictures import Box, box_mask
from coinco_core.weights import demo_weights

SIZE = 256  # pixels, width and height of what is encoded; dataset.py of the authors' code
LATENT_SHAPE = (4, 32, 32)  # of Stable Diffusion's autoencoder at that size: 8 times smaller, 4 channels
INPUTS = 2 * 4 * 32 * 32  # numbers that the network sees: the picture's latents, then the mask's
DEMO = "demo"


def to_pixels(image: Image.Image) -> np.ndarray:
    """The picture as the autoencoder takes it: (3, 256, 256), float32 in [-1, 1]."""
    small = image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / 127.5 - 1.0


def mask_picture(box: Box, size: tuple[int, int]) -> Image.Image:
    """The box as the picture that is encoded beside the scene: white on black, RGB, of that width and height."""
    return box_mask(box, size).convert("RGB")


@dataclass(frozen=True)
class Encoder:
    """A frozen autoencoder on a device; `name` says which, `digest` tells its weights from any others'."""

    vae: Any
    device: str
    name: str
    digest: str

    @property
    def facts(self) -> dict[str, str]:
        """What a network that is trained on these latents has to remember of the autoencoder."""
        return {"vae": self.digest, "vae_source": self.name}

    def encode(self, images: Sequence[Image.Image], batch_size: int = 8) -> np.ndarray:
        """The latents of the pictures, (n, 4, 32, 32) float32: the mean of the latent distribution, not scaled."""
        parts = [
            self._encode(np.stack([to_pixels(image) for image in images[first : first + batch_size]]))
            for first in range(0, len(images), batch_size)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, *LATENT_SHAPE), np.float32)

    def _encode(self, pixels: np.ndarray) -> np.ndarray:
        batch = torch.from_numpy(pixels).to(self.device).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            mean = self.vae.encode(batch).latent_dist.mean
        if tuple(mean.shape[1:]) != LATENT_SHAPE:
            raise InputError(
                f"The autoencoder {self.name} gives latents of {tuple(mean.shape[1:])}; {LATENT_SHAPE} are needed."
            )
        return mean.float().cpu().contiguous().numpy()

    def inputs(self, image: Image.Image, box: Box) -> np.ndarray:
        """The network's input for one picture and box, (1, 8192) float32."""
        latents = self.encode([image, mask_picture(box.check(*image.size), image.size)])
        return join(latents[:1], latents[1:])

    def decode(self, latents: np.ndarray) -> list[Image.Image]:
        """The pictures that the autoencoder makes of latents (n, 4, 32, 32), each 256x256 RGB."""
        with torch.inference_mode():
            pixels = self.vae.decode(torch.from_numpy(np.array(latents)).to(self.device)).sample
        levels = ((pixels.float().cpu() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return [Image.fromarray(level.permute(1, 2, 0).numpy()) for level in levels]


def join(pictures: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Picture and mask latents, each (n, 4, 32, 32), flattened and side by side: (n, 8192)."""
    return np.concatenate([pictures.reshape(len(pictures), -1), masks.reshape(len(masks), -1)], axis=1)


def load_encoder(source: str | Path = DEMO, device: str | None = None) -> Encoder:
    """The autoencoder that is shipped ('demo'), in a folder, or of a hub id, frozen and ready to encode in float32.

    A folder or hub repository that holds a whole Stable Diffusion pipeline is read at its subfolder `vae`. Raises
    MissingError when there are no weights to be had.
    """
    from diffusers import AutoencoderKL

    folder = demo_weights("vae") if source == DEMO else Path(source)
    local = folder.is_dir()
    name, weights = (str(folder), _vae_folder(folder)) if local else (str(source), None)
    try:
        vae = _read_vae(AutoencoderKL, name, weights)
    except (OSError, ValueError) as error:
        raise MissingError(f"No autoencoder can be read from {name}: {_first_line(error)}") from None
    place = choose_device(device).device
    vae = vae.to(place, memory_format=torch.channels_last).eval().requires_grad_(False)
    return Encoder(vae, place, str(source), _digest(weights) if weights else digest(_fingerprint(vae)))


def _vae_folder(folder: Path) -> Path:
    return folder / "vae" if (folder / "vae").is_dir() else folder


def _read_vae(autoencoder: Any, name: str, weights: Path | None) -> Any:
    """The autoencoder in a local folder, else of a hub id: its subfolder `vae`, or the repository itself."""
    how = {"torch_dtype": torch.float32, "use_safetensors": True}
    if weights is not None:
        return autoencoder.from_pretrained(str(weights), **how)
    try:
        return autoencoder.from_pretrained(name, subfolder="vae", **how)
    except OSError:
        return autoencoder.from_pretrained(name, **how)


def _digest(folder: Path) -> str:
    files = [folder / "config.json", *sorted(folder.glob("*.safetensors"))]
    return digest([sha256_file(file) for file in files])


def _fingerprint(vae: Any) -> list[str]:
    """A digest for each tensor of weights that came from a hub, where there is no folder to read."""
    return [digest(value.detach().cpu().contiguous().numpy().tobytes()) for value in vae.state_dict().values()]


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
