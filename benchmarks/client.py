"""What the client costs: requests a second at a server that answers at once, and the time lost at one that takes long.

    python -m benchmarks.client [--json] [--requests 1280] [--latency 0.5] [--in-flight 64]

The peer is the plain way to do the same: the openai client, a semaphore and asyncio.gather over all requests, with
nothing stored and nothing retried, and images packed by Pillow. Ours also digests each image, and has each answer in
the journal before its place is given away. The server runs in a process of its own, on the same cores; `client_s` is
what the client alone took of them per image.

Time is lost between an answer and the next request in its place: 1 - (requests x latency / in flight) / seconds, from
the answer that ends the first wave to the last one; the aim is under 2 %. What comes before and after (the first wave's
images, the tables at the end) is shown in seconds beside it, since it hardly grows with the number of requests.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import openai
from PIL import Image

from coinco_book.rehearsal.photos import SIZE, photo
from coinco_core.engines import Answer, Request
from coinco_core.engines.flight import TURNS
from coinco_core.engines.server import ServerEngine, messages
from coinco_core.engines.server_settings import ServerSettings
from coinco_core.labelling import label
from coinco_core.prompts import teacher_prompt
from coinco_core.samples import Box, Sample, boxed_image

N_IMAGES = 32
PROMPT = teacher_prompt("full")


def make_samples(folder: Path, n: int) -> list[Sample]:
    """n samples over a few JPEG files of COCO's size and entropy."""
    rng = np.random.default_rng(0)
    for i in range(N_IMAGES):
        photo(rng).save(folder / f"{i}.jpg", quality=90)
    box = Box(40, 40, 90, 90)
    return [
        Sample(f"s{i:06d}", f"{i % N_IMAGES}.jpg", *SIZE, box, "cow", "dog", "train", "coco", True) for i in range(n)
    ]


@contextmanager
def chat_server(latency: float, spread: float = 0.0) -> Iterator[str]:
    """The address of a server in another process."""
    command = [
        sys.executable,
        "-m",
        "coinco_book.rehearsal.chat_server",
        "--latency",
        str(latency),
        "--spread",
        str(spread),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


class Clocked(ServerEngine):
    """A server's engine that notes when each answer had been kept."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.times: list[float] = []

    def ask(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None]) -> None:
        """As the engine does."""

        def noted(answers: list[Answer]) -> None:
            keep(answers)
            self.times.append(time.perf_counter())

        super().ask(requests, noted)


def ours(samples: list[Sample], folder: Path, url: str, in_flight: int, out: Path) -> list[float]:
    """The samples labelled into a fresh folder; when each answer had been kept."""
    engine = Clocked("big", url, ServerSettings(in_flight=in_flight))
    answers = label(samples, folder, engine, PROMPT, out)
    assert answers["error"].isna().all()
    return engine.times


def pillows_url(image: Image.Image) -> str:
    """A data URL as one would write it: Pillow's PNG, told to be fast."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def peer(samples: list[Sample], folder: Path, url: str, in_flight: int) -> list[float]:
    """The samples asked about by the client alone, all images prepared within the tasks; when each answer came."""
    times: list[float] = []

    async def ask_all() -> None:
        gate = asyncio.Semaphore(in_flight)
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=600) as client:

            async def one(sample: Sample) -> None:
                async with gate:
                    turn = messages(pillows_url(boxed_image(folder, sample)), PROMPT.render(sample.object))
                    reply = await client.chat.completions.create(model="big", messages=turn, max_tokens=512)
                    assert reply.choices[0].message.content
                    times.append(time.perf_counter())

            await asyncio.gather(*(one(sample) for sample in samples))
        for _ in range(TURNS):
            await asyncio.sleep(0)  # a closed connection takes some turns to let go of its socket

    asyncio.run(ask_all())
    return times


def both(samples: list[Sample], folder: Path, latency: float, in_flight: int) -> dict[str, dict[str, float]]:
    """What each way takes at a server of that latency: `per_second`, the share of time `lost`, and `fixed_s`."""
    found = {}
    with chat_server(latency) as url:
        ours(samples[:N_IMAGES], folder, url, in_flight, folder / f"warm-{latency}")
        ways: dict[str, Callable[[], list[float]]] = {
            "peer": lambda: peer(samples, folder, url, in_flight),
            "ours": lambda: ours(samples, folder, url, in_flight, folder / f"run-{latency}"),
        }
        for who, work in ways.items():
            start, used = time.perf_counter(), time.process_time()
            times = work()
            used = (time.process_time() - used) / len(samples)
            took, steady = time.perf_counter() - start, times[-1] - times[in_flight - 1]
            needed = (len(samples) - in_flight) * latency / in_flight
            fixed = took - steady - latency
            found[who] = {
                "per_second": len(samples) / took,
                "lost": 1 - needed / steady,
                "fixed_s": fixed,
                "client_s": used,
            }
    return found


def measure(n: int, latency: float, in_flight: int) -> dict[str, Any]:
    """Both ways at a server that answers at once and at one that takes long; the ratio is of requests a second."""
    with tempfile.TemporaryDirectory() as name:
        samples = make_samples(Path(name), n)
        at_once = both(samples, Path(name), 0.0, in_flight)
        late = both(samples, Path(name), latency, in_flight)
    result: dict[str, Any] = {"requests": n, "latency_s": latency, "in_flight": in_flight}
    for who in ("peer", "ours"):
        result |= {f"{who}_per_second": at_once[who]["per_second"], f"{who}_lost": late[who]["lost"]}
        result[f"{who}_client_s"] = at_once[who]["client_s"]
        result[f"{who}_fixed_s"] = late[who]["fixed_s"]
    return result | {"ratio": result["ours_per_second"] / result["peer_per_second"]}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--requests", type=int, default=1280)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--in-flight", type=int, default=64)
    given = parser.parse_args()
    found = measure(given.requests, given.latency, given.in_flight)
    if given.json:
        print(json.dumps(found))
        return
    lost_at = f"time lost at {given.latency} s, {given.in_flight} in flight"
    print(f"{'':8} requests/s at 0 s   client per image   {lost_at}   before and after")
    for who in ("peer", "ours"):
        names = ("per_second", "client_s", "lost", "fixed_s")
        rate, client, lost, fixed = (found[f"{who}_{name}"] for name in names)
        print(f"{who:8} {rate:17.0f}   {1000 * client:13.1f} ms   {lost:{len(lost_at)}.1%}   {fixed:12.2f} s")
    print(f"ratio    {found['ratio']:17.2f}")


if __name__ == "__main__":
    main()
