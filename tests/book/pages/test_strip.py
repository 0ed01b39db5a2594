"""The strip on a page: what made it in short and in full, and the lines that make it again."""

from __future__ import annotations

import re
import shlex
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from coinco_book.checkout import find_checkout
from coinco_book.commands.book import read_parameters
from coinco_book.pages.strip import strip
from coinco_book.runs.calls import coinco_line, copy_line, papermill_line, source_of
from coinco_book.runs.inputs import code_digest, data_of
from coinco_book.runs.notebooks import check_parameters, load_notebooks

RECORD: dict[str, Any] = {
    "notebook": "students_size",
    "key": "k" * 64,
    "seconds": 12.4,
    "parameters": {"seed": 3, "profile": "released", "criterion": "size", "n_train": 7},
    "fixed": {"criterion": "size"},
    "settings": {"data": "demo"},
    "depends_on": {"notebooks/students.ipynb": "n", "coinco_core": "x", "coinco_world.dataset": "y"},
    "cells": [{"first_line": "slow <cell>", "seconds": 9.0}],
    "made_by": {
        "profile": "released",
        "seed": 3,
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "dirty": True,
        "code_version": "0.1.0+0123456789ab.dirty",
        "device": "cpu, because no GPU is present",
        "time": "2026-01-02T03:04:05+00:00",
        "inputs": {"weights/vae": "v" * 64},
    },
}


def _facts(record: dict[str, Any]) -> dict[str, str]:
    facts = re.findall(r"<span><b>([^<]*)</b> ([^<]*)</span>", strip(record))
    return {name: unescape(value) for name, value in facts}


def test_the_strip_has_each_fact_in_short() -> None:
    data = data_of(RECORD)
    assert data is not None
    assert _facts(RECORD) == {
        "commit": "0123456+dirty",
        "profile": "released",
        "seed": "3",
        "device": "cpu",
        "ran in": "12 s",
        "on": "2026-01-02",
        "code": code_digest(RECORD)[:10],
        "data": f"drawn scenes, seed 3 · {data.digest[:10]}",
    }


def test_the_details_have_the_digests_in_full() -> None:
    data = data_of(RECORD)
    assert data is not None
    text = strip(RECORD)
    for full in (RECORD["made_by"]["commit"], code_digest(RECORD), data.digest, "weights/vae " + "v" * 64, "k" * 64):
        assert full in text


def test_seed_0_is_a_fact_and_a_clean_commit_has_no_mark() -> None:
    facts = _facts({"made_by": {"seed": 0, "commit": "a" * 40, "dirty": False}})
    assert (facts["seed"], facts["commit"]) == ("0", "aaaaaaa")
    assert _facts({"made_by": {"commit": None, "code_version": "0.1.0+src.1"}})["commit"] == "0.1.0+src.1"


@pytest.mark.parametrize("record", [RECORD, {}, {"made_by": {"device": "a\n\nb"}}])
def test_the_strip_is_one_block_of_html(record: dict[str, Any]) -> None:
    text = strip(record)
    assert "\n\n" not in text
    assert text.startswith("<div") and text.endswith("</div>")
    assert text.count("<div") == text.count("</div>")


def test_texts_of_a_record_are_inert() -> None:
    bad = "<script>alert(1)</script>"
    made_by = {"profile": bad, "device": bad, "platform": bad, "inputs": {bad: bad}, "packages": {bad: bad}}
    depends_on = {f"notebooks/{bad}": "1", f"data {bad}": "2"}
    text = strip({"notebook": bad, "made_by": made_by, "depends_on": depends_on, "parameters": {bad: bad}, "key": bad})
    assert "<script" not in text


def test_the_notebook_and_both_lines_are_offered() -> None:
    text = unescape(strip(RECORD))
    assert 'href="../_static/sources/students.ipynb"' in text
    found = [re.sub(r"</?span>", "", line) for line in re.findall(r'<pre class="command">(.*?)</pre>', text)]
    assert found == [coinco_line(RECORD), papermill_line(RECORD)]
    assert "_static/sources" not in strip({"made_by": {}})


def test_the_line_for_coinco_names_what_a_user_may_set() -> None:
    words = shlex.split(coinco_line(RECORD))
    assert words[:5] == ["coinco", "run", "students_size", "--profile", "released"]
    assert words[-1] == "--force"
    assert read_parameters(words[6:-1:2]) == {"seed": 3, "n_train": 7}
    odd = {**RECORD, "parameters": {"a": None, "b": True, "c": "two words", "d": [1, 2], "e": 1e-4, "f": "1", "g": ""}}
    assert read_parameters(shlex.split(coinco_line(odd))[6:-1:2]) == odd["parameters"]


def test_the_line_for_papermill_names_every_parameter_and_spares_the_good_run() -> None:
    pytest.importorskip("papermill")
    from papermill.cli import _resolve_type

    words = shlex.split(papermill_line(RECORD))
    assert words[:3] == ["papermill", "notebooks/students.ipynb", "out.ipynb"]
    given = dict(zip(words[4::3], map(_resolve_type, words[5::3]), strict=True))
    assert given == {**RECORD["parameters"], "run_dir": "runs/mine"}
    assert copy_line(RECORD) == ""


def test_a_page_that_reads_other_runs_has_a_line_that_copies_them() -> None:
    needing = {**RECORD, "depends_on": {**RECORD["depends_on"], "run a": "1"}}
    assert copy_line(needing) == "cp -r runs/released/. runs/mine"
    assert papermill_line(needing) == papermill_line(RECORD)
    text = unescape(re.sub(r"</?span>", "", strip(needing)))
    assert text.index(coinco_line(needing)) < text.index(copy_line(needing)) < text.index(papermill_line(needing))
    assert "Its seed has to be theirs" in text
    assert "seed has to be" not in strip(RECORD)


def test_the_lines_are_accepted_for_every_notebook_of_the_book() -> None:
    checkout = find_checkout()
    for notebook in load_notebooks(checkout):
        parameters = {"profile": "demo", "seed": 0, **notebook.parameters}
        depends_on = {f"notebooks/{notebook.source}": "1"}
        record = {"notebook": notebook.id, "parameters": parameters, "fixed": dict(notebook.parameters)}
        record |= {"depends_on": depends_on, "made_by": {"profile": "demo"}}
        words = shlex.split(coinco_line(record))
        check_parameters([notebook], checkout, read_parameters(words[6:-1:2]))
        assert (checkout.notebooks / source_of(record)).is_file()
        assert Path(shlex.split(papermill_line(record))[1]) == Path("notebooks") / notebook.source
