"""A memory for short texts: of a hundred thousand answers most share their headings and verdicts to the letter."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")
_SHORT = 64  # characters; longer texts seldom come again
_KEPT = 4096


def remembering_short_texts(function: Callable[[str], T]) -> Callable[[str], T]:
    """The same function, which looks up what it found for a short text before; its results must not be changed."""
    remembered = lru_cache(_KEPT)(function)

    @wraps(function)
    def look_up(text: str) -> T:
        return remembered(text) if len(text) < _SHORT else function(text)

    return look_up
