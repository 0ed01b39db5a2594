"""A real vLLM, where COINCO_VLLM names its program: what the fake servers of the other tests stand for.

Models of the demo's size, in float32 on a CPU: answers are compared word for word with those of this process.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from coinco_core.cli.app import main
from coinco_core.distillation.classifier import ContextClassifier
from coinco_core.distillation.classifier.bulk import classify_samples
from coinco_core.distillation.classifier.served import ServedClassifier
from coinco_core.engines import load_engine
from coinco_core.errors import CheckError, InputError
from coinco_core.judgements import CRITERIA
from coinco_core.labelling import label, read_answers
from coinco_core.prompts import answer_form, teacher_prompt
from coinco_core.samples import Sample
from coinco_world.dataset import make_world
from vllm_folders import nonsense_adapter, servable_students, servable_teacher

VLLM = os.environ.get("COINCO_VLLM", "")
pytestmark = pytest.mark.skipif(
    not VLLM, reason="COINCO_VLLM does not name a vllm program (../shared/vllm has a recipe)"
)
N, START_S = 60, 600.0
PROMPT = teacher_prompt("placed")
World = tuple[Path, list[Sample]]


@contextmanager
def serving(home: Path, folder: Path, name: str, *options: str) -> Iterator[str]:
    """The address of a vLLM that serves a folder under that name."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [VLLM, "serve", str(folder), "--served-model-name", name, "--port", str(port), "--dtype", "float32"]
    command += ["--max-model-len", "1024", "--generation-config", "vllm", "--no-enable-prefix-caching", "--seed", "0"]
    command += ["--limit-mm-per-prompt", '{"image": 1, "video": 0}', *options]
    with (home / f"{name}.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + START_S
        while not is_up(f"http://127.0.0.1:{port}/health"):
            assert server.poll() is None and time.monotonic() < deadline, (home / f"{name}.log").read_text()[-4000:]
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def is_up(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=2).status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    home = tmp_path_factory.mktemp("world")
    return home, make_world(home, n=N, seed=9_500)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return servable_teacher(tmp_path_factory.mktemp("teacher") / "qwen")


@pytest.fixture(scope="module")
def url(teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("logs"), teacher, "qwen") as address:
        yield address


@pytest.fixture(scope="module")
def here(world: World, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Sequence[str]:
    """The answers in this process."""
    engine = load_engine(str(teacher), device="cpu", batch_size=N, max_new_tokens=200)
    return list(label(world[1], world[0], engine, PROMPT, tmp_path_factory.mktemp("here") / "run")["text"])


def arguments(world: World, url: str, out: Path, *more: str) -> list[str]:
    call = ["label", str(world[0]), "--model", "qwen", "--server", url, "--revision", "here", "--prompt", "placed"]
    return [*call, "--max-new-tokens", "200", "--out", str(out), *more]


def test_answers_are_those_of_this_process(world: World, url: str, here: Sequence[str], tmp_path: Path) -> None:
    assert main(arguments(world, url, tmp_path / "run")) == 0
    answers = read_answers(tmp_path / "run").set_index("sample_id").loc[[sample.sample_id for sample in world[1]]]
    assert sum(a == b for a, b in zip(answers["text"], here, strict=True)) == N
    facts = json.loads((tmp_path / "run/run.json").read_text())["made_on"]["served_by"]
    assert facts["version"] and facts["max_model_len"] == 1024


def test_a_wrong_model_costs_no_request(world: World, url: str) -> None:
    with pytest.raises(InputError, match="has no model 'qwem'. Did you mean 'qwen'"):
        load_engine("qwem", server=url)


def test_a_killed_client_resumes(world: World, url: str, here: Sequence[str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    call = [sys.executable, "-m", "coinco_core.cli", *arguments(world, url, out, "--in-flight", "4")]
    first = subprocess.Popen(call)
    while sum(path.read_bytes().count(b"\n") for path in out.glob("journal/*.jsonl")) < N // 4:
        assert first.poll() is None
        time.sleep(0.02)
    first.kill()
    first.wait()
    assert main(arguments(world, url, out, "--in-flight", "4")) == 0
    answers = read_answers(out).set_index("sample_id").loc[[sample.sample_id for sample in world[1]]]
    assert list(answers["text"]) == list(here)


def test_a_forced_form_is_kept(world: World, url: str, tmp_path: Path) -> None:
    assert main(arguments(world, url, tmp_path / "run", "--structured", "--limit", "12")) == 0
    texts = read_answers(tmp_path / "run")["text"]
    assert len(texts) == 12 and all(re.fullmatch(answer_form(), text) for text in texts)


def test_batch_files_bring_the_same_answers(world: World, teacher: Path, here: Sequence[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    same = ["--out", str(run), "--model", str(teacher), "--revision", "here", "--prompt", "placed"]
    assert main(["batch", "export", str(world[0]), *same, "--max-new-tokens", "200"]) == 0
    (part,) = sorted((run / "batch").glob("part-*.jsonl"))
    command = [VLLM, "run-batch", "-i", str(part), "-o", str(tmp_path / "out.jsonl"), "--model", str(teacher)]
    command += ["--dtype", "float32", "--max-model-len", "1024", "--generation-config", "vllm", "--seed", "0"]
    command += ["--no-enable-prefix-caching", "--allowed-local-media-path", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert main(["batch", "import", str(world[0]), str(run), str(tmp_path / "out.jsonl")]) == 0
    answers = read_answers(run).set_index("sample_id").loc[[sample.sample_id for sample in world[1]]]
    assert list(answers["text"]) == list(here)


def test_served_students_are_those_of_this_process(world: World, tmp_path: Path) -> None:
    folder = servable_students(tmp_path / "students")
    nonsense = nonsense_adapter(folder / "size", tmp_path / "nonsense")
    modules = [f"{name}={folder / name}" for name in CRITERIA] + [f"nonsense={nonsense}"]
    lora = ["--enable-lora", "--max-lora-rank", "64", "--max-loras", "4", "--lora-modules", *modules]
    local = ContextClassifier.from_pretrained(str(folder), device="cpu")
    samples = world[1][: N // 3]
    expected = classify_samples(local, samples, world[0], tmp_path / "local")
    with serving(tmp_path, folder / "base", "base", *lora) as url:
        settings = {"prompt_version": "placed", "max_new_tokens": local.max_new_tokens, "declared": {"revision": "x"}}
        served = ServedClassifier.connect(url, "base", **settings)
        found = classify_samples(served, samples, world[0], tmp_path / "served", part_samples=20, batch_size=20)
        with pytest.raises(CheckError, match="answers as the base does"):
            ServedClassifier.connect(url, "base", {"size": "nonsense"}, **settings)
    assert list(found["text"]) == list(expected["text"]) and list(found["in_context"]) == list(expected["in_context"])
    assert found["probability"].notna().mean() > 0.9
    assert (found["probability"] - expected["probability"]).abs().max() < 1e-5
