"""The page on which one leafs through the samples: its data say what the run says, and nothing in them is ever run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from checkout_root import ROOT
from coinco_book.checkout import Checkout
from coinco_book.pages import explorer
from coinco_book.pages.edition import Edition
from coinco_core.consensus import labels_table, read_votes
from coinco_core.files import write_table
from coinco_core.judgements import verdict_text
from coinco_core.samples import read_samples, write_samples
from coinco_world.dataset import make_world

pd = pytest.importorskip("pandas")

MODELS = ("molmo", "qwen", "internvl")
CRITERIA = ("location", "co_occurrence", "size")
BAD = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'> [a](javascript:alert(1)) \u2028 {{x}}"
# what each model says of samples 0 to 4 on location, co-occurrence and size; '?' cannot be read
SAID = {
    "molmo": ["iii", "ioi", "ooi", "iii", "i?i"],
    "qwen": ["iii", "iii", "ooi", "iio", "iii"],
    "internvl": ["iii", "iii", "ooi", "iio", "iii"],
}
TRUE = ["iii", "iii", "ooi", "iii", "iii"]


def answer(verdicts: str, reason: str) -> str:
    """An answer in the form that the prompt asks for; a verdict '?' is left out."""
    titles = ("Location", "Co-occurrence", "Size")
    known = [(t, verdict_text(v == "i")) for t, v in zip(titles, verdicts, strict=True) if v != "?"]
    lines = [f"{title}: {reason}" for title in titles]
    final = verdict_text("o" not in verdicts)
    return "\n".join(
        ["Analysis:", *lines, "", "Summary:", *(f"{t}: {v}" for t, v in known), f"Final decision: {final}."]
    )


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """A run of LVLM reasoning on five drawn scenes; one model writes what would run, were it not text."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    home = checkout.runs("demo") / explorer.NOTEBOOK
    ids = [sample.sample_id for sample in make_world(home.parent / "teachers" / "world", n=5, seed=3)]
    reasons = {"molmo": "It stands where it may.", "qwen": "Quite usual here.", "internvl": BAD}
    texts = {m: [answer(verdicts, reasons[m]) for verdicts in SAID[m]] for m in MODELS}
    answers = {m: pd.DataFrame({"sample_id": ids, "text": texts[m]}) for m in MODELS}
    for model, table in answers.items():
        write_table(home.parent / "teachers" / "answers" / model / "table" / "part-00000.parquet", table)
    write_table(home / "labels.parquet", labels_table(read_votes(answers)))
    _write_truth(home.parent / "teachers" / "world", ids)
    record = {"settings": {"data": "demo", "answers": "", "models": {}}, "made_by": {"profile": "demo"}}
    return Edition(checkout, "demo", {explorer.NOTEBOOK: record})


def _write_truth(world: Path, ids: list[str]) -> None:
    truth = pd.DataFrame({"sample_id": ids, "in_context": ["o" not in verdicts for verdicts in TRUE]})
    for at, criterion in enumerate(CRITERIA):
        truth[criterion] = [verdicts[at] == "i" for verdicts in TRUE]
        truth[f"{criterion}_reason"] = f"So it is with its {criterion}."
    write_table(world / "truth.parquet", truth)


