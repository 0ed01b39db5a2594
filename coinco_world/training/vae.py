"""Trains the small autoencoder that ships with the project: Stable Diffusion's geometry, a hundredth of its width.

    python -m coinco_world.training.vae                               into coinco_world/weights/vae, on one thread
    python -m coinco_world.training.vae --images 64 --steps 20 --out trial     a quick trial

A diffusers AutoencoderKL from 256x256 images to 4x32x32 latents and back, trained on scenes of the demo world and
on box masks. Beside the weights lies a provenance.json, with scores on images that were not trained on.
"""

from __future__ import annotations

import argparse
import logging
import math
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from coinco_core.devices import choose_device, set_threads
from coinco_core.files import atomic_folder, digest, write_json
from coinco_core.images import box_mask
from coinco_core.provenance import record
from coinco_world.dataset import world_sample

log = logging.getLogger(__name__)
WEIGHTS = Path(__file__).parents[1] / "weights"
HELD_OUT_SEED, HELD_OUT = 900, 64  # the world on which the trained autoencoder is scored
_FIRST_LOG_VARIANCE = -6.0


@dataclass(frozen=True)
class AutoencoderRecipe:
    """How the autoencoder is trained; the defaults made the weights that are shipped."""

    images: int = 1500
    steps: int = 2000
    batch_size: int = 16
    crop: int = 64  # pixels; crops are cheap and teach the same edges and textures
    whole_share: float = 0.1  # the last share of the steps sees whole images, in batches of an eighth
    mask_share: float = 0.125  # share of box masks among what is seen
    learning_rate: float = 4e-3
    kl_weight: float = 1e-6  # as Stable Diffusion's autoencoder was trained
    seed: int = 5
    world_seed: int = 103


def build_vae(seed: int) -> Any:
    """An untrained AutoencoderKL of 0.25 M weights with Stable Diffusion's geometry: three halvings, 4 channels."""
    from diffusers import AutoencoderKL

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(8, 16, 32, 32),
            layers_per_block=1,
            latent_channels=4,
            norm_num_groups=2,  # with as few as one channel a group the image's overall colour would be normed away
            sample_size=256,
            mid_block_add_attention=False,  # attention over 32x32 places costs time and gains little here
        )
    with torch.no_grad():  # begin with little noise on the latents: there is something to learn from at once
        vae.quant_conv.bias[vae.config.latent_channels :] = _FIRST_LOG_VARIANCE
    return vae


def train_vae(
    out: Path = WEIGHTS, recipe: AutoencoderRecipe | None = None, workers: int = 1, *, held_out: int = HELD_OUT
) -> dict[str, Any]:
    """The provenance record of a freshly trained autoencoder, which is saved as float16 in `out`/vae.

    It is scored on `held_out` scenes of another world, or on as many as it was trained on where these are fewer.
    """
    recipe, start = recipe or AutoencoderRecipe(), time.perf_counter()
    images, masks = draw_images(recipe.images, recipe.world_seed, workers)
    log.info("vae: %d images drawn in %.0f s", len(images), time.perf_counter() - start)
    vae = build_vae(recipe.seed)
    losses = fit(vae, images, masks, recipe)
    vae = vae.half().float().eval()  # scored as it will be shipped
    provenance = record(
        profile=None,
        seed=recipe.seed,
        inputs={"images": digest(images.tobytes()), "masks": digest(masks.tobytes())},
        command=f"python -m coinco_world.training.vae --images {recipe.images} --steps {recipe.steps}",
        recipe=asdict(recipe),
        device=choose_device().reason,
        parameters=sum(p.numel() for p in vae.parameters()),
        losses=losses,
        scores=score(vae, *draw_images(min(held_out, recipe.images), HELD_OUT_SEED, workers)),
        seconds=round(time.perf_counter() - start),
    )
    with atomic_folder(out / "vae") as folder:
        vae.half().save_pretrained(folder, safe_serialization=True)
        write_json(folder / "provenance.json", provenance)
    log.info("vae: %s", provenance["scores"])
    return provenance


