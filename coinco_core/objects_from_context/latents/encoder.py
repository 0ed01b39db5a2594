"""A frozen autoencoder that turns images and box masks into latents, the input of the network (section 5.2).

Tensors keep their ordinary layout: with channels last a CPU is a seventh faster, but torch's group norm then loses
digits, and the flat parts of a mask come out wrong by 2e-4 of the largest latent instead of 4e-7 (against float64).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from coinco_core.demo import DEMO, demo_weights
from coinco_core.devices import choose_device, single_threaded, stay_single_threaded, usable_cores
from coinco_core.errors import InputError, MissingError
from coinco_core.files import digest
from coinco_core.images import Box
from coinco_core.objects_from_context.latents.mirrors import (
    CONFIG,
    SD21,
    SD21_DIGEST,
    SD21_NAMES,
    WEIGHTS,
    check_sd21_config,
    sd21_folder,
    vae_folder,
)
from coinco_core.objects_from_context.latents.preparation import (
    BLACK,
    GREY,
    PUBLISHED,
    Preparation,
    mask_image,
    to_pixels,
)
from coinco_core.store.file_digests import file_digest

LATENT_SHAPE = (4, 32, 32)  # of Stable Diffusion's autoencoder at 256x256: 8 times smaller, 4 channels
_PRECISION = threading.Lock()  # held while torch's precision is not the user's


@dataclass(frozen=True)
class Encoder:
    """A frozen autoencoder on a device; `name` is where it came from, `digest` identifies its weights."""

    vae: Any
    device: str
    name: str
    digest: str
    preparation: Preparation = PUBLISHED

    @property
    def facts(self) -> dict[str, str]:
        """What a network has to remember of the latents it is trained on: weights, where they lay, preparation."""
        return {"vae": self.digest, "vae_source": self.name, "preparation": str(self.preparation)}

    @property
    def batch_size(self) -> int:
        """The default number of images per batch.

        One on a CPU: it is the fastest there, as larger activations leave its caches (batches of 16 took three times
        as long), and no other image takes part in a sum. A GPU needs larger batches to be busy; at 32 images the
        largest activation of Stable Diffusion's autoencoder takes 1.1 GB (128 channels, 256x256, float32).
        """
        return {"cpu": 1, "mps": 8}.get(self.device.split(":")[0], 32)

    def encode(self, images: Sequence[Image.Image], batch_size: int | None = None) -> np.ndarray:
        """The latents of n images of any mode and size, (n, 4, 32, 32) float32, by this encoder's preparation."""
        return self.encode_pixels([self.pixels(image) for image in images], batch_size)

    def encode_masks(self, boxes: Sequence[Box], size: tuple[int, int], batch_size: int | None = None) -> np.ndarray:
        """The latents of the masks of n boxes in an image of `size` (width, height), (n, 4, 32, 32) float32."""
        return self.encode_pixels([self.mask_pixels(box, size) for box in boxes], batch_size)

    def pixels(self, image: Image.Image) -> np.ndarray:
        """The image (any mode and size) prepared for this autoencoder, (3, 256, 256) float32 in [-1, 1]."""
        return to_pixels(image, self.preparation, GREY)

    def mask_pixels(self, box: Box, size: tuple[int, int]) -> np.ndarray:
        """The mask of a box in an image of `size` (width, height), prepared alike, (3, 256, 256) float32 in [-1, 1].

        It is 1 in the box and -1 elsewhere, between them where resizing blurs the edge. InputError for a box outside.
        """
        return to_pixels(mask_image(box.check(*size), size), self.preparation, BLACK)

    def encode_pixels(self, pixels: Sequence[np.ndarray], batch_size: int | None = None) -> np.ndarray:
        """The latents of n prepared images, each (3, 256, 256) float32 in [-1, 1]; (n, 4, 32, 32) float32."""
        size = self.batch_size if batch_size is None else batch_size
        if size < 1:
            raise InputError(f"A batch must hold at least 1 image, not {size}.")
        batches = [np.stack(pixels[first : first + size]) for first in range(0, len(pixels), size)]
        parts = self._on_all_cores(batches) if self.device == "cpu" else self._in_turn(batches)
        return np.concatenate(parts) if parts else np.zeros((0, *LATENT_SHAPE), np.float32)

    def _on_all_cores(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The latents of each batch, a thread a batch: threads that share one image wait for one another too often.

        It also makes the sums of an image come out the same whatever the number of cores.
        """
        with single_threaded(), ThreadPoolExecutor(usable_cores(), initializer=stay_single_threaded) as pool:
            return list(pool.map(self._encode, batches))

    def _in_turn(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        with exact_convolutions():
            return [self._encode(batch) for batch in batches]

    def _encode(self, pixels: np.ndarray) -> np.ndarray:
        batch = torch.from_numpy(pixels).to(self.device)
        with torch.inference_mode():
            distribution = self.vae.encode(batch).latent_dist
            latents = self.preparation.latents(distribution, pixels, self.vae.config.scaling_factor)
        if tuple(latents.shape[1:]) != LATENT_SHAPE:
            raise InputError(
                f"The autoencoder {self.name} gives latents of {tuple(latents.shape[1:])}; {LATENT_SHAPE} are needed."
            )
        return latents.float().cpu().contiguous().numpy()

    def inputs(self, image: Image.Image, box: Box) -> np.ndarray:
        """The network's input for one image and a box in its pixels, (1, 8192) float32."""
        latents = self.encode_pixels([self.pixels(image), self.mask_pixels(box, image.size)])
        return join(latents[:1], latents[1:])

    def decode(self, latents: np.ndarray) -> list[Image.Image]:
        """The n images that the autoencoder decodes from latents (n, 4, 32, 32), each RGB of 256x256 pixels."""
        values = torch.from_numpy(np.array(latents, np.float32)).to(self.device)
        factor = self.vae.config.scaling_factor if self.preparation.scaled else 1.0
        with torch.inference_mode():
            pixels = self.vae.decode(values / factor).sample
        levels = ((pixels.float().cpu() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return [Image.fromarray(level.permute(1, 2, 0).numpy()) for level in levels]


@contextmanager
def exact_convolutions() -> Iterator[None]:
    """A stretch in which CUDA's convolutions compute in float32, and not in TF32, which torch lets them by default.

    TF32 keeps 10 of a number's 23 binary digits. Matrix products are in float32 by default. The authors' train.py sets
    nothing of the kind, so on a GPU that has TF32 their latents may be made in it. Other threads wait for their turn.
    """
    convolutions = torch.backends.cudnn.conv
    with _PRECISION:
        before = convolutions.fp32_precision
        convolutions.fp32_precision = "ieee"
        try:
            yield
        finally:
            convolutions.fp32_precision = before


def join(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Image and mask latents, each (n, 4, 32, 32), flattened and concatenated: (n, 8192) of their dtype."""
    return np.concatenate([images.reshape(len(images), -1), masks.reshape(len(masks), -1)], axis=1)


def load_encoder(
    source: str | Path = DEMO, device: str | None = None, preparation: Preparation | str | None = None
) -> Encoder:
    """The autoencoder that is shipped ('demo'), SD 2.1's ('sd-2.1'), one in a folder, or of a hub id; frozen, float32.

    A folder or hub repository that holds a whole Stable Diffusion pipeline is read at its subfolder `vae`. The
    preparation is the published one, or as given, also by name ('pad+scaled'). Raises MissingError when there are no
    weights to be had, CheckError when those of SD 2.1 are not the known ones or their config is not.
    """
    prepared = Preparation.named(preparation) if isinstance(preparation, str) else preparation or PUBLISHED
    name = SD21 if str(source) in SD21_NAMES else str(source)
    vae, folder = read_vae(source)
    place = choose_device(device).device
    if place == "cpu":
        _keep_freed_memory()
    vae = vae.to(place).eval().requires_grad_(False)
    key = _digest(folder) if folder else digest(_fingerprint(vae))
    if key == SD21_DIGEST:
        check_sd21_config(vae.config, str(folder))
    return Encoder(vae, place, name, key, prepared)


def _folder(source: str | Path) -> Path | None:
    """The folder with the autoencoder's files; None for a hub id."""
    if str(source) == DEMO:
        return demo_weights("vae")
    if str(source) in SD21_NAMES:
        return sd21_folder()
    return vae_folder(Path(source)) if Path(source).is_dir() else None


def _keep_freed_memory() -> None:
    """Have the C library keep the memory of activations for the next ones.

    glibc hands blocks of this size back to the system as soon as they are free, and takes them anew page by page, which
    took a third of the time here. Freeing one block just below its largest threshold moves the thresholds for the rest
    of the process (mallopt(3), M_MMAP_THRESHOLD); at most 64 MB are kept. Elsewhere this does nothing.
    """
    np.empty(31 * 2**20, np.uint8)


def read_vae(source: str | Path) -> tuple[Any, Path | None]:
    """The autoencoder of a source (see `load_encoder`) as diffusers reads it, and its folder, None for a hub id."""
    from diffusers import AutoencoderKL

    folder, name = _folder(source), str(source)
    how = {"torch_dtype": torch.float32, "use_safetensors": True}
    try:
        if folder is not None:
            return AutoencoderKL.from_pretrained(str(folder), **how), folder
        try:
            return AutoencoderKL.from_pretrained(name, subfolder="vae", **how), None
        except OSError:
            return AutoencoderKL.from_pretrained(name, **how), None
    except (OSError, ValueError) as error:
        raise MissingError(f"No autoencoder can be read from {folder or name}: {_first_line(error)}") from None


def _digest(folder: Path) -> str:
    """SD 2.1's weights go by their own digest, as each mirror has its own config.json; see check_sd21_config."""
    weights = {file.name: file_digest(file) for file in sorted(folder.glob("*.safetensors"))}
    if weights.get(WEIGHTS) == SD21_DIGEST:
        return SD21_DIGEST
    return digest([file_digest(folder / CONFIG), *weights.values()])


def _fingerprint(vae: Any) -> list[str]:
    """A digest for each tensor of weights that came from a hub, where there is no folder to read."""
    return [digest(value.detach().cpu().contiguous().numpy().tobytes()) for value in vae.state_dict().values()]


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
