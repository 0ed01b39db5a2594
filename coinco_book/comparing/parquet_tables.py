"""The Parquet tables that two runs left: the same by digest, else which columns differ, and how many rows there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_book.comparing.match import NEAR, DiffRow, Match, presence, worst
from coinco_book.comparing.numbers import names_time
from coinco_core.files import sha256_file

if TYPE_CHECKING:
    import pyarrow

_SHOWN = 4  # names of columns in a row


def compare_tables(where: str, a: Path | None, b: Path | None) -> Iterator[DiffRow]:
    """One row for each table below either run's folder, by its path in it."""
    first, second = (_files(folder) for folder in (a, b))
    for name in sorted({**first, **second}):
        yield _row(where, name, first.get(name), second.get(name))


def _files(folder: Path | None) -> dict[str, Path]:
    if folder is None:
        return {}
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.parquet"))}


def _row(where: str, name: str, a: Path | None, b: Path | None) -> DiffRow:
    alone = presence(a, b)
    one, other = (None if path is None else _read(path) for path in (a, b))
    match, note = alone or Match.IDENTICAL, ""
    if a is not None and b is not None and sha256_file(a) != sha256_file(b):
        match, note = _compared(one, other)
    return DiffRow(where, name, _shown(a, one), _shown(b, other), match, note=note)


def _read(path: Path) -> pyarrow.Table | None:
    """The table in a file; None when it cannot be read."""
    import pyarrow
    from pyarrow import parquet

    try:
        return parquet.read_table(path)
    except (pyarrow.ArrowInvalid, OSError):
        return None


def _compared(a: pyarrow.Table | None, b: pyarrow.Table | None) -> tuple[Match, str]:
    """How two tables of other bytes match, and which columns differ."""
    if a is None or b is None or a.num_rows != b.num_rows:
        return Match.DIFFERENT, ""
    both = dict.fromkeys([*a.column_names, *b.column_names])
    matches = {name: _column(name, a, b) for name in both}
    names = [name for name, match in matches.items() if match is not Match.IDENTICAL]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    note = f"differs in {', '.join(names[:_SHOWN])}{more}" if names else "other bytes, the same values"
    return worst(matches.values()), note


def _column(name: str, a: pyarrow.Table, b: pyarrow.Table) -> Match:
    if name not in a.column_names or name not in b.column_names or a[name].type != b[name].type:
        return Match.DIFFERENT
    if a[name].equals(b[name]):
        return Match.IDENTICAL
    if names_time(name):
        return Match.TIMES
    return Match.CLOSE if _near(a[name], b[name]) else Match.DIFFERENT


def _near(a: Any, b: Any) -> bool:
    """Whether two columns hold fractions that are all the same but for noise."""
    import numpy
    import pyarrow

    if not pyarrow.types.is_floating(a.type):
        return False
    return bool(numpy.isclose(a.to_numpy(), b.to_numpy(), rtol=NEAR, atol=0.0, equal_nan=True).all())


def _shown(path: Path | None, table: pyarrow.Table | None) -> str:
    """How large a table is: '300 rows, 12 columns'; '' for none."""
    if path is None:
        return ""
    return "not readable" if table is None else f"{table.num_rows:,} rows, {table.num_columns} columns"
