"""The ledger's page: every claim with its row, its mark and its link; nothing a file holds is taken for HTML."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import tiny_checkout
from checkout_root import ROOT
from coinco_book.checkout import Checkout
from coinco_book.claims import ledger_page
from coinco_book.claims.status import Status
from coinco_book.pages.edition import Edition
from coinco_book.pages.strip import DEMO_MARK

DASH = "\N{EN DASH}"
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> & {claim}`x` $a$'
MANIFEST = "- {id: students, title: Students}\n- {id: settled, title: Settled, numbers: calculations}\n"
GROUP = {"place": "Table 2", "known_from": "reading note"}
CLAIMS: list[dict[str, Any]] = [
    {"id": "after", "text": "After", "kind": "absolute", "value": 75.4, "unit": "%", "tolerance": {"sampling": 2402},
     "profile": "released", "lacks": "hardware", "answer": "students/after"},
    {"id": "order", "text": "It gains", "kind": "ordering", "unit": "%", "order": ["students/after", "students/before"],
     "labels": ["after", "before"], "profile": "released", "lacks": "hardware"},
    {"id": "count", "text": "Parameters", "kind": "exact", "value": 4369360, "profile": "none", "answer": "settled/n"},
    {"id": "samples", "text": "Samples", "kind": "exact", "value": 24000, "profile": "none", "answer": "settled/m",
     "expected": "differs", "finding": "The code uses 20,000."},
    {"id": "taken", "text": "Its batch", "kind": "exact", "value": 4369360, "profile": "none", "answer": "settled/n",
     "adopted": True},
    {"id": "people", "text": "People agree", "kind": "absolute", "value": 95.1, "unit": "%", "tolerance": 1.0,
     "tolerance_from": "judgement", "profile": "paper", "lacks": "data", "beside": "students/before",
     "note": "The paper asked people."},
    {"id": "sources", "text": "Teachers", "kind": "reading", "value": "72B each", "finding": "One has 38."},
    {"id": "gone", "text": "Only theirs", "kind": "exact", "value": 1, "profile": "paper", "lacks": "data"},
]  # fmt: skip


def _scrap(key: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {}, "metadata": {"scrapbook": {"name": key}}}


def _checkout(root: Path, claims: list[dict[str, Any]], title: str = "Students") -> Checkout:
    checkout = tiny_checkout.make_checkout(root, {}, MANIFEST)
    checkout.book.mkdir()
    groups = [{**GROUP, "id": "g", "title": title, "claims": claims}]
    (checkout.book / "claims.yml").write_text(yaml.safe_dump(groups))
    recorded: dict[str, tuple[str, dict[str, Any]]] = {
        "students": ("results", {"after": {"value": 0.75, "unit": "", "low": 0.7, "high": 0.8},
                                 "before": {"value": 0.5, "unit": "", "low": 0.45, "high": 0.55}}),
        "settled": ("calculations", {"n": {"value": 4369360, "unit": ""}, "m": {"value": 20000, "unit": ""}}),
    }  # fmt: skip
    for name, (kind, numbers) in recorded.items():
        run = checkout.runs("demo") / name
        run.mkdir(parents=True)
        record = {"notebook": name, "numbers": kind, "made_by": {"profile": "demo"}, "depends_on": {"code": "digest"}}
        record |= {"seconds": 1.0, "cells": []}
        notebook = tiny_checkout.notebook(*(f"record('{key}')" for key in numbers))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for cell, key in zip(code[1:], numbers, strict=True):
            cell["outputs"] = [_scrap(key)]
        for file, content in (("run.json", record), ("numbers.json", numbers), (f"{name}.ipynb", notebook)):
            (run / file).write_text(json.dumps(content))
    return checkout


def _edition(checkout: Checkout) -> Edition:
    records = {
        name: json.loads((checkout.runs("demo") / name / "run.json").read_text()) for name in ("students", "settled")
    }
    return Edition(checkout, "demo", records)


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, str]:
    return ledger_page.fragments(_edition(_checkout(tmp_path, CLAIMS)))


def _rows(html: str) -> dict[str, str]:
    """Each claim's row, by its id."""
    pieces = html.split('<tr id="claim-')[1:]
    return {piece.split('"')[0]: piece.split("</tr>")[0] for piece in pieces}


def test_every_claim_has_its_row(parts: dict[str, str]) -> None:
    rows = _rows(parts["ledger"])
    assert list(rows) == [claim["id"] for claim in CLAIMS]
    icons = {
        word: [i for i, row in rows.items() if f'"true">{icon}</span> {word}</span>' in row]
        for word, icon in [*((str(status), status.icon) for status in Status), ("adopted", Status.REPRODUCED.icon)]
    }
    assert {word: ids for word, ids in icons.items() if ids} == {
        "not run at this scale": ["after"],
        "direction only": ["order"],
        "reproduced": ["count"],
        "adopted": ["taken"],
        "differs": ["samples", "sources"],
        "needs data": ["people", "gone"],
    }


