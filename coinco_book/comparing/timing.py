"""What two runs took, notebook by notebook and cell by cell: seconds, and the most memory held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from coinco_book.comparing.match import DiffRow, Match, presence

REMARK = "Close means less than a fifth apart, or less than a second and 0.1 GB."
_SHARE, _SECONDS, _GB = 0.2, 1.0, 0.1
Cost = Mapping[str, Any]


def compare_timing(where: str, a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> Iterator[DiffRow]:
    """One row for the notebook, and one for each of its cells that took a second or more in either run."""
    yield _row(where, "the whole notebook", whole(a), whole(b))
    cells = [(record or {}).get("cells", []) for record in (a, b)]
    for number, (one, other) in enumerate(zip_longest(*cells), start=1):
        if max(cell["seconds"] for cell in (one, other) if cell) >= _SECONDS:
            yield _row(where, f"cell {number}, {(one or other)['first_line']}", one, other)


def whole(record: Mapping[str, Any] | None) -> Cost | None:
    """What a run.json says of the notebook as a whole, in the form in which it says it of a cell."""
    if record is None:
        return None
    return {"seconds": record["seconds"], **{f"{place}_bytes": peak(record, place) for place in ("host", "device")}}


def peak(record: Mapping[str, Any], place: str = "host") -> int | None:
    """The most bytes that a cell of the run held, in main memory ('host') or on the 'device'; None when unknown."""
    held = [cell.get(f"{place}_bytes") for cell in record.get("cells", [])]
    return max((number for number in held if number), default=None)


def memory_text(cost: Cost) -> str:
    """The memory in words: '0.52 GB', '0.52 GB and 3.10 GB of a GPU'; '' when unknown."""
    host, device = cost.get("host_bytes"), cost.get("device_bytes")
    parts = [f"{host / 1e9:.2f} GB"] if host else []
    return " and ".join([*parts, *([f"{device / 1e9:.2f} GB of a GPU"] if device else [])])


def _row(where: str, what: str, a: Cost | None, b: Cost | None) -> DiffRow:
    alone = presence(a, b)
    if alone or a is None or b is None:
        return DiffRow(where, what, _shown(a), _shown(b), alone or Match.DIFFERENT)
    near = _near(a["seconds"], b["seconds"], _SECONDS)
    near &= all(_near(_gigabytes(a, place), _gigabytes(b, place), _GB) for place in ("host", "device"))
    note = f"B takes {b['seconds'] / a['seconds']:.3g} times as long" if a["seconds"] and not near else ""
    match = Match.IDENTICAL if _shown(a) == _shown(b) else Match.CLOSE if near else Match.DIFFERENT
    return DiffRow(where, what, _shown(a), _shown(b), match, note=note)


def _gigabytes(cost: Cost, place: str) -> float | None:
    held = cost.get(f"{place}_bytes")
    return held / 1e9 if held else None


def _near(a: float | None, b: float | None, least: float) -> bool:
    """Whether two amounts are near enough to be called the same; what was not measured is no difference."""
    return a is None or b is None or abs(a - b) <= max(least, _SHARE * max(a, b))


def _shown(cost: Cost | None) -> str:
    if cost is None:
        return ""
    memory = memory_text(cost)
    return f"{cost['seconds']:.1f} s{f', {memory}' if memory else ''}"
