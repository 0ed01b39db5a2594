"""Slides: which cells become one, in which order and with which texts; and the presenting itself, in a browser."""

from __future__ import annotations

import base64
import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from checkout_root import ROOT
from coinco_book.pages.edition import Edition
from coinco_book.teaching.slides import IMAGES, files, fragments, slides
from coinco_core.errors import InputError
from tiny_checkout import make_checkout, notebook

STATIC = ROOT / "coinco_book" / "extension" / "static"
HOSTILE = '<script>window.hit = 1</script> <img src=x onerror="window.hit = 1"> & \'so\' "on"'
Cell = dict[str, Any]


def _png(colour: str = "red", size: tuple[int, int] = (600, 300)) -> bytes:
    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, format="PNG")
    return buffer.getvalue()


def _image(alt: str = "A plain area.", caption: str = "Look at it.", colour: str = "red") -> Cell:
    data = {"image/png": base64.b64encode(_png(colour)).decode("ascii"), "text/plain": alt}
    return {"output_type": "display_data", "data": data, "metadata": {"image/png": {"alt": alt, "caption": caption}}}


def _glued(key: str, text: str, *, is_number: bool) -> Cell:
    prefix = "application/papermill.record/"
    scrap = {"name": key, "mime_prefix": prefix, "is_number": is_number}
    return {
        "output_type": "display_data",
        "data": {f"{prefix}text/plain": repr(text)},
        "metadata": {"scrapbook": scrap},
    }


def _cell(*outputs: Cell, slide: dict[str, str] | None = None, tags: tuple[str, ...] = ()) -> Cell:
    metadata = {"tags": list(tags)} | ({} if slide is None else {"slide": slide})
    return {"cell_type": "code", "source": "1", "execution_count": 1, "metadata": metadata, "outputs": list(outputs)}


def _said(title: str, takeaway: str = "So it is.") -> dict[str, str]:
    return {"title": title, "takeaway": takeaway}


def _executed(*cells: Cell) -> dict[str, Any]:
    parameters = [_cell(tags=("parameters",)), _cell(tags=("injected-parameters",))]
    return {"cells": [{"cell_type": "markdown", "source": "# T", "metadata": {}}, *parameters, *cells], "metadata": {}}


def _edition(
    root: Path, notebooks: dict[str, dict[str, Any]], profile: str = "demo", numbers: str = "results"
) -> Edition:
    """An edition of these executed notebooks, in this order, all run at that profile."""
    manifest = "\n".join(f"- {{id: {n}, title: On {n} & more, section: '5.2', numbers: {numbers}}}" for n in notebooks)
    checkout = make_checkout(root, {name: notebook() for name in notebooks}, manifest)
    for name, content in notebooks.items():
        (checkout.runs(profile) / name).mkdir(parents=True)
        (checkout.runs(profile) / name / f"{name}.ipynb").write_text(json.dumps(content))
    record = {"made_by": {"profile": profile}, "numbers": numbers, "seconds": 1.0}
    return Edition(checkout, profile, dict.fromkeys(notebooks, record))


def _page(edition: Edition) -> BeautifulSoup:
    return BeautifulSoup(fragments(edition)["slides"], "html.parser")


def test_tagged_cells_become_slides_in_the_order_of_the_book(tmp_path: Path) -> None:
    late = _executed(_cell(_image(), slide=_said("Third")))
    early = _executed(_cell(_image(), slide=_said("First")), _cell(_image()), _cell(_image(), slide=_said("Second")))
    tree = _page(_edition(tmp_path, {"b": early, "a": late}))
    titles = [h2.get_text() for h2 in tree.find_all("h2")]
    assert titles == ["Common Inpainted Objects In-N-Out of Context", "First", "Second", "Third", "Does it hold?"]
    assert [section["id"] for section in tree.select("section.slide")] == [f"slide-{n}" for n in range(1, 6)]
    assert tree.find("a", href="ledger.html")


def test_a_slide_leads_to_the_cell_that_made_it_numbered_as_on_its_page(tmp_path: Path) -> None:
    executed = _executed(_cell(), _cell(_image(caption="See."), slide=_said("T")))
    tree = _page(_edition(tmp_path, {"a": executed}))
    note = tree.select_one("#slide-2 figcaption")
    assert note is not None and note.get_text() == "See. made by cell 3"  # the injected cell does not count
    assert note.a is not None and note.a["href"] == "../notebooks/a.html#cell-3"


