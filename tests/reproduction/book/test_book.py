"""The whole book at profile smoke: every notebook runs, the pages pass their checks, and a browser shows them.

The runs stay in runs/smoke and are repeated only when something has changed; the pages go to a temporary folder.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from coinco_core.errors import CheckError
from coinco_core.reproduction.book.build import build_book
from coinco_core.reproduction.book.check import check_book
from coinco_core.reproduction.book.stage import toc_pages
from coinco_core.reproduction.layout import Layout, find_layout
from coinco_core.reproduction.notebooks import load_notebooks
from coinco_core.reproduction.runs import Outcome, run

SIZES = {"narrow": (390, 844), "wide": (1360, 900)}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return Layout(find_layout().root, tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def outcomes(layout: Layout) -> list[Outcome]:
    return run(profile="smoke", layout=layout)


@pytest.fixture(scope="module")
def html(layout: Layout, outcomes: list[Outcome]) -> Path:
    assert [outcome for outcome in outcomes if not outcome.good] == []
    return build_book("smoke", layout=layout).parent


def test_every_notebook_runs_at_smoke(outcomes: list[Outcome]) -> None:
    assert [(o.notebook, o.reason) for o in outcomes if not o.good] == []
    assert [o.notebook for o in outcomes] == [n.id for n in load_notebooks(find_layout())]


def test_every_notebook_records_numbers(layout: Layout, outcomes: list[Outcome]) -> None:
    folder = layout.runs("smoke")
    without = [o.notebook for o in outcomes if not (folder / o.notebook / "numbers.json").is_file()]
    assert without == []


def test_the_pages_pass_their_checks(html: Path, layout: Layout) -> None:
    assert check_book(html, toc_pages(layout.root / "_toc.yml")) == []


def test_executed_pages_say_what_made_them(html: Path, layout: Layout) -> None:
    for notebook in load_notebooks(layout):
        text = (html / "notebooks" / f"{notebook.id}.html").read_text()
        assert 'class="provenance"' in text
        kind = {"results": "demo numbers"}.get(notebook.numbers, notebook.numbers)
        assert f"{kind}</span>" in text
        assert str(layout.root) not in text


def test_the_book_is_light_enough_to_send(html: Path) -> None:
    assert sum(p.stat().st_size for p in html.rglob("*") if p.is_file()) < 40_000_000


def test_a_second_build_is_skipped(html: Path, layout: Layout) -> None:
    said: list[str] = []
    before = (html / "index.html").stat().st_mtime_ns
    build_book("smoke", layout=layout, say=said.append)
    assert "skipped, no page has changed" in said[0]
    assert (html / "index.html").stat().st_mtime_ns == before


def test_the_last_good_book_stays_when_the_next_one_does_not_pass(html: Path, layout: Layout, tmp_path: Path) -> None:
    broken = tmp_path / "checkout"
    root = layout.root
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
        build_book("smoke", layout=Layout(broken, layout.output))
    assert (html / "index.html").read_bytes() == before


def _open(browser: Any, html: Path, page: str, size: tuple[int, int]) -> tuple[Any, list[str]]:
    """The page in a new window and what went wrong on it: requests that failed or left the disk, errors of scripts."""
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]})
    tab.set_default_timeout(120_000)  # a busy machine takes its time
    wrong: list[str] = []
    tab.on("requestfailed", lambda request: wrong.append(request.url))
    tab.on("request", lambda r: wrong.append(r.url) if r.url.startswith(("http:", "https:", "ws:")) else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.goto((html / f"{page}.html").as_uri())
    tab.wait_for_load_state("networkidle")
    return tab, wrong


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_a_browser_without_a_network_shows_every_page(
    browser: Any, html: Path, layout: Layout, size: tuple[int, int]
) -> None:
    for page in toc_pages(layout.root / "_toc.yml"):
        tab, wrong = _open(browser, html, page, size)
        assert wrong == [], page
        overflow = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{page} is wider than its window"
        broken = tab.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)")
        assert broken == [], page
        tab.close()


def test_formulas_are_drawn(browser: Any, html: Path) -> None:
    tab, _ = _open(browser, html, "index", SIZES["wide"])
    tab.wait_for_selector("mjx-container svg")
    assert tab.locator("mjx-container").count() >= 4
    tab.close()


def test_the_search_finds_a_word(html: Path) -> None:
    index = (html / "searchindex.js").read_text()
    titles = json.loads(index[index.index("(") + 1 : index.rindex(")")])["titles"]
    assert "Objects in and out of context" in titles
