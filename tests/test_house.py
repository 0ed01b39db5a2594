"""The house keeps its own rules: what lies where, what may import what, how long things are, what loads when."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml

from checkout_root import ROOT
from coinco_book.building.stage import toc_pages

PACKAGES = ("coinco_core", "coinco_world", "coinco_book")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
HEAVY = ("torch", "transformers", "peft", "diffusers", "pandas", "pyarrow", "sklearn", "scipy", "matplotlib", "seaborn")


def _id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _cells(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return cells


def _tree(cell: dict[str, Any]) -> ast.Module:
    lines = "".join(cell["source"]).splitlines()
    return ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines))


@pytest.mark.parametrize("name", [
    "README.md", "ARCHITECTURE.md", "CITATION.cff", "LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml",
    "constraints.txt", "environment.yml", "_config.yml", "_toc.yml", ".ci/run", ".github/workflows/book.yml",
])  # fmt: skip
def test_the_top_level_has(name: str) -> None:
    assert (ROOT / name).is_file()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_every_room_is_in_the_plan_of_the_house() -> None:
    plan = (ROOT / "ARCHITECTURE.md").read_text()
    found = [p for package in PACKAGES for p in (ROOT / package).iterdir()]
    rooms = {p.stem for p in found if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert sorted(room for room in rooms - {"__init__"} if f"`{room}" not in plan) == []


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_modules_and_functions_are_short_and_say_what_they_are(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300
    tree = ast.parse(text)
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [n.name for n in nodes if (n.end_lineno or 0) - n.lineno >= 60] == []
    public = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]
    assert [n.name for n in public if not ast.get_docstring(n)] == []


ARRAYS = re.compile(r"\b(?:ndarray|Array|Tensor|Pixels|DataFrame|Series)\b")
_AXIS = r"[a-z\d.][\w.^*/+-]*"
SHAPE = re.compile(rf"\((?:\.\.\.|{_AXIS},|{_AXIS}(?:, {_AXIS})+)\)|(?i:columns?)\b|\bscalar\b|`Pixels`")


def _annotations(node: ast.FunctionDef | ast.ClassDef) -> str:
    """The annotations of a function's parameters and result, or of a class's fields."""
    if isinstance(node, ast.ClassDef):
        found = [field.annotation for field in node.body if isinstance(field, ast.AnnAssign)]
    else:
        found = [inner.annotation for inner in ast.walk(node.args) if isinstance(inner, ast.arg) and inner.annotation]
        found += [node.returns] if node.returns else []
    return " ".join(map(ast.unparse, found))


def _public(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef, str]]:
    """The public functions, classes and methods of a module with their docstrings, a method's after its class's."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            said = ast.get_docstring(node) or ""
            yield node.name, node, said
            for part in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(part, ast.FunctionDef) and not re.match("_(?!_)", part.name):
                    yield f"{node.name}.{part.name}", part, said + (ast.get_docstring(part) or "")


def test_docstrings_tell_the_shapes_of_arrays() -> None:
    """A shape is written (n, 80); a table's columns are named; an image's arrays are described once, at `Pixels`."""
    _, _, pixels = (ROOT / "coinco_core/engines/encoding.py").read_text().partition("\nPixels = ")
    assert SHAPE.search(pixels.split('"""')[1])
    without = [
        f"{_id(path)}: {name}"
        for path in MODULES
        if path.is_relative_to(ROOT / "coinco_core")
        for name, node, said in _public(ast.parse(path.read_text()))
        if ARRAYS.search(_annotations(node)) and not SHAPE.search(said)
    ]
    assert without == []


def test_the_layers_hold() -> None:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_module_needs_one_that_needs_it() -> None:
    """Not for types either: what two modules say of one another belongs in a third."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            assert module not in graph.find_upstream_modules(other), f"{module} and {other} need each other"


def _loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after running the code."""
    code = f"{code}\nimport sys, json; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("code", [
    "import coinco_core",
    "import coinco_core.cli.app",
    "from coinco_core import categories, judgements, samples, prompts, responses",
    "from coinco_book import profiles, results, runs",
])  # fmt: skip
def test_imports_are_light(code: str) -> None:
    assert _loaded_by(code) & set(HEAVY) == set()


def test_core_s_commands_load_nothing_of_the_book() -> None:
    loaded = _loaded_by("from coinco_core.cli.app import main\nmain(['label', '--help'])")
    assert loaded & {"coinco_book", "coinco_world", *HEAVY} == set()


def test_the_program_has_the_commands_of_the_book_too() -> None:
    code = "from coinco_core.cli.app import main\nmain(['--help'])\nmain(['verify', '--help'])"
    assert "coinco_book" in _loaded_by(code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_id)
def test_a_notebook_imports_from_at_most_six_places(path: Path) -> None:
    code = [_tree(cell) for cell in _cells(path) if cell["cell_type"] == "code"]
    nodes = [node for tree in code for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    places = {node.module for node in nodes if node.module and node.module.split(".")[0] in PACKAGES}
    assert len(places) <= 6, places


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_id)
def test_what_a_notebook_imports_is_there(path: Path) -> None:
    code = [_tree(cell) for cell in _cells(path) if cell["cell_type"] == "code"]
    nodes = [node for tree in code for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in nodes:
        if (node.module or "").split(".")[0] in PACKAGES:
            home = import_module(str(node.module))
            for alias in node.names:
                assert hasattr(home, alias.name) or find_spec(f"{node.module}.{alias.name}"), alias.name


def _homes(stub: Path) -> dict[str, tuple[str, str | None]]:
    """The module of each name that a package's stub lists, with the name in it; None for a module itself."""
    package = ".".join(stub.parent.relative_to(ROOT).parts)
    nodes = [node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ImportFrom)]
    return {
        alias.name: (f"{package}.{node.module}", alias.name) if node.module else (f"{package}.{alias.name}", None)
        for node in nodes
        for alias in node.names
    }


