"""The paper's numbers beside a run's: quoted right, scaled alike, and marked."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from coinco_core.errors import InputError, MissingError
from coinco_core.reproduction.comparison import (
    DEMO_BADGE,
    Comparison,
    Pair,
    compare,
    comparison_html,
    gains,
    published_bars,
)
from coinco_core.reproduction.costs import costs

PUBLISHED = """
first:
  title: Accuracy
  source: section 5.1
  rows:
    - {label: "size, before", paper: 55.4, run: a/before}
    - {label: "size, after", paper: 65.9, run: a/after}
    - {label: "place, before", paper: 10.0, run: a/gone}
    - {label: "place, after", paper: 9.0, run: a/words, note: "a <note>"}
"""


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    numbers: dict[str, Any] = {
        "before": {"value": 0.5, "unit": "", "low": 0.4, "high": 0.6, "n": 100},
        "after": {"value": 75.0, "unit": " %", "low": 70.0, "high": 80.0},
        "words": {"value": "not defined"},
    }
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "numbers.json").write_text(json.dumps(numbers))
    (tmp_path / "published.yml").write_text(PUBLISHED)
    return tmp_path


@pytest.fixture
def comparison(run_dir: Path) -> Comparison:
    return compare("first", run_dir, run_dir / "published.yml")


def test_shares_and_percentages_come_to_the_same_scale(comparison: Comparison) -> None:
    assert comparison.pairs[0] == Pair("size, before", 55.4, 50.0, 40.0, 60.0, 100)
    assert comparison.pairs[1] == Pair("size, after", 65.9, 75.0, 70.0, 80.0)
    assert [pair.here for pair in comparison.pairs[2:]] == [None, None]


@pytest.mark.parametrize("demo", [True, False])
def test_only_and_every_number_of_a_demo_run_is_marked(comparison: Comparison, demo: bool) -> None:
    html = comparison_html(comparison, demo=demo)
    assert html.count(DEMO_BADGE) == (2 if demo else 0)
    assert html.count("not defined in this run") == 2
    assert "The paper's numbers: section 5.1." in html
    assert "a &lt;note&gt;" in html
    assert "95 % interval 40.0 to 60.0, n&nbsp;=&nbsp;100" in html


def test_gains_in_points(comparison: Comparison) -> None:
    table = gains(comparison)
    assert table.loc["size", "paper"] == pytest.approx(10.5)
    assert table.loc["size", "here"] == pytest.approx(25.0)
    assert table.loc["place", "paper"] == pytest.approx(-1.0)
    assert math.isnan(float(table["here"]["place"]))


def test_the_paper_s_bars_by_criterion_and_answerer() -> None:
    rows = [("size", 83.2), ("co-occurrence", 87.0)]
    pairs = [Pair(f"{what}, unmodified scenes, after", paper, None) for what, paper in rows]
    pairs += [Pair("size, replaced objects, before", 55.4, 12.0), Pair("size, unmodified scenes, before", 52.6, 99.0)]
    table = published_bars(Comparison("", "", tuple(pairs)), "unmodified scenes")
    assert table.to_numpy().tolist() == [
        ["co_occurrence", "student", pytest.approx(0.87)],
        ["size", "student", pytest.approx(0.832)],
        ["size", "before", pytest.approx(0.526)],
    ]
    with pytest.raises(InputError, match="no numbers for 'replaced'"):
        published_bars(Comparison("", "", tuple(pairs)), "replaced")


def test_unknown_names_and_missing_runs_are_named(run_dir: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'students'"):
        compare("student", run_dir)
    with pytest.raises(MissingError, match="'lvlm_reasoning' has recorded nothing"):
        compare("consensus", run_dir)


def _paper(name: str, run_dir: Path) -> dict[str, float]:
    import yaml

    from coinco_core.reproduction.layout import find_layout

    table = yaml.safe_load((find_layout().book / "published.yml").read_text())[name]
    return {row["label"]: row["paper"] for row in table["rows"]}


def test_the_published_numbers_are_those_of_the_paper(run_dir: Path) -> None:
    students = _paper("students", run_dir)
    after = [students[f"{c}, replaced objects, after"] for c in ("size", "location", "co-occurrence")]
    assert sum(after) / 3 == pytest.approx(73.7, abs=0.05)  # the average that the table states
    after = [students[f"{c}, unmodified scenes, after"] for c in ("size", "location", "co-occurrence")]
    assert sum(after) / 3 == pytest.approx(87.2, abs=0.05)
    hits = {"1": 392, "3": 766, "5": 1028, "10": 1414}  # of the 2,402 test images
    objects = _paper("objects", run_dir)
    assert all(objects[f"80 categories, top-{k}"] == round(100 * n / 2402, 2) for k, n in hits.items())
    hits = {"1": 843, "3": 1475, "5": 1881, "10": 2329}
    assert all(objects[f"12 supercategories, top-{k}"] == round(100 * n / 2402, 2) for k, n in hits.items())
    consensus = _paper("consensus", run_dir)
    assert consensus["unanimous by their final decision"] == round(100 * 73929 / 97722, 1)
    assert consensus["of those, out-of-context"] == round(100 * 64879 / 73929, 1)


def test_costs_name_the_longest_cell(tmp_path: Path) -> None:
    cells = [{"first_line": "quick", "seconds": 0.1}, {"first_line": "slow", "seconds": 9.0}]
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "run.json").write_text(json.dumps({"seconds": 12.5, "cells": cells}))
    assert costs(tmp_path, ["a"]).to_numpy().tolist() == [["a", 12.5, 9.0, "slow"]]
    with pytest.raises(MissingError, match="'b' has not been run"):
        costs(tmp_path, ["a", "b"])
