"""A run is out of date when something it depends on has changed, and only then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coinco_core.errors import InputError
from coinco_core.reproduction.fingerprint import changed, components, key
from coinco_core.reproduction.imports import ImportGraph
from coinco_core.reproduction.layout import Layout, find_layout
from coinco_core.reproduction.notebooks import Notebook, code_of, load_notebooks
from coinco_core.reproduction.profiles import load_profile
from tiny_checkout import make_checkout, notebook

PACKAGE = {
    "__init__.py": '_HOMES = {"Lazy": "pack.late"}\n\ndef __getattr__(name):\n    ...\n',
    "early.py": "import math\n",
    "late.py": "from pack.early import thing\n",
    "inside.py": "def f():\n    from pack import early\n    return early\n",
    "typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack import late\n",
    "named.py": 'import importlib\nimportlib.import_module("pack.early")\n',
    "sub/__init__.py": "from .leaf import x\n",
    "sub/leaf.py": "from ..early import thing\n",
    "sub/other.py": "",
    "sub/words.txt": "one",
    "lazy/__init__.py": "def __getattr__(name):\n    from .far import far\n    return far\n",
    "lazy/far.py": "",
    "weights/__init__.py": "",
    "weights/a/model.bin": "aaa",
    "weights/b/model.bin": "bbb",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in PACKAGE.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "pack"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import numpy", set()),
        ("import pack", {"pack"}),
        ("from pack.late import a", {"pack", "pack.late", "pack.early"}),
        ("from pack import inside", {"pack", "pack.inside", "pack.early"}),
        ("def f():\n    import pack.early", {"pack", "pack.early"}),
        ("from pack import typed", {"pack", "pack.typed"}),
        ("from pack import named", {"pack", "pack.named", "pack.early"}),
        ("import pack.sub", {"pack", "pack.sub", "pack.sub.leaf", "pack.early"}),
        ("from pack import Lazy", {"pack", "pack.late", "pack.early"}),
        ("import pack\npack.Lazy", {"pack", "pack.late", "pack.early"}),
        ("import pack.lazy", {"pack", "pack.lazy"}),
        ("from pack.lazy import far", {"pack", "pack.lazy", "pack.lazy.far"}),
    ],
)
def test_modules_needed_by_a_piece_of_code(package: Path, source: str, expected: set[str]) -> None:
    assert ImportGraph(package).needed_by(source) == expected


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    notebooks = {"a": notebook("from pack import inside"), "w": notebook("import pack.weights\nimport pack.sub")}
    manifest = "[{id: a, title: A}, {id: w, title: W, weights: [a]}]"
    return make_checkout(tmp_path / "checkout", notebooks, manifest, "{a: {n: 1}, w: {n: 1}}")


def _parts(layout: Layout, package: Path, name: str = "a", **parameters: object) -> dict[str, str]:
    chosen = next(n for n in load_notebooks(layout) if n.id == name)
    profile = load_profile("demo", layout.profiles)
    return components(chosen, layout, profile, {"seed": 0, "run_dir": "x", **parameters}, {"r": "k"}, package)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("pack/early.py", ["pack.early"]),
        ("pack/inside.py", ["pack.inside"]),
        ("pack/late.py", []),
        ("pack/sub/leaf.py", []),
        ("pack/weights/a/model.bin", []),
        ("checkout/notebooks/w.ipynb", []),
    ],
)
def test_a_changed_file_counts_where_the_notebook_stands_on_it(
    tmp_path: Path, layout: Layout, package: Path, file: str, expected: list[str]
) -> None:
    before = _parts(layout, package)
    path = tmp_path / file
    path.write_text(path.read_text() + "\n# changed\n" if path.suffix == ".py" else path.read_text() + " ")
    assert changed(before, _parts(layout, package)) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("weights/a/model.bin", ["weights/a"]),
        ("weights/b/model.bin", []),
        ("sub/words.txt", ["pack/sub/words.txt"]),
    ],
)
def test_weights_count_by_name_and_data_files_with_their_package(
    layout: Layout, package: Path, file: str, expected: list[str]
) -> None:
    before = _parts(layout, package, "w")
    (package / file).write_text("new")
    assert changed(before, _parts(layout, package, "w")) == expected


def test_cells_parameters_profile_and_runs_count(layout: Layout, package: Path) -> None:
    before = _parts(layout, package)
    assert changed(before, _parts(layout, package, seed=1)) == ["parameters"]
    assert changed(before, _parts(layout, package, run_dir="elsewhere")) == []
    assert changed(before, before | {"run r": "other"}) == ["run r"]
    (layout.profiles / "demo.yaml").write_text(
        (layout.profiles / "demo.yaml").read_text().replace("a: {n: 1}", "a: {n: 2}")
    )
    assert changed(before, _parts(layout, package)) == ["profile demo"]
    assert changed(_parts(layout, package, "w"), _parts(layout, package, "w")) == []


def test_outputs_and_metadata_do_not_count(layout: Layout, package: Path) -> None:
    before = _parts(layout, package)
    path = layout.notebooks / "a.ipynb"
    table = json.loads(path.read_text())
    table["metadata"] = {"kernelspec": {"name": "mine"}}
    table["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "hello"}]
    path.write_text(json.dumps(table))
    assert key(_parts(layout, package)) == key(before)


def test_a_run_must_stand_before_those_that_need_it(tmp_path: Path) -> None:
    layout = make_checkout(tmp_path / "late", {}, "[{id: a, title: A, needs: [b]}, {id: b, title: B}]")
    with pytest.raises(InputError, match="must stand before"):
        load_notebooks(layout)


def _real(name: str) -> tuple[Notebook, set[str]]:
    layout = find_layout()
    found = next(n for n in load_notebooks(layout) if n.id == name)
    return found, ImportGraph(layout.root / "coinco_core").needed_by(code_of(found.path(layout)))


def test_sections_do_not_depend_on_one_another_or_on_the_command_line() -> None:
    network, students = "coinco_core.objects_from_context", "coinco_core.distillation"
    _, reasoning = _real("lvlm_reasoning")
    _, context = _real("objects_from_context")
    _, distilled = _real("students_size")
    assert reasoning and context and distilled
    assert not any(module.startswith((network, students)) for module in reasoning)
    assert any(module.startswith(network) for module in context)
    assert not any(module.startswith(students) for module in context)
    assert any(module.startswith(students) for module in distilled)
    assert not any(module.startswith(("coinco_core.cli", network)) for module in distilled)
