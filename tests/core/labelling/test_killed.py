from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coinco_book.rehearsal.chat_server import ChatServer
from coinco_core.labelling import read_answers
from coinco_core.samples import Box, Sample, write_samples

pytest.importorskip("openai")
HERE = Path(__file__).parent
ROWS, KILLS, IN_FLIGHT = 400, 20, 8


def test_killed_twenty_times_every_row_is_there_once_and_hardly_a_call_is_repeated(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(ROWS):
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(tmp_path / f"{i}.png")
    box = Box(4, 4, 9, 9)
    samples = [Sample(f"s{i}", f"{i}.png", 24, 24, box, "cow", "dog", "train", "demo", True) for i in range(ROWS)]
    write_samples(tmp_path, samples)
    with ChatServer(latency=0.01) as server:
        numbers = [str(n) for n in (IN_FLIGHT, KILLS, 7)]
        command = [sys.executable, str(HERE / "killed.py"), str(tmp_path), str(tmp_path / "run"), server.url, *numbers]
        paths = os.pathsep.join(sys.path)
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths})
    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout.splitlines()[-1])
    assert counted["rows"] == ROWS
    assert counted["calls"] == ROWS + counted["repeated"]
    assert 0 < counted["repeated"] <= KILLS * IN_FLIGHT
    answers = read_answers(tmp_path / "run")
    assert list(answers["sample_id"]) == [sample.sample_id for sample in samples]
    assert answers["text"].nunique() == ROWS and len(list((tmp_path / "run/journal").iterdir())) > KILLS // 2
