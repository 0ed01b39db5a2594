"""What a built book must be: all pages there and titled, nothing fetched from elsewhere, every image described.

Every link inside the book leads to a place that is there, and every plot has a caption that says what to see.

The exit code of Jupyter Book does not say so (its 2.x line writes no page from this checkout and exits 0), so the pages
themselves are read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from coinco_core.errors import MissingError

_NOT_PAGES = ("genindex.html", "search.html", "py-modindex.html")
_FETCHED = {  # what a browser fetches by itself: tag -> attributes
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
}
_FETCHED_LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "modulepreload",
    "manifest",
}
_EXTERNAL = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
_CSS_EXTERNAL = re.compile(r"(url\(\s*['\"]?|@import\s+['\"])(https?:)?//", re.IGNORECASE)
_HASHED = re.compile(r"[0-9a-f]{16,}")
_SCALAR = re.compile(r"\bnp\.(float|int|uint|bool|str)\w*\(")
_WIDGET = "application/vnd.jupyter.widget"


def check_book(html_dir: Path | str, pages: Iterable[str] | None = None) -> list[str]:
    """What is wrong with the built book, one sentence each; [] when nothing is.

    `pages` are the expected ones without suffix (default: those that are there). Raises MissingError when there is
    no book.
    """
    folder = Path(html_dir)
    if not (folder / "index.html").is_file():
        raise MissingError(f"There is no book in {folder}; build it with 'coinco book'.")
    found = {
        p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.html") if p.name not in _NOT_PAGES
    }
    found = {page for page in found if not page.startswith("_")}
    expected = sorted(found) if pages is None else list(pages)
    problems = [f"{page}: the page is missing" for page in expected if page not in found]
    trees = {page: _parse(folder / f"{page}.html") for page in expected if page in found}
    for page, tree in trees.items():
        text = (folder / f"{page}.html").read_text(encoding="utf-8")
        problems += [f"{page}: {problem}" for problem in _page_problems(folder, page, tree, text)]
    problems += _link_problems(folder, trees)
    problems += [f"{path.relative_to(folder)}: fetches something from elsewhere" for path in _external_css(folder)]
    if trees and not any(_has_mathematics(folder, page, tree) for page, tree in trees.items()):
        problems.append("no page has mathematics with a local MathJax")
    return problems


def _parse(path: Path) -> Any:
    try:
        from bs4 import BeautifulSoup
    except ImportError:
        raise MissingError("Checking the book needs the extra 'book': pip install -e '.[book]'.") from None
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def _page_problems(folder: Path, page: str, tree: Any, text: str) -> Iterator[str]:
    article = tree.find("article") or tree  # the theme repeats the title outside, for print
    titles = [h1.get_text(strip=True) for h1 in article.find_all("h1")]
    if len([title for title in titles if title.strip("#")]) != 1:
        yield f"it has {len(titles)} titles (h1), not one"
    elif not _says(tree.title, titles[0].strip("#")):
        yield f"its window is not called '{titles[0].strip('#')}', as the page is"
    for tag, address in _addresses(tree):
        if _EXTERNAL.match(address):
            yield f"<{tag}> fetches {address}"
        elif not _is_there(folder, page, address):
            yield f"<{tag}> asks for {address}, which is not in the book"
    yield from _image_problems(tree)
    yield from _caption_problems(tree)
    if _CSS_EXTERNAL.search(" ".join(style.get_text() for style in tree.find_all("style"))):
        yield "its style fetches something from elsewhere"
    if _WIDGET in text:
        yield "it holds a widget, which shows nothing here"
    if scalar := _SCALAR.search(tree.get_text()) or _SCALAR.search(text):
        yield f"it shows a NumPy scalar: {scalar.group()}...)"
    if tree.select(".output.traceback"):
        yield "it shows a traceback"


def _says(node: Any, words: str) -> bool:
    """Whether those words stand in the node, however they are spaced."""
    return node is not None and "".join(words.split()) in "".join(node.get_text().split())


def _addresses(tree: Any) -> Iterator[tuple[str, str]]:
    """Every address that a browser fetches by itself to show the page, with the tag that names it."""
    for tag, attributes in _FETCHED.items():
        for node in tree.find_all(tag):
            for attribute in attributes:
                if value := node.get(attribute):
                    parts = [p.split()[0] for p in value.split(",") if p.split()] if attribute == "srcset" else [value]
                    yield from ((tag, part) for part in parts)
    for node in tree.find_all("link"):
        if _FETCHED_LINKS & {rel.lower() for rel in node.get("rel", [])} and node.get("href"):
            yield "link", node["href"]


def _is_there(folder: Path, page: str, address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme or not parts.path:
        return True  # data: and the like, or a place on the same page
    return ((folder / page).parent / unquote(parts.path)).exists()


def _image_problems(tree: Any) -> Iterator[str]:
    for node in tree.find_all("img"):
        alt = (node.get("alt") or "").strip()
        name = str(node.get("src", ""))[:60]
        if not alt:
            yield f"the image {name} has no alt text"
        elif _HASHED.search(alt) or alt.endswith((".png", ".svg", ".jpg")):
            yield f"the alt text of {name} is a file's name"
    for node in tree.find_all("svg"):
        if node.get("role") == "img" and not (node.get("aria-label") or node.get("aria-labelledby")):
            yield "a drawing (svg) has no label"


def _caption_problems(tree: Any) -> Iterator[str]:
    """A plot without words below it, and words below no plot; images in the prose need none."""
    for image in tree.select(".cell .cell_output > img"):
        below = image.find_parent(class_="cell").find_next_sibling()
        if below is None or "figure-note" not in below.get("class", []) or not _own_words(below):
            yield f"the plot '{str(image.get('alt', ''))[:40]}' has no caption"
    for note in tree.select(".figure-note"):
        above = note.find_previous_sibling()
        if above is None or not above.select(".cell_output > img"):
            yield f"the caption '{_own_words(note)[:40]}' stands below no plot"


def _own_words(note: Any) -> str:
    """A caption's text without that of its links."""
    return " ".join(str(text) for text in note.find_all(string=True, recursive=False)).strip()


def _link_problems(folder: Path, trees: Mapping[str, Any]) -> Iterator[str]:
    """Links inside the book that lead to no page, no file, or no place on a page; the views of a script are none."""
    places = {page: {str(node["id"]) for node in tree.find_all(id=True)} for page, tree in trees.items()}
    for page, tree in trees.items():
        for address in sorted({node["href"] for node in tree.select("article a[href]")}):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            path, place = unquote(parts.path), unquote(parts.fragment)
            target = os.path.normpath(f"{Path(page).parent}/{path}").removesuffix(".html") if path else page
            if path and not ((folder / page).parent / path).exists():
                yield f"{page}: a link leads to {address}, which is not in the book"
            elif place and "=" not in place and place not in places.get(target, {place}):
                yield f"{page}: a link leads to {address}, and that page has no such place"


def _external_css(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*.css")) if _CSS_EXTERNAL.search(p.read_text(encoding="utf-8"))]


def _has_mathematics(folder: Path, page: str, tree: Any) -> bool:
    """Whether the page has a formula and a MathJax of its own to draw it."""
    scripts = [node["src"] for node in tree.find_all("script", src=True) if "mathjax" in node["src"].lower()]
    local = [src for src in scripts if not _EXTERNAL.match(src) and _is_there(folder, page, src.split("?")[0])]
    return bool(local and tree.select(".math"))
