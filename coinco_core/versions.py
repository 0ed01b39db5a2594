"""Versions of the parts of the method that decide a kept result: what a resumed job compares, instead of all code.

A part's number is raised when the same inputs give another result. A changed sentence in a docstring, or code that the
part does not stand on, raises nothing, so that a job of days survives an update. That nobody forgets is seen to by
tests/core/test_versions.py, which knows what each part's code was when its number was last thought about.
"""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Part:
    """A part of the method: its version, and the modules or folders (of `coinco_core`) that it is made of."""

    version: int
    modules: tuple[str, ...]


PARTS = {
    "boxed images": Part(1, ("images.py", "samples.py")),
    "model inputs": Part(
        1, ("engines/encoding.py", "engines/vision.py", "engines/families.py", "engines/processors.py")
    ),
    "training": Part(
        1,
        (
            *("distillation/adapters.py", "distillation/batching.py", "distillation/collator.py"),
            *("distillation/objectives.py", "distillation/trainer.py", "distillation/training.py"),
        ),
    ),
    "answers": Part(
        1, ("distillation/answering.py", "distillation/decisions.py", "engines/decoding.py", "engines/local.py")
    ),
    "reading": Part(1, ("responses",)),
    "verdicts": Part(1, ("distillation/classifier",)),
    "splits": Part(1, ("splits", "distillation/judged.py", "distillation/examples.py")),
    "latents": Part(3, ("objects_from_context/latents",)),
    "objects network": Part(1, ("objects_from_context/network", "objects_from_context/examples.py")),
}


def versions(*names: str) -> dict[str, int]:
    """The version of each of these parts, for the key of a result that they decide."""
    return {name: PARTS[name].version for name in names}


def part_digest(part: Part, root: Path = _ROOT) -> str:
    """The SHA-256 (hex) of a part's code below `root`, without comments, docstrings and white space."""
    seen = hashlib.sha256()
    for entry in part.modules:
        path = root / entry
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            bare = bare_code(file.read_text(encoding="utf-8"))
            seen.update(f"{file.relative_to(root).as_posix()}\0{bare}\0".encode())
    return seen.hexdigest()


def bare_code(source: str) -> str:
    """Python source without comments, docstrings and white space; the same on every version of Python."""
    lines = [list(line) for line in source.splitlines()]

    def blank(start: tuple[int, int], end: tuple[int, int]) -> None:
        for number in range(start[0], end[0] + 1):
            line = lines[number - 1]
            first, last = (start[1] if number == start[0] else 0), (end[1] if number == end[0] else len(line))
            line[first:last] = " " * (last - first)

    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            blank(token.start, token.end)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            blank((node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0))
    return "".join("".join("".join(line).split()) for line in lines)
