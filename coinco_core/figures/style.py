"""One look for all figures: a colour and a marker of its own for each model role and each criterion, and alt text."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

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


# colours of seaborn's palette 'colorblind'
ROLE_STYLES: dict[str, Style] = {
    "molmo": Style("Molmo's role", "#0173b2", "o", "-", ""),
    "qwen": Style("Qwen2.5-VL", "#de8f05", "s", "--", "//"),
    "internvl": Style("InternVL", "#029e73", "^", "-.", ".."),
    "consensus": Style("Consensus", "#555555", "P", "-", "xx"),
    "student": Style("Student", "#d55e00", "D", "-", "\\\\"),
    "before": Style("Before distillation", "#949494", "v", ":", "--"),
    "verdict only": Style("Verdict only", "#cc78bc", "*", "-.", "oo"),
    "teacher": Style("Teacher", "#ca9161", "p", "--", "++"),
    "truth": Style("Truth", "#111111", "X", "-", ""),
}
CRITERION_STYLES: dict[str, Style] = {
    "location": Style(CRITERION_TITLES["location"], "#cc78bc", "o", "-", ""),
    "co_occurrence": Style(CRITERION_TITLES["co_occurrence"], "#ca9161", "s", "--", "//"),
    "size": Style(CRITERION_TITLES["size"], "#56b4e9", "^", "-.", ".."),
    "in_context": Style("Overall", "#949494", "D", ":", "xx"),
}
_OTHERS = ("#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#949494", "#56b4e9")
_MARKERS, _LINES, _HATCHES = "os^DvPX*", ("-", "--", "-.", ":"), ("", "//", "..", "xx", "\\\\", "--", "++", "oo")


def style_of(name: str, order: int = 0) -> Style:
    """The style of a role or criterion; for any other name a style of the given place in a fixed order."""
    known = ROLE_STYLES.get(name) or CRITERION_STYLES.get(name)
    if known:
        return known
    k = order % len(_OTHERS)
    return Style(name, _OTHERS[k], _MARKERS[k], _LINES[k % len(_LINES)], _HATCHES[k])


def theme() -> None:
    """Set seaborn's look for the figures that follow; call it once at the top of a notebook."""
    import matplotlib as mpl
    import seaborn as sns

    sns.set_theme(context="notebook", style="whitegrid", palette="colorblind")
    mpl.rcParams.update(
        {
            "figure.dpi": DPI,
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titleweight": "bold",
            "axes.titlesize": 11,
            "axes.labelsize": 10,
            "xtick.labelsize": 9,
            "ytick.labelsize": 9,
            "legend.frameon": False,
            "hatch.linewidth": 0.5,
        }
    )


def show(figure: Figure | Image, *, alt: str, caption: str = "") -> None:
    """Put a figure or a PIL picture on the page with its alt text and its caption, and close the figure.

    The alt text says what there is to see for those who do not see it, the caption what to look for; both go into the
    output's metadata, from where they reach the page. Raises InputError when the alt text is missing.
    """
    from IPython.display import display

    if not alt.strip():
        raise InputError("A figure needs an alt text: say in a sentence what there is to see.")
    png = _png(figure)
    data = {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": alt}
    display(data, metadata={"image/png": {"alt": alt, "caption": caption}}, raw=True)


def _png(figure: Figure | Image) -> bytes:
    buffer = BytesIO()
    if hasattr(figure, "savefig"):
        import matplotlib.pyplot as plt

        figure.savefig(buffer, format="png", dpi=DPI, bbox_inches="tight", metadata={"Software": None})
        plt.close(figure)
    else:
        figure.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