def test_each_image_is_a_file_that_the_page_names_and_describes(tmp_path: Path) -> None:
    executed = _executed(
        _cell(_image(colour="blue"), slide=_said("T")), _cell(_image("Another.", colour="green"), slide=_said("U"))
    )
    edition = _edition(tmp_path, {"a": executed})
    images = _page(edition).find_all("img")
    assert [image["alt"] for image in images] == ["A plain area.", "Another."]
    named = [f"{IMAGES}/{Path(image['src']).name}" for image in images]
    assert files(edition) == dict(zip(named, [_png("blue"), _png("green")], strict=True))
    assert {image["src"].rsplit("/", 1)[0] for image in images} == {"../_static/slides"}


def test_cells_without_a_tag_or_an_image_make_no_slide(tmp_path: Path) -> None:
    executed = _executed(_cell(slide=_said("No image")), _cell(_image()))
    assert slides(_edition(tmp_path, {"a": executed})) == []


def test_texts_are_escaped_and_leave_no_blank_line(tmp_path: Path) -> None:
    glued = _glued("words", HOSTILE, is_number=False)
    said = _said(HOSTILE, "{glue:text}`words` says\n\n" + HOSTILE)
    executed = _executed(_cell(glued, _image(HOSTILE, HOSTILE + "\n\nso"), slide=said))
    edition = _edition(tmp_path, {"a": executed})
    tree = _page(edition)
    slide = tree.select_one("#slide-2")
    assert slide is not None and not tree.find_all("script") and len(tree.find_all("img")) == 1
    assert slide.h2 is not None and slide.h2.get_text() == HOSTILE
    assert slide.img is not None and slide.img["alt"] == HOSTILE
    assert "\n\n" not in fragments(edition)["slides"]


@pytest.mark.parametrize(("profile", "numbers", "demo"), [
    ("demo", "results", True), ("released", "results", False), ("demo", "estimates", False),
])  # fmt: skip
def test_only_demo_numbers_carry_the_badge_and_the_mark(tmp_path: Path, profile: str, numbers: str, demo: bool) -> None:
    glued = (_glued("share", "41.5 %", is_number=True), _glued("name", "a cow", is_number=False))
    said = _said("T", "It is {glue:text}`share`, says {glue:text}`name`.")
    edition = _edition(tmp_path, {"a": _executed(_cell(*glued), _cell(_image(), slide=said))}, profile, numbers)
    tree = _page(edition)
    assert len(tree.select(".demo-badge")) == 2 * demo  # the opening slide's and the figure's own
    takeaway = tree.select_one("#slide-2 .takeaway")
    assert takeaway is not None
    assert takeaway.get_text() == f"It is 41.5\N{NO-BREAK SPACE}%{'demo' * demo}, says a cow."
    assert len(takeaway.select(".demo-mark")) == demo


