"""The published accuracies of Objects-from-Context back to whole counts, and the authors' training log.

A share of n samples is a whole number of hits, so percentages can be checked: each must be a whole count of n within
its rounding. The authors' result file gives 392, 766, 1028 and 1414 of 2,402 for the 80 categories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor

from coinco_core.errors import CheckError, InputError

SAMPLES = 2402  # test images, section 5.2
LEVELS = ("instance", "clique")
FULL = 9  # decimals by which to judge percentages that were written out in full
# Validation accuracy in percent by epoch (from 0), from the authors' training log; their best is epoch 17.
LOG_TOP1 = {0: 11.37, 17: 16.77, 40: 16.75, 119: 15.48}

Percents = Mapping[str, Mapping[int, float]]  # by level, then k


def published_counts(percents: Percents, n: int = SAMPLES, decimals: int = FULL) -> dict[str, dict[int, int]]:
    """The hits of n behind each percentage, by level and k; see `whole_count`.

    Raises CheckError too when more is hit among fewer: top-3 below top-1.
    """
    counts = {level: {k: whole_count(p, n, decimals) for k, p in row.items()} for level, row in percents.items()}
    for level, row in counts.items():
        hits = [row[k] for k in sorted(row)]
        if hits != sorted(hits):
            raise CheckError(f"The hits at {level} level fall as k grows: {', '.join(map(str, hits))}.")
    return counts


def whole_count(percent: float, n: int, decimals: int = FULL) -> int:
    """The one number of hits of n whose percentage, rounded to so many decimals, is this one.

    Raises CheckError when there is none, or more than one because n is too large for the decimals that are known.
    """
    first, last = _range(percent, n, decimals)
    if first > last:
        raise CheckError(f"{percent} % of {n} is no whole number of samples.")
    if first < last:
        raise CheckError(f"{percent} % of {n} may be {first} to {last} samples; more decimals are needed.")
    return first


def fitting_sizes(percents: Sequence[float], most: int, decimals: int = FULL) -> list[int]:
    """Every n from 1 to `most` of which all the percentages are whole counts within their rounding.

    Where it is one number alone, the percentages themselves tell how many samples there were.
    """
    if not percents:
        raise InputError("There are no percentages, so that any number of samples would fit.")
    return [n for n in range(1, most + 1) if all(_fits(percent, n, decimals) for percent in percents)]


def _fits(percent: float, n: int, decimals: int) -> bool:
    first, last = _range(percent, n, decimals)
    return first <= last


def _range(percent: float, n: int, decimals: int) -> tuple[int, int]:
    """The fewest and the most hits of n that round to this percentage, exactly; the first is larger if none does."""
    if n < 1 or not 0 <= percent <= 100:
        raise InputError(f"{percent} % of {n} samples is not an accuracy.")
    half = Fraction(1, 2 * 10**decimals)
    stated = Fraction(repr(float(percent)))  # as it is written, not the binary number nearest to it
    low, high = ((stated + side * half) * n / 100 for side in (-1, 1))
    return max(0, ceil(low)), min(n, floor(high))
