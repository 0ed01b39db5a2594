"""A demo model behind a real `transformers serve`: its answers over HTTP are those it gives in this process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinco_core.engines import load_engine
from coinco_core.labelling import label
from coinco_core.prompts import teacher_prompt
from coinco_world.dataset import make_world
from coinco_world.weights import demo_weights

pytest.importorskip("openai")
pytest.importorskip("uvicorn")
QWEN = str(demo_weights("qwen"))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that holds the demo's Qwen2.5-VL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("hub")
    (home / "hub").mkdir()
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).with_name("serve.py")), QWEN, str(port)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        while not answers(f"http://127.0.0.1:{port}/health"):
            assert server.poll() is None, (home / "log").read_text()
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=1).status == 200
    except (urllib.error.URLError, OSError):
        return False


def test_images_labelled_through_a_real_server(url: str, tmp_path: Path) -> None:
    samples = make_world(tmp_path, n=6, seed=9_500)
    prompt = teacher_prompt("placed")
    served = load_engine(QWEN, server=url, max_new_tokens=200, in_flight=4)
    local = load_engine("qwen", device="cpu", batch_size=6, max_new_tokens=200)
    over_http = label(samples, tmp_path, served, prompt, tmp_path / "http")
    in_process = label(samples, tmp_path, local, prompt, tmp_path / "local")
    assert list(over_http["text"]) == list(in_process["text"])
    assert over_http["error"].isna().all() and over_http["text"].nunique() > 1
    assert list(over_http["completion_tokens"]) == list(in_process["completion_tokens"])
    assert list(over_http["prompt_tokens"]) == list(in_process["prompt_tokens"])
