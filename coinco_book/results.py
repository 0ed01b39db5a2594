"""What a notebook says about itself: numbers, words and tables, kept beside the page so that others can read them.

`glue_number` and `glue_text` leave a value in the notebook's output the way MyST-NB's glue does, so that prose can
quote it with the role `glue:text`, and in `numbers.json` of the run's folder, where the results page reads it. Values
are plain Python numbers and strings: a NumPy scalar would be printed as `np.float64(0.5)`.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from coinco_core.errors import InputError, MissingError
from coinco_core.files import read_json, write_json, write_table

if TYPE_CHECKING:
    import pandas

RUN_FOLDER = "COINCO_RUN_FOLDER"  # set by the runner before the kernel starts; absent in an interactive session
NUMBERS = "numbers.json"
PERCENT = ("%", "points")
_HIDDEN = "application/papermill.record/"  # MyST-NB's prefix for a value that is kept but not shown


def glue_number(key: str, value: float, *, digits: int = 3, unit: str = "", **facts: float | str | None) -> None:
    """Record the value as a plain int or float under `key`, to be quoted on the page with `digits` decimals.

    `facts` go with it into numbers.json, for instance `n=300, low=0.91, high=0.96` for a share with its interval.
    Raises InputError when the value is not a finite number.
    """
    number = _plain(value)
    if isinstance(number, str) or number is None or number != number or abs(number) == float("inf"):
        raise InputError(f"'{key}' must be a finite number to be recorded; it is {value!r}.")
    shown = str(number) if isinstance(number, int) else f"{number:.{digits}f}"
    _glue(key, f"{shown}{unit}", is_number=True)
    _record(key, {"value": number, "unit": unit, **{name: _plain(fact) for name, fact in facts.items()}})


def glue_text(key: str, text: str) -> None:
    """Record the text under `key`, to be quoted on the page: words, which the book never marks as demo numbers."""
    _glue(key, str(text), is_number=False)
    _record(key, {"value": str(text)})


def save_table(name: str, table: pandas.DataFrame) -> Path | None:
    """Where the table was written (`<name>.parquet` in the run's folder); None when no run is going on."""
    folder = run_folder()
    return None if folder is None else write_table(folder / f"{name}.parquet", table)


def run_folder() -> Path | None:
    """The folder of the notebook that is being run; None in an interactive session."""
    folder = os.environ.get(RUN_FOLDER)
    return Path(folder) if folder else None


def read_numbers(run_dir: Path | str, notebook: str) -> dict[str, dict[str, Any]]:
    """What that notebook recorded in its last good run: key -> {value, unit, ...}."""
    path = Path(run_dir) / notebook / NUMBERS
    if not path.is_file():
        raise MissingError(f"Notebook '{notebook}' has recorded nothing yet; run it first.")
    return load_numbers(path)


def load_numbers(path: Path) -> dict[str, dict[str, Any]]:
    """The numbers.json at `path`: key -> {value, unit, ...}. Raises InputError, naming the file, when it is none."""
    numbers = read_json(path)
    if not isinstance(numbers, dict) or not all(isinstance(facts, dict) for facts in numbers.values()):
        raise InputError(f"{path} holds no recorded numbers: it is not a table of facts by name.")
    return numbers


def is_number(value: Any) -> TypeGuard[float]:
    """Whether it is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: Any) -> TypeGuard[float]:
    """Whether it is a number, and neither infinite nor NaN."""
    return is_number(value) and math.isfinite(value)


def to_percent(unit: str) -> float:
    """What turns a number that was recorded in that unit into percent, or points of it.

    Shares are recorded without a unit, percentages and differences of two with theirs. Raises InputError for another.
    """
    if unit.strip() in PERCENT:
        return 1.0
    if not unit.strip():
        return 100.0
    raise InputError(f"A number in '{unit.strip()}' is no percentage.")


def _plain(value: Any) -> Any:
    """The value without its NumPy or torch wrapping."""
    return value.item() if hasattr(value, "item") else value


def _glue(key: str, text: str, *, is_number: bool) -> None:
    """Leave the value in the notebook's output under MyST-NB's name for it; nothing outside a notebook."""
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        return
    # repr: the role `glue:text` strips the quotes that a string's text/plain form has
    data = {f"{_HIDDEN}text/plain": repr(text)}
    scrap = {"name": key, "mime_prefix": _HIDDEN, "is_number": is_number}
    display(data, metadata={"scrapbook": scrap}, raw=True)


def _record(key: str, entry: dict[str, Any]) -> None:
    folder = run_folder()
    if folder is None:
        return
    path = folder / NUMBERS
    numbers = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    numbers[key] = entry
    write_json(path, numbers)
