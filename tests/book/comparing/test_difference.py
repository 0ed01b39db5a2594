"""Two runs side by side: what counts as a run, every section, and the three ways to read the outcome."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coinco_book.checkout import Checkout
from coinco_book.comparing.difference import Difference, compare
from coinco_book.comparing.folders import pairs, read_side
from coinco_book.comparing.match import DiffRow, Match, Section
from coinco_book.comparing.page import page
from coinco_book.comparing.report import report
from coinco_core.cli.app import main
from coinco_core.errors import InputError, MissingError
from coinco_core.files import write_table
from two_runs import MADE_BY, executed, png, shown, stream, write_run

HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of runs that differ in one thing of every kind."""
    a, b = tmp_path / "a", tmp_path / "b"
    cells = [{"first_line": "f()", "seconds": 1.5, "host_bytes": 10**9, "device_bytes": None}]
    slow = [{**cells[0], "seconds": 30.0}]
    other = {**MADE_BY, "packages": {**MADE_BY["packages"], "torch": "2.14.0"}}  # type: ignore[dict-item]
    first = executed(("f()", [stream("loss 0.5"), shown(png=png())]))
    second = executed(("f()", [stream("loss 0.6"), shown(png=png(dots=5))]))
    write_run(a, "x", numbers={"k": {"value": 1.0}}, page=first, cells=cells, settings={"n": {"m": 1}})
    write_run(b, "x", numbers={"k": {"value": 2.0}}, page=second, cells=slow, settings={"n": {"m": 2}}, made_by=other)
    write_run(a, "gone", numbers={"only": {"value": "here"}})
    for folder, n in ((a, 2), (b, 3)):
        write_table(folder / "x" / "scores.parquet", pd.DataFrame({"v": range(n)}))
        write_table(folder / "x" / "same.parquet", pd.DataFrame({"v": [1]}))
    return a, b


def _rows(difference: Difference, title: str) -> dict[tuple[str, str], DiffRow]:
    (section,) = [s for s in difference.sections if s.title == title]
    return {(row.where, row.what): row for row in section.rows}


def test_each_kind_of_thing_is_compared(two: tuple[Path, Path]) -> None:
    found = compare(*map(read_side, two))
    setting = _rows(found, "configuration")[("x", "settings.n.m")]
    assert (setting.a, setting.b, setting.match) == ("1", "2", Match.DIFFERENT)
    machine = _rows(found, "environment")
    assert (machine[("x", "packages.torch")].a, machine[("x", "packages.torch")].b) == ("2.13.0", "2.14.0")
    assert machine[("x", "packages.numpy")].match is Match.IDENTICAL
    assert machine[("gone", "python")].match is Match.ONLY_A
    assert _rows(found, "numbers")[("gone", "only")].match is Match.ONLY_A
    tables = _rows(found, "tables")
    assert tables[("x", "scores.parquet")].b == "3 rows, 1 columns"
    assert tables[("x", "same.parquet")].match is Match.IDENTICAL
    assert _rows(found, "cell outputs")[("x", "cell 1, f()")].match is Match.DIFFERENT
    assert _rows(found, "figures")[("x", "cell 1, f()")].difference == 0.05
    time = _rows(found, "time and memory")
    assert time[("x", "cell 1, f()")].a == "1.5 s, 1.00 GB"
    assert time[("x", "cell 1, f()")].note == "B takes 20 times as long"
    assert time[("x", "the whole notebook")].match is Match.IDENTICAL


def test_a_run_does_not_differ_from_itself(two: tuple[Path, Path]) -> None:
    found = compare(read_side(two[0]), read_side(two[0]))
    assert [row for section in found.sections for row in section.changes] == []
    assert sum(len(section.rows) for section in found.sections) > 10


def test_what_several_notebooks_say_alike_is_said_once(tmp_path: Path) -> None:
    for side in "ab":
        for name in "xyz":
            write_run(tmp_path / side, name, parameters={"profile": side, "k": name == "z"})
    rows = _rows(compare(*(read_side(tmp_path / side) for side in "ab")), "configuration")
    assert rows[("every notebook", "parameters.profile")].match is Match.DIFFERENT
    assert rows[("x, y", "parameters.k")].a == "false"
    assert rows[("z", "parameters.k")].a == "true"


def test_code_that_changed_is_named(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "x", depends_on={"m1": "1", "m2": "1", "run y": "1"})
    write_run(tmp_path / "b", "x", depends_on={"m1": "1", "m2": "2", "m3": "1", "run y": "2"})
    row = _rows(compare(read_side(tmp_path / "a"), read_side(tmp_path / "b")), "environment")[("x", "depends on")]
    assert (row.a, row.b, row.note) == ("2 parts", "3 parts", "changed: m2, m3")


