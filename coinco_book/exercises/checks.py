"""What the check behind an exercise says: nothing when the answer holds, else what to look at.

An answer may be anything at all, as long as nobody has written the right one: no helper here raises for its kind.
"""

from __future__ import annotations


def check(condition: object, look_at: str) -> None:
    """Pass in silence when the condition holds; else raise an AssertionError whose text says what to look at.

    An answer that was not given yet (None or `...`) does not hold; an array holds where each of its items does.
    """
    if not _holds(condition):
        raise AssertionError(look_at)


def near(answer: object, expected: object, tolerance: float = 1e-6) -> bool:
    """Whether two numbers are at most `tolerance` apart; False where one of them is not a number."""
    try:
        return bool(abs(float(_plain(answer)) - float(_plain(expected))) <= tolerance)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False


def items(answer: object) -> list[object]:
    """What a list, tuple or array holds, as a list; [] for anything else."""
    plain = _plain(answer)
    return list(plain) if isinstance(plain, list | tuple) else []


def same(answer: object, expected: object, tolerance: float = 1e-6) -> bool:
    """Whether an answer is what is expected: numbers by `near`, anything else of the same kind and equal.

    Lists, tuples and arrays are of one kind, and compared item by item.
    """
    given, wanted = _plain(answer), _plain(expected)
    if isinstance(wanted, list | tuple):
        parts = items(given)
        alike = isinstance(given, list | tuple) and len(parts) == len(wanted)
        return alike and all(same(*pair, tolerance) for pair in zip(parts, wanted, strict=True))
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return near(given, wanted, tolerance)
    return type(given) is type(wanted) and given == wanted


def _holds(condition: object) -> bool:
    plain = _plain(condition)
    if isinstance(plain, list):
        return bool(plain) and all(map(_holds, plain))
    return plain is not ... and bool(plain)


def _plain(answer: object) -> object:
    """An array or one of its numbers as Python's own lists and numbers; anything else as it is."""
    as_list = getattr(answer, "tolist", None)
    return as_list() if callable(as_list) else answer
