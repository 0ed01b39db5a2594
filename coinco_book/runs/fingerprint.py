"""What a notebook's run depends on, as digests by name: when none of them has changed, the run is up to date.

The parts are the notebook's cells, its parameters, its section of the profile, each module of the package that it
imports directly or through others, the shipped weights it loads, the packages' versions, and the files, runs and data
on disk that it reads.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coinco_book.checkout import Checkout
from coinco_book.profiles import Profile
from coinco_book.runs.imports import ImportGraph
from coinco_book.runs.inputs import data_paths, listed
from coinco_book.runs.notebooks import Notebook, code_of, read_cells
from coinco_core.errors import InputError
from coinco_core.files import digest, sha256_file
from coinco_core.provenance import package_versions

PACKAGES = (
    "torch",
    "transformers",
    "tokenizers",
    "accelerate",
    "peft",
    "diffusers",
    "numpy",
    "pandas",
    "pyarrow",
    "pillow",
    "scikit-learn",
    "scipy",
    "matplotlib",
    "seaborn",
    "ipykernel",
)
_PLACES = ("run_dir",)  # parameters that say where a run lies, not what it is


def components(
    notebook: Notebook,
    checkout: Checkout,
    profile: Profile,
    parameters: Mapping[str, Any],
    needed: Mapping[str, str],
    graph: ImportGraph,
) -> dict[str, str]:
    """The digest of each thing the run depends on, by a name that a person understands.

    `needed` maps the runs that this one reads to a digest of each; `graph` has the modules of the
    project.
    """
    source = notebook.path(checkout)
    cells = [(cell["cell_type"], cell["source"], cell["tags"]) for cell in read_cells(source)]
    parts = {
        f"notebooks/{notebook.source}": digest(cells),
        "parameters": digest({k: v for k, v in parameters.items() if k not in _PLACES}),
        f"profile {profile.name}": digest(dict(profile.settings(notebook.id))),
        "threads": digest(profile.threads(notebook.id)),
        "package versions": digest({"python": list(sys.version_info[:2]), **package_versions(PACKAGES)}),
    }
    parts |= {name: sha256_file(checkout.root / name) for name in notebook.reads}
    parts |= listed(data_paths(notebook.id, profile, checkout))
    modules = _modules(graph, source)
    parts |= modules
    for module in modules:
        if module.count(".") == 1 and module.endswith(".weights"):
            parts |= _weights(graph.files[module].parent, notebook.weights)
    return parts | {f"run {name}": key for name, key in needed.items()}


def key(parts: Mapping[str, str]) -> str:
    """One digest over all parts: 64 hexadecimal digits."""
    return digest(dict(parts))


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The names of the parts that are new, gone or different, in alphabetical order."""
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def in_words(names: Sequence[str]) -> str:
    """What has changed, in a few words: 'changed: a, b, c and 2 more'; '' when nothing has."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"changed: {', '.join(names[:3])}{more}" if names else ""


def _modules(graph: ImportGraph, source: Path) -> dict[str, str]:
    """The digest of each module the notebook stands on, and of the data files beside those in a subpackage."""
    found: dict[str, str] = {}
    for module in sorted(graph.needed_by(code_of(source), source.name)):
        path = graph.files[module]
        found[module] = sha256_file(path)
        if path.name == "__init__.py" and "." in module and not module.endswith(".weights"):
            found |= _data_files(module, path.parent)
    return found


def _data_files(module: str, folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix not in (".py", ".pyi", ".pyc")]
    return {f"{module.replace('.', '/')}/{path.name}": sha256_file(path) for path in files}


def _weights(folder: Path, names: tuple[str, ...] | None) -> dict[str, str]:
    """The digest of each shipped model that the notebook names ('student/base' is one); of all when it names none."""
    every = [path.name for path in sorted(folder.iterdir()) if path.is_dir() and path.name != "__pycache__"]
    found = {}
    for name in every if names is None else names:
        files = [path for path in sorted((folder / name).rglob("*")) if path.is_file()]
        if not files:
            raise InputError(f"notebooks.yml names the weights '{name}', which are not in {folder}.")
        contents = {path.relative_to(folder / name).as_posix(): sha256_file(path) for path in files}
        found[f"weights/{name}"] = digest(contents)
    return found
