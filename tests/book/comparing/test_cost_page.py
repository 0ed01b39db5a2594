"""What runs take: predicted, measured, on a page and as a profile's YAML."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from checkout_root import ROOT
from coinco_book.checkout import Checkout
from coinco_book.comparing.cost_page import fragments
from coinco_book.comparing.expected import chain_words, expected_block, measured_costs, time_words
from coinco_book.pages.edition import Edition
from coinco_book.pages.generated import filled
from coinco_book.profiles import Expectation, load_profile, profile_names
from coinco_book.runs.notebooks import Notebook, load_notebooks
from coinco_core.cli import app
from coinco_core.errors import MissingError
from tiny_checkout import make_checkout, notebook
from two_runs import write_run

CELLS: list[dict[str, Any]] = [
    {"first_line": 'profile = "demo"', "seconds": 0.0, "host_bytes": 10**8, "device_bytes": None},
    {"first_line": "<script>f()</script>", "seconds": 30.0, "host_bytes": 12 * 10**8, "device_bytes": 3 * 10**9},
    {"first_line": "", "seconds": 6.0},
]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    manifest = "[{id: first, title: The <first>}, {id: second, title: Second}, {id: third, title: Third}]"
    notebooks = {"first": notebook("1"), "second": notebook("1"), "third": notebook("1")}
    checkout = make_checkout(tmp_path / "checkout", notebooks, manifest, "{first: {}, second: {}, third: {}}")
    (checkout.profiles / "demo.yaml").write_text(
        (checkout.profiles / "demo.yaml").read_text()
        + "expected:\n  first: {minutes: 0.5, memory_gb: 1.1, gpu_gb: 3, from: measured}\n"
    )
    (checkout.profiles / "paper.yaml").write_text(
        "name: paper\nmachine: 4 <GPUs>\nminutes: 6000\nexpected:\n  second: {minutes: 300, from: page <What>}\n"
    )
    runs = checkout.runs("demo")
    write_run(runs, "first", cells=CELLS, seconds=40.0)
    write_run(runs, "second", cells=CELLS[:1], seconds=4.0)
    return checkout


def _edition(checkout: Checkout) -> Edition:
    records = {
        name: json.loads((checkout.runs("demo") / name / "run.json").read_text()) for name in ("first", "second")
    }
    return Edition(checkout, "demo", records)


class _Tables(HTMLParser):
    """The rows of all tables as texts, and every link."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.in_cell = True
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = self.in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.in_cell:
            self.rows[-1][-1] += data


def _read(html: str) -> _Tables:
    tables = _Tables()
    tables.feed(html)
    return tables


def test_each_notebook_with_what_was_predicted(checkout: Checkout) -> None:
    read = _read(fragments(_edition(checkout))["costs"])
    assert ["The <first>", "40 s", "30 s", "1.20 GB and 3.00 GB of a GPU", "1.1 GB and 3 GB of a GPU"] in read.rows
    assert ["Second", "4 s", "not known", "0.10 GB", "not known"] in read.rows
    assert ["All, one after the other", "44 s", "not known", "", ""] in read.rows
    assert "../notebooks/first.html" in read.links


def test_each_cell_with_a_link_to_it_and_shares_that_add_up(checkout: Checkout) -> None:
    read = _read(fragments(_edition(checkout))["costs"])
    assert ["2", "<script>f()</script>", "30.0", "75%", "1.20 GB and 3.00 GB of a GPU"] in read.rows
    assert ["3", "", "6.0", "15%", ""] in read.rows
    assert ["", "the kernel's start and end", "4.0", "10%", ""] in read.rows
    assert [f"../notebooks/first.html#cell-{number}" in read.links for number in (1, 2, 3, 4)] == [True] * 3 + [False]
    assert "script" not in read.tags


def test_a_column_for_each_profile(checkout: Checkout) -> None:
    read = _read(fragments(_edition(checkout))["costs_profiles"])
    assert read.rows[0] == ["Notebook", "demoany", "paper4 <GPUs>"]
    assert ["The <first>", "30 s, 1.1 GB and 3 GB of a GPU", "not known"] in read.rows
    assert ["Second", "not known", "5 hpage <What>"] in read.rows
    assert ["Third", "not known", "not known"] in read.rows
    assert read.rows[-1] == ["All", "60 sas the profile says", "4.2 daysas the profile says"]


