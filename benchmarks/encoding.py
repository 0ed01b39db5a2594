"""Encoding latents: pictures a second, ours against one at a time, the way of the published scripts' data set.

    python -m benchmarks.encoding [--json] [--vae demo] [--pictures 256] [--boxes 32] [--device cpu] [--repeats 3]

The same autoencoder, pictures and boxes in one run. One at a time: each picture and each mask is read, prepared and
encoded by itself, and every sample gets a file of its own, as the authors keep them. Ours: pictures are read ahead, a
mask that samples share is encoded once, batches as the device likes them, a verified store. `--boxes` says how many
boxes there are among the samples. The latents must be equal within 1e-4 of their largest value.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from coinco_core.objects_from_context.encoding import encode_samples
from coinco_core.objects_from_context.latents import Encoder, load_encoder, mask_picture
from coinco_core.samples import Sample, sample_image
from coinco_core.world.dataset import make_world

BOUND = 1e-4  # of the largest latent: sums of float32 in another order


def one_at_a_time(samples: list[Sample], folder: Path, encoder: Encoder, out: Path) -> float:
    """The seconds that the published way takes; it leaves SAMPLE_ID.pt in `out`."""
    out.mkdir()
    start = time.perf_counter()
    for sample in samples:
        image = sample_image(folder, sample)
        picture, mask = (
            encoder.encode([each], batch_size=1)[0] for each in (image, mask_picture(sample.box, image.size))
        )
        torch.save(
            {"latent1": torch.from_numpy(picture), "latent2": torch.from_numpy(mask)}, out / f"{sample.sample_id}.pt"
        )
    return time.perf_counter() - start


def ours(samples: list[Sample], folder: Path, encoder: Encoder, out: Path) -> float:
    """The seconds that a store takes, opened and verified."""
    start = time.perf_counter()
    encode_samples(samples, folder, encoder, out)
    return time.perf_counter() - start


def difference(samples: list[Sample], published: Path, store: Path) -> float:
    """The largest difference between the two ways' latents, as a share of the largest latent."""
    from coinco_core.objects_from_context.store import open_store

    seen = open_store(store).examples(samples).inputs()
    files = [torch.load(published / f"{sample.sample_id}.pt", weights_only=True) for sample in samples]
    wanted = np.stack([torch.cat([held["latent1"].flatten(), held["latent2"].flatten()]).numpy() for held in files])
    return float(np.abs(seen - wanted).max() / np.abs(wanted).max())


def measure(vae: str, pictures: int, boxes: int, device: str | None, repeats: int) -> dict[str, Any]:
    """Pictures a second either way (the medians of the repeats), their ratio, and how far the latents differ."""
    encoder = load_encoder(vae, device)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        drawn = make_world(home / "world", n=pictures, seed=9_700)
        samples = [replace(sample, box=drawn[i % boxes].box) for i, sample in enumerate(drawn)]
        encode_samples(samples[:8], home / "world", encoder, home / "first")  # not counted
        seconds: dict[str, list[float]] = {"one": [], "ours": []}
        for i in range(repeats):  # in turn, so that a busy minute of the machine hits both
            seconds["one"].append(one_at_a_time(samples, home / "world", encoder, home / f"one-{i}"))
            seconds["ours"].append(ours(samples, home / "world", encoder, home / f"ours-{i}"))
        far = difference(samples, home / "one-0", home / "ours-0")
    one_s, ours_s = (statistics.median(seconds[way]) for way in ("one", "ours"))
    return {
        "vae": vae, "device": encoder.device, "pictures": pictures, "boxes": boxes, "batch": encoder.batch_size,
        "one_at_a_time": pictures / one_s, "ours": pictures / ours_s, "ratio": one_s / ours_s,
        "largest_difference": far, "bound": BOUND, "equal": far <= BOUND,
    }  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--vae", default="demo", help="demo, sd-2.1, a folder, or a hub id")
    parser.add_argument("--pictures", type=int, default=256)
    parser.add_argument("--boxes", type=int, default=32, help="boxes that differ; as many as pictures for none shared")
    parser.add_argument("--device", default=None, help="cuda, mps or cpu")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    found = measure(given.vae, given.pictures, given.boxes, given.device, given.repeats)
    if given.json:
        print(json.dumps(found))
        return
    print(f"one at a time {found['one_at_a_time']:7.1f} pictures a second")
    print(f"ours          {found['ours']:7.1f} pictures a second, batches of {found['batch']}, {found['boxes']} boxes")
    print(f"ratio         {found['ratio']:7.2f}; latents differ by {found['largest_difference']:.1e} of the largest")


if __name__ == "__main__":
    main()
