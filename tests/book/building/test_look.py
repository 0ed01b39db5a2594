"""The look holds for every eye: colours stay apart without a cone, and text stands out from what is behind it."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest

from checkout_root import ROOT
from coinco_book.figures import style
from coinco_book.figures.style import CRITERION_STYLES, ROLE_STYLES, STATE_STYLES, Style, style_of

SHEETS = ("coinco.css", "explorer.css")
APART = (
    14.0  # of CIELAB's unit, of which 2 can just be seen side by side; seaborn's palette 'colorblind' has pairs at 12
)
TEXT, MARK = 4.5, 3.0  # WCAG 2.2: contrast of text (1.4.3) and of what a figure is made of (1.4.11)

Array = np.ndarray[Any, Any]

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
WITHOUT = {
    "nothing": np.eye(3),
    "red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "green cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "blue cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]])
WHITE = XYZ.sum(axis=1)

FAMILIES: dict[str, dict[str, Style]] = {
    "models": {name: ROLE_STYLES[name] for name in ("molmo", "qwen", "internvl", "consensus", "truth")},
    "students": {name: ROLE_STYLES[name] for name in ("before", "student", "verdict only", "teacher")},
    "criteria": CRITERION_STYLES,
    "states": STATE_STYLES,
}
KNOWN = {**ROLE_STYLES, **CRITERION_STYLES, **STATE_STYLES}


def linear(colour: str) -> Array:
    """A colour '#rrggbb' as linear RGB, 0..1."""
    coded = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def lab(rgb: Array) -> Array:
    """Linear RGB as CIELAB (D65)."""
    share = XYZ @ rgb.clip(0, 1) / WHITE
    f = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: str, other: str, eye: str) -> float:
    """How far apart two colours are for an eye without those cones, in CIELAB."""
    seen = [lab(np.asarray(WITHOUT[eye]) @ linear(colour)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG defines it, 1 to 21."""
    dark, light = sorted(float(XYZ[1] @ linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_the_measures_know_their_landmarks() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert lab(linear("#ffffff")) == pytest.approx([100, 0, 0], abs=1e-6)
    assert distance("#ff0000", "#00ff00", "nothing") > 150
    assert distance("#c00000", "#6f6f00", "green cones") < 30  # a dark red and an olive, hard to tell apart then


@pytest.mark.parametrize("eye", WITHOUT)
@pytest.mark.parametrize("family", FAMILIES)
def test_colours_of_a_family_stay_apart(family: str, eye: str) -> None:
    pairs = itertools.combinations(FAMILIES[family].items(), 2)
    close = [(a, b) for (a, x), (b, y) in pairs if distance(x.colour, y.colour, eye) < APART]
    assert close == []


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_in_a_family_is_told_apart_by_colour_alone(family: str) -> None:
    styles = FAMILIES[family].values()
    for look in ("colour", "marker", "hatch"):
        values = [getattr(one, look) for one in styles]
        assert len(set(values)) == len(values) or (look == "hatch" and family == "models")  # the truth is never a bar
    assert len({(one.colour, one.marker) for one in styles}) == len(styles)


def test_the_teacher_looks_like_the_model_it_is() -> None:
    ours = [ROLE_STYLES[name] for name in ("teacher", "qwen")]
    assert ours[0].colour == ours[1].colour and ours[0].marker == ours[1].marker
    assert len({(s.colour, s.marker) for s in KNOWN.values()}) == len(KNOWN) - 1  # all others look like nobody else


@pytest.mark.parametrize("name", KNOWN)
def test_every_colour_stands_out_from_the_page(name: str) -> None:
    assert contrast(KNOWN[name].colour, "#ffffff") >= MARK


def test_a_name_without_a_style_gets_one_that_no_role_has() -> None:
    others = [style_of(f"variant {k}", k) for k in range(8)]
    assert len({one.colour for one in others}) == len({one.marker for one in others}) == 8
    assert {one.colour for one in others} & {one.colour for one in KNOWN.values()} == set()
    assert min(contrast(one.colour, "#ffffff") for one in others) >= 2.9


def test_the_theme_draws_in_the_inks_of_the_pages() -> None:
    import matplotlib as mpl

    with mpl.rc_context():
        style.theme()
        assert mpl.rcParams["text.color"] == variables("light")["--co-ink"]
        assert contrast(mpl.rcParams["xtick.color"], "#ffffff") >= TEXT
        assert not mpl.rcParams["axes.spines.top"] and mpl.rcParams["figure.constrained_layout.use"]


def sheet() -> str:
    """The book's style sheets without their comments."""
    texts = [(ROOT / "coinco_book" / "extension" / "static" / name).read_text() for name in SHEETS]
    return re.sub(r"/\*.*?\*/", "", "\n".join(texts), flags=re.DOTALL)


def variables(theme: str) -> dict[str, str]:
    """The colours that the style sheets name, as they are in that theme."""
    found: dict[str, str] = {}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet()):
        if selector.strip() in (":root", f'html[data-theme="{theme}"]'):
            found |= dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{6})", body))
    return found


TEXTS = ("--co-ink", "--co-soft", "--co-accent", "--co-in", "--co-out", "--pst-color-link", "--pst-color-link-hover")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("text", [*TEXTS, "--pst-color-primary", "--pst-color-inline-code"])
def test_text_can_be_read_on_the_page_and_on_a_card(theme: str, text: str) -> None:
    colours = variables(theme)
    assert contrast(colours[text], colours["--co-page"]) >= TEXT
    assert contrast(colours[text], colours["--co-card"]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_and_edges_can_be_seen(theme: str) -> None:
    colours = variables(theme)
    assert contrast(colours["--co-demo"], colours["--co-demo-back"]) >= TEXT
    assert contrast(colours["--co-edge"], colours["--co-page"]) >= MARK  # of what is typed into or pressed


def test_every_variable_in_use_has_a_value_in_both_themes() -> None:
    used = set(re.findall(r"var\((--co-[\w-]+)\)", sheet()))
    assert used <= set(variables("light")) and used <= set(variables("dark"))
    text = sheet()
    dark = re.search(r'html\[data-theme="dark"\]\s*\{([^}]*)\}', text)
    assert dark and used <= set(re.findall(r"--co-[\w-]+", dark[1]))


def test_text_colours_come_from_the_variables() -> None:
    bare = re.findall(r"(?<![-\w])color:\s*(#\w+|rgb\([^)]*\)|[a-z]+)\s*[;}]", sheet())
    assert set(bare) <= {"inherit", "currentcolor", "transparent"}