def test_only_and_every_demo_number_carries_its_mark(parts: dict[str, str]) -> None:
    marks = {claim: row.count(DEMO_MARK) for claim, row in _rows(parts["ledger"]).items()}
    assert {claim: n for claim, n in marks.items() if n} == {"after": 1, "order": 2, "people": 1}


def test_a_row_holds_what_is_needed_to_judge_it(parts: dict[str, str]) -> None:
    rows = _rows(parts["ledger"])
    for text in (
        "75.4\N{NO-BREAK SPACE}%",
        "75.0\N{NO-BREAK SPACE}%",
        "70.0 to 80.0",
        "± 1.72",
        "95 % sampling interval of a share of 75.4 % at n = 2,402",
    ):
        assert text in rows["after"]
    assert "after above before" in rows["order"]
    assert "after: 75.0" in rows["order"]
    assert "−4,000" in rows["samples"]
    assert "Found: The code uses 20,000." in rows["samples"]
    assert "Adopted as the book" in rows["taken"] and "not measured." in rows["taken"]
    assert "Settled by reading both sources." in rows["sources"] and "72B each" in rows["sources"]
    assert rows["people"].count("The paper asked people.") == 1
    assert "<small>Shown beside, not judged.</small>" in rows["people"]
    assert "50.0\N{NO-BREAK SPACE}%" in rows["people"] and 'students.html#cell-3"' in rows["people"]


def test_a_place_that_all_share_stands_above_the_table(tmp_path: Path) -> None:
    other = {**CLAIMS[2], "id": "other", "place": "section 5"}
    html = ledger_page.fragments(_edition(_checkout(tmp_path, [*CLAIMS, other])))["ledger"]
    assert "Students. </span>Table 2; reading note</caption>" in html
    assert {claim for claim, row in _rows(html).items() if "reading note" in row} == {"other"}
    assert "section 5; reading note" in _rows(html)["other"]


def test_numbers_lead_to_the_cells_that_recorded_them(parts: dict[str, str]) -> None:
    rows = _rows(parts["ledger"])
    assert 'href="../notebooks/students.html#cell-2"' in rows["after"]
    assert 'href="../notebooks/students.html#cell-3"' in rows["order"]
    assert 'href="../notebooks/settled.html#cell-2"' in rows["count"]
    assert "href" not in rows["gone"]


def test_tally_and_findings(parts: dict[str, str]) -> None:
    assert "<b>2 claims settled by calculation, with no data:</b> <span" in parts["ledger_tally"]
    assert "<b>1 claim adopted as this book's own settings, not measured:</b>" in parts["ledger_tally"]
    assert "<b>1 claim settled by reading" in parts["ledger_tally"]
    assert "<b>4 claims that need the paper's data or models:</b>" in parts["ledger_tally"]
    assert parts["ledger_findings"].count("<li>") == 2
    assert "The code uses 20,000." in parts["ledger_findings"]
    assert 'href="../book/ledger.html#claim-samples"' in parts["ledger_findings"]


def test_html_in_markdown_has_no_blank_line(parts: dict[str, str]) -> None:
    blocks = [block for text in parts.values() for block in text.split("\n\n")]
    assert [b for b in blocks if not b.startswith(("## ", "<div", "<ul", "<details"))] == []
    assert [b for b in blocks if "\n" in b] == []


def test_tables_are_named_and_their_heads_say_what_they_head(parts: dict[str, str]) -> None:
    html = parts["ledger"]
    assert html.count("<table") == html.count("<caption>") == 2
    assert "<th>" not in html
    assert html.count('aria-pressed="false"') == 6
    for heading in ("By calculation", "Adopted", "By reading", "By a run"):
        assert f'<th scope="col">{heading}</th>' in html
    legend = html.split("claims-legend")[1].split("</table>")[0]
    assert f"reproduced</span></th><td>1</td><td>1</td><td>{DASH}</td><td>{DASH}</td>" in legend
    assert f"differs</span></th><td>1</td><td>{DASH}</td><td>1</td><td>{DASH}</td>" in legend
    assert '<div class="claims-filter" role="group" aria-label="Show some claims" hidden>' in html


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_what_a_file_holds_is_never_html(tmp_path: Path) -> None:
    words = {"text": HOSTILE, "place": HOSTILE, "known_from": HOSTILE, "note": HOSTILE, "finding": HOSTILE,
             "unit": HOSTILE, "printed": HOSTILE, "id": "h"}  # fmt: skip
    exact = {
        **words,
        "kind": "exact",
        "value": HOSTILE,
        "profile": "released",
        "lacks": "data",
        "answer": "students/words",
    }
    near = {**words, "id": "near", "kind": "absolute", "value": 1.0, "tolerance": 1.0, "tolerance_from": HOSTILE}
    near |= {"profile": "released", "lacks": "data", "unit": ""}
    order = {**CLAIMS[1], "labels": [HOSTILE, "before"]}
    checkout = _checkout(tmp_path, [exact, near, order], title=HOSTILE)
    path = checkout.runs("demo") / "students" / "numbers.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "words": {"value": HOSTILE}}))
    parts = ledger_page.fragments(_edition(checkout))
    for name, html in parts.items():
        seen = _Tags()
        seen.feed("\n".join(line for line in html.splitlines() if not line.startswith("## ")))
        assert not seen.found & {"script", "img"}, name
        assert not {attribute for attribute in seen.attributes if attribute.startswith("on")}, name
    heading = next(line for line in parts["ledger"].splitlines() if line.startswith("## "))
    assert "<" not in heading.replace("\\<", "")
    assert "`" not in heading.replace("\\`", "")


