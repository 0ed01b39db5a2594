"""`coinco latents`: encode, convert and check, with the exit codes of every other command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from coinco_core.cli.app import main
from coinco_core.samples import read_samples
from coinco_world.dataset import make_world


@pytest.fixture
def world(tmp_path: Path) -> Path:
    make_world(tmp_path / "world", n=3, seed=47)
    return tmp_path / "world"


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """The exit code of `coinco latents`, and what it printed to standard output and standard error."""
    code = main(["latents", *map(str, arguments)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_table_is_encoded_and_checked(capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path) -> None:
    code, out, err = call(capsys, "encode", world / "samples.parquet", "--out", tmp_path / "latents", "--json")
    found: dict[str, Any] = json.loads(out)
    assert (code, found["samples"], found["images"], found["failed"]) == (0, 3, 3, 0)
    assert found["encoder"]["vae_source"] == "demo" and found["encoder"]["preparation"] == "stretch"
    assert "latents: 3 of 3" in err
    code, out, _ = call(capsys, "encode", world, "--out", tmp_path / "latents", "--json")
    assert code == 0 and json.loads(out)["reused"].startswith("nothing changed")
    code, out, _ = call(capsys, "check", tmp_path / "latents")
    assert code == 0 and out.startswith("Latents of 3 samples in") and "every row is as it was written" in out


def test_finished_latents_of_something_else_are_replaced_only_when_told(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path
) -> None:
    store = tmp_path / "latents"
    call(capsys, "encode", world, "--out", store)
    before = (store / "images.npy").read_bytes()
    code, _, err = call(capsys, "encode", world, "--out", store, "--scaled")
    assert code == 2 and "--overwrite" in err and (store / "images.npy").read_bytes() == before
    code, _, _ = call(capsys, "encode", world, "--out", store, "--scaled", "--overwrite")
    assert code == 0 and (store / "images.npy").read_bytes() != before


def test_the_options_reach_the_latents(capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path) -> None:
    options = ("--dtype", "float16", "--resize", "pad", "--scaled", "--sampled", "--seed", "5", "--device", "cpu")
    code, out, _ = call(capsys, "encode", world, "--out", tmp_path / "latents", *options, "--json")
    found = json.loads(out)
    assert (code, found["dtype"], found["encoder"]["preparation"]) == (0, "float16", "pad+scaled+sampled:5")


def test_a_sample_without_latents_is_a_failed_check(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path
) -> None:
    lost = read_samples(world)[1]
    (world / lost.image).unlink()
    code, out, err = call(capsys, "encode", world, "--out", tmp_path / "latents", "--json")
    assert code == 1 and json.loads(out)["failed"] == 1
    assert f"{lost.sample_id}: There is no image" in err and "1 of 3 samples have no latents" in err


def test_a_changed_byte_is_found_by_the_check(capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path) -> None:
    call(capsys, "encode", world, "--out", tmp_path / "latents")
    path = tmp_path / "latents" / "images.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    code, out, err = call(capsys, "check", tmp_path / "latents", "--json")
    assert (code, out) == (1, "") and "row 2 of images.npy" in err


def test_the_authors_latents_are_converted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    tables = data / "resources/task_data/objects_from_context_prediction"
    tables.mkdir(parents=True)
    for i, part in enumerate(("training", "validation", "testing")):
        pd.DataFrame({"coco_index": [i], "label": [i]}).to_csv(tables / f"{part}_data.csv", index=False)
        cache = data / "resources/cache" / f"cached_embeddings_{'testing' if i == 2 else 'train_val'}_op"
        cache.mkdir(parents=True, exist_ok=True)
        content = {"latent1": torch.full((4, 32, 32), i), "latent2": torch.zeros(4, 32, 32), "label": 0}
        torch.save({**content, "latent1": content["latent1"].float()}, cache / f"{i}.pt")
    code, out, err = call(capsys, "convert", data, "--out", tmp_path / "latents", "--json")
    found = json.loads(out)
    assert (code, found["samples"], found["images"], found["masks"]) == (0, 3, 3, 1)
    assert found["labels_that_differ"] == 2 and "2 files have another label" in err
    assert found["encoder"]["vae_source"] == "sd-2.1"
    code, out, _ = call(capsys, "convert", data, "--out", tmp_path / "latents")
    assert code == 0 and "3 samples" in out and "0 failed" in out


def test_wrong_calls_and_missing_things_have_their_exit_codes(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path
) -> None:
    out = tmp_path / "latents"
    assert call(capsys, "encode", world)[0] == 2
    assert call(capsys, "encode", tmp_path / "nowhere", "--out", out)[0] == 3
    assert call(capsys, "check", out)[0] == 3
    assert call(capsys, "convert", tmp_path, "--out", out)[0] == 3
    code, _, err = call(capsys, "encode", world, "--out", out, "--resize", "strech")
    assert code == 2 and "Did you mean 'stretch'" in err
    code, _, err = call(capsys, "encode", world, "--out", out, "--vae", tmp_path)
    assert code == 3 and "No autoencoder can be read" in err
    code, _, err = call(capsys, "encode", world, "--out", out, "--vae", "sd-2.1")
    assert code == 3 and "hf download stabilityai/sd-vae-ft-mse" in err
