"""The page of what is settled: all keys are made, every verdict is the expected one, and it needs no drawn world."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from coinco_book.checkout import find_checkout
from coinco_book.claims.claim import Claim
from coinco_book.claims.ledger import load_claims
from coinco_book.claims.settled import counts, sizes
from coinco_book.claims.settled import object_table as objects
from coinco_book.claims.settled import table_cells as tables
from coinco_book.claims.settled.page import beside, paper_values, record
from coinco_book.claims.status import Status
from coinco_book.results import RUN_FOLDER, read_numbers
from coinco_book.runs.imports import ImportGraph
from coinco_book.runs.notebooks import code_of, load_notebooks, read_cells

CHECKOUT = find_checkout()
CLAIMS = load_claims(CHECKOUT)
PAPER = paper_values(CLAIMS)


@pytest.fixture(scope="module")
def found() -> dict[str, float]:
    parts = [counts.dataset(PAPER), counts.labels(PAPER), counts.samples(PAPER), counts.success(PAPER)]
    parts += [tables.students(PAPER), tables.detectors(PAPER), tables.f1_of_rows(PAPER), tables.localisation(PAPER)]
    parts += [objects.hits(PAPER), objects.chances(), objects.cliques(PAPER), objects.overview(PAPER)]
    parts += [objects.rows_above(PAPER), objects.log(PAPER)]
    parts += [sizes.network(), sizes.first_version(), sizes.adapter(), sizes.recipes()]
    together: dict[str, float] = {}
    for part in parts:
        assert together.keys() & part.keys() == set()  # no key has two meanings
        together |= part
    return together


def _keys(claim: Claim) -> list[str]:
    return [source.split("/")[1] for source in claim.sources if source.startswith("settled/")]


def test_every_claim_that_needs_no_data_is_answered(found: dict[str, float]) -> None:
    settled = [claim for claim in CLAIMS if claim.profile == "none" and claim.kind != "reading"]
    assert len(settled) > 140
    assert [claim.id for claim in settled if not _keys(claim) or set(_keys(claim)) - found.keys()] == []


def test_only_what_is_expected_to_differ_does(found: dict[str, float]) -> None:
    table = beside(CLAIMS, found).set_index("what")
    expected = {claim.text for claim in CLAIMS if claim.expected and claim.profile == "none"}
    differs, reproduced = (f"{s.icon}\N{NO-BREAK SPACE}{s}" for s in (Status.DIFFERS, Status.REPRODUCED))
    adopted = reproduced.replace("reproduced", "adopted")
    assert set(table.index[table["verdict"] == differs]) == expected
    assert set(table["verdict"]) == {differs, reproduced, adopted}
    assert set(table.index[table["verdict"] == adopted]) == {claim.text for claim in CLAIMS if claim.adopted}


def test_the_page_makes_every_part() -> None:
    code = code_of(CHECKOUT.notebooks / "settled.ipynb")
    modules = {"counts": counts, "tables": tables, "objects": objects, "sizes": sizes}
    makers = {"dataset", "labels", "samples", "success", "students", "detectors", "f1_of_rows", "localisation", "hits"}
    makers |= {"chances", "cliques", "overview", "rows_above", "log", "network", "first_version", "adapter", "recipes"}
    made = {name for name in makers for module in modules if f"{module}.{name}(" in code}
    assert made == makers


def test_numbers_are_recorded_in_the_unit_of_their_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path / "settled"))
    record(CLAIMS, {"always_out": 76.853, "images": 97_722, "unasked": 1.5}, "things")
    numbers = read_numbers(tmp_path, "settled")
    assert {key: (entry["value"], entry["unit"]) for key, entry in numbers.items()} == {
        "always_out": (76.853, " %"), "images": (97_722, ""), "unasked": (1.5, " things"),
    }  # fmt: skip


def test_a_row_shows_what_is_printed_and_one_decimal_more() -> None:
    row: dict[str, Any] = beside(CLAIMS, {"always_out": 76.8526}).iloc[0].to_dict()
    space = "\N{NO-BREAK SPACE}"
    assert (row["printed"], row["calculated"]) == (f"76.85{space}%", f"76.853{space}%")
    assert beside(CLAIMS, {"chance_twelve_way_top3": 25.0})["calculated"].tolist() == [f"25.000{space}%"]
    assert beside(CLAIMS, {"recipe_learning_rate": 2e-4})["calculated"].tolist() == ["0.0002"]
    assert beside(CLAIMS, {"f1_yolo": 78.7})["what"].tolist() == ["F1 of YOLOv8x, from its precision and recall"]


@pytest.mark.parametrize("notebook", [n for n in load_notebooks(CHECKOUT) if n.numbers == "calculations"])
def test_calculations_need_no_drawn_world_and_no_run(notebook: Any) -> None:
    graph = ImportGraph()
    modules = graph.needed_by(code_of(notebook.path(CHECKOUT)), notebook.source)
    assert {name for name in modules if f"{name}.".startswith("coinco_world.")} <= {
        "coinco_world",
        "coinco_world.weights",
    }
    assert (notebook.weights, notebook.needs) == ((), ())


def test_findings_name_the_numbers_that_were_found(found: dict[str, float]) -> None:
    named = {
        "balanced-consensus": (f"{PAPER['balanced-consensus'] // 2:,}", f"{PAPER['unanimous-in']:,}"),
        "success-train": (f"{round(found['unexplained'], -3):,.0f}",),
        "ofc-co-occurrence-instance-top1": (f"{PAPER['ofc-log-first-top1']}",),
        "ofc-co-occurrence-clique-top1": (f"{found['chance_clique_first_top1']:.2f}",),
        "ofc-co-occurrence-above-chance": (
            f"{PAPER['ofc-co-occurrence-clique-top1']}",
            f"{found['chance_clique_first_top1']:.2f}",
        ),
        "localisation-improves-auc-table": (
            f"{PAPER['localisation-table-catnet-auc']}",
            f"{PAPER['localisation-catnet-ours-auc']}",
        ),
        "localisation-improves-accuracy": (f"{PAPER['localisation-trufor-ours-accuracy']:.2f}",),
        "times-smaller-counted": (f"{found['times_counted']:.1f}", f"{found['student_billions']:.2f}"),
        "localisation-improves-ap": (f"{PAPER['localisation-catnet-original-ap']}",),
    }
    findings = {claim.id: claim.finding for claim in CLAIMS}
    assert [(name, n) for name, numbers in named.items() for n in numbers if n not in findings[name]] == []


def test_prose_quotes_only_claims_that_there_are() -> None:
    known = {claim.id for claim in CLAIMS}
    for name in ("settled.ipynb", "results.ipynb"):
        prose = [cell["source"] for cell in read_cells(CHECKOUT.notebooks / name) if cell["cell_type"] == "markdown"]
        quoted = set(re.findall(r"\{claim\}`([^`]+)`", "\n".join(prose)))
        assert len(quoted) > 5
        assert quoted - known == set()
