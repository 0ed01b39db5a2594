"""The reviewers' page leads from every claim to its cell, and its facts are those of the records."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from coinco_book.checkout import Checkout
from coinco_book.claims.status import Status
from coinco_book.review.facts import Review
from coinco_book.review.reviewers_page import fragments
from coinco_book.review.words import _variation, fact_rows, minutes_words, size_words
from reviewed_checkout import edition_of, reviewed_checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return reviewed_checkout(tmp_path / "c")


def _sections(checkout: Checkout) -> dict[str, str]:
    parts = re.split(r"^### ", fragments(edition_of(checkout))["reviewers"], flags=re.MULTILINE)
    return {part.splitlines()[0]: part for part in parts if part}


def _commands(section: str) -> list[str]:
    found = re.findall(r'<pre class="command">(.*?)</pre>', section)
    return [unescape(re.sub(r"</?span>", "", line)) for line in found]


def test_each_notebook_has_its_claims_commands_and_knobs(checkout: Checkout) -> None:
    sections = _sections(checkout)
    assert list(sections) == [
        "[Settled &lt;facts&gt;](../notebooks/facts.ipynb)",
        "[One](../notebooks/pair_one.ipynb)",
        "Claims that nothing here answers",
    ]
    facts, pair, none = sections.values()
    assert _commands(facts)[0] == "coinco run facts --profile demo -p seed=0 --force"
    assert _commands(pair)[0] == "coinco run pair_one --profile demo -p seed=0 --force"
    line = "papermill notebooks/pair.ipynb out.ipynb -p profile demo -p seed 0 -p which 1 -p run_dir runs/mine"
    assert _commands(pair)[1:] == ["cp -r runs/demo/. runs/mine", line]
    assert "To be turned: <code>seed</code> = 0." in facts
    assert "To be turned: <code>n_rows</code> = as the profile says." in pair
    assert "which</code>" not in pair
    assert "<b>took</b> 2 min" in pair
    assert _commands(none) == []


def test_each_claim_is_once_with_its_status_its_row_and_its_cell(checkout: Checkout) -> None:
    text = fragments(edition_of(checkout))["reviewers"]
    rows = re.findall(r"<li>(.*?)</li>", text)
    assert [re.findall(r'href="([^"]+)"', row) for row in rows] == [
        ["ledger.html#claim-one", "../notebooks/facts.html#cell-2"],
        ["ledger.html#claim-two", "../notebooks/pair_one.html#cell-2"],
        ["ledger.html#claim-three"],
    ]
    words = [unescape(re.sub(r"<[^>]+>", "", row)) for row in rows]
    assert words[0] == f"{Status.REPRODUCED.icon} reproduced · One & one · cell 2"
    assert "not run at this scale" in words[1]
    assert "needs data" in words[2]


def test_the_parts_are_html_that_markdown_leaves_alone(checkout: Checkout) -> None:
    parts = fragments(edition_of(checkout))
    for block in re.findall(r"<div.*?</div>", "".join(parts.values()), flags=re.DOTALL):
        assert "\n" not in block
    assert "Settled <facts>" not in parts["artefact_facts"]


def test_a_checkout_without_a_ledger_has_no_claims(checkout: Checkout) -> None:
    (checkout.book / "claims.yml").unlink()
    assert "<li>" not in fragments(edition_of(checkout))["reviewers"]


def test_the_facts_are_those_of_records_profiles_and_claims(checkout: Checkout) -> None:
    facts = Review(edition_of(checkout)).facts()
    assert facts["complete"] == {
        "seconds": 150.5,
        "notebooks": {"facts": 60.0, "pair_one": 90.5},
        "not_run": ["waiting"],
    }
    assert facts["hardware"] == {
        "devices": ["cpu"],
        "platforms": ["Linux x86_64"],
        "host_bytes": 120_000_000,
        "device_bytes": None,
    }
    assert facts["prepare"]["packages"] == 2
    assert facts["knobs"] == {"facts": {"seed": 0}, "pair_one": {"n_rows": None}}
    assert facts["variation"] == [
        {"kind": "absolute", "from": "judgement", "claims": 2, "least": 0.25, "most": 0.5},
        {"kind": "exact", "from": "none", "claims": 1, "least": None, "most": None},
    ]
    assert {status: n for status, n in facts["expected"].items() if n} == {
        "reproduced": 1,
        "not run at this scale": 1,
        "needs data": 1,
    }
    assert facts["disk"]["environment"] == 0
    assert [profile["name"] for profile in facts["profiles"]] == ["demo"]


def test_the_words_leave_out_what_was_not_measured(checkout: Checkout) -> None:
    rows = dict(fact_rows(Review(edition_of(checkout)).facts()))
    assert rows["Hardware of this run"] == "cpu, Linux x86_64, 120 MB of memory at most"
    assert "environment" not in rows["Disk"]
    assert rows["Allowed variation"] == "absolute (2 claims): judgement, ± 0.25 to 0.5; exact (1 claim): none"
    assert rows["Time to complete"] == "3 min at profile 'demo', as measured; not run: waiting"


def test_disk_is_what_the_files_take(checkout: Checkout) -> None:
    before = Review(edition_of(checkout)).facts()["disk"]["runs"]
    (checkout.runs("demo") / "facts" / "more").write_bytes(bytes(3_000_000))
    assert Review(edition_of(checkout)).facts()["disk"]["runs"] == pytest.approx(before + 3_000_000, rel=0.02)


def test_a_tolerance_in_percent_is_shown_as_one() -> None:
    facts = {"kind": "relative", "from": "noise", "claims": 1, "least": 0.05, "most": 0.05}
    assert _variation(facts) == "relative (1 claim): noise, ± 5 %"


def test_odd_texts_of_claims_and_titles_stay_words(checkout: Checkout) -> None:
    ledger = (checkout.book / "claims.yml").read_text()
    (checkout.book / "claims.yml").write_text(ledger.replace("One & one", '"One\\n\\n# H {{x}} <b>"'))
    text = fragments(edition_of(checkout))["reviewers"]
    assert "One # H &#123;&#123;x}} &lt;b&gt;" in text


SIZES = {0: "0 bytes", 999: "999 bytes", 12_000: "12 kB", 16_400_000: "16.4 MB", 25 * 10**8: "2.5 GB"}


@pytest.mark.parametrize(("size", "words"), SIZES.items())
def test_sizes_are_in_powers_of_ten(size: int, words: str) -> None:
    assert size_words(size) == words


@pytest.mark.parametrize(("minutes", "words"), [(0.1, "6 s"), (2.4, "2 min"), (180, "3 h"), (10_000, "167 h")])
def test_times_are_in_the_unit_that_reads_best(minutes: float, words: str) -> None:
    assert minutes_words(minutes) == words
