"""Notebooks at profile `released`: on files in the released checkout, without images, models or a GPU."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib
import pandas as pd
import pytest

from coinco_book.checkout import find_checkout
from coinco_book.rehearsal.answers import MODELS, write_answers
from coinco_book.results import NUMBERS, RUN_FOLDER
from released_latents import write_released_latents


def code_of(notebook: Path) -> list[str]:
    """The code cells, without the one of parameters."""
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    return ["".join(cell["source"]) for cell in cells if "parameters" not in cell["metadata"].get("tags", [])]


def execute(
    name: str, given: dict[str, object], run: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, dict[str, object]]:
    """The numbers that the notebook records when its cells are executed with these parameters."""
    monkeypatch.setenv(RUN_FOLDER, str(run))
    names = {"display": lambda shown: None, **given}
    with matplotlib.rc_context():
        for cell in code_of(find_checkout().notebooks / f"{name}.ipynb"):
            exec(compile(cell, name, "exec"), names)
    numbers: dict[str, dict[str, object]] = json.loads((run / NUMBERS).read_text())
    return numbers


def test_objects_from_context_runs_on_the_authors_latents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"training": 60, "validation": 12, "testing": 15}
    monkeypatch.setenv("COINCO_DATA", str(write_released_latents(tmp_path / "data", sizes)))
    given = {"profile": "released", "seed": 0, "run_dir": str(tmp_path), "n_train": None, "epochs": 2}
    home = tmp_path / "objects_from_context"
    numbers = execute("objects_from_context", given, home, monkeypatch)
    assert numbers["ofc_pictures"]["value"] == sum(sizes.values()) and numbers["ofc_failures"]["value"] == 0
    assert numbers["ofc_network_instance_top1"]["n"] == 15 and "ofc_forest_mask_only_instance_top1" not in numbers
    found = execute("objects_evaluation", given, tmp_path / "objects_evaluation", monkeypatch)
    assert found["n_test"]["value"] == 15 and found["temperature"]["value"] > 0
    varied = execute("objects_variants", {**given, "epochs": 1}, tmp_path / "objects_variants", monkeypatch)
    assert varied["n_train"]["value"] == 60 and "mask_as_pixels_top1" not in varied
    assert 0 <= varied["convolutional_head_top5"]["value"] <= 100


def test_the_reasoning_notebook_runs_on_the_authors_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made"
    made.mkdir()
    write_answers(made, 80)
    for model in MODELS:
        folder = tmp_path / "data/dataset/context_reasoning" / model
        folder.mkdir(parents=True)
        (made / f"context_reasoning_{model}.csv").rename(folder / f"context_reasoning_{model}.csv")
    monkeypatch.setenv("COINCO_DATA", str(tmp_path / "data"))
    given = {"profile": "released", "seed": 0, "run_dir": str(tmp_path), "n_samples": None, "answers_dir": None}
    numbers = execute("lvlm_reasoning", given, tmp_path / "run", monkeypatch)
    assert numbers["n_samples"]["value"] == 80 and numbers["qwen_divided_right"]["value"] == "an unknown number"
    labels = pd.read_parquet(tmp_path / "run/labels.parquet")
    assert list(labels["pool"].unique()) == ["training"] and labels["coco_index"].is_unique
