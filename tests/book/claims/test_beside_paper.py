"""The paper's numbers beside a run's: quoted right, scaled alike, and marked."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from coinco_book.checkout import find_checkout
from coinco_book.claims.beside_paper import (
    DEMO_BADGE,
    TABLES,
    Comparison,
    Pair,
    compare,
    comparison_html,
    gains,
    published_bars,
)
from coinco_book.claims.ledger import load_claims
from coinco_core.errors import InputError, MissingError

LEDGER = """
- id: consensus
  title: Consensus
  place: section 3.2
  known_from: a note
  kind: absolute
  unit: "%"
  tolerance: 1.0
  tolerance_from: judgement
  profile: released
  lacks: data
  claims:
    - {id: consensus-share-answered, text: one, value: 75.7, answer: a/share}
    - {id: unanimous-out-share, text: two, value: 87.8, answer: a/percentage}
    - {id: human-agreement, text: three, value: 95.1, printed: "95.10 %", beside: a/words, note: a <note>}
"""


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    numbers: dict[str, Any] = {
        "share": {"value": 0.5, "unit": "", "low": 0.4, "high": 0.6, "n": 100},
        "percentage": {"value": 75.0, "unit": " %", "low": 70.0, "high": 80.0},
        "words": {"value": "not defined"},
    }
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "numbers.json").write_text(json.dumps(numbers))
    (tmp_path / "claims.yml").write_text(LEDGER)
    return tmp_path


@pytest.fixture
def comparison(run_dir: Path) -> Comparison:
    return compare("consensus", run_dir, run_dir / "claims.yml")


def test_shares_and_percentages_come_to_the_same_scale(comparison: Comparison) -> None:
    share, percentage, words = comparison.pairs
    assert (share.paper, share.here, share.low, share.high, share.n) == (75.7, 50.0, 40.0, 60.0, 100)
    assert (percentage.here, percentage.low, percentage.high, percentage.n) == (75.0, 70.0, 80.0, None)
    assert words.here is None
    assert [pair.printed for pair in comparison.pairs] == ["75.7", "87.8", "95.10"]


@pytest.mark.parametrize("demo", [True, False])
def test_only_and_every_number_of_a_demo_run_is_marked(comparison: Comparison, demo: bool) -> None:
    html = comparison_html(comparison, demo=demo)
    assert html.count(DEMO_BADGE) == (2 if demo else 0)
    assert html.count("not defined in this run") == 1
    assert "The paper's numbers: section 3.2." in html
    assert "<td>95.10</td>" in html
    assert "a &lt;note&gt;" in html
    assert "95 % interval 40.0 to 60.0, n&nbsp;=&nbsp;100" in html


def test_a_note_that_several_rows_share_is_shown_once() -> None:
    pairs = (Pair("a", 1.0, None, note="alike"), Pair("b", 1.0, None, note="alike"), Pair("c", 1.0, None, note="other"))
    html = comparison_html(Comparison("", "", pairs), demo=True)
    assert (html.count("alike"), html.count("other")) == (1, 1)
    assert html.index("alike") < html.index("<td>b</td>") < html.index("other")


def test_gains_in_points() -> None:
    pairs = (Pair("size, before", 55.4, 50.0), Pair("size, after", 65.9, 75.0))
    pairs += (Pair("place, before", 10.0, None), Pair("place, after", 9.0, 12.0))
    table = gains(Comparison("", "", pairs))
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


def test_every_row_has_its_claim_and_the_notebook_that_answers_it() -> None:
    claims = {claim.id: claim for claim in load_claims(find_checkout())}
    for table in TABLES.values():
        chosen = [claims[claim] for claim in table.claims.values()]
        assert [claim.id for claim in chosen if claim.unit != "%" or not claim.shown_sources] == []
    assert {name: len(table.claims) for name, table in TABLES.items()} == {"consensus": 3, "students": 12, "objects": 8}


def test_the_students_rows_are_those_of_their_notebooks() -> None:
    claims = {claim.id: claim for claim in load_claims(find_checkout())}
    for label, claim in TABLES["students"].claims.items():
        what, where, when = label.split(", ")
        (source,) = claims[claim].shown_sources
        assert source.startswith(f"students_{what.replace('-', '_')}/")
        assert ("unmodified" in source) == (where == "unmodified scenes") == bool(claims[claim].beside)
        assert source.endswith({"before": "_before", "after": "_student"}[when])
        assert (what in claims[claim].text.lower(), when in claims[claim].text) == (True, True)
