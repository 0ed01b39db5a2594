"""What the runs took: seconds by notebook, and the cell that took most of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core.errors import MissingError
from coinco_core.files import read_json
from coinco_core.reproduction.layout import RECORD

if TYPE_CHECKING:
    import pandas


def costs(run_dir: Path | str, notebooks: Iterable[str]) -> pandas.DataFrame:
    """One row a notebook: its seconds, the seconds of its longest cell, and that cell's first line.

    Raises MissingError when one of them has not been run.
    """
    import pandas

    rows = []
    for name in notebooks:
        path = Path(run_dir) / name / RECORD
        if not path.is_file():
            raise MissingError(f"Notebook '{name}' has not been run; run it first.")
        record = read_json(path)
        longest = max(record["cells"], key=lambda cell: float(cell["seconds"]))
        rows.append((name, float(record["seconds"]), float(longest["seconds"]), str(longest["first_line"])))
    return pandas.DataFrame(rows, columns=["notebook", "seconds", "of which the longest cell", "which begins"])
