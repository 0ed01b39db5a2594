"""How many demo scenes a second one core draws, against the bare cost of an image that size.

    python -m benchmarks.drawing [--json] [--scenes 300]

The yardstick is what no drawing can avoid: an empty canvas at twice the size, reduced to 256x256. The aim is 100
scenes a second or more.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

from PIL import Image

from coinco_world.compose import SIZE
from coinco_world.dataset import world_sample


def rate(work: Callable[[int], object], n: int) -> float:
    """Calls a second of work(0) ... work(n - 1), by processor time of this process."""
    start = time.process_time()
    for i in range(n):
        work(i)
    return n / (time.process_time() - start)


def empty_image(i: int) -> Image.Image:
    """An image with nothing drawn on it."""
    return Image.new("RGB", (2 * SIZE, 2 * SIZE), (i % 256, 0, 0)).reduce(2)


def measure(scenes: int) -> dict[str, float]:
    """Samples composed, images drawn (composing included) and empty images, each a second on one core."""
    world_sample(0, 0).image()  # imports and caches are not drawing
    composed = rate(lambda i: world_sample(1, i), scenes)
    drawn = rate(lambda i: world_sample(1, i).image(), scenes)
    empty = rate(empty_image, scenes)
    return {"composed": composed, "drawn": drawn, "empty": empty, "drawn_over_empty": drawn / empty}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--scenes", type=int, default=300)
    arguments = parser.parse_args()
    result = measure(arguments.scenes)
    if arguments.json:
        print(json.dumps(result))
        return
    print(f"composed  {result['composed']:8.0f} samples a second")
    print(f"drawn     {result['drawn']:8.0f} scenes a second")
    print(f"empty     {result['empty']:8.0f} images a second")
    print(f"ratio     {result['drawn_over_empty']:8.2f} of the empty image's rate")


if __name__ == "__main__":
    main()
