"""Alt text: every figure function returns its figure with the text that describes it, and `show` reads it there.

The text lies where the libraries keep a text of one's own: the label of a matplotlib figure (`Figure.set_label`), the
`info` of a PIL image. Neither is drawn nor saved in a PNG. Packages below the book, such as the heat map of
`coinco_core`, set a figure's label themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PIL.Image import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Shown = TypeVar("_Shown", "Figure", "Image")
_KEY = "alt"


def described(figure: _Shown, text: str) -> _Shown:
    """The same figure or PIL image, which now carries this alt text."""
    if isinstance(figure, Image):
        figure.info[_KEY] = text
    else:
        figure.set_label(text)
    return figure


def alt_of(figure: Figure | Image) -> str:
    """The alt text that a figure or a PIL image carries; empty where it has none."""
    return str(figure.info.get(_KEY, "") if isinstance(figure, Image) else figure.get_label())
