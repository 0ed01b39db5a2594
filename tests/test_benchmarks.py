"""The benchmarks of labelling, run as small as they go: both sides do the same work, and the ratio is printed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(name: str, *options: str) -> dict[str, Any]:
    call = [sys.executable, "-m", f"benchmarks.{name}", "--json", *options]
    printed = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(printed)
    return found


def test_the_client_beside_the_plain_way() -> None:
    pytest.importorskip("openai")
    found = run("client", "--requests", "96", "--latency", "0.02", "--in-flight", "8")
    assert found["requests"] == 96 and found["ratio"] > 0
    assert all(found[f"{who}_per_second"] > 0 and found[f"{who}_lost"] < 1 for who in ("peer", "ours"))


def test_batches_beside_one_at_a_time_write_the_same_texts() -> None:
    found = run("batching", "--pictures", "6", "--batch", "3")
    assert found["texts_that_differ"] == 0
    assert found["ratio"] == pytest.approx(found["batched"] / found["one_at_a_time"])
