"""Figures: text for every one, a look that tells things apart without colour, and answers that are shown, not run."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from coinco_book import figures
from coinco_book.figures import tour
from coinco_book.figures.style import CRITERION_STYLES, STATE_STYLES, style_of
from coinco_core.consensus import STATES
from coinco_core.errors import InputError
from coinco_core.judgements import CRITERIA
from coinco_world.compose import SIZE, compose, replace_object

pd = pytest.importorskip("pandas")
mpl = pytest.importorskip("matplotlib")
mpl.use("Agg")

RED = Image.new("RGB", (40, 20), (255, 0, 0))


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is put on the page: one entry a call of IPython's display."""
    from IPython import display as module

    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(module, "display", lambda data, **more: calls.append({"data": data, **more}))
    return calls


def test_show_puts_image_and_alt_text_on_the_page(displayed: list[dict[str, Any]]) -> None:
    figures.show(RED, alt="A red tile.")
    (output,) = displayed
    assert output["metadata"]["image/png"]["alt"] == output["data"]["text/plain"] == "A red tile."
    shown = Image.open(BytesIO(base64.b64decode(output["data"]["image/png"])))
    assert np.array_equal(np.asarray(shown), np.asarray(RED))


def test_show_takes_the_text_that_the_figure_carries(displayed: list[dict[str, Any]]) -> None:
    figures.show(figures.described(RED.copy(), "A red tile."), caption="Red.")
    figures.show(figures.share_bars({"location": (0.5, 0.4, 0.6)}, label="Share (%)"))
    figures.show(figures.described(RED.copy(), "A red tile."), alt="A tile.")
    facts = [output["metadata"]["image/png"] for output in displayed]
    assert [fact["alt"] for fact in facts] == ["A red tile.", "Bars. Share, in percent: Location 50.", "A tile."]
    assert facts[0]["caption"] == "Red."


def test_show_closes_the_figure(displayed: list[dict[str, Any]]) -> None:
    import matplotlib.pyplot as plt

    figures.show(figures.share_bars({"location": (0.5, 0.4, 0.6)}, label="Share (%)"), alt="A bar.")
    assert plt.get_fignums() == [] and len(displayed) == 1


def test_show_refuses_a_figure_without_alt_text(displayed: list[dict[str, Any]]) -> None:
    for alt in ("  ", None):
        with pytest.raises(InputError, match="alt text"):
            figures.show(RED, alt=alt)
    assert displayed == []


def test_every_criterion_has_a_style_and_others_get_one_by_order() -> None:
    assert set(CRITERIA) <= set(CRITERION_STYLES)
    assert set(STATES) == set(STATE_STYLES)
    assert style_of("location") is CRITERION_STYLES["location"]
    assert style_of("chance", 1).title == "chance"
    assert style_of("chance", 1).colour != style_of("majority", 2).colour


def test_sheet_has_a_place_for_every_image() -> None:
    sheet = figures.contact_sheet([RED] * 5, columns=3, tile=40)
    assert sheet.size == (3 * 48 + 8, 2 * 48 + 8)
    red = (np.asarray(sheet) == (255, 0, 0)).all(axis=-1)
    assert red.sum() == 5 * 40 * 20  # fitted by its longer side, its shape kept


def test_sheet_grows_with_its_captions() -> None:
    short = figures.image_grid([RED, RED], ["a", "b"], tile=60)
    long = figures.image_grid([RED, RED], ["a", "word " * 30], tile=60)
    assert long.width == short.width and long.height > short.height


@pytest.mark.parametrize(("images", "captions"), [([], None), ([RED], ["a", "b"])])
def test_sheet_refuses_what_does_not_fit(images: list[Image.Image], captions: list[str] | None) -> None:
    with pytest.raises(InputError, match="sheet"):
        figures.tile_sheet(images, captions)


def test_cards_show_what_a_model_wrote_and_do_not_run_it() -> None:
    bad = '<script>alert("x")</script> & <b>bold</b>'
    html = figures.answer_cards([RED], [bad], [{bad: bad}], alts=['say "red"'])
    assert "<script" not in html and "<b>" not in html
    assert html.count("&lt;script&gt;") == 3
    assert 'alt="say &quot;red&quot;"' in html and "http" not in html