def test_a_group_s_title_reads_as_it_is_written(tmp_path: Path) -> None:
    from markdown_it import MarkdownIt

    html = ledger_page.fragments(_edition(_checkout(tmp_path, CLAIMS, title=HOSTILE)))["ledger"]
    heading = next(line for line in html.splitlines() if line.startswith("## "))
    inline = MarkdownIt().parse(heading)[1].children or []
    assert {token.type for token in inline} == {"text"}
    assert "".join(token.content for token in inline) == HOSTILE


def test_without_a_ledger_there_are_no_parts(tmp_path: Path) -> None:
    checkout = tiny_checkout.make_checkout(tmp_path, {}, MANIFEST)
    assert ledger_page.fragments(Edition(checkout, "demo")) == {}


def test_an_unmade_run_leaves_the_page_whole(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path, CLAIMS)
    edition = Edition(checkout, "released", {})
    assert len(_rows(ledger_page.fragments(edition)["ledger"])) == len(CLAIMS)


STATIC = ROOT / "coinco_book" / "extension" / "static"


def _open(browser: Any, folder: Path, html: str, **options: Any) -> tuple[Any, list[str]]:
    """The parts as a page of their own in a new window, and the errors of its scripts."""
    body = "".join(f"<section><h2></h2>{part}</section>" for part in html.split("\n\n") if not part.startswith("## "))
    static = STATIC.as_uri()
    head = f'<link rel="stylesheet" href="{static}/claims.css"><script src="{static}/claims.js"></script>'
    path = folder / "page.html"
    path.write_text(f'<!doctype html><meta charset="utf-8"><title>Ledger</title>{head}{body}', encoding="utf-8")
    tab = browser.new_context(**options).new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    tab.goto(path.as_uri())
    return tab, wrong


def _shown(tab: Any) -> list[str]:
    rows = tab.locator("table.claims tbody tr").all()
    return [row.get_attribute("id").removeprefix("claim-") for row in rows if row.is_visible()]


def test_a_browser_shows_the_claims_asked_for(browser: Any, tmp_path: Path, parts: dict[str, str]) -> None:
    tab, wrong = _open(browser, tmp_path, parts["ledger"])
    button = tab.get_by_role("button", name="reproduced")
    assert tab.locator(".claims-shown").inner_text() == "8 of 8 claims"
    button.click()
    assert (button.get_attribute("aria-pressed"), _shown(tab)) == ("true", ["count"])
    tab.get_by_role("button", name="differs").click()
    assert _shown(tab) == ["count", "samples", "sources"]
    button.click()
    assert _shown(tab) == ["samples", "sources"]
    tab.get_by_role("button", name="differs").click()
    tab.get_by_label("Search").fill("PARAM")
    assert _shown(tab) == ["count"]
    tab.get_by_label("Search").fill("no such words")
    assert (_shown(tab), tab.locator(".claims-shown").inner_text()) == ([], "0 of 8 claims")
    assert not tab.locator("section:has(table.claims)").is_visible()
    assert wrong == []
    tab.context.close()


def test_without_scripts_every_claim_shows(browser: Any, tmp_path: Path, parts: dict[str, str]) -> None:
    tab, _ = _open(browser, tmp_path, parts["ledger"], java_script_enabled=False)
    assert len(_shown(tab)) == len(CLAIMS)
    assert not tab.locator(".claims-filter").is_visible()
    tab.context.close()


def test_on_a_phone_the_tables_move_and_the_page_does_not(browser: Any, tmp_path: Path) -> None:
    hostile = {**CLAIMS[2], "id": "long", "text": HOSTILE, "note": "word" * 80}
    html = ledger_page.fragments(_edition(_checkout(tmp_path / "checkout", [*CLAIMS, hostile])))["ledger"]
    tab, wrong = _open(browser, tmp_path, html, viewport={"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    boxes = tab.evaluate("[...document.querySelectorAll('.claims-box')].map(b => b.scrollWidth > b.clientWidth)")
    assert boxes == [True, True]
    assert wrong == []
    tab.context.close()
