"""The released tables read and checked: the columns they must have, and the values that these may hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.categories import category
from coinco_core.errors import InputError, MissingError
from coinco_core.files import read_json, read_table
from coinco_core.released.catalogue import ReleasedFile
from coinco_core.released.indices import POOL_SIZES

if TYPE_CHECKING:
    import pandas


def read_released(entry: ReleasedFile, folder: Path) -> pandas.DataFrame:
    """The table with the entry's columns, without unnamed ones.

    Raises MissingError when it is absent, InputError when it is not as described.
    """
    path = folder / entry.path
    if not path.is_file():
        raise MissingError(f"{path} is missing; fetch it with `coinco data fetch {entry.name}`.")
    return described(read_table(path), entry.columns, path, entry.pool, entry.labels)


def described(
    table: pandas.DataFrame, columns: tuple[str, ...], path: Path, pool: str = "training", labels: int = 0
) -> pandas.DataFrame:
    """The table without unnamed index columns, once its columns and their values have been checked.

    An index is in its pool's range, a label an integer from 0 to `labels` - 1, a category one of the 80, a response a
    text or missing. Raises InputError with the first value that is not.
    """
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        raise InputError(f"{path} lacks the column {', '.join(lacking)}.")
    if table.empty:
        raise InputError(f"{path} holds no rows.")
    _check_whole(table, "coco_index", POOL_SIZES[pool], path)
    if labels:
        _check_whole(table, "label", labels, path)
    for column in columns:
        if column in _VALUES:
            good, what = _VALUES[column]
            _check_each(table[column], good, what, path)
    return table.drop(columns=[column for column in table.columns if str(column).startswith("Unnamed")])


def read_mapping(path: Path) -> dict[int, int]:
    """The supercategory (0-11) of each category (0-79), from supercategory_label_mappings.json.

    Raises MissingError when it is absent, InputError when it does not give one for each of the 80.
    """
    try:
        mapping = {int(key): int(value["supercategory_index"]) for key, value in read_json(path).items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InputError(f"{path} does not give a supercategory_index for each category.") from None
    if set(mapping) != set(range(80)) or not set(mapping.values()) <= set(range(12)):
        raise InputError(f"{path} does not map the categories 0-79 to supercategories 0-11.")
    return mapping


def _check_whole(table: pandas.DataFrame, column: str, end: int, path: Path) -> None:
    values = table[column]
    if values.dtype.kind not in "iu" or int(values.min()) < 0:
        raise InputError(f"{path} holds a {column} that is not a whole number from 0 up.")
    if int(values.max()) >= end:
        raise InputError(f"{path} holds the {column} {int(values.max())}; the highest there can be is {end - 1}.")


def _check_each(values: pandas.Series[Any], good: Callable[[Any], bool], what: str, path: Path) -> None:
    bad = [value for value in values.unique() if not good(value)]
    if bad:
        raise InputError(f"{path} holds {bad[0]!r} as {values.name}, which is not {what}.")


def _is_category(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(category(value).name)
    except InputError:
        return False


def _is_place(value: object) -> bool:
    """Whether it is a place in an image's list of annotations: a whole number from 0 up."""
    try:
        return int(str(value)) >= 0
    except ValueError:
        return False


def _is_text(value: Any) -> bool:
    import pandas

    return isinstance(value, str) or bool(pandas.isna(value))


_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "class_name": (_is_category, "one of the 80 COCO categories"),
    "replacement_object": (_is_category, "one of the 80 COCO categories"),
    "object_index": (_is_place, "a whole number from 0 up"),
    "response": (_is_text, "a text"),
}
