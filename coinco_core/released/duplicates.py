"""The one rule for an index that occurs more than once.

The authors joined parts of runs without looking for repeats. Here the FIRST row of an index counts, in the order of the
files as given and of the rows in each. The other rows are repeats; a repeat that does not say the same as the row that
counts is a conflict. Both are counted, and all rows of such an index can be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Resolved:
    """One row per index in `table`, how many rows repeat one (`conflicting`: otherwise), and those of repeated indices.

    `table` has the columns of the tables given. `duplicates` has them too, and `part` (the table's position among those
    given, from 0) and `counts` (bool, whether the row is the one that counts).
    """

    table: pandas.DataFrame
    repeated: int
    conflicting: int
    duplicates: pandas.DataFrame


def first_rows(parts: Sequence[pandas.DataFrame], column: str) -> Resolved:
    """The rows that count among tables with the columns coco_index and `column`, whose values decide on conflicts.

    `conflicting` counts different values, not rows: three repeats with the same other value are one conflict.
    """
    import pandas

    joined = pandas.concat([part.assign(part=i) for i, part in enumerate(parts)], ignore_index=True)
    counts = ~joined["coco_index"].duplicated()
    different = joined.drop_duplicates(["coco_index", column])
    several = joined["coco_index"].duplicated(keep=False)
    duplicates = joined.assign(counts=counts)[several].reset_index(drop=True)
    first = joined[counts].drop(columns="part").reset_index(drop=True)
    return Resolved(first, len(joined) - len(first), len(different) - len(first), duplicates)
