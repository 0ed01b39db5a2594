"""What two runs were told to do, and where they ran: parameters and settings, code, packages and machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from coinco_book.comparing.match import DiffRow, Match, presence
from coinco_book.runs.fingerprint import changed

_MACHINE = ("code_version", "python", "platform", "device", "packages", "inputs")
_SHOWN = 4  # names of changed parts in a row
EVERYWHERE = "every notebook"
Record = Mapping[str, Any]


def compare_configuration(where: str, a: Record | None, b: Record | None) -> Iterator[DiffRow]:
    """One row for each parameter and each setting of the profile in either run.json."""
    yield from _facts(where, _configuration(a or {}), _configuration(b or {}))


def compare_environment(where: str, a: Record | None, b: Record | None) -> Iterator[DiffRow]:
    """One row for each package and fact of the machine, and one for all the code and files that the runs depended on.

    Other runs that they read are left out: these hold times, and are compared themselves.
    """
    yield from _facts(where, _environment(a or {}), _environment(b or {}))
    parts = [_without_runs((record or {}).get("depends_on", {})) for record in (a, b)]
    if all(parts):
        names = changed(*parts)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        note = f"changed: {', '.join(names[:_SHOWN])}{more}" if names else ""
        match = Match.DIFFERENT if names else Match.IDENTICAL
        yield DiffRow(where, "depends on", f"{len(parts[0])} parts", f"{len(parts[1])} parts", match, note=note)


def grouped(rows: Iterable[DiffRow], n_notebooks: int) -> list[DiffRow]:
    """The rows with those joined that say the same of several notebooks, in the order of the first of each."""
    groups: dict[tuple[str, ...], list[DiffRow]] = {}
    for row in rows:
        groups.setdefault((row.what, row.a, row.b, row.note), []).append(row)
    return [_joined(group, n_notebooks) for group in groups.values()]


def _joined(rows: list[DiffRow], n_notebooks: int) -> DiffRow:
    names = [row.where for row in rows]
    where = EVERYWHERE if len(names) == n_notebooks > 1 else ", ".join(names)
    first = rows[0]
    return DiffRow(where, first.what, first.a, first.b, first.match, note=first.note)


def _facts(where: str, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[DiffRow]:
    for name in {**a, **b}:
        match = presence(a.get(name), b.get(name)) or (Match.IDENTICAL if a[name] == b[name] else Match.DIFFERENT)
        yield DiffRow(where, name, a.get(name, ""), b.get(name, ""), match)


def _configuration(record: Record) -> dict[str, str]:
    return dict(_flat({name: record.get(name, {}) for name in ("parameters", "settings")}))


def _environment(record: Record) -> dict[str, str]:
    made_by = dict(record.get("made_by", {}))
    made_by["inputs"] = _without_runs(made_by.get("inputs") or {})
    return dict(_flat({name: made_by[name] for name in _MACHINE if made_by.get(name) is not None}))


def _without_runs(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in parts.items() if not name.startswith("run ")}


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf of nested tables by its dotted name, as text."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
