"""The shortcut check on real images: unmodified objects of COCO, and what the demo's students make of them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from coinco_core.cli.app import main
from coinco_core.cli.shortcut import in_context_shares
from coinco_core.distillation.classifier import DRAWN_ONLY
from coinco_core.judgements import CRITERIA
from coinco_core.samples import read_samples


@pytest.fixture
def coco(shared: Path) -> list[str]:
    """COCO's annotations and the folder of their images."""
    source = shared / "real" / "coco_tiny"
    return [str(source / "annotations" / "instances_val2017.json"), str(source / "val2017")]


def test_unmodified_objects_of_real_images_are_judged(
    coco: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["shortcut", *coco, "--out", str(tmp_path / "run"), "-n", "12", "--json"]
    assert main(call) == 0
    found = json.loads(capsys.readouterr().out)
    samples = read_samples(tmp_path / "run")
    assert found["samples"] == len(samples) == 12 and not any(sample.modified for sample in samples)
    table = pd.read_parquet(tmp_path / "run" / "verdicts" / "verdicts.parquet")
    for criterion in CRITERIA:
        share = found["says_in_context"][criterion]
        rows = table[table["criterion"] == criterion]
        said = rows["in_context"] & rows["readable"]
        assert share["n"] == 12 and share["value"] == said.mean() and share["low"] <= share["value"]
    assert found["unreadable"] == (~table["readable"]).sum()
    assert found["warning"] == DRAWN_ONLY and "altered images" in found["note"]
    assert sum(found["left_out"].values()) > 0
    assert main(call[:-1]) == 0  # again, from what is there
    printed = capsys.readouterr()
    assert "12 of 12 samples are there already" in printed.err and "Note: Whoever always says" in printed.out


def test_another_seed_leaves_the_folder_as_it_was(
    coco: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["shortcut", *coco, "--out", str(tmp_path / "run"), "-n", "2", "--seed"]
    assert main([*call, "0"]) == 0
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*.*")}
    assert main([*call, "1"]) == 2
    assert "another job (samples_sha256 differ)" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (tmp_path / "run").rglob("*.*")} == before


def test_shares_are_of_the_samples_judged_and_what_is_not_readable_is_wrong() -> None:
    rows = [(c, v, r) for c in CRITERIA for v, r in ((True, True), (True, False), (False, True), (None, None))]
    table = pd.DataFrame(rows, columns=["criterion", "in_context", "readable"])
    shares = in_context_shares(table.astype({"in_context": "boolean", "readable": "boolean"}))
    assert all(share["n"] == 3 and share["value"] == pytest.approx(1 / 3) for share in shares.values())


def test_more_than_there_are_is_refused(coco: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shortcut", *coco, "--out", str(tmp_path), "-n", "5000"]) == 2
    assert "ask for fewer" in capsys.readouterr().err
