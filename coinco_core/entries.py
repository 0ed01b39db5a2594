"""Calls over lists of arguments that belong together, with errors that say which entry is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from coinco_core.errors import InputError

Result = TypeVar("Result")


def for_each_entry(function: Callable[..., Result], *lists: Sequence[Any]) -> list[Result]:
    """What the function makes of each entry of lists of the same length; an InputError says which entry it is about."""
    lengths = [len(one) for one in lists]
    if len(set(lengths)) > 1:
        raise InputError(f"The lists have {' and '.join(map(str, lengths))} entries; give one for each image.")
    results = []
    for place, entry in enumerate(zip(*lists, strict=True)):
        try:
            results.append(function(*entry))
        except InputError as error:
            raise InputError(f"Entry {place} of the list (from 0): {error}") from None
    return results
