"""Labelling in one process: batches against one image at a time, the way of the published scripts.

    python -m benchmarks.batching [--json] [--model qwen] [--images 128] [--batch 32]

The same demo model, images and prompt in float32; the two must write the same texts. The aim is 4 times the images
a second.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from typing import Any

from coinco_core.engines import Request, load_engine
from coinco_core.prompts import teacher_prompt
from coinco_core.samples import boxed_image
from coinco_world.dataset import make_world


def timed(engine: Any, requests: list[Request]) -> tuple[list[str], float]:
    """The texts and the seconds they took, after one batch that is not counted."""
    engine.answer(requests[: engine.batch_size])
    start = time.perf_counter()
    answers = engine.answer(requests)
    return [answer.text for answer in answers], time.perf_counter() - start


def measure(model: str, images: int, batch: int) -> dict[str, Any]:
    """Images a second either way, their ratio, and how many texts differ."""
    prompt = teacher_prompt("placed")
    with tempfile.TemporaryDirectory() as folder:
        samples = make_world(folder, n=images, seed=9_600)
        requests = [Request(s.sample_id, boxed_image(folder, s), prompt.render(s.object, s.place)) for s in samples]
    single, one_s = timed(load_engine(model, device="cpu", batch_size=1), requests)
    together, batch_s = timed(load_engine(model, device="cpu", batch_size=batch), requests)
    return {
        "model": model, "images": images, "batch": batch, "one_at_a_time": images / one_s,
        "batched": images / batch_s, "ratio": one_s / batch_s,
        "texts_that_differ": sum(a != b for a, b in zip(single, together, strict=True)),
    }  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--model", default="qwen", help="molmo, qwen or internvl")
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32)
    given = parser.parse_args()
    found = measure(given.model, given.images, given.batch)
    if given.json:
        print(json.dumps(found))
        return
    print(f"one at a time  {found['one_at_a_time']:7.1f} images a second")
    print(f"batches of {given.batch:<3} {found['batched']:7.1f} images a second")
    print(f"ratio          {found['ratio']:7.1f}, {found['texts_that_differ']} of {given.images} texts differ")


if __name__ == "__main__":
    main()