def test_one_notebooks_run_is_held_against_its_own_or_any_other(two: tuple[Path, Path]) -> None:
    a, b = two
    assert list(pairs(read_side(a / "x"), read_side(b))) == ["x"]
    assert list(pairs(read_side(a), read_side(b / "x"))) == ["x"]
    assert pairs(read_side(a / "gone"), read_side(b))["gone"][1] is None
    ((title, pair),) = pairs(read_side(a / "x"), read_side(a / "gone")).items()
    assert title == "x / gone"
    assert [run.notebook for run in pair if run] == ["x", "gone"]


def test_older_runs_that_know_less_can_be_compared(tmp_path: Path) -> None:
    for side in "ab":
        home = write_run(tmp_path / side, "x")
        (home / "run.json").write_text(json.dumps({"notebook": "x", "seconds": 1.0, "cells": []}))
        (home / "x.ipynb").unlink()
    found = compare(*(read_side(tmp_path / side) for side in "ab"))
    assert found.summary()["time and memory"]["identical"] == 1


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, MissingError, "There is no folder"),
        ({}, InputError, "holds no run"),
        ({"run.json": "{}"}, InputError, "does not say of which notebook"),
        ({"run.json": "[1]"}, InputError, "no table"),
        ({"run.json": "{"}, InputError, "not readable as JSON"),
    ],
)
def test_what_is_no_run_is_said(tmp_path: Path, content: Any, error: type[Exception], words: str) -> None:
    folder = tmp_path / "r"
    if content is not None:
        folder.mkdir()
        for name, text in content.items():
            (folder / name).write_text(text)
    with pytest.raises(error, match=words):
        read_side(folder)


def test_without_a_ledger_the_claims_are_left_out_with_why(two: tuple[Path, Path], tmp_path: Path) -> None:
    found = compare(*map(read_side, two), checkout=Checkout(tmp_path))
    assert found.sections[0].title == "claims"
    assert found.sections[0].rows == ()
    assert "no ledger" in found.sections[0].remark


def test_the_claims_of_both_runs(two: tuple[Path, Path], tmp_path: Path) -> None:
    claim = "id: c, text: The share, value: 1, kind: exact, profile: none, answer: x/k, place: p, known_from: k"
    root = tmp_path / "checkout"
    for name, text in (
        ("book/claims.yml", f"- {{id: g, title: G, claims: [{{{claim}}}]}}"),
        ("notebooks/notebooks.yml", "[{id: x, title: X, numbers: calculations}]"),
    ):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(text)
    for folder in two:
        record = json.loads((folder / "x" / "run.json").read_text())
        calculated = {**record, "numbers": "calculations", "depends_on": {"x.ipynb": "digest"}}
        (folder / "x" / "run.json").write_text(json.dumps(calculated))
    row = _rows(compare(*map(read_side, two), checkout=Checkout(root)), "claims")[("x", "c: The share (1)")]
    assert (row.match, row.note) == (Match.DIFFERENT, "another status")
    assert "reproduced" in row.a
    assert "differs" in row.b
    other = two[0] / "renamed"  # beside x, whose run must not be read in its stead
    (two[1] / "x").rename(other)
    row = _rows(compare(read_side(two[0] / "x"), read_side(other), checkout=Checkout(root)), "claims")[
        row.where, row.what
    ]
    assert "reproduced" in row.a
    assert "differs" in row.b


def test_two_runs_of_one_notebook_are_refused(two: tuple[Path, Path]) -> None:
    shutil.copytree(two[0] / "x", two[0] / "another")
    with pytest.raises(InputError, match="holds two runs of x, in another and x"):
        read_side(two[0])