@pytest.mark.parametrize(("said", "complaint"), [
    ({"title": "T"}, "needs a title and a takeaway"),
    ({"title": " ", "takeaway": "W"}, "needs a title and a takeaway"),
    (_said("T", "{glue:text}`nothing`"), "quotes glue:text `nothing`"),
    (_said("T", "{claim}`images`"), "quotes claim `images`"),
])  # fmt: skip
def test_a_slide_that_cannot_be_made_is_named(tmp_path: Path, said: dict[str, str], complaint: str) -> None:
    edition = _edition(tmp_path, {"a": _executed(_cell(_image(), slide=said))})
    with pytest.raises(InputError, match=f"slide of a.ipynb, cell 2 {complaint}"):
        fragments(edition)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page of five slides beside other things, on disk."""
    root = tmp_path_factory.mktemp("slides")
    cells = [_cell(_image(), slide=_said(f"Figure {n}", "Some words. " * 12)) for n in range(3)]
    edition = _edition(root / "checkout", {"a": _executed(*cells)})
    shutil.copytree(STATIC, root / "_static")
    for path, content in files(edition).items():
        (root / "_static" / "slides").mkdir(exist_ok=True)
        (root / "_static" / "slides" / Path(path).name).write_bytes(content)
    (root / "book").mkdir()
    (root / "book" / "slides.html").write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>Slides</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="../_static/coinco.css"><link rel="stylesheet" href="../_static/slides.css">'
        '<nav><a href="#">elsewhere</a></nav><main class="bd-article"><h1>Slides</h1>'
        f'{fragments(edition)["slides"]}</main><script src="../_static/slides.js"></script></html>'
    )
    return (root / "book" / "slides.html").as_uri()


@pytest.fixture
def tab(browser: Any, address: str) -> Any:
    """The page in a browser, with what went wrong on it."""
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("requestfailed", lambda request: page.wrong.append(request.url))
    page.goto(address)
    yield page
    assert page.wrong == []
    page.close()


def _shown(page: Any) -> list[str]:
    """The titles of the slides that can be seen."""
    return [h2.inner_text() for h2 in page.locator(".slide h2").all() if h2.is_visible()]


def _present(page: Any) -> None:
    page.click("text=Present")
    page.wait_for_function("document.fullscreenElement !== null")


def test_the_keys_lead_through_the_slides_one_at_a_time(tab: Any) -> None:
    _present(tab)
    titles = [h2.text_content() for h2 in tab.locator(".slide h2").all()]
    steps = {"ArrowRight": 1, " ": 2, "PageDown": 3, "End": 4, "ArrowDown": 4, "ArrowLeft": 3, "Home": 0, "ArrowUp": 0}
    for key, at in steps.items():
        tab.keyboard.press(key)
        assert _shown(tab) == [titles[at]]
        assert tab.inner_text(".slide-bar output") == f"{at + 1} / 5"


def test_a_slide_and_its_figure_fit_the_screen(tab: Any) -> None:
    _present(tab)
    tab.keyboard.press("ArrowRight")
    box = tab.locator(".slide.current img").bounding_box()
    note = tab.locator(".slide.current figcaption").bounding_box()
    assert box["height"] >= 0.4 * 700 and note["y"] + note["height"] <= 700


def test_on_a_telephone_on_its_side_a_slide_needs_no_scrolling_and_its_buttons_suit_a_thumb(tab: Any) -> None:
    tab.set_viewport_size({"width": 844, "height": 390})
    tab.click("text=Present")
    for _ in range(5):
        assert tab.evaluate("(s => s.scrollHeight - s.clientHeight)(document.querySelector('.slide.current'))") <= 0
        tab.click("[aria-label='Next slide']")
    tab.click("[aria-label='Previous slide']")
    image, note = (tab.locator(f".slide.current {part}").bounding_box() for part in ("img", "figcaption"))
    assert image["height"] >= 150 and note["y"] + note["height"] <= 390 - 48
    for button in tab.locator(".slide-bar button").all():
        assert min(button.bounding_box()["width"], button.bounding_box()["height"]) >= 44


def test_escape_brings_the_column_and_the_focus_back(tab: Any) -> None:
    _present(tab)
    assert tab.evaluate("document.querySelector('nav').inert")
    tab.keyboard.press("End")
    tab.keyboard.press("Escape")
    tab.wait_for_function("document.fullscreenElement === null")
    assert len(_shown(tab)) == 5
    assert not tab.evaluate("document.querySelector('nav').inert")
    assert tab.evaluate("document.activeElement.className") == "present"
    assert not tab.locator(".slide-bar").is_visible()
    tab.keyboard.press("ArrowRight")  # a reader's keys are the page's own again
    assert len(_shown(tab)) == 5


def test_leaving_the_full_screen_ends_the_presenting(tab: Any) -> None:
    _present(tab)
    tab.evaluate("document.exitFullscreen()")
    tab.wait_for_function("!document.documentElement.classList.contains('presenting')")
    assert len(_shown(tab)) == 5


def test_presenting_begins_where_the_reader_is_and_works_by_touch(tab: Any) -> None:
    tab.set_viewport_size({"width": 390, "height": 700})
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    tab.locator("#slide-3").scroll_into_view_if_needed()
    tab.evaluate("document.querySelector('#slide-3').scrollIntoView()")
    tab.evaluate("document.querySelector('.present').click()")
    assert _shown(tab) == ["Figure 1"]
    tab.click("[aria-label='Next slide']")
    assert _shown(tab) == ["Figure 2"]
    tab.click("[aria-label='Stop presenting']")
    assert len(_shown(tab)) == 5


def test_without_a_script_the_column_stays_and_no_button_promises_more(browser: Any, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    assert len(_shown(page)) == 5
    assert not page.locator(".present").is_visible()
    page.close()


def test_on_paper_each_slide_has_a_page(tab: Any) -> None:
    assert tab.pdf().count(b"/Type /Page\n") == 5
