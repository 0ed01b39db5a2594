"""The notebooks of the book: which there are, in which order they run, with which parameters, what each reads."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from coinco_book.checkout import Checkout
from coinco_core.errors import InputError, MissingError, did_you_mean

MANIFEST = "notebooks.yml"
NUMBERS = ("results", "estimates", "calculations")


@dataclass(frozen=True)
class Notebook:
    """One execution of a notebook; `weights` is None when it is not said which shipped models it loads (then: all).

    `needs` are the runs whose results it reads, `reads` the files that it reads beside those, by their paths in the
    checkout. `numbers` says what its numbers are:
    'results' of a run, which depend on the profile; 'estimates' from assumptions, the same at any profile; or
    'calculations' from published facts, exact, and likewise the same at any profile.
    """

    id: str
    source: str
    title: str
    section: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    weights: tuple[str, ...] | None = None
    numbers: str = "results"

    def path(self, checkout: Checkout) -> Path:
        """The source notebook's file."""
        return checkout.notebooks / self.source


def load_notebooks(checkout: Checkout) -> tuple[Notebook, ...]:
    """Every execution that notebooks.yml lists, in its order, which is an order that `needs` allows."""
    entries = yaml.safe_load((checkout.notebooks / MANIFEST).read_text(encoding="utf-8"))
    notebooks = tuple(_notebook(entry) for entry in entries)
    seen: set[str] = set()
    for notebook in notebooks:
        late = set(notebook.needs) - seen
        if late:
            raise InputError(f"'{notebook.id}' in {MANIFEST} needs {sorted(late)}, which must stand before it.")
        seen.add(notebook.id)
    return notebooks


def _notebook(entry: Mapping[str, Any]) -> Notebook:
    weights = entry.get("weights")
    return Notebook(
        id=entry["id"],
        source=entry.get("source", f"{entry['id']}.ipynb"),
        title=entry["title"],
        section=entry.get("section", ""),
        parameters=entry.get("parameters") or {},
        needs=tuple(entry.get("needs") or ()),
        reads=tuple(entry.get("reads") or ()),
        weights=None if weights is None else tuple(weights),
        numbers=_kind(entry.get("numbers", NUMBERS[0]), entry["id"]),
    )


def _kind(numbers: str, notebook: str) -> str:
    if numbers not in NUMBERS:
        options = " or ".join(NUMBERS)
        raise InputError(f"'{notebook}' in {MANIFEST} says its numbers are '{numbers}'; they are {options}.")
    return numbers


def select(notebooks: tuple[Notebook, ...], names: Iterable[str]) -> tuple[Notebook, ...]:
    """The executions asked for and those they need, in order; all of them when none is named.

    A name is an execution's id or a source ('students' means all three). Raises InputError for any other.
    """
    wanted: set[str] = set()
    for name in names:
        found = {n.id for n in notebooks if name in (n.id, n.source, Path(n.source).stem)}
        if not found:
            options = sorted({n.id for n in notebooks} | {Path(n.source).stem for n in notebooks})
            raise InputError(
                f"No notebook is called '{name}'; there are {', '.join(options)}.{did_you_mean(name, options)}"
            )
        wanted |= found
    for notebook in reversed(notebooks):
        if notebook.id in wanted:
            wanted |= set(notebook.needs)
    return tuple(n for n in notebooks if n.id in wanted or not wanted)


def read_cells(path: Path) -> list[dict[str, Any]]:
    """The cells of a notebook file, each with `cell_type`, `source` as one string, and `tags`."""
    if not path.is_file():
        raise MissingError(f"The notebook {path.name} is not in {path.parent}.")
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError) as error:
        raise InputError(f"{path.name} cannot be read as a notebook: {error}.") from None
    return [
        {
            "cell_type": cell["cell_type"],
            "source": "".join(cell["source"]),
            "tags": list(cell.get("metadata", {}).get("tags", [])),
        }
        for cell in cells
    ]


def code_of(path: Path) -> str:
    """All code of a notebook as one Python text; what only IPython understands is left out."""
    cells = [cell["source"] for cell in read_cells(path) if cell["cell_type"] == "code"]
    cells = [source for source in cells if not source.lstrip().startswith("%%")]
    lines = "\n".join(cells).splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


def parsed(code: str, name: str) -> ast.Module:
    """The code's syntax tree; an InputError that names the file and the line when it is not Python."""
    try:
        return ast.parse(code, name)
    except SyntaxError as error:
        raise InputError(f"{name}, line {error.lineno}, is not Python: {error.msg}.") from None


def declared_parameters(path: Path) -> dict[str, Any]:
    """The names that the notebook's `parameters` cell sets, with their values (None for one that is computed)."""
    found: dict[str, Any] = {}
    for cell in read_cells(path):
        if "parameters" in cell["tags"]:
            for statement in parsed(cell["source"], path.name).body:
                found |= _assigned(statement)
    return found


def free_parameters(notebook: Notebook, checkout: Checkout) -> dict[str, Any]:
    """The parameters that a user may set: not those by which notebooks.yml tells one execution from another."""
    declared = declared_parameters(notebook.path(checkout))
    return {name: value for name, value in declared.items() if name not in notebook.parameters}


def _assigned(statement: ast.stmt) -> dict[str, Any]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    value = getattr(statement, "value", None)
    try:
        literal = ast.literal_eval(value) if value is not None else None
    except ValueError:
        literal = None
    return {target.id: literal for target in targets if isinstance(target, ast.Name)}


def check_parameters(notebooks: Iterable[Notebook], checkout: Checkout, given: Mapping[str, Any]) -> None:
    """Raises InputError for a parameter that none of the notebooks has, or whose value is of another type."""
    declared = {notebook.id: free_parameters(notebook, checkout) for notebook in notebooks}
    names = sorted({name for parameters in declared.values() for name in parameters} - {"profile", "run_dir"})
    for name, value in given.items():
        if name not in names:
            raise InputError(f"No notebook asked for has a parameter '{name}'.{did_you_mean(name, names)}")
        for parameters in declared.values():
            _check_type(name, value, parameters.get(name))


def _check_type(name: str, value: Any, default: Any) -> None:
    fits = {bool: (bool,), int: (int,), float: (int, float), str: (str,), list: (list,), dict: (dict,)}
    kinds = fits.get(type(default))
    wrong_bool = isinstance(value, bool) and type(default) in (int, float)
    if kinds and (not isinstance(value, kinds) or wrong_bool):
        raise InputError(f"Parameter '{name}' is {value!r}; it must be of the kind of {default!r}.")
