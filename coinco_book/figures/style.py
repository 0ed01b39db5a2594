"""One look for all figures: a colour and a marker of its own for each model role and each criterion; `show`."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from coinco_book.figures.described import alt_of
from coinco_core.errors import InputError
from coinco_core.judgements import CRITERION_TITLES

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

DPI = 120


@dataclass(frozen=True)
class Style:
    """How one thing looks wherever it is plotted: its name in words, colour, marker, line and hatching.

    Colour is never alone: the marker or the hatching tells the same, for eyes and printers without colour.
    """

    title: str
    colour: str
    marker: str = "o"
    line: str = "-"
    hatch: str = ""


# Within each table every two colours stay apart for eyes without red, green or blue cones too, and each stands out from
# the white behind it by 3:1 (tests/test_look.py).
ROLE_STYLES: dict[str, Style] = {
    "molmo": Style("Molmo's role", "#1f6fb2", "o", "-", ""),
    "qwen": Style("Qwen2.5-VL", "#cf7a00", "s", "--", "//"),
    "internvl": Style("InternVL", "#2a9d8f", "^", "-.", ".."),
    "consensus": Style("Consensus", "#4a545a", "P", "-", "xx"),
    "student": Style("Student", "#c23a26", "D", "-", "\\\\"),
    "before": Style("Before distillation", "#8a949a", "v", ":", "--"),
    "verdict only": Style("Verdict only", "#8f6bb3", "*", "-.", "oo"),
    "teacher": Style("Teacher", "#cf7a00", "s", "--", "//"),  # the teacher is Qwen2.5-VL
    "truth": Style("Truth", "#111111", "X", "-", ""),
}
CRITERION_STYLES: dict[str, Style] = {
    "location": Style(CRITERION_TITLES["location"], "#7a4fa3", "o", "-", ""),
    "co_occurrence": Style(CRITERION_TITLES["co_occurrence"], "#b08000", "s", "--", "//"),
    "size": Style(CRITERION_TITLES["size"], "#3d9bd1", "^", "-.", ".."),
    "in_context": Style("Overall", "#5b6b73", "D", ":", "xx"),
}
STATE_STYLES: dict[str, Style] = {  # of three verdicts on one question
    "in": Style("All say in", "#14665a", "o", "-", ""),
    "out": Style("All say out", "#c8432f", "s", "--", "//"),
    "split": Style("Divided", "#bd8600", "^", "-.", ".."),
    "incomplete": Style("Incomplete", "#8a979d", "D", ":", "xx"),
}
_KNOWN = {**ROLE_STYLES, **CRITERION_STYLES, **STATE_STYLES}
_OTHERS = ("#00798c", "#c85a8e", "#5d7a1f", "#4b3f72", "#b07d62", "#5f0f40", "#e07a5f", "#7d5a50")
_MARKERS, _LINES, _HATCHES = "os^DvPX*", ("-", "--", "-.", ":"), ("", "//", "..", "xx", "\\\\", "--", "++", "oo")
_INK, _SOFT, _LINE, _EDGE = "#1d2b33", "#4d5c64", "#dfe5e5", "#8a979d"  # as in the book's style sheet


def style_of(name: str, order: int = 0) -> Style:
    """The style of a role, a criterion or a state; for any other name a style of the given place in a fixed order."""
    if name in _KNOWN:
        return _KNOWN[name]
    k = order % len(_OTHERS)
    return Style(name, _OTHERS[k], _MARKERS[k], _LINES[k % len(_LINES)], _HATCHES[k])


def theme() -> None:
    """Set the book's look, a theme of seaborn, for the figures that follow; call it once at the top of a notebook."""
    import matplotlib as mpl
    import seaborn as sns

    sns.set_theme(context="notebook", style="whitegrid", palette=list(_OTHERS))
    mpl.rcParams.update(
        {
            "figure.dpi": DPI,
            "figure.constrained_layout.use": True,
            "text.color": _INK,
            "axes.labelcolor": _INK,
            "axes.edgecolor": _EDGE,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titleweight": "bold",
            "axes.titlesize": 11,
            "axes.titlepad": 8,
            "axes.labelsize": 10,
            "axes.axisbelow": True,
            "grid.color": _LINE,
            "grid.linewidth": 0.8,
            "xtick.color": _SOFT,
            "ytick.color": _SOFT,
            "xtick.labelsize": 9,
            "ytick.labelsize": 9,
            "legend.frameon": False,
            "legend.fontsize": 9,
            "lines.linewidth": 1.8,
            "hatch.linewidth": 0.5,
        }
    )


def show(figure: Figure | Image, *, caption: str = "", alt: str | None = None) -> None:
    """Put a figure or a PIL image on the page with its alt text and its caption, and close the figure.

    The alt text says what there is to see for those who do not see it, the caption what to look for; both go into the
    output's metadata, from where they reach the page. The figure carries its alt text (see `described`); `alt` is for a
    figure that was drawn elsewhere. Raises InputError when there is neither.
    """
    from IPython.display import display

    text = (alt_of(figure) if alt is None else alt).strip()
    if not text:
        raise InputError("A figure needs an alt text: say in a sentence what there is to see.")
    png = _png(figure)
    data = {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": text}
    display(data, metadata={"image/png": {"alt": text, "caption": caption}}, raw=True)


def _png(figure: Figure | Image) -> bytes:
    buffer = BytesIO()
    if hasattr(figure, "savefig"):
        import matplotlib.pyplot as plt

        figure.savefig(buffer, format="png", dpi=DPI, bbox_inches="tight", metadata={"Software": None})
        plt.close(figure)
    else:
        figure.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
