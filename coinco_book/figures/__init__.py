"""Every plot and image of the book: one look, colours that mean the same on every page, text for all of them.

Each function returns a figure or an image; `show` puts it on the page together with the text that describes it.
"""

from coinco_book.figures.cards import answer_cards, show_html
from coinco_book.figures.evaluation import before_after_bars, error_rates, reliability_panels, seed_points, signal_plot
from coinco_book.figures.image_grids import boxed_grid, contact_sheet, image_grid, tile_sheet
from coinco_book.figures.plots import (
    accuracy_bars,
    agreement_heatmap,
    counts_bars,
    curves,
    reliability,
    share_bars,
    top_k_bars,
)
from coinco_book.figures.style import CRITERION_STYLES, ROLE_STYLES, Style, show, style_of, theme

__all__ = [
    "CRITERION_STYLES",
    "ROLE_STYLES",
    "Style",
    "accuracy_bars",
    "agreement_heatmap",
    "answer_cards",
    "before_after_bars",
    "boxed_grid",
    "contact_sheet",
    "counts_bars",
    "curves",
    "error_rates",
    "image_grid",
    "reliability",
    "reliability_panels",
    "seed_points",
    "share_bars",
    "show",
    "show_html",
    "signal_plot",
    "style_of",
    "theme",
    "tile_sheet",
    "top_k_bars",
]
