"""What the check behind an exercise says: nothing when the answer holds, else what to look at."""

from __future__ import annotations


def check(condition: object, look_at: str) -> None:
    """Pass in silence when the condition holds; else raise an AssertionError whose text says what to look at.

    An answer that was not given yet (None or `...`) does not hold.
    """
    if condition is ... or not condition:
        raise AssertionError(look_at)


def near(answer: object, expected: float, tolerance: float = 1e-6) -> bool:
    """Whether an answer is a number at most `tolerance` from what is expected; False for what is no number at all."""
    try:
        return abs(float(answer) - expected) <= tolerance  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
