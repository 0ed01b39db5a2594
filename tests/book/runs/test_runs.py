"""Running notebooks: what runs, what is skipped, and what stays when one fails. Each test starts real kernels."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from coinco_book.checkout import Checkout
from coinco_book.runs.folders import fresh_folder, last_good_folder, recover
from coinco_book.runs.outcome import Outcome, describe
from coinco_book.runs.records import read_record
from coinco_book.runs.run import run
from coinco_core.errors import InputError, MissingError
from tiny_checkout import make_checkout, notebook

PARAMETERS = 'profile = "demo"\nseed = 0\nrun_dir = "runs/demo"\nbad = False'
FIRST = notebook(
    "import os, sys\nfrom pathlib import Path\nfrom coinco_book.results import glue_number\n"
    "glue_number('x', 0.5 + seed)",
    "# the third step\nif bad:\n    raise ValueError('it went wrong')",
    "names = ('HF_HUB_OFFLINE', 'TOKENIZERS_PARALLELISM', 'PYTHONHASHSEED', 'MPLBACKEND')\n"
    "seen = [sys.executable, os.getcwd(), *(os.environ[name] for name in names)]\n"
    "Path(run_dir, 'first', 'seen.txt').write_text('\\n'.join(seen))",
    parameters=PARAMETERS,
)
SECOND = notebook("from coinco_book.results import read_numbers\nread_numbers(run_dir, 'first')['x']")
MANIFEST = "[{id: first, title: First}, {id: second, title: Second, needs: [first]}, {id: third, title: Third}]"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    notebooks = {"first": FIRST, "second": SECOND, "third": notebook("1")}
    return make_checkout(tmp_path / "checkout", notebooks, MANIFEST, "{first: {n: 1}, second: {}, third: {}}")


def _run(checkout: Checkout, *names: str, **options: object) -> dict[str, Outcome]:
    outcomes = run(names, checkout=checkout, say=lambda _: None, **options)  # type: ignore[arg-type]
    return {outcome.notebook: outcome for outcome in outcomes}


def _statuses(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: outcome.status for name, outcome in outcomes.items()}


def test_a_run_is_recorded_skipped_when_current_and_repeated_when_stale(checkout: Checkout) -> None:
    assert _statuses(_run(checkout, "second")) == {"first": "ran", "second": "ran"}
    folder = checkout.runs("demo") / "first"
    record = json.loads((folder / "run.json").read_text())
    assert record["made_by"]["profile"] == "demo"
    assert record["parameters"] == {"seed": 0, "profile": "demo"}
    assert [cell["first_line"] for cell in record["cells"]][2] == "# the third step"
    assert json.loads((folder / "numbers.json").read_text()) == {"x": {"value": 0.5, "unit": ""}}
    import sys

    expected = [sys.executable, str(checkout.root), "1", "false", "0", "module://matplotlib_inline.backend_inline"]
    assert (folder / "seen.txt").read_text().splitlines() == expected
    assert sorted(p.name for p in folder.iterdir()) == ["first.ipynb", "numbers.json", "run.json", "seen.txt"]

    again = _run(checkout, "second")
    assert _statuses(again) == {"first": "skipped", "second": "skipped"}
    assert "nothing it depends on has changed" in describe(again["first"])

    profile = checkout.profiles / "demo.yaml"
    profile.write_text(profile.read_text().replace("n: 1", "n: 2"))
    stale = _run(checkout, "second")
    assert _statuses(stale) == {"first": "ran", "second": "ran"}
    assert stale["first"].reason == "changed: profile demo"
    assert stale["second"].reason == "changed: run first"


def test_a_failure_names_the_cell_and_keeps_the_last_good_result(checkout: Checkout) -> None:
    _run(checkout, "first", "third")
    good = (checkout.runs("demo") / "first" / "run.json").read_bytes()
    failed = _run(checkout, "first", "second", "third", parameters={"bad": True})
    assert _statuses(failed) == {"first": "failed", "second": "blocked", "third": "skipped"}
    text = describe(failed["first"])
    assert "first.ipynb, cell 4 ('# the third step'): ValueError: it went wrong." in text
    assert "Traceback" not in text
    folder = checkout.runs("demo")
    assert (folder / "first" / "run.json").read_bytes() == good
    assert failed["first"].page == folder / "first" / "first.ipynb"
    assert (folder / ".failed" / "first" / "first.partial.ipynb").is_file()
    assert not (folder / "second").exists()
    assert _statuses(_run(checkout, "first")) == {"first": "skipped"}


def test_parameters_reach_the_notebook_and_force_runs_it_again(checkout: Checkout) -> None:
    assert _statuses(_run(checkout, "first", parameters={"seed": 2})) == {"first": "ran"}
    numbers = json.loads((checkout.runs("demo") / "first" / "numbers.json").read_text())
    assert numbers["x"]["value"] == 2.5
    assert _statuses(_run(checkout, "third")) == {"third": "ran"}
    assert _run(checkout, "third", force=True)["third"].reason == "it was asked for"


def test_a_kernel_that_dies_is_told_from_an_error(tmp_path: Path) -> None:
    content = notebook("# fatal\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    checkout = make_checkout(tmp_path / "c", {"a": content}, "[{id: a, title: A}]", "{a: {}}")
    failed = _run(checkout)["a"]
    assert failed.status == "failed"
    assert "a.ipynb, cell 3 ('# fatal'): the kernel died" in failed.reason


def test_what_a_profile_lacks_is_said_before_anything_runs(checkout: Checkout) -> None:
    with (checkout.profiles / "demo.yaml").open("a") as file:
        file.write("requires: [{path: data/big, get: fetch it}]\n")
    with pytest.raises(MissingError, match=r"data/big \(fetch it\)"):
        _run(checkout)
    with pytest.raises(InputError, match="No notebook is called"):
        _run(checkout, "zero")
    assert not checkout.runs("demo").exists()


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_folder_comes_back_when_its_run_does_not_end_well(tmp_path: Path, interrupted: bool) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "run.json").touch()
    try:
        with fresh_folder(folder) as attempt:
            assert list(folder.iterdir()) == []
            (folder / "half").touch()
            attempt.failed = True
            if interrupted:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert [p.name for p in folder.iterdir()] == ["run.json"]


def test_what_a_killed_run_left_is_never_taken_for_good(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "half").touch()
    with fresh_folder(folder) as attempt:
        assert list(folder.iterdir()) == []
        attempt.failed = True
    assert not folder.exists()


def test_a_folder_comes_back_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "good").touch()
    last_good_folder(folder).parent.mkdir()
    os.replace(folder, last_good_folder(folder))
    folder.mkdir()
    (folder / "half").touch()
    recover(folder)
    recover(folder)
    assert [p.name for p in folder.iterdir()] == ["good"]


def test_a_kill_while_tidying_loses_nothing_of_the_new_run(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    for place, text in ((folder, "new"), (last_good_folder(folder), "half deleted")):
        place.mkdir(parents=True)
        (place / "run.json").write_text(text)
    recover(folder)
    assert (folder / "run.json").read_text() == "new"
    assert not last_good_folder(folder).exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"notebook": "third", "cells": []}'])
@pytest.mark.parametrize("force", [False, True])
def test_a_damaged_record_is_made_again(checkout: Checkout, text: str, force: bool) -> None:
    record = checkout.runs("demo") / "third" / "run.json"
    record.parent.mkdir(parents=True)
    record.write_text(text)
    outcome = _run(checkout, "third", force=force)["third"]
    assert (outcome.status, "cannot be read" in outcome.reason) == ("ran", not force)
    assert json.loads(record.read_text())["notebook"] == "third"


def test_outcomes_read_as_one_line() -> None:
    assert describe(Outcome("a", "ran", "changed: x", 12.3, None)) == "a: ran in 12 s (changed: x)"
    assert describe(Outcome("a", "blocked", "it needs b", 0.0, None)) == "a: not run: it needs b, which failed"
    assert [Outcome("a", s, "", 0.0, None).good for s in ("ran", "skipped", "failed", "blocked")] == [1, 1, 0, 0]


def test_a_record_that_is_not_there_is_none(checkout: Checkout) -> None:
    assert read_record(checkout, "demo", "first") is None
