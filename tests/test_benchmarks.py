"""The benchmarks of labelling, run as small as they go: both sides do the same work, and the ratio is printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from checkout_root import ROOT


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


def test_notebooks_one_after_another_beside_two_at_a_time_record_the_same() -> None:
    found = run("jobs", "labelling_cost", "world_tour", "--jobs", "2")
    assert (found["notebooks"], found["numbers_that_differ"]) == (2, 0) and found["numbers"] > 0
    assert found["ratio"] == pytest.approx(found["one"] / found["jobs"])
    assert 0 < found["critical_path"] <= found["one"]


def test_batches_beside_one_at_a_time_write_the_same_texts() -> None:
    found = run("batching", "--images", "6", "--batch", "3")
    assert found["texts_that_differ"] == 0
    assert found["ratio"] == pytest.approx(found["batched"] / found["one_at_a_time"])


def test_three_students_together_beside_one_after_another_say_the_same() -> None:
    found = run("classifier", "--samples", "6", "--batch", "3")
    assert found["answers"] == 18
    assert found["verdicts_that_differ"] == found["texts_that_differ"] == 0
    assert found["ratio"] == pytest.approx(found["shared"] / found["published"])


@pytest.mark.parametrize("shape", ["demo", "3b-small"])
def test_students_are_trained_as_by_trl(shape: str) -> None:
    sizes = ("--rows", "8", "--batch", "4", "--micro", "2", "--epochs", "2", "--repeats", "1")
    found = run("distillation", "--shape", shape, *sizes, "--peak-tflops", "1")
    assert found["rows_equal"] and found["steps"] == 4
    for kind in ("all", "supervised"):
        ours, trl = found[f"{kind}_tokens"]
        assert ours == trl > 0
    assert 0 <= found["largest_loss_difference"] < 1e-3
    speeds = [found[side]["samples_per_second"] for side in ("ours", "trl")]
    assert found["ratio"]["2"] == pytest.approx(speeds[0] / speeds[1]) and found["ratio"]["1"] > 0
    for side in ("ours", "trl"):
        assert found[side]["peak_mb"] > 0 and min(found[side]["seconds"].values()) >= 0
        if shape != "demo":
            assert found["scale"][side]["utilisation"] > 0 and found["scale"][side]["gpu_hours"] > 0


@pytest.mark.parametrize("benchmark", [("distillation", "--shape", "3b"), ("objects_training",)])
def test_what_is_at_full_size_needs_a_gpu(benchmark: tuple[str, ...]) -> None:
    call = [sys.executable, "-m", f"benchmarks.{benchmark[0]}", *benchmark[1:]]
    without = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(call, cwd=ROOT, env=without, capture_output=True, text=True)
    assert done.returncode == 3 and "needs a CUDA GPU" in done.stderr


def test_an_epoch_from_files_from_the_store_and_from_memory() -> None:
    found = run("objects_epoch", "--samples", "1024", "--rounds", "1")
    assert found["samples"] == 1024
    times = {name: found[f"{name}_s"] for name in ("one_file_a_sample", "ours", "bare")}
    assert found["times_the_published_way"] == pytest.approx(times["one_file_a_sample"] / times["ours"])
    assert found["times_the_bare_computation"] == pytest.approx(times["ours"] / times["bare"])


def test_the_whole_training_has_the_plain_loops_curve() -> None:
    found = run("objects_training", "--device", "cpu", "--samples", "1024", "--epochs", "3")
    assert found["curves_agree"] and found["largest_relative_difference"] < 1e-3
    assert found["last_loss"] < found["first_loss"] and found["ratio"] > 0
