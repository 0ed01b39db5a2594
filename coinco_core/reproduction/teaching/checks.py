"""What the check behind an exercise says: nothing when the answer holds, else what to look at."""

from __future__ import annotations


def check(condition: object, look_at: str) -> None:
    """Pass in silence when the condition holds; else raise an AssertionError whose text says what to look at.

    An answer that was not given yet (None or `...`) does not hold.
    """
    if condition is ... or not condition:
        raise AssertionError(look_at)
