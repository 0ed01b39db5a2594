"""Every plot and picture of the book: one look, colours that mean the same on every page, text for all of them.

Each function returns a figure or a picture; `show` puts it on the page together with the text that describes it.
"""

from coinco_core.figures.cards import answer_cards, show_html
from coinco_core.figures.pictures import boxed_grid, contact_sheet, picture_grid, tile_sheet
from coinco_core.figures.plots import (
    accuracy_bars,
    agreement_heatmap,
    counts_bars,
    curves,
    reliability,
    share_bars,
    top_k_bars,
)
from coinco_core.figures.style import CRITERION_STYLES, ROLE_STYLES, Style, show, style_of, theme

__all__ = [
    "CRITERION_STYLES",
    "ROLE_STYLES",
    "Style",
    "accuracy_bars",
    "agreement_heatmap",
    "answer_cards",
    "boxed_grid",
    "contact_sheet",
    "counts_bars",
    "curves",
    "picture_grid",
    "reliability",
    "share_bars",
    "show",
    "show_html",
    "style_of",
    "theme",
    "tile_sheet",
    "top_k_bars",
]