def test_what_a_model_wrote_stays_text_in_a_browser(browser: Any, tmp_path: Path) -> None:
    bad = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'><a href='javascript:alert(1)'>a</a>"
    html = figures.answer_cards([RED], [bad], [{bad: bad}], alts=[f"'\">{bad}"], marks=lambda text: [(0, 8), (30, 50)])
    (tmp_path / "cards.html").write_text(f"<!doctype html><html><body>{html}</body></html>", encoding="utf-8")
    tab = browser.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto((tmp_path / "cards.html").as_uri())
    tab.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [(tmp_path / "cards.html").as_uri()]
    assert tab.evaluate("window.hacked") is None and tab.locator("script, a").count() == 0
    assert tab.locator("strong", has_text=bad).count() == 2 and tab.locator("mark").all_inner_texts()[0] == "<script>"
    tab.close()


def test_marks_stand_around_escaped_text() -> None:
    text = 'It is <b>odd</b> & "rare".'
    html = figures.answer_cards([RED], ["cow"], [{"Student": text}], marks=lambda _: [(6, 16), (19, 25)])
    assert "<b>" not in html and html.count("<mark") == html.count("</mark>") == 2
    plain = re.sub(r"<mark[^>]*>", "[", html).replace("</mark>", "]")
    assert "It is [&lt;b&gt;odd&lt;/b&gt;] &amp; [&quot;rare&quot;]." in plain
    assert "<mark" not in figures.answer_cards([RED], ["cow"], [{"Student": text}])


@pytest.mark.parametrize("spans", [[(0, 9)], [(2, 1)], [(1, 3), (2, 4)], [(-1, 2)]])
def test_marks_outside_the_text_are_refused(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(InputError, match="lies outside the text"):
        figures.answer_cards([RED], ["cow"], [{"Student": "short"}], marks=lambda _: spans)


def test_bars_are_as_long_as_their_shares() -> None:
    import matplotlib.pyplot as plt

    shares = {"location": (0.25, 0.2, 0.3), "size": (0.75, 0.7, 0.8)}
    (axes,) = figures.share_bars(shares, label="Share (%)", reference={"chance": 0.5}).axes
    assert [bar.get_width() for bar in axes.patches] == [25, 75]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Location", "Size"]
    plt.close("all")


def test_every_plot_takes_its_table() -> None:
    import matplotlib.pyplot as plt

    scores = pd.DataFrame({"set": ["a", "a"], "who": ["before", "student"], "value": 0.6, "low": 0.5, "high": 0.7})
    curve = pd.DataFrame({"step": [1, 2, 3], "training_loss": [3.0, 2.0, None], "validation_loss": [3.0, None, 2.0]})
    ranks = pd.DataFrame(
        {"method": ["chance", "model"], "top-1": [1, 5], "top-3": [3, 9], "top-5": [6, 20], "top-10": [12, 40]}
    )
    bins = pd.DataFrame({"probability": [0.1, 0.9], "share": [0.2, 0.8]})
    made = [
        figures.accuracy_bars(scores, group="set", by="who", chance=0.5),
        figures.counts_bars({"before": {"a": 1, "b": 2}, "after": {"a": 3}}),
        figures.curves(curve, x="step", ys=["training_loss", "validation_loss"], label="Loss"),
        figures.agreement_heatmap(pd.DataFrame([[1.0, 0.5]], columns=["x", "y"], index=["z"]), label="kappa"),
        figures.reliability({"student": bins}),
        figures.top_k_bars(ranks),
    ]
    assert all(figure.axes[0].has_data() for figure in made)
    plt.close("all")


def test_curves_leave_out_steps_without_a_value() -> None:
    import matplotlib.pyplot as plt

    table = pd.DataFrame({"step": [1, 2, 3], "validation_loss": [3.0, None, 2.0]})
    (axes,) = figures.curves(table, x="step", ys=["validation_loss"], label="Loss").axes
    assert axes.lines[0].get_xdata().tolist() == [1, 3]
    plt.close("all")


def test_tour_images() -> None:
    rng = np.random.default_rng(0)
    before = compose(rng, "kitchen")
    after, index = replace_object(before, rng)
    assert tour.zones_image(before).size == (2 * SIZE, 2 * SIZE)
    assert tour.step_strip(before, after, index).width == 4 * 248 + 8
    assert tour.category_sheet(0).tobytes() == tour.category_sheet(0).tobytes()
