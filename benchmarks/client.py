"""What the client costs: requests a second at a server that answers at once, and the time lost at one that takes long.

    python -m benchmarks.client [--json] [--requests 2000] [--latency 0.5] [--in-flight 64]

The peer is the plain way to do the same: the openai client, a semaphore and asyncio.gather over all requests, with
nothing stored and nothing retried. Ours also draws the box, digests and packs each picture, and has each answer on disk
before its place is given away. The share of time lost is 1 - (requests x latency / in flight) / seconds; the aim is
under 2 %. The server runs in a process of its own, on the same two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import openai
from PIL import Image

from coinco_core.engines.server import ServerEngine, ServerSettings, data_url, messages
from coinco_core.labelling import label
from coinco_core.prompts import teacher_prompt
from coinco_core.samples import Box, Sample, boxed_image

N_PICTURES = 32
PROMPT = teacher_prompt("full")


def make_samples(folder: Path, n: int, side: int = 256) -> list[Sample]:
    """n samples over a few pictures of the demo's size, smooth as drawn ones are."""
    rng = np.random.default_rng(0)
    for i in range(N_PICTURES):
        small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        small.resize((side, side), Image.Resampling.NEAREST).save(folder / f"{i}.png")
    box = Box(40, 40, 90, 90)
    return [
        Sample(f"s{i:06d}", f"{i % N_PICTURES}.png", side, side, box, "cow", "dog", "train", "demo", True)
        for i in range(n)
    ]


@contextmanager
def chat_server(latency: float) -> Iterator[str]:
    """The address of a server in another process."""
    command = [sys.executable, "-m", "benchmarks.chat_server", "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ours(samples: list[Sample], folder: Path, url: str, in_flight: int, out: Path) -> None:
    """The samples labelled into a fresh folder."""
    engine = ServerEngine("big", url, ServerSettings(in_flight=in_flight))
    answers = label(samples, folder, engine, PROMPT, out)
    assert answers["error"].isna().all()


def peer(samples: list[Sample], folder: Path, url: str, in_flight: int) -> None:
    """The samples asked about by the client alone, all pictures prepared within the tasks."""

    async def ask_all() -> None:
        gate = asyncio.Semaphore(in_flight)
        limits = openai.DefaultAsyncHttpxClient(timeout=600)
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, http_client=limits) as client:

            async def one(sample: Sample) -> str:
                async with gate:
                    turn = messages(data_url(boxed_image(folder, sample)), PROMPT.render(sample.object))
                    reply = await client.chat.completions.create(model="big", messages=turn, max_tokens=512)
                    return str(reply.choices[0].message.content)

            await asyncio.gather(*(one(sample) for sample in samples))

    asyncio.run(ask_all())


def both(samples: list[Sample], folder: Path, latency: float, in_flight: int) -> dict[str, float]:
    """The seconds that each way takes at a server of that latency."""
    with chat_server(latency) as url:
        ours(samples[:N_PICTURES], folder, url, in_flight, folder / f"warm-{latency}")
        return {
            "peer": seconds(lambda: peer(samples, folder, url, in_flight)),
            "ours": seconds(lambda: ours(samples, folder, url, in_flight, folder / f"run-{latency}")),
        }


def measure(n: int, latency: float, in_flight: int) -> dict[str, float]:
    """Requests a second at no latency, and the share of time lost at the given one, for both ways."""
    result: dict[str, float] = {"requests": n, "latency_s": latency, "in_flight": in_flight}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        samples = make_samples(folder, n)
        for who, took in both(samples, folder, 0.0, in_flight).items():
            result[f"{who}_per_second"] = n / took
        for who, took in both(samples, folder, latency, in_flight).items():
            result[f"{who}_lost"] = 1 - n * latency / in_flight / took
    return result | {"ratio": result["ours_per_second"] / result["peer_per_second"]}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--in-flight", type=int, default=64)
    given = parser.parse_args()
    found = measure(given.requests, given.latency, given.in_flight)
    if given.json:
        print(json.dumps(found))
        return
    print(f"{'':8} requests/s at 0 s   time lost at {given.latency} s, {given.in_flight} in flight")
    for who in ("peer", "ours"):
        print(f"{who:8} {found[f'{who}_per_second']:17.0f}   {found[f'{who}_lost']:9.1%}")
    print(f"ratio    {found['ratio']:17.2f}")


if __name__ == "__main__":
    main()
