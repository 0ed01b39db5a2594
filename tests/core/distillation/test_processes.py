from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

import coinco_core.distillation.training as training
import shared_training


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same training by one process and by two."""
    home = tmp_path_factory.mktemp("processes")
    before = training.StudentTrainer
    shared_training.train(home / "one")
    training.StudentTrainer = before  # type: ignore[misc]
    script = Path(shared_training.__file__)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*launch, str(script), str(home / "two")], capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return home / "one", home / "two"


def test_two_processes_have_the_gradient_of_one(folders: tuple[Path, Path]) -> None:
    one, two = (torch.load(folder / "gradient.pt", weights_only=True) for folder in folders)
    assert one.keys() == two.keys() and any(g.abs().max() > 0 for g in one.values())
    for name, gradient in one.items():
        torch.testing.assert_close(two[name], gradient, rtol=1e-4, atol=1e-6)


def test_two_processes_have_the_losses_of_one(folders: tuple[Path, Path]) -> None:
    one, two = (pd.read_parquet(folder / "curve.parquet") for folder in folders)
    pd.testing.assert_frame_equal(one.drop(columns="epoch"), two.drop(columns="epoch"), rtol=1e-4)  # padded at its end
    made = [json.loads((folder / "training.json").read_text()) for folder in folders]
    assert [record["made_with"]["processes"] for record in made] == [1, 2]
    assert made[0]["rows_sha256"] == made[1]["rows_sha256"]
