from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coinco_core.cli.app import main
from coinco_core.engines import nf4
from coinco_core.judgements import CRITERIA
from coinco_core.samples import read_samples
from coinco_world.dataset import make_world
from student_folders import make_folder


@pytest.fixture
def world(tmp_path: Path) -> Path:
    make_world(tmp_path / "world", n=4, seed=43)
    return tmp_path / "world"


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """The exit code of `coinco verdicts`, and what it printed to standard output and standard error."""
    code = main(["verdicts", *map(str, arguments)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_verdicts_over_a_table_as_json_and_nothing_else(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path
) -> None:
    code, out, err = call(capsys, world, "--out", tmp_path / "run", "--json")
    found: dict[str, Any] = json.loads(out)
    table = pd.read_parquet(tmp_path / "run" / "verdicts.parquet")
    assert (code, found["samples"], found["failed"], found["unfinished"]) == (0, 4, 0, 0)
    assert found["unreadable"] == 0
    assert found["in_context"] == {c: int(table.loc[table["criterion"] == c, "in_context"].sum()) for c in CRITERIA}
    assert found["warning"] == "" and "0 of 4 samples are there already" in err


def test_it_goes_on_where_it_was_and_says_so_in_words(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path
) -> None:
    assert call(capsys, world, "--out", tmp_path / "run")[0] == 0
    code, out, err = call(capsys, world / "samples.parquet", "--out", tmp_path / "run", "--model", "demo")
    assert code == 0 and "4 of 4 samples are there already" in err
    assert out.startswith(f"Verdicts on 4 samples in {tmp_path / 'run'}, 0 failed")


def test_verdicts_that_nobody_said_are_not_counted_as_said(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path
) -> None:
    home = make_folder(tmp_path / "babbling")
    code, out, _ = call(capsys, world, "--out", tmp_path / "run", "--model", home, "--json")
    found = json.loads(out)
    assert (code, found["failed"], found["unreadable"]) == (0, 0, 12)
    assert found["in_context"] == dict.fromkeys(CRITERIA, 0)
    assert pd.read_parquet(tmp_path / "run" / "verdicts.parquet")["in_context"].any()
    _, out, _ = call(capsys, world, "--out", tmp_path / "run", "--model", home)
    assert "12 not readable" in out


def test_a_sample_without_a_verdict_is_a_failed_check(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path
) -> None:
    (world / read_samples(world)[2].image).unlink()
    code, out, err = call(capsys, world, "--out", tmp_path / "run", "--json")
    assert code == 1 and json.loads(out)["failed"] == 1
    assert "1 of 4 samples could not be judged" in err


def test_wrong_calls_and_missing_things_have_their_exit_codes(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    assert call(capsys, world)[0] == 2
    assert call(capsys, tmp_path / "nowhere", "--out", run)[0] == 3
    code, _, err = call(capsys, world, "--out", run, "--model", "./nowhere")
    assert code == 3 and "There is no classifier './nowhere'" in err
    assert call(capsys, world, "--out", run, "--limit", 3)[0] == 0
    code, _, err = call(capsys, world, "--out", run)
    assert code == 2 and "holds another job" in err


def test_the_authors_evaluation_needs_a_gpu(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COINCO_DEVICE", "cpu")
    code, _, err = call(capsys, world, "--out", tmp_path / "run", "--nf4")
    assert code != 0 and "NF4 needs a CUDA GPU" in err and not (tmp_path / "run").exists()


def test_verdicts_in_nf4_are_marked_and_mixed_with_no_others(
    capsys: pytest.CaptureFixture[str], world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nf4, "placement", lambda choice: {})
    students = make_folder(tmp_path / "students")
    asked = (world, "--out", tmp_path / "run", "--model", students, "--limit", 1, "--json")
    code, out, err = call(capsys, *asked, "--nf4")
    job = json.loads((tmp_path / "run" / "run.json").read_text())
    assert code == 0 and json.loads(out)["precision"] == "nf4" and nf4.NOTE in err
    assert "as the authors did" in json.dumps(job) and '"bnb_4bit_quant_type": "nf4"' in json.dumps(job)
    code, _, err = call(capsys, *asked)
    assert code != 0 and "another" in err
