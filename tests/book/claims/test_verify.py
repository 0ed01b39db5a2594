"""`coinco verify`: what is run, what is kept, what is printed, and with which exit code it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import tiny_checkout
from coinco_book.checkout import Checkout
from coinco_book.claims import verify as module
from coinco_book.claims.status import Status
from coinco_book.claims.verify import as_table, verify
from coinco_book.runs.outcome import Outcome
from coinco_core.cli.app import main
from coinco_core.errors import InputError
from coinco_core.files import sha256_file

MANIFEST = "- {id: settled, title: Settled, weights: [], numbers: calculations}\n- {id: students, title: Students}\n"
NOTEBOOK = tiny_checkout.notebook("from coinco_book.results import glue_number\nglue_number('parameters', 4369360)")
GROUP = {"id": "g", "title": "Sizes", "place": "Table 2", "known_from": "reading note"}
PARAMETERS = {"id": "parameters", "text": "Parameters", "kind": "exact", "value": 4369360, "profile": "none",
              "answer": "settled/parameters"}  # fmt: skip
AFTER = {"id": "after", "text": "After", "kind": "exact", "value": 75.4, "unit": "%", "profile": "released",
         "lacks": "hardware", "answer": "students/after"}  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout whose notebook 'settled' has been run, and whose ledger has two claims."""
    place = tiny_checkout.make_checkout(
        tmp_path / "checkout", {"settled": NOTEBOOK, "students": NOTEBOOK}, MANIFEST, "{settled: {}, students: {}}"
    )
    place.book.mkdir()
    write_ledger(place, PARAMETERS, AFTER)
    write_run(place, 4369360)
    monkeypatch.setattr(module, "find_checkout", lambda: place)
    return place


def write_ledger(checkout: Checkout, *claims: dict[str, Any]) -> None:
    (checkout.book / "claims.yml").write_text(yaml.safe_dump([{**GROUP, "claims": list(claims)}]))


def write_run(checkout: Checkout, parameters: int, notebook: str = "settled", kind: str = "calculations") -> None:
    folder = checkout.runs("demo") / notebook
    folder.mkdir(parents=True, exist_ok=True)
    made_by = {"profile": "demo", "code_version": "1+abc"}
    record = {"notebook": notebook, "numbers": kind, "made_by": made_by, "depends_on": {f"{notebook}.ipynb": "digest"}}
    (folder / "run.json").write_text(json.dumps(record | {"seconds": 1.0, "cells": []}))
    (folder / "numbers.json").write_text(json.dumps({"parameters": {"value": parameters, "unit": ""}}))


def test_the_report_is_kept_with_what_made_it(checkout: Checkout) -> None:
    report = verify(run_stale=False)
    kept = json.loads(report.path.read_text())
    assert report.path == checkout.runs("demo") / "claims.json"
    assert [(row["id"], row["status"], row["paper"]) for row in kept["claims"]] == [
        ("parameters", "reproduced", "4,369,360"),
        ("after", "needs hardware", "75.4\N{NO-BREAK SPACE}%"),
    ]
    assert kept["claims"][0]["ours"][0] | {"low": 0} == {
        "source": "settled/parameters", "value": 4369360, "low": 0, "high": None, "n": None, "demo": False,
        "profile": "demo", "code_version": "1+abc",
    }  # fmt: skip
    assert kept["tally"]["by calculation"]["reproduced"] == 1
    assert kept["tally"]["by a run"]["needs hardware"] == 1
    assert kept["made_by"]["inputs"] == {
        "book/claims.yml": sha256_file(checkout.book / "claims.yml"),
        "run settled": sha256_file(checkout.runs("demo") / "settled" / "run.json"),
    }