def test_runs_are_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    for name, hour in (("a", 3), ("b", 1), ("c", 2)):
        write_run(tmp_path / "r", name, made_by={**MADE_BY, "time": f"2026-01-02T0{hour}:00:00+00:00"})
    assert list(read_side(tmp_path / "r").runs) == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("file", "text"),
    [("run.json", '{"notebook": "x", "cells": []}'), ("run.json", '{"notebook": "x", "seconds": 1, "cells": [1]}'),
     ("run.json", '{"notebook": "x", "seconds": 1, "cells": [], "made_by": []}'), ("numbers.json", "[]"),
     ("numbers.json", '{"k": 1}'), ("x.ipynb", "[]"), ("x.ipynb", '{"cells": [{}]}')],
)  # fmt: skip
def test_a_damaged_file_is_named(
    two: tuple[Path, Path], file: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (two[0] / "x" / file).write_text(text)
    assert main(["diff", str(two[0] / "x"), str(two[1] / "x")]) == 2
    error = capsys.readouterr().err
    assert f"x/{file}" in error
    assert error.count("\n") == 1


def test_cells_without_metadata_are_cells(two: tuple[Path, Path]) -> None:
    cell = {"cell_type": "code", "source": "f()", "outputs": [stream("loss 0.5")]}
    (two[1] / "x" / "x.ipynb").write_text(json.dumps({"cells": [cell]}))
    assert _rows(compare(*map(read_side, two)), "cell outputs")[("x", "cell 1, f()")].match is Match.DIFFERENT


def test_the_report_begins_with_a_summary_and_stays_in_columns(two: tuple[Path, Path]) -> None:
    lines = report(compare(*map(read_side, two))).splitlines()
    assert lines[0].startswith("A: ")
    assert "different" in lines[3]
    headings, gone, kept = lines[lines.index("NUMBERS") + 1 :][:3]
    assert headings.index("A") == gone.index("here") == kept.index("1")
    changes = report(compare(*map(read_side, two)), only_changes=True)
    assert "same.parquet" not in changes
    assert "scores.parquet" in changes


def test_long_and_broken_texts_stay_on_one_line() -> None:
    row = DiffRow("n", "x" * 500, "a\nb", "b", Match.DIFFERENT)
    lines = report(Difference(_side(), _side(), (Section("numbers", (row,)),))).splitlines()
    assert len(lines[-1]) < 200
    assert "a b" in lines[-1]


def _side() -> Any:
    from coinco_book.comparing.folders import Side

    return Side("r", Path("r"))


class _Seen(HTMLParser):
    """The tags, the attributes that a browser would act on, and the alt texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def _seen(html: str) -> _Seen:
    seen = _Seen()
    seen.feed(html)
    return seen


def test_hostile_texts_are_inert(tmp_path: Path) -> None:
    for side, value in (("a", HOSTILE), ("b", HOSTILE + "2")):
        outputs = [stream(value), shown(html=value), shown(png=png(dots=len(side)))]
        outputs[2]["metadata"]["image/png"]["alt"] = HOSTILE
        write_run(
            tmp_path / side,
            "x",
            numbers={HOSTILE: {"value": value, "unit": HOSTILE}},
            page=executed((HOSTILE, outputs)),
            cells=[{"first_line": HOSTILE, "seconds": 3.0}],
            parameters={HOSTILE: value},
            made_by={**MADE_BY, "code_version": value},
        )
    seen = _seen(page(compare(*(read_side(tmp_path / side) for side in "ab"))))
    assert not {"script", "iframe", "object", "embed", "link"} & set(seen.tags)
    assert not any(name.startswith("on") for name, _ in seen.attributes)
    assert ("alt", HOSTILE) in seen.attributes
    assert all(
        value.startswith(("data:image/png;base64,", "#")) for name, value in seen.attributes if name in ("src", "href")
    )


def test_the_page_is_whole_in_itself(two: tuple[Path, Path]) -> None:
    html = page(compare(*map(read_side, two)))
    seen = _seen(html)
    assert seen.tags.count("img") == 3
    assert all(value for name, value in seen.attributes if name == "alt")
    assert sum(name == "alt" for name, _ in seen.attributes) == 3
    assert not re.search(r"https?://|url\(", html)
    assert "prefers-color-scheme: dark" in html
    ids = {value for name, value in seen.attributes if name == "id"}
    assert {value[1:] for name, value in seen.attributes if name == "href"} <= ids
    assert "same.parquet" in html
    assert "same.parquet" not in page(compare(*map(read_side, two)), only_changes=True)


def _called(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call


def test_the_command(two: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = _called(capsys)
    html = tmp_path / "out" / "report.html"
    code, out, err = call("diff", *two, "--html", html, "--json", "--only-changes")
    assert code == 0
    found = json.loads(out)
    assert found["summary"]["numbers"]["different"] == 1
    assert all(row["match"] != "identical" for section in found["sections"] for row in section["rows"])
    assert str(html) in err
    assert html.read_text().startswith("<!doctype html>")
    assert call("diff", *two, "--html", html)[0] == 0  # an older page of its own is replaced
    assert call("diff", *two)[1].startswith("A: ")
    code, out, err = call("diff", two[0], tmp_path / "nothing")
    assert (code, out, err.count("\n")) == (3, "", 1)
    code, out, err = call("diff", two[0], tmp_path / "out")
    assert (code, out, err.count("\n")) == (2, "", 1)
