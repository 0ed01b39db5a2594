"""How far a number may lie from the paper's, and where that distance comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from coinco_core.errors import InputError, did_you_mean

_Z = 1.96  # a 95 % interval of the normal distribution
_KEYS = ("sampling", "difference", "share", "instead_of")
_WIDEST = 50.0  # percent: the share whose sampling interval is widest


def sampling_tolerance(table: Mapping[str, Any], value: float) -> tuple[float, str]:
    """The half-width, in percent points, of the 95 % sampling interval of a share, and the words that say so.

    `table` is {sampling: n}: 1.96 standard errors (normal approximation) of the share `value`, in percent, at n
    samples. With {difference: true} `value` is the difference of two such shares: sqrt(2) times that, taken at
    {share: percent} or, where none is given, at 50 %, which is widest. {instead_of: words} names what would be better
    and is not known. Raises InputError for anything else.
    """
    for key in table:
        if key not in _KEYS:
            raise InputError(f"a sampling tolerance has no key '{key}'.{did_you_mean(str(key), _KEYS)}")
    n, difference = table.get("sampling"), table.get("difference", False)
    share = table.get("share", _WIDEST if difference else value)
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise InputError("a sampling tolerance needs the number of samples, {sampling: n}.")
    if not isinstance(share, int | float) or not 0 < share < 100:
        raise InputError(f"a sampling tolerance needs a share between 0 and 100 %, and {share} is none.")
    better = table.get("instead_of", "")
    if not isinstance(better, str):
        raise InputError(f"instead of what a sampling tolerance stands is said in words, and {better!r} is none.")
    half = _Z * math.sqrt(share * (100 - share) / n) * (math.sqrt(2) if difference else 1)
    what = f"of the difference of two shares near {share:g} %, each" if difference else f"of a share of {share:g} %"
    words = f"95 % sampling interval {what} at n = {n:,} (normal approximation)"
    return half, f"{words}, instead of {better}" if better else words