@pytest.fixture(scope="module")
def site(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as the book has it, with its scripts, data and images, and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    static = ROOT / "coinco_book" / "extension" / "static"
    (folder / "_static").mkdir()
    for name in ("coinco.css", "explorer.css", "explorer.js"):
        shutil.copy(static / name, folder / "_static" / name)
    for path, content in explorer.files(edition).items():
        target = folder / "_static" / Path(path).relative_to("book/static")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
    (folder / "book").mkdir()
    body = explorer.fragments(edition)["explorer"]
    head = '<meta charset="utf-8"><title>Page</title><link rel="stylesheet" href="../_static/coinco.css">'
    page = f'<html lang="en" data-theme="light"><head>{head}</head><body><main><h1>Page</h1>{body}</main></body></html>'
    (folder / "book" / "explorer.html").write_text(f"<!doctype html>{page}", encoding="utf-8")
    return folder


def data_of(edition: Edition, most: int = explorer.MOST) -> dict[str, Any]:
    """What the page's script reads."""
    script = explorer.files(edition, most)[f"{explorer.FOLDER}/samples.js"].decode()
    data: dict[str, Any] = json.loads(script.removeprefix("window.coincoSamples = ").rstrip(";\n"))
    return data


def test_the_data_say_what_the_run_says(edition: Edition) -> None:
    data = data_of(edition)
    assert [question["id"] for question in data["questions"]] == [*CRITERIA, "in_context"]
    assert [model["title"] for model in data["models"]] == ["Molmo's role", "Qwen2.5-VL", "InternVL"]
    second, fourth, last = (data["samples"][at] for at in (1, 3, 4))
    assert second["said"]["molmo"]["verdicts"] == [True, False, True, False]
    assert second["states"] == ["in", "split", "in", "split"]
    assert second["alone"] == ["", "molmo", "", "molmo"]
    assert fourth["truth"]["verdicts"] == [True] * 4 and fourth["states"][2:] == ["split", "split"]
    assert last["said"]["molmo"]["verdicts"][1] is None and last["states"][1] == "incomplete"
    assert last["said"]["molmo"]["reasons"][0] == "It stands where it may."
    assert last["truth"]["reasons"] == [f"So it is with its {criterion}." for criterion in CRITERIA] + [""]


def test_boxes_and_images_are_the_samples_own(edition: Edition) -> None:
    written = explorer.files(edition)
    samples = read_samples(edition.run(explorer.NOTEBOOK).parent / "teachers" / "world")
    for sample, record in zip(samples, data_of(edition)["samples"], strict=True):
        assert record["box"] == pytest.approx([sample.box.x, sample.box.y, sample.box.w, sample.box.h], abs=0.05)
        image = edition.run(explorer.NOTEBOOK).parent / "teachers" / "world" / sample.image
        assert written[f"{explorer.FOLDER}/{record['image']}"] == image.read_bytes()


def test_the_page_says_what_is_shown_and_that_it_is_a_demo(edition: Edition) -> None:
    html = explorer.fragments(edition)["explorer"]
    assert "All 5 samples of the run" in html and "demo-badge" in html and "needs JavaScript" in html
    assert "\n\n" not in html  # Markdown would take what follows for text


def test_a_large_image_is_made_smaller(tmp_path: Path) -> None:
    Image.new("RGB", (1200, 600), "white").save(tmp_path / "large.png")
    suffix, content = explorer._image(tmp_path / "large.png")
    assert suffix == ".jpg" and Image.open(BytesIO(content)).size == (explorer.EDGE, explorer.EDGE // 2)


def test_only_the_first_samples_with_an_image_are_shown(edition: Edition) -> None:
    assert explorer.MOST * 40_000 <= 12_000_000  # bytes: a page to send, whose images take up to 40 kB each
    assert "The first 2 of 5 samples" in explorer.fragments(edition, most=2)["explorer"]
    assert len(data_of(edition, most=2)["samples"]) == 2


def test_a_run_without_images_leaves_a_sentence(edition: Edition, tmp_path: Path) -> None:
    settings = {"data": "data/released/samples", "models": dict.fromkeys(MODELS, "released"), "answers": "data/answers"}
    bare = Edition(Checkout(tmp_path), "released", {explorer.NOTEBOOK: {"settings": settings}})
    assert "nothing to leaf through" in explorer.fragments(bare)["explorer"] and explorer.files(bare) == {}
    table = tmp_path / settings["data"]
    write_samples(
        table, read_samples(edition.run(explorer.NOTEBOOK).parent / "teachers" / "world")
    )  # the table, and no image
    write_table(bare.run(explorer.NOTEBOOK) / "labels.parquet", pd.DataFrame({"sample_id": ["x"]}))
    assert explorer.files(bare) == {}


@given(st.dictionaries(st.text(max_size=5), st.text(), max_size=3))
def test_no_text_ends_the_script_or_a_line_of_it(texts: dict[str, str]) -> None:
    script = explorer.as_script({**texts, "bad": BAD})
    assert "<" not in script and script.isascii() and script.count("\n") == 1
    assert json.loads(script.removeprefix("window.coincoSamples = ").rstrip(";\n")) == {**texts, "bad": BAD}


class Page:
    """The page in a browser, as a reader uses it."""

    def __init__(self, browser: Any, site: Path, hash_: str = "", width: int = 1440) -> None:
        self.tab = browser.new_page(viewport={"width": width, "height": 900})
        self.wrong: list[str] = []
        self.tab.on("requestfailed", lambda request: self.wrong.append(request.url))
        self.tab.on("request", lambda r: self.wrong.append(r.url) if r.url.startswith("http") else None)
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.goto(f"{(site / 'book' / 'explorer.html').as_uri()}{hash_}")

    @property
    def count(self) -> str:
        text: str = self.tab.locator(".explorer-count").inner_text()
        return text

    @property
    def state(self) -> str:
        text: str = self.tab.evaluate("decodeURIComponent(location.hash.slice(1))")
        return text

    def choose(self, name: str, value: str) -> None:
        self.tab.select_option(f"select[name={name}]", value)


@pytest.fixture
def page(browser: Any, site: Path) -> Iterator[Page]:
    opened = Page(browser, site)
    yield opened
    opened.tab.close()
    assert opened.wrong == []


def test_filters_find_what_they_say(page: Page) -> None:
    assert page.count.startswith("1 of 5 found, among 5: ")
    page.choose("agree", "split")
    assert page.count.startswith("1 of 2 found")
    page.choose("question", "co_occurrence")
    assert page.count.startswith("1 of 1 found")
    page.choose("agree", "incomplete")
    assert page.count.startswith("1 of 1 found") and "demo-3-000004" in page.tab.locator(".explorer-view").inner_text()
    page.tab.get_by_role("button", name="Clear").click()
    page.choose("says", "out")
    page.choose("who", "molmo")
    assert page.count.startswith("2 of 2 found")  # the one that was shown is among them, and stays
    assert page.tab.locator(".explorer-strip button").count() == 2
    page.tab.fill("input[name=text]", "no such words anywhere")
    assert page.count == "None of 5 samples is like that."
    assert page.tab.locator(".explorer-findings").count() == 0


def test_options_say_how_many_they_would_find(page: Page) -> None:
    labels = page.tab.locator("select[name=agree] option").all_inner_texts()
    assert labels == ["Any (5)", "All agree (3)", "Two to one (2)", "One cannot be read (0)"]
    page.choose("right", "yes")
    assert page.tab.locator("select[name=agree] option").all_inner_texts()[2] == "Two to one (0)"


def test_words_are_looked_for_in_objects_and_reasons(page: Page) -> None:
    page.tab.fill("input[name=text]", "QUITE usual")
    assert page.count.startswith("1 of 5 found")
    name = json.loads(page.tab.evaluate("JSON.stringify(coincoSamples.samples[2].object)"))
    page.tab.fill("input[name=text]", f" {name.upper()}")
    assert name in page.count


def test_keys_and_buttons_leaf_through_what_was_found(page: Page) -> None:
    page.choose("agree", "unanimous")
    page.tab.locator("input[name=text]").press("ArrowRight")  # there it moves the cursor
    assert page.count.startswith("1 of 3 found")
    page.tab.evaluate("document.activeElement.blur()")
    page.tab.keyboard.press("ArrowRight")
    page.tab.keyboard.press("ArrowRight")
    assert page.count.startswith("3 of 3 found") and page.tab.get_by_role("button", name="Next").is_disabled()
    page.tab.keyboard.press("ArrowRight")
    assert page.count.startswith("3 of 3 found")
    page.tab.get_by_role("button", name="Previous").click()
    assert page.count.startswith("2 of 3 found")
    page.tab.locator(".explorer-strip button").first.click()
    assert page.count.startswith("1 of 3 found")
    page.tab.keyboard.press("ArrowRight")  # the focus moves along the strip, which is one stop of the Tab key
    assert page.tab.evaluate("document.activeElement.getAttribute('aria-current')") == "true"
    assert page.tab.locator(".explorer-strip button[tabindex='0']").count() == 1


def test_a_view_has_an_address(browser: Any, site: Path, page: Page) -> None:
    page.choose("agree", "split")
    page.tab.fill("input[name=text]", "quite & usual")
    page.tab.fill("input[name=text]", "quite usual")
    page.tab.uncheck("input[name=box]")
    assert page.state == "agree=split&text=quite+usual&sample=demo-3-000001&box=off"
    again = Page(browser, site, f"#{page.state}")
    assert again.count == page.count and again.tab.locator("select[name=agree]").input_value() == "split"
    assert not again.tab.locator(".explorer-image svg").is_visible() and again.wrong == []
    again.tab.evaluate("location.hash = 'question=size&agree=nonsense&sample=demo-3-000003'")
    again.tab.wait_for_function("document.querySelector('.explorer-count').textContent.startsWith('4 of 5')")
    assert again.tab.locator("select[name=agree]").input_value() == ""
    again.tab.close()


def test_the_box_lies_over_its_place_in_the_image(page: Page) -> None:
    box = page.tab.evaluate("coincoSamples.samples[0].box")
    shown, image = (
        page.tab.locator("rect.box").bounding_box(),
        page.tab.locator(".explorer-image img").bounding_box(),
    )
    scale = image["width"] / 256
    assert shown["x"] - image["x"] == pytest.approx(box[0] * scale, abs=3)
    assert shown["y"] - image["y"] == pytest.approx(box[1] * scale, abs=3)
    assert (shown["width"], shown["height"]) == (
        pytest.approx(box[2] * scale, abs=6),
        pytest.approx(box[3] * scale, abs=6),
    )


def test_what_a_model_wrote_is_shown_and_not_run(page: Page) -> None:
    for details in page.tab.locator("details summary").all():
        details.click()
    reason = page.tab.locator(".explorer-findings .reason", has_text="<script>").first.inner_text()
    assert reason.startswith("<script>window.hacked = 1</script><img src=x")
    assert "javascript:alert(1)" in page.tab.locator("details pre").last.inner_text()
    assert page.tab.evaluate("window.hacked") is None
    assert page.tab.locator(".explorer a").count() == 0 and page.tab.locator(".explorer script").count() == 0
    page.tab.fill("input[name=text]", BAD)
    assert page.tab.evaluate("window.hacked") is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_narrow_enough_for_a_telephone(browser: Any, site: Path, theme: str) -> None:
    narrow = Page(browser, site, width=390)
    narrow.tab.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    assert narrow.tab.evaluate("document.documentElement.scrollWidth") <= 390
    narrow.tab.close()


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_telephone_the_next_sample_is_at_hand_at_the_last_verdict(browser: Any, site: Path, width: int) -> None:
    narrow = Page(browser, site, width=width)
    narrow.tab.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    narrow.tab.locator(".explorer-findings section").last.scroll_into_view_if_needed()
    assert narrow.tab.evaluate("window.scrollY") > 200
    for name in ("Next", "Previous"):
        box = narrow.tab.get_by_role("button", name=name).bounding_box()
        assert 0 <= box["y"] <= 900 - box["height"] and box["height"] >= 44
        assert 0 <= box["x"] <= width - box["width"]
    before = narrow.tab.evaluate("window.scrollY")
    narrow.tab.get_by_role("button", name="Next").click()
    assert narrow.count.startswith("2 of 5") and abs(narrow.tab.evaluate("window.scrollY") - before) < 300
    assert narrow.tab.evaluate("document.documentElement.scrollWidth") <= width
    narrow.tab.close()


def test_without_scripts_a_sentence_stands_there(browser: Any, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((site / "book" / "explorer.html").as_uri())
    assert "needs JavaScript" in tab.locator("#explorer").inner_text()
    context.close()
