"""Every plot and image of the book: one look, colours that mean the same on every page, text for all of them.

Each function returns a figure or an image that carries the text that describes it; `show` puts both on the page.
"""

from coinco_book.figures.cards import answer_cards, boxed_cards, show_html
from coinco_book.figures.cost import memory_bars
from coinco_book.figures.described import alt_of, described
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
    "alt_of",
    "answer_cards",
    "before_after_bars",
    "boxed_cards",
    "boxed_grid",
    "contact_sheet",
    "counts_bars",
    "curves",
    "described",
    "error_rates",
    "image_grid",
    "memory_bars",
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