def test_what_is_known_of_all_notebooks_is_added_up(checkout: Checkout) -> None:
    text = (checkout.profiles / "demo.yaml").read_text()
    (checkout.profiles / "demo.yaml").write_text(f"{text}  second: {{minutes: 1}}\n  third: {{minutes: 2}}\n")
    rows = _read(fragments(_edition(checkout))["costs_profiles"]).rows
    assert rows[-1][:2] == ["All", "3.5 min"]


def test_the_parts_fit_into_markdown(checkout: Checkout) -> None:
    parts = fragments(_edition(checkout))
    for text in parts.values():
        assert all(block.startswith(("<div", "<p>", "<details", "### ")) for block in text.split("\n\n"))
    page = (ROOT / "book" / "costs.md").read_text()
    assert "<!-- generated" not in filled(page, parts, "costs.md")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.04 s"), (9.64, "9.6 s"), (89, "89 s"), (192, "3.2 min"), (4000, "67 min"), (15_840, "4.4 h"),
     (600_000, "6.9 days"), (10**7, "116 days")],
)  # fmt: skip
def test_durations_in_words(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


def test_measured_costs_as_rows(checkout: Checkout) -> None:
    first, second, third = measured_costs(checkout, "demo")
    assert (first["expected_seconds"], first["seconds"], first["host_gb"], first["gpu_gb"]) == (30.0, 40.0, 1.2, 3.0)
    assert (second["expected_seconds"], second["seconds"], second["gpu_gb"]) == (None, 4.0, None)
    assert (third["seconds"], third["host_gb"]) == (None, None)


def test_the_longest_chain_in_words() -> None:
    a, b, c = Notebook("a", "a", "A"), Notebook("b", "b", "B", needs=("a",)), Notebook("c", "c", "C", needs=("a",))
    assert chain_words([a, b, c], {"a": 50, "b": 5, "c": 65}).endswith(
        "1.9 min at least, however many cores there are: a, then c."
    )
    assert chain_words([a, b], {"a": 50, "b": 5}).endswith("55 s at least, however many cores there are: a, then b.")


def test_the_block_of_yaml_is_what_a_profile_reads(checkout: Checkout) -> None:
    block = expected_block(checkout, "demo")
    assert yaml.safe_load(block)["expected"]["second"] == {"minutes": 0.067, "memory_gb": 0.1, "from": "measured"}
    (checkout.profiles / "demo.yaml").write_text(f"name: demo\n{block}notebooks: {{first: {{}}}}\n")
    profile = load_profile("demo", checkout.profiles)
    assert profile.expected["first"] == Expectation(0.67, None, 1.2, 3, "measured")
    assert profile.expected_seconds("first") == pytest.approx(40.2)
    assert profile.expected_seconds("third") is None
    with pytest.raises(MissingError, match="coinco run --profile paper"):
        expected_block(checkout, "paper")


def test_the_command(capsys: pytest.CaptureFixture[str], checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coinco_book.checkout.find_checkout", lambda: checkout)
    assert app.main(["costs", "--yaml"]) == 0
    assert capsys.readouterr().out == expected_block(checkout, "demo")
    assert app.main(["costs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == measured_costs(checkout, "demo")
    assert app.main(["costs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["first", "30", "40", "1.1", "1.2"]
    assert lines[-1] == "All together take 60 s at least, however many cores there are: third."
    assert app.main(["costs", "--yaml", "--json"]) == 2
    assert "choose one" in capsys.readouterr().err
    for text in ("[]", "{}", '{"notebook": "first", "cells": []}'):
        (checkout.runs("demo") / "first" / "run.json").write_text(text)
        assert app.main(["costs"]) == 2
        assert "first/run.json is not a record of a run" in capsys.readouterr().err


@pytest.mark.parametrize("name", profile_names())
def test_what_the_profiles_expect_is_of_notebooks_that_there_are(name: str) -> None:
    from coinco_book.checkout import find_checkout

    profile = load_profile(name)
    assert profile.expected
    assert set(profile.expected) <= {notebook.id for notebook in load_notebooks(find_checkout())}
    assert all(one.minutes > 0 and one.source for one in profile.expected.values())


@pytest.mark.parametrize("name", ["smoke", "demo"])
def test_the_minutes_of_a_profile_are_those_of_its_notebooks(name: str) -> None:
    profile = load_profile(name)
    busy = sum(one.minutes * (one.cores or profile.threads(name)) for name, one in profile.expected.items())
    assert busy / 2 <= 1.2 * profile.minutes  # on the two cores of its machine
    assert profile.minutes <= 1.2 * sum(one.minutes for one in profile.expected.values())