def test_without_a_run_it_says_what_is_out_of_date(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    report = verify(run_stale=False)
    assert report.out_of_date["students"] == "it has not been run at this profile"
    assert report.out_of_date["settled"].startswith("changed: ")
    assert main(["verify", "--no-run"]) == 0
    assert "Out of date: students, it has not been run at this profile" in capsys.readouterr().out
    write_ledger(checkout, PARAMETERS)
    assert verify(say=lambda _: None).out_of_date == verify(run_stale=False).out_of_date == {}


def test_a_stale_notebook_is_run_first(checkout: Checkout) -> None:
    shutil.rmtree(checkout.runs("demo"))
    write_ledger(checkout, PARAMETERS)
    said: list[str] = []
    report = verify(say=said.append)
    assert report.verdicts[0].status is Status.REPRODUCED
    assert any("settled: ran" in line for line in said)
    assert not (checkout.runs("demo") / "students").exists()  # answers no claim


@pytest.mark.parametrize(
    ("parameters", "expected", "code", "says"),
    [
        (4369360, {}, 0, ""),
        (4369361, {}, 1, "parameters is 'differs', which was not expected"),
        (4369361, {"expected": "differs", "finding": "One was forgotten."}, 0, ""),
        (4369360, {"expected": "differs", "finding": "One was forgotten."}, 1, "parameters is 'reproduced'"),
    ],
)
def test_the_exit_code(
    checkout: Checkout,
    capsys: pytest.CaptureFixture[str],
    parameters: int,
    expected: dict[str, str],
    code: int,
    says: str,
) -> None:
    write_run(checkout, parameters)
    write_ledger(checkout, {**PARAMETERS, **expected}, AFTER)
    assert main(["verify", "--no-run"]) == code
    told = capsys.readouterr()
    assert says in told.err
    assert (told.err == "") == (code == 0)
    assert "Sizes" in told.out and "2 claims at profile 'demo'" in told.out
    assert (checkout.runs("demo") / "claims.json").is_file()


def test_a_notebook_that_fails_is_a_failure(
    checkout: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = [Outcome("settled", "failed", "cell 3", 1.0, None), Outcome("students", "ran", "", 1.0, None)]
    monkeypatch.setattr(module, "run", lambda *_, **__: outcomes)
    assert main(["verify"]) == 1
    assert "settled has no up-to-date result" in capsys.readouterr().err


def test_the_json_is_one_document_and_nothing_else(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    out = checkout.root / "elsewhere" / "report.json"
    assert main(["verify", "--no-run", "--json", "--out", str(out)]) == 0
    printed, kept = json.loads(capsys.readouterr().out), json.loads(out.read_text())
    assert {**printed, "made_by": kept["made_by"]} == kept
    assert not (checkout.runs("demo") / "claims.json").exists()


def test_the_table_marks_demo_numbers(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(checkout, 75, "students", "results")
    write_ledger(checkout, AFTER | {"answer": "students/parameters", "unit": ""})
    assert main(["verify", "--no-run"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if " after " in line)
    assert "not run at this scale" in line and line.endswith("here: 75.0 (demo)")


def test_an_expected_difference_says_so(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(checkout, 4)
    write_ledger(checkout, PARAMETERS | {"expected": "differs", "finding": "One was forgotten."})
    assert main(["verify", "--no-run"]) == 0
    assert "differs (as expected)" in capsys.readouterr().out


def test_what_was_adopted_is_counted_and_named_apart(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    write_ledger(checkout, PARAMETERS, {**PARAMETERS, "id": "taken", "text": "Ours", "adopted": True})
    assert main(["verify", "--no-run", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [(row["status"], row["settled"]) for row in printed["claims"]] == [
        ("reproduced", "by calculation"), ("reproduced", "adopted"),
    ]  # fmt: skip
    assert (printed["tally"]["by calculation"]["reproduced"], printed["tally"]["adopted"]["reproduced"]) == (1, 1)
    assert main(["verify", "--no-run"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[1] for line in lines if "paper:" in line] == ["reproduced", "adopted"]
    assert ["✓", "reproduced", "1", "1", "0", "0"] in lines


def test_what_stands_beside_is_run_and_shown_as_such(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(checkout, 75, "students", "results")
    beside = {key: value for key, value in AFTER.items() if key != "answer"}
    write_ledger(checkout, beside | {"beside": "students/parameters", "note": "People were asked.", "unit": ""})
    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "run", lambda names, *_, **__: asked.extend(names) or [])
        report = verify()
    assert asked == ["students"]
    assert [row["judged"] for row in as_table(report)["claims"]] == [False]
    assert main(["verify", "--no-run"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if " after " in line)
    assert "needs hardware" in line and line.endswith("beside, not judged: 75.0 (demo)")


def test_wrong_calls(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--no-run", "--profile", "demmo"]) == 2
    assert "Did you mean 'demo'" in capsys.readouterr().err
    (checkout.book / "claims.yml").unlink()
    assert main(["verify", "--no-run"]) == 3
    write_ledger(checkout, PARAMETERS | {"kind": "exakt"})
    assert main(["verify", "--no-run"]) == 2


def test_a_report_that_cannot_be_made_leaves_the_last_one(checkout: Checkout) -> None:
    before = verify(run_stale=False).path.read_bytes()
    write_ledger(checkout, PARAMETERS, PARAMETERS)
    with pytest.raises(InputError):
        verify(run_stale=False)
    assert (checkout.runs("demo") / "claims.json").read_bytes() == before
