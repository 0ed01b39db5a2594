"""A prompt's template read out of source code by looking at it: nothing of the code is run or imported."""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import TypeVar

from coinco_core.errors import CheckError

Found = TypeVar("Found")


def template_in_source(content: bytes, name: str, function: str) -> str:
    """The text of the one f-string in that function, its replacement field (a bare argument) written as `{object}`.

    `name` ends in .py or .ipynb. A CheckError is raised when the file is not such source, when it has no such function
    or several, or when the function has no such f-string or several.
    """
    try:
        text = content.decode("utf-8")
        code = _defining_cell(text, function) if name.endswith(".ipynb") else text
        functions = [node for node in ast.walk(_parsed(code)) if isinstance(node, ast.FunctionDef)]
        definition = _only([node for node in functions if node.name == function])
        string = _only([node for node in ast.walk(definition) if isinstance(node, ast.JoinedStr)])
        return _template(string, {argument.arg for argument in definition.args.args})
    except (ValueError, SyntaxError, KeyError, TypeError, AttributeError):
        raise CheckError(
            f"{name} is not the pinned version: it has no function {function} with one f-string of the object's name."
        ) from None


def _defining_cell(notebook: str, function: str) -> str:
    """The code of the one cell that defines the function; the others may hold magics, which are not Python."""
    cells = (cell for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code")
    codes = ["".join(cell["source"]) for cell in cells]
    return _only([code for code in codes if re.search(rf"^\s*def {function}\(", code, re.MULTILINE)])


def _parsed(code: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape elsewhere in the file does not matter here
        return ast.parse(code)


def _only(found: list[Found]) -> Found:
    if len(found) != 1:
        raise ValueError
    return found[0]


def _template(string: ast.JoinedStr, arguments: set[str]) -> str:
    """The f-string's text; a ValueError unless its fields are all the same bare argument."""
    parts, names = [], set()
    for part in string.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name) and part.conversion == -1:
            names.add(part.value.id)
            parts.append("{object}")
        else:
            raise ValueError
    if len(names) != 1 or not names <= arguments:
        raise ValueError
    return "".join(parts)
