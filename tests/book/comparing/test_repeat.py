"""Running notebooks twice from scratch. Each test starts real kernels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coinco_book.checkout import Checkout
from coinco_book.comparing import repeat
from coinco_book.comparing.difference import Difference
from coinco_book.comparing.folders import Side
from coinco_book.comparing.match import DiffRow, Match, Section
from coinco_book.comparing.repeat import differing, run_twice
from coinco_core.cli import app
from coinco_core.errors import CheckError, InputError, MissingError
from tiny_checkout import make_checkout, notebook

STEADY = notebook(
    "from pathlib import Path\nfrom coinco_book.results import glue_number\nglue_number('x', 0.25)\nprint('x', 0.25)",
    "kept = Path(run_dir) / 'kept' / 'n.txt'  # outlives a run\nkept.parent.mkdir(exist_ok=True)\n"
    "kept.write_text(kept.read_text() + 'x' if kept.is_file() else 'x')\nprint(kept.read_text(), kept)",
    "object()",
)
SHAKY = notebook(
    "import os, time\nfrom random import SystemRandom\nfrom coinco_book.results import glue_number\n"
    "rng = SystemRandom()\nprint(f'{0.5 + 1e-9 * rng.random():.16f}')",
    "print(f'a {rng.random():.16f}')",
    "print(f'took {rng.random():.16f} s')",
    "glue_number('x', rng.random())\nglue_number('some_seconds', rng.random())",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    manifest = "[{id: steady, title: Steady}, {id: shaky, title: Shaky}, {id: broken, title: Broken}]"
    notebooks = {"steady": STEADY, "shaky": SHAKY, "broken": notebook("1 / 0")}
    return make_checkout(tmp_path / "checkout", notebooks, manifest, "{steady: {}, shaky: {}, broken: {}}")


def test_both_runs_compute_and_each_output_is_told(checkout: Checkout) -> None:
    (checkout.runs("demo") / "kept").mkdir(parents=True)
    (checkout.runs("demo") / "kept" / "n.txt").write_text("from an earlier run")
    found = run_twice(("steady", "shaky"), "demo", checkout=checkout, say=lambda _: None)
    rows = {(row.where, row.what.split(",")[0]): row for section in found.sections for row in section.rows}
    steady = [row for row in rows.values() if row.where == "steady"]
    assert len(steady) == 4
    assert {row.match for row in steady} == {Match.IDENTICAL}
    noise, other, time = (rows[("shaky", f"cell {number}")] for number in (2, 3, 4))
    assert (noise.match, other.match, time.match) == (Match.CLOSE, Match.DIFFERENT, Match.TIMES)
    assert noise.difference is not None
    assert 0 < noise.difference <= 2e-9
    assert rows[("shaky", "x")].match is Match.DIFFERENT
    assert rows[("shaky", "some_seconds")].match is Match.TIMES
    assert differing(found) == ["shaky"]
    assert [path.name for path in checkout.runs("demo").iterdir()] == ["kept"]
    first, second = (checkout.root / "runs" / "repeat" / which / "demo" for which in ("first", "second"))
    assert (first / "kept" / "n.txt").read_text() == (second / "kept" / "n.txt").read_text() == "x"
    assert json.loads((second / "shaky" / "run.json").read_text())["notebook"] == "shaky"


def test_the_next_time_starts_from_scratch(checkout: Checkout) -> None:
    for _ in range(2):
        run_twice(("steady",), "demo", checkout=checkout, say=lambda _: None)
    first = checkout.root / "runs" / "repeat" / "first" / "demo"
    assert (first / "kept" / "n.txt").read_text() == "x"


@pytest.mark.parametrize("call", [("nothing", "demo"), ("steady", "nothing"), ("steady", "paper")])
def test_a_wrong_call_leaves_the_runs_of_the_last_time(checkout: Checkout, call: tuple[str, str]) -> None:
    kept = checkout.root / "runs" / "repeat" / "first" / "n.txt"
    kept.parent.mkdir(parents=True)
    kept.touch()
    (checkout.profiles / "paper.yaml").write_text("name: paper\nrequires: [{path: data/big, get: fetch it}]\n")
    with pytest.raises((InputError, MissingError)):
        run_twice(call[:1], call[1], checkout=checkout)
    assert kept.is_file()


def test_where_the_page_goes_is_looked_at_before_anything_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(repeat, "run_twice", lambda names, profile: pytest.fail("it ran"))
    mine = tmp_path / "mine.html"
    mine.write_text("my own page")
    for place in (tmp_path, mine, mine / "below.html"):
        assert app.main(["repeat", "--html", str(place)]) == 2
    assert "name another file" in capsys.readouterr().err
    assert mine.read_text() == "my own page"


def test_a_notebook_that_fails_is_named(checkout: Checkout) -> None:
    with pytest.raises(CheckError, match="The first run did not finish: broken failed"):
        run_twice(("broken",), "demo", checkout=checkout, say=lambda _: None)


@pytest.mark.parametrize(
    ("match", "code"), [(Match.DIFFERENT, 1), (Match.ONLY_B, 1), (Match.TIMES, 0), (Match.CLOSE, 0)]
)
def test_the_command_fails_where_something_differs(
    match: Match, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    side = Side("r", Path("r"))
    found = Difference(side, side, (Section("numbers", (DiffRow("shaky", "x", "1", "2", match),)),))
    monkeypatch.setattr(repeat, "run_twice", lambda names, profile: found)
    assert app.main(["repeat", "shaky", "--json"]) == code
    out, err = capsys.readouterr()
    assert json.loads(out)["summary"]["numbers"][str(match)] == 1
    assert ("and not only times: shaky.\n" in err) == bool(code)
