"""The numbers that two runs recorded, key by key: equal, close or different, and whether their intervals overlap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from coinco_book.comparing.match import DiffRow, Match, match_values, presence, relative_difference, worst
from coinco_book.results import is_number

_TIME_NAME = re.compile(r"(^|_)(seconds|minutes|hours)$")
_TIME_UNITS = ("s", "ms", "min", "h", "seconds", "minutes", "hours")
Entry = Mapping[str, Any]


def compare_numbers(where: str, a: Entry | None, b: Entry | None) -> Iterator[DiffRow]:
    """One row for each key of either numbers.json, in the order of A, then of B."""
    for key in {**(a or {}), **(b or {})}:
        yield _row(where, key, _entry(a, key), _entry(b, key))


def _entry(numbers: Entry | None, key: str) -> Entry | None:
    """What is recorded under a key; a bare value, which no notebook writes, counts as its value."""
    found = (numbers or {}).get(key)
    return found if found is None or isinstance(found, Mapping) else {"value": found}


def _row(where: str, key: str, a: Entry | None, b: Entry | None) -> DiffRow:
    alone = presence(a, b)
    if alone or a is None or b is None:
        return DiffRow(where, key, _shown(a), _shown(b), alone or Match.DIFFERENT)
    facts = {name: match_values(a.get(name), b.get(name)) for name in {**a, **b}}
    match = worst(facts.values())
    if match is Match.DIFFERENT and _is_time(key, a, b):
        match = Match.TIMES
    return DiffRow(where, key, _shown(a), _shown(b), match, _difference(a, b), _note(a, b, facts))


def _is_time(key: str, a: Entry, b: Entry) -> bool:
    """Whether it is a duration: no fact but the value differs, and its unit or its key says so."""
    rest = all(a.get(name) == b.get(name) for name in {**a, **b} if name != "value")
    return rest and (str(a.get("unit", "")).strip() in _TIME_UNITS or names_time(key))


def names_time(name: str) -> bool:
    """Whether a key or a column's name says that it holds a duration: 'seconds', 'training_seconds'."""
    return bool(_TIME_NAME.search(name))


def _difference(a: Entry, b: Entry) -> float | None:
    first, second = a.get("value"), b.get("value")
    return relative_difference(first, second) if is_number(first) and is_number(second) else None


def _note(a: Entry, b: Entry, facts: Mapping[str, Match]) -> str:
    """Whether the intervals overlap, where two values have one; else which facts beside the value differ."""
    ends = [end for entry in (a, b) for end in (entry.get("low"), entry.get("high")) if is_number(end)]
    if facts.get("value") in (Match.CLOSE, Match.DIFFERENT) and len(ends) == 4:
        a_low, a_high, b_low, b_high = ends
        return "intervals overlap" if a_low <= b_high and b_low <= a_high else "intervals do not overlap"
    beside = [name for name, match in facts.items() if match is not Match.IDENTICAL and name != "value"]
    return f"differs in {', '.join(beside)}" if beside else ""


def _shown(entry: Entry | None) -> str:
    """A recorded value as one text: '37.1875 % (25.4 to 49.1, n = 300)'."""
    if entry is None:
        return ""
    value, facts = entry.get("value"), []
    if entry.get("low") is not None and entry.get("high") is not None:
        facts.append(f"{_plain(entry['low'], 4)} to {_plain(entry['high'], 4)}")
    facts += [f"n = {entry['n']}"] if entry.get("n") is not None else []
    details = f" ({', '.join(facts)})" if facts else ""
    return f"{_plain(value)}{entry.get('unit') or ''}{details}"


def _plain(value: Any, digits: int = 6) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)
