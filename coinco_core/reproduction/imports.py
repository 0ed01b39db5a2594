"""Which modules of the package a piece of code stands on, read from its imports without running anything.

Imports inside functions count, for that is where this package keeps its heavy ones. Names that a package's `__init__`
loads on first use (a table of name -> module, or a branch of `__getattr__`) count only for code that asks for them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from coinco_core.reproduction.notebooks import parsed


@dataclass(frozen=True)
class Request:
    """One import: a dotted module, the name taken from it (None: the module itself), and for whom.

    `only_for` is the name whose asking triggers the import in a lazy `__init__`; None when it always happens.
    """

    module: str
    name: str | None = None
    only_for: str | None = None


class ImportGraph:
    """The modules of a package folder, and what follows from importing any of them."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.files = {_dotted(folder, path): path for path in sorted(folder.rglob("*.py"))}

    def needed_by(self, source: str, name: str = "the code") -> set[str]:
        """The dotted names of all modules of the package that this code imports, directly or through others.

        `name` is what an InputError calls the code when it is not Python.
        """
        found: set[str] = set()
        asked: set[tuple[str, str | None]] = set()
        todo = list(_requests(parsed(source, name), "", is_package=False))
        while todo:
            request = todo.pop()
            if (request.module, request.name) in asked or not self._is_ours(request.module):
                continue
            asked.add((request.module, request.name))
            for module in self._modules(request):
                if module not in found:
                    found.add(module)
                    todo += [r for r in self._requests_of(module) if r.only_for is None]
            todo += [r for r in self._requests_of(request.module) if request.name and r.only_for == request.name]
        return found

    def _is_ours(self, module: str) -> bool:
        return module == self.name or module.startswith(f"{self.name}.")

    def _modules(self, request: Request) -> Iterator[str]:
        """The module asked for, the packages around it, and the submodule that the name may be."""
        parts = request.module.split(".")
        names = [".".join(parts[: i + 1]) for i in range(len(parts))]
        if request.name:
            names.append(f"{request.module}.{request.name}")
        yield from (name for name in names if name in self.files)

    def _requests_of(self, module: str) -> list[Request]:
        path = self.files.get(module)
        if path is None:
            return []
        is_package = path.name == "__init__.py"
        tree = _parsed(path, path.stat().st_mtime_ns)
        requests = list(_requests(tree, module, is_package))
        texts = set(_lazy_table(tree).items() if is_package else ((None, text) for text in _texts(tree)))
        return requests + [Request(text, only_for=name) for name, text in texts if text in self.files]


def _dotted(folder: Path, path: Path) -> str:
    parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _parsed(path: Path, _modified: int) -> ast.Module:
    return parsed(path.read_text(encoding="utf-8"), str(path))


def _requests(node: ast.AST, module: str, is_package: bool, lazy: bool = False) -> Iterator[Request]:
    """Every import below a node; `if TYPE_CHECKING` never runs, what is in `__getattr__` waits to be asked for."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from (Request(alias.name) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            source = _absolute(child, module, is_package)
            yield from (Request(source, a.name, a.name if lazy else None) for a in child.names)
        else:
            if isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name):
                yield Request(child.value.id, child.attr)  # `import package` and then `package.Name`
            inside = lazy or (isinstance(child, ast.FunctionDef) and child.name == "__getattr__")
            yield from _requests(child, module, is_package, inside)


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    """The dotted module that a `from` import names, its leading dots resolved."""
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    parts = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _lazy_table(tree: ast.Module) -> dict[str, str]:
    """The name -> module pairs of every dictionary of texts in a package's `__init__`."""
    pairs = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                    pairs[str(key.value)] = str(value.value).split(":")[0]
    return pairs


def _texts(tree: ast.Module) -> Iterator[str]:
    """Every text in a module: one that is a module's dotted name is taken for an import by name."""
    return (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
