"""Chance-corrected agreement between raters who each say True or False of the same things.

Written out because the textbook forms are short, and because the kappas are undefined, not a warning, where every rater
always says the same.
"""

from __future__ import annotations

from collections.abc import Sequence


def cohen_kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Cohen's kappa of two raters, -1..1; None without items or when chance agreement is certain.

    kappa = (p_o - p_e) / (1 - p_e), p_o the observed agreement and p_e the one expected of independent raters with the
    same shares.
    """
    n = len(first)
    if n == 0:
        return None
    same = sum(bool(a) == bool(b) for a, b in zip(first, second, strict=True))
    yes_1, yes_2 = sum(map(bool, first)), sum(map(bool, second))
    expected = yes_1 * yes_2 + (n - yes_1) * (n - yes_2)  # times n squared, kept whole to stay exact
    if expected == n * n:
        return None
    return (same * n - expected) / (n * n - expected)


def fleiss_kappa(ratings: Sequence[Sequence[bool]]) -> float | None:
    """Fleiss' kappa of a row of verdicts per item, the same number (2 or more) in every row; None where undefined."""
    if not ratings:
        return None
    k, n = len(ratings[0]), len(ratings)
    yes = [sum(map(bool, row)) for row in ratings]
    observed = sum(y * (y - 1) + (k - y) * (k - y - 1) for y in yes) / (n * k * (k - 1))
    share = sum(yes) / (n * k)
    expected = share**2 + (1 - share) ** 2
    return None if share in (0.0, 1.0) else (observed - expected) / (1 - expected)
