"""Labels a table against a server, killed with -9 over and over: python killed.py TABLE OUT URL IN_FLIGHT KILLS SEED

Each attempt is a fork of this process, which has imported everything already; it is killed once the server has counted
some more calls, a number drawn at random. The last attempt is left alone. Prints the rows and what the server counted.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import urllib.request

from coinco_core.engines.server import ServerEngine
from coinco_core.engines.server_settings import ServerSettings
from coinco_core.labelling import label
from coinco_core.prompts import teacher_prompt
from coinco_core.samples import read_samples


def work(table: str, out: str, url: str, in_flight: int) -> int:
    """Labels until all is done; the number of rows with an answer comes back."""
    engine = ServerEngine("big", url, ServerSettings(in_flight=in_flight))
    answers = label(read_samples(table), table, engine, teacher_prompt("compact"), out)
    return int(answers.loc[answers["error"].isna(), "sample_id"].nunique())


def counts(url: str) -> dict[str, int]:
    """What the server has counted: its calls, and how many of them repeated one."""
    with urllib.request.urlopen(f"{url}/models") as reply:
        found: dict[str, int] = json.load(reply)
    return found


def main() -> None:
    table, out, url, in_flight, kills, seed = *sys.argv[1:4], *map(int, sys.argv[4:])
    rng = random.Random(seed)
    for _ in range(kills):
        limit = counts(url)["calls"] + rng.randint(1, 30)
        child = os.fork()
        if child == 0:
            try:
                work(table, out, url, in_flight)
            finally:
                os._exit(0)
        ended = 0
        while not ended and counts(url)["calls"] < limit:
            time.sleep(0.002)
            ended, _ = os.waitpid(child, os.WNOHANG)
        if not ended:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    rows = work(table, out, url, in_flight)
    print(json.dumps({"rows": rows, **counts(url)}))


if __name__ == "__main__":
    main()
