"""The whole book at profile smoke: every notebook runs, the pages pass their checks, and a browser shows them.

The runs stay in runs/smoke and are repeated only when something has changed; the pages go to a temporary folder.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from coinco_book.building.build import build_book
from coinco_book.building.check import check_book
from coinco_book.building.stage import toc_pages
from coinco_book.checkout import Checkout, find_checkout
from coinco_book.comparing.difference import compare
from coinco_book.comparing.folders import read_side
from coinco_book.comparing.match import Match
from coinco_book.runs.notebooks import load_notebooks
from coinco_book.runs.outcome import Outcome
from coinco_book.runs.run import run
from coinco_core.errors import CheckError

SHARING = ("students_location", "students_size", "objects_from_context")
PAGES = toc_pages(find_checkout().root / "_toc.yml")
SIZES = {"narrow": (390, 844), "wide": (1440, 900)}
LOOKED_AT = {"narrow": "dark", "wide": "light"}  # axe-core takes its time: once at each width, once in each theme
WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
AXE = {"runOnly": WCAG, "resultTypes": ["violations"], "preload": False}  # no preloading: a file may not fetch
HIGHLIGHTED, CODE_ON = ".highlight", "notebooks/world_tour"  # code looks the same everywhere: once will do
# what others wrote and axe-core finds serious: rule and selector
NOT_OURS = {("aria-required-children", ".citation-list")}  # Sphinx's list of references, whose entries are no listitems


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(find_checkout().root, tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def outcomes(checkout: Checkout) -> list[Outcome]:
    return run(profile="smoke", checkout=checkout, jobs=2)


@pytest.fixture(scope="module")
def html(checkout: Checkout, outcomes: list[Outcome]) -> Path:
    assert [outcome for outcome in outcomes if not outcome.good] == []
    return build_book("smoke", checkout=checkout).parent


def test_every_notebook_runs_at_smoke(outcomes: list[Outcome]) -> None:
    assert [(o.notebook, o.reason) for o in outcomes if not o.good] == []
    assert [o.notebook for o in outcomes] == [n.id for n in load_notebooks(find_checkout())]


def test_numbers_do_not_depend_on_the_number_of_jobs(checkout: Checkout, outcomes: list[Outcome]) -> None:
    """Of notebooks that share a pool, features and trained models, and of one that computes on two threads."""
    alone = replace(checkout, own_runs=checkout.root / "runs" / "one_job")
    made = run(SHARING, profile="smoke", checkout=alone, jobs=1)
    assert [outcome for outcome in [*made, *outcomes] if not outcome.good] == []
    for name in (outcome.notebook for outcome in made):
        found = compare(read_side(checkout.runs("smoke") / name), read_side(alone.runs("smoke") / name))
        rows = [row for section in found.sections if section.title in ("numbers", "tables") for row in section.rows]
        assert rows
        assert [row for row in rows if row.match not in (Match.IDENTICAL, Match.TIMES)] == [], name


def test_every_notebook_records_numbers(checkout: Checkout, outcomes: list[Outcome]) -> None:
    folder = checkout.runs("smoke")
    without = [o.notebook for o in outcomes if not (folder / o.notebook / "numbers.json").is_file()]
    assert without == []


def test_the_pages_pass_their_checks(html: Path) -> None:
    assert check_book(html, PAGES) == []


def test_every_page_is_there_under_its_title(html: Path, checkout: Checkout) -> None:
    notebooks = {f"notebooks/{notebook.id}": notebook for notebook in load_notebooks(checkout)}
    for page in PAGES:
        source = checkout.root / ("book/index.md" if page == "index" else f"{page}.md")
        title = notebooks[page].title if page in notebooks else source.read_text().splitlines()[0].strip("# ")
        shown = re.search(r"<title>(.*?) &#8212;", (html / f"{page}.html").read_text(), re.DOTALL)
        assert shown and unescape(shown[1]).replace("\u2019", "'").strip() == title


def test_executed_pages_say_what_made_them(html: Path, checkout: Checkout) -> None:
    for notebook in load_notebooks(checkout):
        text = (html / "notebooks" / f"{notebook.id}.html").read_text()
        assert 'class="provenance"' in text
        kind = {"results": "demo numbers"}.get(notebook.numbers, notebook.numbers)
        assert f"{kind}</span>" in text
        assert str(checkout.root) not in text


def test_the_book_is_light_enough_to_send(html: Path) -> None:
    assert sum(p.stat().st_size for p in html.rglob("*") if p.is_file()) < 40_000_000


def test_a_second_build_is_skipped(html: Path, checkout: Checkout) -> None:
    said: list[str] = []
    before = (html / "index.html").stat().st_mtime_ns
    build_book("smoke", checkout=checkout, say=said.append)
    assert "skipped, no page has changed" in said[0]
    assert (html / "index.html").stat().st_mtime_ns == before


def test_the_last_good_book_stays_when_the_next_one_does_not_pass(
    html: Path, checkout: Checkout, tmp_path: Path
) -> None:
    broken = tmp_path / "checkout"
    root = checkout.root
    for name in ("notebooks", "profiles", "runs"):
        (broken / name).parent.mkdir(exist_ok=True)
        (broken / name).symlink_to(root / name)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(root / name, broken / name)
    shutil.copytree(root / "book", broken / "book")
    index = broken / "book" / "index.md"
    index.write_text(index.read_text() + "\n[nowhere](book/no_such_page)\n")
    before = (html / "index.html").read_bytes()
    with pytest.raises(CheckError, match="no_such_page"):
        build_book("smoke", checkout=Checkout(broken, checkout.output))
    assert (html / "index.html").read_bytes() == before


class Tab:
    """A page in a new window of the browser, and what went wrong on it."""

    def __init__(self, browser: Any, html: Path, page: str, size: tuple[int, int]) -> None:
        self.tab = browser.new_page(viewport={"width": size[0], "height": size[1]})
        self.tab.set_default_timeout(120_000)  # a busy machine takes its time
        self.wrong: list[str] = []
        self.tab.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))
        self.tab.on(
            "request", lambda r: self.wrong.append(r.url) if r.url.startswith(("http:", "https:", "ws:")) else 0
        )
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        self.tab.goto(f"{(html / 'x').as_uri()[:-1]}{page}")
        self.tab.wait_for_load_state("networkidle")
        self.tab.add_style_tag(content="* { transition: none !important; }")  # colors, not their way there

    def in_theme(self, theme: str) -> None:
        """Show the page in that theme, as the theme's own switch does."""
        self.tab.evaluate("t => Object.assign(document.documentElement.dataset, {theme: t, mode: t})", theme)

    def faults(self) -> list[str]:
        """What is wider than the window, and images that do not show."""
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
        width, images = self.tab.evaluate(wide), self.tab.evaluate(broken)
        return ([f"{width} pixels wider than its window"] if width > 0 else []) + images

    def barriers(self, without: Sequence[str] = ()) -> set[tuple[str, str]]:
        """What axe-core finds serious or critical outside these selectors: rule and selector."""
        import axe_playwright_python as axe  # missing, it is an error: a skip here would go unnoticed

        self.tab.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
        call = "([exclude, options]) => axe.run({exclude}, options)"
        found = self.tab.evaluate(call, [list(without), AXE])["violations"]
        found = [violation for violation in found if violation["impact"] in ("serious", "critical")]
        return {(violation["id"], str(node["target"][0])) for violation in found for node in violation["nodes"]}

    def undrawn(self) -> int:
        """How many formulas are there but not drawn."""
        self.tab.wait_for_function(
            "() => !window.MathJax?.startup?.promise || MathJax.startup.promise.then(() => true)"
        )
        drawn = "[...document.querySelectorAll('mjx-container')].filter(made => made.querySelector('svg')).length"
        count: int = self.tab.evaluate(f"document.querySelectorAll('article .math').length - {drawn}")
        return count


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("size", SIZES)
def test_a_browser_without_a_network_shows_the_page(browser: Any, html: Path, page: str, size: str) -> None:
    shown = Tab(browser, html, f"{page}.html", SIZES[size])
    assert shown.undrawn() == 0
    for theme in ("light", "dark"):
        shown.in_theme(theme)
        assert shown.faults() == []
    shown.in_theme(LOOKED_AT[size])
    assert shown.barriers([] if page == CODE_ON else [HIGHLIGHTED]) - NOT_OURS == set()
    assert shown.wrong == []
    shown.tab.close()


def test_the_first_page_has_formulas(browser: Any, html: Path) -> None:
    shown = Tab(browser, html, "index.html", SIZES["wide"])
    shown.tab.wait_for_selector("mjx-container svg")
    assert shown.tab.locator("mjx-container").count() >= 4
    shown.tab.close()


def test_a_link_to_a_cell_shows_which_it_is(browser: Any, html: Path) -> None:
    shown = Tab(browser, html, "notebooks/world_tour.html#cell-3", SIZES["wide"])
    cell = shown.tab.locator("p:has(> #cell-3) + div.cell")
    assert cell.evaluate("node => getComputedStyle(node).boxShadow") != "none"
    assert 0 <= cell.bounding_box()["y"] < SIZES["wide"][1]
    shown.tab.close()


@pytest.mark.parametrize("word", ["kitchen", "kappa"])
def test_the_search_finds_a_word(browser: Any, html: Path, word: str) -> None:
    shown = Tab(browser, html, f"search.html?q={word}", SIZES["narrow"])
    shown.tab.wait_for_selector("#search-results li a")
    links = shown.tab.locator("#search-results li a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert any(link.startswith("notebooks/") for link in links)
    assert shown.wrong == []
    shown.tab.close()
