"""What the checks of the built pages find, each shown on a page that has just that fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinco_book.building.check import check_book
from coinco_core.errors import MissingError

GOOD = """<html><head><title>Title &#8212; Book</title>
<link rel="stylesheet" href="_static/s.css"><script src="_static/mathjax/m.js?v=1"></script>
</head><body><h1>printed again</h1><article><h1>Title</h1><p>{body}</p><a href="https://example.org">a link is fine</a>
<div class="math">x</div><span id="cell-1"></span>
<img src="_static/p.png" alt="a cow on a table"></article></body></html>"""

PLOT = '<div class="cell"><div class="cell_output"><img alt="A bar." src="_static/p.png"></div></div>'


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "_static" / "mathjax").mkdir(parents=True)
    for name in ("s.css", "p.png", "mathjax/m.js"):
        (tmp_path / "_static" / name).touch()
    (tmp_path / "index.html").write_text(GOOD.format(body="words"))
    return tmp_path


def test_a_good_page_passes(book: Path) -> None:
    assert check_book(book) == []
    assert check_book(book, ["index"]) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "<script> fetches https://cdn.example/x.js"),
        ('<script src="//cdn.example/x.js"></script>', "<script> fetches //cdn.example/x.js"),
        ('<link rel="stylesheet" href="https://fonts.example/f.css">', "<link> fetches https://fonts.example/f.css"),
        ('<link rel="preconnect" href="https://fonts.example">', "<link> fetches https://fonts.example"),
        ('<img alt="a dog" src="https://example.org/a.png">', "<img> fetches https://example.org/a.png"),
        ('<img alt="a dog" src="_static/p.png" srcset="https://e.org/2.png 2x">', "<img> fetches https://e.org/2.png"),
        ('<iframe src="https://example.org"></iframe>', "<iframe> fetches https://example.org"),
        ("<style>@import 'https://fonts.example/f.css';</style>", "its style fetches something from elsewhere"),
        ('<img alt="a dog" src="gone.png">', "<img> asks for gone.png, which is not in the book"),
        ('<img src="_static/p.png">', "the image _static/p.png has no alt text"),
        ('<img alt="../_images/0123456789abcdef01.png" src="_static/p.png">', "is a file's name"),
        ('<img alt="figure.png" src="_static/p.png">', "is a file's name"),
        ('<svg role="img"></svg>', "a drawing (svg) has no label"),
        ("<script type='application/vnd.jupyter.widget-view+json'>{}</script>", "it holds a widget"),
        ("accuracy np.float64(0.5)", "it shows a NumPy scalar: np.float64(...)"),
        ('<div class="output traceback">boom</div>', "it shows a traceback"),
        ("<h1>A second title</h1>", "it has 2 titles (h1), not one"),
        ('<img alt="np.int64(3) cows" src="_static/p.png">', "it shows a NumPy scalar: np.int64(...)"),
        (PLOT, "the plot 'A bar.' has no caption"),
        (PLOT + '<p class="figure-note"> <a href="#cell-1">made by cell 1</a></p>', "the plot 'A bar.' has no caption"),
        ('<p class="figure-note">Look here.</p>', "the caption 'Look here.' stands below no plot"),
        ('<a href="gone.html">there</a>', "a link leads to gone.html, which is not in the book"),
        ('<a href="#cell-9">there</a>', "a link leads to #cell-9, and that page has no such place"),
        ('<a href="index.html#claim-x">there</a>', "leads to index.html#claim-x, and that page has no such place"),
    ],
)
def test_a_fault_is_named(book: Path, body: str, problem: str) -> None:
    (book / "index.html").write_text(GOOD.format(body=body))
    problems = check_book(book)
    assert len(problems) == 1
    assert problems[0].startswith("index: ")
    assert problem in problems[0]


@pytest.mark.parametrize(
    "body",
    [
        '<img alt="a dog" src="data:image/png;base64,aGk=">',
        '<svg role="img" aria-label="a drawing"></svg>',
        "<svg></svg>",
        PLOT + '<p class="figure-note">The left bar is higher. <a href="#cell-1">made by cell 1</a></p>',
        '<div class="cell"><div class="cell_output"><p><img alt="a card" src="_static/p.png"></p></div></div>',
        '<a href="#cell-1">a place</a><a href="index.html#cell-1">the same</a><a href="index.html#text=cow">a view</a>',
    ],
)
def test_what_needs_no_fetching_is_fine(book: Path, body: str) -> None:
    (book / "index.html").write_text(GOOD.format(body=body))
    assert check_book(book) == []


def test_a_link_to_a_place_on_another_page_is_followed(book: Path) -> None:
    (book / "notebooks").mkdir()
    body = '<a href="../index.html#cell-1">there</a><a href="../index.html#cell-2">nowhere</a>'
    page = GOOD.format(body=body).replace("_static/", "../_static/")
    (book / "notebooks" / "a.html").write_text(page)
    problems = check_book(book)
    assert problems == ["notebooks/a: a link leads to ../index.html#cell-2, and that page has no such place"]


def test_the_window_is_called_like_the_page(book: Path) -> None:
    page = book / "index.html"
    page.write_text(page.read_text().replace("Title &#8212; Book", "Book"))
    assert check_book(book) == ["index: its window is not called 'Title', as the page is"]


def test_a_missing_page_and_a_missing_book_are_named(book: Path) -> None:
    assert check_book(book, ["index", "notebooks/a"]) == ["notebooks/a: the page is missing"]
    with pytest.raises(MissingError, match="coinco book"):
        check_book(book / "elsewhere")


def test_a_style_sheet_that_fetches_is_named(book: Path) -> None:
    (book / "_static" / "s.css").write_text("body { background: url('https://example.org/a.png') }")
    assert check_book(book) == ["_static/s.css: fetches something from elsewhere"]


def test_formulas_need_their_script(book: Path) -> None:
    (book / "_static" / "mathjax" / "m.js").unlink()
    problems = check_book(book)
    assert "no page has mathematics with a local MathJax" in problems
