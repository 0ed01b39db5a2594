"""Which modules of this project a notebook stands on, read from its imports without running anything.

grimp reads the modules' imports, also those inside functions. Added here is what no import statement shows: a package
is loaded before its modules, names that a package loads on first use stand in its `__init__.pyi`, and core reaches its
demo by name (`coinco_core.demo.demo_world`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from coinco_book.runs.notebooks import parsed

PACKAGES = ("coinco_core", "coinco_world", "coinco_book")
_BY_NAME = re.compile(r'\bdemo_world\("(\w+)"\)')
Import = tuple[str, str | None]
"""A dotted module and the name taken from it; None for the module itself."""


class ImportGraph:
    """The modules of installed packages, and what follows from importing any of them; `files` has their sources."""

    def __init__(self, packages: Sequence[str] = PACKAGES) -> None:
        import grimp

        self.files = {module: path for package in packages for module, path in _modules_of(package)}
        self._graph = grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)
        for module, path in self.files.items():
            around = module.rpartition(".")[0]
            named = [f"coinco_world.{name}" for name in _BY_NAME.findall(path.read_text(encoding="utf-8"))]
            for imported in [around, *named]:
                if imported in self.files:
                    self._graph.add_import(importer=module, imported=imported)
        self._homes = {module: _homes(path) for module, path in self.files.items() if path.name == "__init__.py"}

    def needed_by(self, source: str, name: str = "the code") -> set[str]:
        """The dotted names of all modules that this code imports, directly or through others.

        `name` is what an InputError calls the code when it is not Python.
        """
        direct = {module for found in _imports(parsed(source, name)) for module in self._modules(*found)}
        return direct.union(*(self._graph.find_upstream_modules(module) for module in direct))

    def _modules(self, module: str, name: str | None) -> Iterator[str]:
        """The module asked for, and where the name taken from it is defined: a submodule, or the home of a lazy one."""
        if module in self.files:
            yield module
        if name is not None:
            home = self._homes.get(module, {}).get(name)
            yield from (found for found in (f"{module}.{name}", home) if found in self.files)


def _modules_of(package: str) -> Iterator[tuple[str, Path]]:
    """The dotted name and the file of each module of an installed package."""
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        for path in sorted(Path(folder).rglob("*.py")):
            parts = [package, *path.relative_to(folder).with_suffix("").parts]
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _homes(init: Path) -> dict[str, str]:
    """The module of each name that a package loads on first use, by its stub; {} without one."""
    stub = init.with_suffix(".pyi")
    if not stub.is_file():
        return {}
    package = init.parent
    while (package.parent / "__init__.py").is_file():
        package = package.parent
    around = ".".join(init.parent.relative_to(package.parent).parts)
    body = ast.parse(stub.read_text(encoding="utf-8")).body
    found = [node for node in body if isinstance(node, ast.ImportFrom) and node.module]
    return {alias.name: f"{around}.{node.module}" for node in found for alias in node.names}


def _imports(tree: ast.AST) -> Iterator[Import]:
    """Every import in a piece of code, and every `package.name`, which may be a name that is loaded on first use."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr
