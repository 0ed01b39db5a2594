"""Encoding latents: images a second, ours against diffusers used plainly, one image at a time.

    python -m benchmarks.encoding [--json] [--vae demo] [--images 256] [--boxes 32] [--peer-batch 128] [--device cpu]

The same weights, images and boxes in one run, in turn. The peer reads, prepares and encodes each image and each
mask by itself, or so many at once as --peer-batch says (the authors' train.py: 128), and keeps a file a sample, as they
do. Ours: images read ahead, a mask that samples share encoded once, batches as the device likes them, into a store
with digests, which is opened and verified. The boxes are as drawn; --boxes spreads fewer over the samples. The latents
must be equal within 1e-5 of the largest; the exit code is 1 when they are not.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from coinco_core.devices import choose_device
from coinco_core.objects_from_context.latents.encoder import Encoder, load_encoder, read_vae
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.latents.preparation import mask_image, to_pixels
from coinco_core.objects_from_context.latents.store import open_store
from coinco_core.samples import Sample, sample_image
from coinco_world.dataset import make_world

BOUND = 1e-5  # of the largest latent: sums of float32 in another order


@cache
def peer_vae(source: str, device: str) -> Any:
    """The autoencoder as diffusers loads it."""
    return read_vae(source)[0].to(device).eval()


@cache
def our_encoder(source: str, device: str) -> Encoder:
    """The same weights as we load them."""
    return load_encoder(source, device)


def plainly(samples: list[Sample], folder: Path, source: str, device: str, out: Path, batch: int) -> float:
    """The seconds that the peer takes; it leaves SAMPLE_ID.pt in `out`, as the authors' scripts do."""
    vae = peer_vae(source, device)
    out.mkdir()
    start = time.perf_counter()
    for first in range(0, len(samples), batch):
        part = samples[first : first + batch]
        opened = [sample_image(folder, sample) for sample in part]
        masks = [mask_image(sample.box, one.size) for sample, one in zip(part, opened, strict=True)]
        latents = [_mean(vae, device, images) for images in (opened, masks)]
        for sample, image, mask in zip(part, *latents, strict=True):
            held = {"latent1": image.cpu(), "latent2": mask.cpu()}
            torch.save(held, out / f"{sample.sample_id}.pt")
    return time.perf_counter() - start


def _mean(vae: Any, device: str, images: list[Any]) -> torch.Tensor:
    pixels = torch.from_numpy(np.stack([to_pixels(image) for image in images])).to(device)
    with torch.no_grad():
        mean: torch.Tensor = vae.encode(pixels).latent_dist.mean
    return mean


def ours(samples: list[Sample], folder: Path, source: str, device: str, out: Path) -> float:
    """The seconds that our store takes, opened and verified."""
    encoder = our_encoder(source, device)
    start = time.perf_counter()
    encode_samples(samples, folder, encoder, out)
    return time.perf_counter() - start


def difference(samples: list[Sample], files: Path, store: Path) -> float:
    """The largest difference between the two ways' latents, as a share of the largest latent."""
    held = [torch.load(files / f"{sample.sample_id}.pt", weights_only=True) for sample in samples]
    wanted = np.stack([torch.cat([one["latent1"].flatten(), one["latent2"].flatten()]).numpy() for one in held])
    return float(np.abs(open_store(store).examples(samples).inputs() - wanted).max() / np.abs(wanted).max())


def measure(
    source: str, images: int, boxes: int | None, batch: int, device: str | None, repeats: int
) -> dict[str, Any]:
    """Images a second either way (the medians of the repeats), their ratio, and how far the latents differ.

    Each side has a process of its own, so that neither has the other's settings of torch or the C library.
    """
    place, peer_s, ours_s = choose_device(device).device, [], []
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as scratch,
        ProcessPoolExecutor(1, spawn) as peer_side,
        ProcessPoolExecutor(1, spawn) as our_side,
    ):
        home = Path(scratch)
        world, samples = home / "world", make_world(home / "world", n=images, seed=9_700)
        if boxes is not None:
            samples = [replace(sample, box=samples[i % boxes].box) for i, sample in enumerate(samples)]
        first = samples[: max(batch, 8)]  # not counted
        peer_side.submit(plainly, first, world, source, place, home / "plain", batch).result()
        our_side.submit(ours, first, world, source, place, home / "ours").result()
        for i in range(repeats):
            peer = peer_side.submit(plainly, samples, world, source, place, home / f"plain-{i}", batch)
            peer_s.append(peer.result())
            ours_s.append(our_side.submit(ours, samples, world, source, place, home / f"ours-{i}").result())
        far = difference(samples, home / "plain-0", home / "ours-0")
        masks = len(open_store(home / "ours-0").masks)
    theirs, own = images / statistics.median(peer_s), images / statistics.median(ours_s)
    return {
        "vae": source, "device": place, "images": images, "masks": masks, "peer_batch": batch,
        "peer": theirs, "ours": own, "ratio": own / theirs,
        "largest_difference": far, "bound": BOUND, "equal": far <= BOUND,
    }  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--vae", default="demo", help="demo, sd-2.1, a folder, or a hub id")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--boxes", type=int, default=None, help="so many boxes, spread over the samples")
    parser.add_argument("--peer-batch", type=int, default=1, help="images that the peer encodes at once")
    parser.add_argument("--device", default=None, help="cuda, mps or cpu")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    found = measure(given.vae, given.images, given.boxes, given.peer_batch, given.device, given.repeats)
    if given.json:
        print(json.dumps(found))
    else:
        show(found)
    raise SystemExit(0 if found["equal"] else 1)


def show(found: dict[str, Any]) -> None:
    """Print what was measured, for people."""
    print(f"plainly, {found['peer_batch']:3} at a time {found['peer']:7.1f} images a second")
    print(f"ours                  {found['ours']:7.1f} images a second, {found['masks']} masks that differ")
    print(f"ratio                 {found['ratio']:7.2f}")
    print(f"latents differ by {found['largest_difference']:.1e} of the largest; at most {found['bound']:.0e} is equal")


if __name__ == "__main__":
    main()
