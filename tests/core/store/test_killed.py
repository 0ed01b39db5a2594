"""Several processes append to one store at once, each killed with -9 over and over."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from coinco_core.store.journals import RecordStore

WRITERS, KILLS = 3, 5
WORK = """
import sys
from pathlib import Path
import numpy as np
from coinco_core.store.journals import Record, RecordStore

store, who = RecordStore(Path(sys.argv[1])), sys.argv[2]
n = sum(record.key.startswith(f"{who}-") for record in store.records())
with store.writer(0, sync_rows=8) as first, store.writer(1) as second:
    while True:
        for writer in (first, second):
            arrays = {"x": np.random.default_rng([int(who), n]).normal(size=1 + n % 700)} if n % 3 else {}
            writer.append([Record(f"{who}-{n}", {"text": "é" * (n % 90), "n": n}, arrays)])
            print(n, flush=True)
            n += 1
"""


def test_kill_9_costs_what_was_being_written_and_nothing_else(tmp_path: Path) -> None:
    rng, acknowledged = random.Random(3), [0] * WRITERS
    paths = {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    for _ in range(KILLS):
        command = [sys.executable, "-c", WORK, str(tmp_path / "store")]
        running = [
            subprocess.Popen([*command, str(who)], env={**os.environ, **paths}, stdout=subprocess.PIPE)
            for who in range(WRITERS)
        ]
        for process in running:
            assert process.stdout is not None and process.stdout.readline()
        time.sleep(rng.uniform(0, 0.1))
        for who, process in enumerate(running):
            process.send_signal(signal.SIGKILL)
            said = process.communicate()[0].splitlines(keepends=True)
            assert process.returncode == -signal.SIGKILL
            acknowledged[who] = max([acknowledged[who], *(int(line) + 1 for line in said if line.endswith(b"\n"))])
    records = list(RecordStore(tmp_path / "store").records())
    for who in range(WRITERS):
        mine = sorted(record.row["n"] for record in records if record.key.startswith(f"{who}-"))
        assert mine == list(range(len(mine))) and len(mine) in (acknowledged[who], acknowledged[who] + 1)
    for record in records:
        who, n = map(int, record.key.split("-"))
        record.check()
        assert record.row == {"text": "é" * (n % 90), "n": n}
        if n % 3:
            expected = np.random.default_rng([who, n]).normal(size=1 + n % 700)
            np.testing.assert_array_equal(record.arrays["x"], expected)