def draw_images(n: int, seed: int, workers: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The first n images of a demo world and the masks of their boxes, each (n, 256, 256, 3) uint8."""
    make = partial(_draw_one, seed)
    if workers <= 1:
        pairs = [make(i) for i in range(n)]
    else:
        with ProcessPoolExecutor(workers) as pool:
            pairs = list(pool.map(make, range(n), chunksize=50))
    return np.stack([image for image, _ in pairs]), np.stack([mask for _, mask in pairs])


def _draw_one(seed: int, i: int) -> tuple[np.ndarray, np.ndarray]:
    sample = world_sample(seed, i, modified=i % 8 != 0)
    image = sample.image()
    return np.asarray(image), np.asarray(box_mask(sample.box, image.size).convert("RGB"))


def fit(vae: Any, images: np.ndarray, masks: np.ndarray, recipe: AutoencoderRecipe) -> list[float]:
    """The mean loss of each tenth of the training; the autoencoder is changed in place.

    Absolute and squared error a pixel value (in [-1, 1]) and the KL term; Adam with a warm-up and a cosine to zero.
    """
    device = choose_device().device
    vae.to(device, memory_format=torch.channels_last).train()
    optimizer = torch.optim.Adam(vae.parameters(), recipe.learning_rate)
    history, start = [], time.perf_counter()
    noise = torch.Generator(device).manual_seed(recipe.seed)
    for step, batch in enumerate(batches(images, masks, recipe), 1):
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * _rate(step, recipe.steps)
        loss = reconstruction_loss(vae, batch.to(device), recipe.kl_weight, noise)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        history.append(loss.item())
        if step % 50 == 0 or step == recipe.steps:
            passed = time.perf_counter() - start
            log.info("vae: step %d/%d loss %.4f, %.0f s", step, recipe.steps, np.mean(history[-50:]), passed)
    vae.to("cpu")
    return [round(float(np.mean(part)), 4) for part in np.array_split(history, min(10, len(history)))]


def _rate(step: int, steps: int) -> float:
    """The share of the full learning rate at a step (from 1): a short warm-up, then half a cosine."""
    return min(1.0, step / (0.05 * steps + 1)) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, step / steps)))


def reconstruction_loss(vae: Any, batch: torch.Tensor, kl_weight: float, noise: torch.Generator) -> torch.Tensor:
    """Mean absolute plus mean squared error of the images (n, 3, h, w) that come back, plus the weighted KL term."""
    latents = vae.encode(batch).latent_dist
    back = vae.decode(latents.sample(generator=noise)).sample
    error = back - batch
    return error.abs().mean() + error.square().mean() + kl_weight * latents.kl().mean() / batch[0].numel()


def batches(images: np.ndarray, masks: np.ndarray, recipe: AutoencoderRecipe) -> Iterator[torch.Tensor]:
    """The batch of each step, float32 in [-1, 1]: random crops at first, whole images in the last steps."""
    rng = np.random.default_rng(recipe.seed)
    size = images.shape[1]
    for step in range(recipe.steps):
        whole = step >= (1 - recipe.whole_share) * recipe.steps
        side = size if whole else min(recipe.crop, size)
        views = [
            _view(masks if rng.random() < recipe.mask_share else images, side, rng)
            for _ in range(max(1, recipe.batch_size // (8 if whole else 1)))
        ]
        batch = torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2).float() / 127.5 - 1
        yield batch.contiguous(memory_format=torch.channels_last)


def _view(images: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    """A square of one image, mirrored half of the time."""
    image = images[rng.integers(len(images))]
    top, left = rng.integers(image.shape[0] - side + 1, size=2)
    view = image[top : top + side, left : left + side]
    return view[:, ::-1] if rng.random() < 0.5 else view


@torch.no_grad()
def score(vae: Any, images: np.ndarray, masks: np.ndarray) -> dict[str, float]:
    """How well images and masks come back (PSNR in dB, from the latents' mean), and the latents' spread."""
    vae.eval()
    scores = {}
    for name, shown in (("image", images), ("mask", masks)):
        batch = torch.from_numpy(shown).permute(0, 3, 1, 2).float() / 127.5 - 1
        latents = torch.cat([vae.encode(part).latent_dist.mean for part in batch.split(8)])
        back = torch.cat([vae.decode(part).sample for part in latents.split(8)]).clamp(-1, 1)
        scores[f"{name}_psnr_db"] = round(10 * math.log10(4 / float(((back - batch) ** 2).mean())), 2)
        scores[f"{name}_latent_std"] = round(float(latents.std()), 3)
    return scores


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="the folder `vae` goes into this one")
    parser.add_argument("--images", type=int, help="images to train on (default: the recipe's)")
    parser.add_argument("--steps", type=int, help="steps to train for (default: the recipe's)")
    parser.add_argument(
        "--threads", type=int, default=1, help="threads to train on; with 1 the weights are the same every time"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    set_threads(arguments.threads)
    changed = {k: v for k in ("images", "steps") if (v := getattr(arguments, k)) is not None}
    train_vae(arguments.out, replace(AutoencoderRecipe(), **changed))


if __name__ == "__main__":
    main()