STUBS = sorted(ROOT.glob("coinco_*/**/__init__.pyi"))


@pytest.mark.parametrize("stub", STUBS, ids=_id)
def test_every_name_in_a_stub_is_there(stub: Path) -> None:
    package = import_module(".".join(stub.parent.relative_to(ROOT).parts))
    for name, (home, own) in _homes(stub).items():
        module = import_module(home)
        assert getattr(package, name) is (getattr(module, own) if own else module)


def test_modules_import_from_where_a_name_is_defined() -> None:
    """Rooms export for notebooks and users. A module that imported from them would depend on all that they load."""
    lazy = {".".join(s.parent.relative_to(ROOT).parts): {n for n, (_, own) in _homes(s).items() if own} for s in STUBS}
    for path in MODULES:
        nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        for node in nodes:
            assert {alias.name for alias in node.names} & lazy.get(node.module or "", set()) == set(), _id(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_id)
def test_notebooks_are_sources(path: Path) -> None:
    code = [cell for cell in _cells(path) if cell["cell_type"] == "code"]
    assert [cell["source"] for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []
    tagged = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    names = {n.id for n in ast.walk(_tree(tagged[0])) if isinstance(n, ast.Name)}
    assert {"profile", "seed", "run_dir"} <= names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_id)
def test_notebooks_leave_the_work_to_the_package(path: Path) -> None:
    code = [cell for cell in _cells(path) if cell["cell_type"] == "code"]
    nodes = [n for cell in code for n in ast.walk(_tree(cell)) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    assert [n.name for n in nodes if (n.end_lineno or 0) - n.lineno >= 10] == []
    assert [cell["source"] for cell in code if "".join(cell["source"]).count("\n") >= 40] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_id)
def test_notebooks_read_like_chapters(path: Path) -> None:
    prose = ["".join(cell["source"]) for cell in _cells(path) if cell["cell_type"] == "markdown"]
    titles = [line for text in prose for line in text.splitlines() if line.startswith("# ")]
    assert len(titles) == 1
    assert "does not show" in prose[-1].lower() + prose[-2].lower()


def test_every_notebook_is_run_and_has_a_page() -> None:
    manifest = yaml.safe_load((ROOT / "notebooks" / "notebooks.yml").read_text())
    assert {entry.get("source", f"{entry['id']}.ipynb") for entry in manifest} == {p.name for p in NOTEBOOKS}
    pages = toc_pages(ROOT / "_toc.yml")
    assert [e["id"] for e in manifest if f"notebooks/{e['id']}" not in pages] == []
    prose = [page for page in pages if not page.startswith("notebooks/")]
    assert [p for p in prose if not (ROOT / ("book/index.md" if p == "index" else f"{p}.md")).is_file()] == []


def test_the_conda_environment_is_a_wrapper_and_nothing_else() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, make, pip, wrapped = environment["dependencies"]
    assert python == f"python{SETTINGS['project']['requires-python']}"
    assert (make, pip) == ("make", "pip")
    install = [line for line in wrapped["pip"] if line.startswith("-e")]
    assert set(wrapped["pip"]) - set(install) == {"-c constraints.txt"}
    extras = re.findall(r"\[(.*)\]", install[0])[0].split(",")
    assert set(extras) <= set(SETTINGS["project"]["optional-dependencies"])
    makefile = (ROOT / "Makefile").read_text()
    assert f"-c constraints.txt {install[0].replace('.[', chr(39) + '.[')}'" in makefile


def _pins() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!]+", line)] == []
    return {_plain_name(line.split("==")[0]): line.split("==")[1] for line in lines}


def _plain_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    from packaging.requirements import Requirement

    pins = _pins()
    extras = SETTINGS["project"]["optional-dependencies"].values()
    texts = [*SETTINGS["project"]["dependencies"], *(text for extra in extras for text in extra)]
    wanted = [Requirement(text) for text in texts if not text.startswith("coinco_core[")]  # one of our own extras
    assert [str(r) for r in wanted if _plain_name(r.name) not in pins] == []
    assert [str(r) for r in wanted if not r.specifier.contains(pins[_plain_name(r.name)])] == []
    assert pins["torch"] == "2.13.0"
    assert pins["jupyter-book"] == "1.0.4.post1"
    assert [name for name in pins if name == "torchvision" or name.startswith("nvidia")] == []


def test_jupyter_book_is_of_the_line_that_writes_pages() -> None:
    assert metadata.version("jupyter-book").startswith("1.")


def test_the_citation_names_the_software_and_the_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "version", "license"} <= set(citation)
    paper = citation["preferred-citation"]
    assert paper["title"] == "Common Inpainted Objects In-N-Out of Context"
    assert [a["family-names"] for a in paper["authors"]] == ["Yang", "Jordan", "Sun", "Liu", "Sun"]
    assert (paper["year"], paper["start"], paper["end"]) == (2026, 13069, 13079)


def test_the_makefile_explains_itself_in_few_words() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z]+):", text, flags=re.MULTILINE)
    assert len(targets) <= 12
    assert [t for t in targets if not re.search(rf"^{t}:.*## \w", text, flags=re.MULTILINE)] == []


def _tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this copy is no git checkout")
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


def test_nothing_tracked_is_huge_or_unpickled() -> None:
    files = _tracked()
    assert [_id(p) for p in files if p.stat().st_size > 12_000_000] == []
    assert sum(p.stat().st_size for p in files if "weights" in p.parts) <= 25_000_000
    assert [_id(p) for p in files if p.suffix in (".pkl", ".pickle", ".pt", ".pth", ".bin")] == []
