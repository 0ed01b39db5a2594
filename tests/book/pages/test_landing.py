"""The first page, and demo numbers in prose: what an edition says of itself, and which quoted numbers carry a mark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coinco_book.checkout import Checkout
from coinco_book.pages import landing
from coinco_book.pages.edition import Edition
from coinco_book.pages.marks import glued_numbers, mark_prose, with_marks
from coinco_book.pages.strip import DEMO_MARK
from tiny_checkout import make_checkout, notebook

MANIFEST = "[{id: a, title: A}, {id: b, title: B, numbers: estimates}]"


def record(name: str, profile: str = "demo", seconds: float = 90.0, **more: Any) -> dict[str, Any]:
    made_by = {"profile": profile, "device": "cpu, because", "time": "2026-05-01T10:00:00"}
    return {"notebook": name, "made_by": made_by, "seconds": seconds, **more}


def scrap(name: str, *, is_number: bool) -> dict[str, Any]:
    return {
        "metadata": {"scrapbook": {"name": name, "is_number": is_number}},
        "output_type": "display_data",
        "data": {},
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout whose notebooks a and b have both recorded the number `share` and the text `words`."""
    place = make_checkout(tmp_path, {"a": notebook("1"), "b": notebook("1")}, MANIFEST)
    outputs = [scrap("share", is_number=True), scrap("words", is_number=False)]
    for name in ("a", "b"):
        folder = place.runs("demo") / name
        folder.mkdir(parents=True)
        cell = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": outputs}
        (folder / f"{name}.ipynb").write_text(json.dumps({"cells": [cell]}))
    return place


def test_the_edition_says_what_it_is(checkout: Checkout) -> None:
    edition = Edition(checkout, "demo", {"a": record("a"), "b": record("b", seconds=210.0, numbers="estimates")})
    facts = landing.edition_facts(edition)
    assert facts == {"profile": "demo", "notebooks": "2, run in 5 minutes", "device": "cpu", "latest": "2026-05-01"}
    assert "demo-badge" in landing.fragments(edition)["edition"]


def test_the_students_edition_says_that_it_is(checkout: Checkout) -> None:
    said = [landing.fragments(Edition(checkout, "demo", {}, solutions))["edition"] for solutions in (True, False)]
    assert ["without solutions" in one for one in said] == [False, True]


def test_only_an_edition_without_demo_numbers_goes_without_the_badge(checkout: Checkout) -> None:
    full = Edition(checkout, "released", {"a": record("a", "released"), "b": record("b", "released")})
    assert "demo-badge" not in landing.fragments(full)["edition"]
    drawn = record("b", "released", settings={"data": "demo"})
    mixed = Edition(checkout, "released", {"a": full.records["a"], "b": drawn})
    assert "demo-badge" in landing.fragments(mixed)["edition"]


def test_an_edition_of_nothing_says_so_and_its_facts_are_escaped(checkout: Checkout) -> None:
    assert landing.edition_facts(Edition(checkout, "demo", {})) == {"profile": "demo", "notebooks": "none"}
    bad = Edition(checkout, "demo", {"a": {"made_by": {"device": "<b>gpu</b>"}}})
    assert "<b>gpu" not in landing.fragments(bad)["edition"]


def test_glued_numbers_are_told_from_words() -> None:
    assert glued_numbers([{"outputs": [scrap("n", is_number=True), scrap("w", is_number=False)]}, {}]) == {"n"}


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("{glue:text}`notebooks/a.ipynb::share:s`", 1),
        ("{glue:text}`../notebooks/a.ipynb::share:s` and {glue:text}`notebooks/a.ipynb::share:.1f`", 2),
        ("{glue:text}`notebooks/a.ipynb::words:s`", 0),
        ("{glue:text}`notebooks/c.ipynb::share:s`", 0),
        ("{glue:text}`share`", 0),
        ("no number at all", 0),
    ],
)
def test_a_quoted_number_is_marked_by_its_notebook(text: str, marks: int) -> None:
    marked = with_marks(text, {"a": {"share"}})
    assert marked.count(DEMO_MARK) == marks
    assert marked.replace(DEMO_MARK, "") == text


def test_a_number_quoted_without_its_notebook_is_the_pages_own() -> None:
    assert with_marks("{glue:text}`share`", {"a": {"share"}}, here="a") == "{glue:text}`share`" + DEMO_MARK


def test_prose_is_marked_for_demo_runs_and_not_for_estimates(checkout: Checkout, tmp_path: Path) -> None:
    edition = Edition(checkout, "demo", {"a": record("a"), "b": record("b", numbers="estimates")})
    page = tmp_path / "pages" / "book" / "x.md"
    page.parent.mkdir(parents=True)
    page.write_text("{glue:text}`../notebooks/a.ipynb::share:s`, {glue:text}`../notebooks/b.ipynb::share:s`\n")
    mark_prose(tmp_path / "pages", edition)
    first, second = page.read_text().split(", ")
    assert first.endswith(DEMO_MARK) and DEMO_MARK not in second


def test_a_full_run_leaves_prose_as_it_is(checkout: Checkout, tmp_path: Path) -> None:
    page = tmp_path / "x.md"
    page.write_text("{glue:text}`notebooks/a.ipynb::share:s`\n")
    full = Edition(Checkout(checkout.root), "released", {"a": record("a", "released")})
    (checkout.root / "runs" / "released").symlink_to(checkout.runs("demo"))
    mark_prose(tmp_path, full)
    assert page.read_text() == "{glue:text}`notebooks/a.ipynb::share:s`\n"
