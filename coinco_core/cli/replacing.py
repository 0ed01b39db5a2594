"""Tables that a command makes in seconds: the same again is nothing to do, others are not replaced without a word."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coinco_core.cli.output import say
from coinco_core.errors import InputError

if TYPE_CHECKING:
    import pandas

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a finished table of something else.")]


def write_new(tables: Mapping[Path, pandas.DataFrame], overwrite: bool) -> bool:
    """Whether the tables (any columns) were written; False, and said, when these very ones are there already.

    Raises InputError before anything is written when one of the files is there and holds anything else, unless
    `overwrite`.
    """
    from coinco_core.files import write_table

    there = [path for path in tables if path.exists()]
    other = [path for path in there if not _holds(path, tables[path])]
    if other and not overwrite:
        raise InputError(
            f"'{other[0]}' is there and was made of something else; name another place, or let it be replaced by "
            "--overwrite."
        )
    if len(there) == len(tables) and not other:
        say(f"{', '.join(map(str, there))}: made of the same before; nothing to do.")
        return False
    for path, table in tables.items():
        write_table(path, table)
    return True


def _holds(path: Path, table: pandas.DataFrame) -> bool:
    """Whether a file is what would be written there, as it is read back."""
    import pandas

    from coinco_core.files import read_table

    written = BytesIO()
    table.to_parquet(written, index=False)
    try:
        return read_table(path).equals(pandas.read_parquet(written))
    except InputError:  # no table at all
        return False
