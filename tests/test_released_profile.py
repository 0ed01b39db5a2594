"""The reasoning notebook at profile `released`: on files in the released layout, without pictures, models or a GPU."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib
import pandas as pd
import pytest

from benchmarks.made_answers import MODELS, write_answers
from coinco_core.reproduction.layout import find_layout
from coinco_core.reproduction.results import NUMBERS, RUN_FOLDER


def code_of(notebook: Path) -> list[str]:
    """The code cells, without the one of parameters."""
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    return ["".join(cell["source"]) for cell in cells if "parameters" not in cell["metadata"].get("tags", [])]


def test_the_reasoning_notebook_runs_on_the_authors_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made"
    made.mkdir()
    write_answers(made, 80)
    for model in MODELS:
        folder = tmp_path / "data/dataset/context_reasoning" / model
        folder.mkdir(parents=True)
        (made / f"context_reasoning_{model}.csv").rename(folder / f"context_reasoning_{model}.csv")
    monkeypatch.setenv("COINCO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path / "run"))
    given = {"profile": "released", "seed": 0, "run_dir": str(tmp_path), "n_samples": None, "answers_dir": None}
    with matplotlib.rc_context():
        for cell in code_of(find_layout().notebooks / "lvlm_reasoning.ipynb"):
            exec(compile(cell, "lvlm_reasoning", "exec"), given)
    numbers = json.loads((tmp_path / "run" / NUMBERS).read_text())
    assert numbers["n_samples"]["value"] == 80 and numbers["qwen_divided_right"]["value"] == "an unknown number"
    labels = pd.read_parquet(tmp_path / "run/labels.parquet")
    assert list(labels["pool"].unique()) == ["training"] and labels["coco_index"].is_unique
