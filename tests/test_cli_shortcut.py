"""The shortcut check on real pictures: unmodified objects of COCO, and what the demo's students make of them."""

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


def test_unmodified_objects_of_real_pictures_are_judged(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = shared / "real" / "coco_tiny"
    annotations, images = source / "annotations" / "instances_val2017.json", source / "val2017"
    call = ["shortcut", str(annotations), str(images), "--out", str(tmp_path / "run"), "-n", "12", "--json"]
    assert main(call) == 0
    found = json.loads(capsys.readouterr().out)
    samples = read_samples(tmp_path / "run")
    assert found["samples"] == len(samples) == 12 and not any(sample.modified for sample in samples)
    table = pd.read_parquet(tmp_path / "run" / "verdicts" / "verdicts.parquet")
    for criterion in CRITERIA:
        share = found["says_in_context"][criterion]
        verdicts = table.loc[table["criterion"] == criterion, "in_context"]
        assert share["n"] == 12 and share["value"] == verdicts.mean() and share["low"] <= share["value"]
    assert found["warning"] == DRAWN_ONLY and "altered pictures" in found["note"]
    assert sum(found["left_out"].values()) > 0
    assert main(call[:-1]) == 0  # again, from what is there
    printed = capsys.readouterr()
    assert "12 of 12 samples are there already" in printed.err and "Note: Whoever always says" in printed.out


def test_shares_are_of_the_verdicts_that_there_are() -> None:
    rows = [(c, v) for c in CRITERIA for v in (True, True, False, None)]
    table = pd.DataFrame(rows, columns=["criterion", "in_context"]).astype({"in_context": "boolean"})
    shares = in_context_shares(table)
    assert all(share["n"] == 3 and share["value"] == pytest.approx(2 / 3) for share in shares.values())


def test_more_than_there_are_is_refused(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = shared / "real" / "coco_tiny"
    annotations, images = source / "annotations" / "instances_val2017.json", source / "val2017"
    assert main(["shortcut", str(annotations), str(images), "--out", str(tmp_path), "-n", "5000"]) == 2
    assert "ask for fewer" in capsys.readouterr().err
