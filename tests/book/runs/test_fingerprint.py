"""A run is out of date when something it depends on has changed, and only then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coinco_book.checkout import Checkout, find_checkout
from coinco_book.profiles import load_profile
from coinco_book.runs.fingerprint import changed, components, key
from coinco_book.runs.imports import ImportGraph
from coinco_book.runs.notebooks import Notebook, code_of, load_notebooks
from coinco_core.errors import InputError
from tiny_checkout import make_checkout, notebook

PACKAGE = {
    "__init__.py": "",
    "__init__.pyi": "from .late import Lazy as Lazy\n",
    "early.py": "import math\n",
    "late.py": "from pack.early import thing\n",
    "inside.py": "def f():\n    from pack import early\n    return early\n",
    "typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack import late\n",
    "named.py": 'from coinco_core.demo import demo_world\n\nx = demo_world("truth")\n',
    "sub/__init__.py": "from .leaf import x\n",
    "sub/leaf.py": "from ..early import thing\n",
    "sub/other.py": "",
    "sub/words.txt": "one",
    "lazy/__init__.py": "",
    "lazy/__init__.pyi": "from .far import distant as distant\n",
    "lazy/far.py": "",
    "weights/__init__.py": "",
    "weights/a/model.bin": "aaa",
    "weights/b/model.bin": "bbb",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package that can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
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
        ("import pack.sub", {"pack", "pack.sub", "pack.sub.leaf", "pack.early"}),
        ("from pack import Lazy", {"pack", "pack.late", "pack.early"}),
        ("import pack\npack.Lazy", {"pack", "pack.late", "pack.early"}),
        ("import pack.lazy", {"pack", "pack.lazy"}),
        ("from pack.lazy import distant", {"pack", "pack.lazy", "pack.lazy.far"}),
    ],
)
def test_modules_needed_by_a_piece_of_code(package: Path, source: str, expected: set[str]) -> None:
    assert ImportGraph(["pack"]).needed_by(source) == expected


def test_what_core_imports_by_name_counts() -> None:
    """`demo_world("weights")` is no import statement; whoever loads a demo model depends on them all the same."""
    needed = ImportGraph().needed_by("from coinco_core import load_engine")
    assert {"coinco_core.engines.local", "coinco_core.demo", "coinco_world.weights"} <= needed


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    notebooks = {"a": notebook("from pack import inside"), "w": notebook("import pack.weights\nimport pack.sub")}
    manifest = "[{id: a, title: A}, {id: w, title: W, weights: [a]}]"
    return make_checkout(tmp_path / "checkout", notebooks, manifest, "{a: {n: 1}, w: {n: 1}}")


def _parts(checkout: Checkout, package: Path, name: str = "a", **parameters: object) -> dict[str, str]:
    chosen = next(n for n in load_notebooks(checkout) if n.id == name)
    profile = load_profile("demo", checkout.profiles)
    return components(
        chosen, checkout, profile, {"seed": 0, "run_dir": "x", **parameters}, {"r": "k"}, ImportGraph(["pack"])
    )


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
    tmp_path: Path, checkout: Checkout, package: Path, file: str, expected: list[str]
) -> None:
    before = _parts(checkout, package)
    path = tmp_path / file
    path.write_text(path.read_text() + "\n# changed\n" if path.suffix == ".py" else path.read_text() + " ")
    assert changed(before, _parts(checkout, package)) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("weights/a/model.bin", ["weights/a"]),
        ("weights/b/model.bin", []),
        ("sub/words.txt", ["pack/sub/words.txt"]),
    ],
)
def test_weights_count_by_name_and_data_files_with_their_package(
    checkout: Checkout, package: Path, file: str, expected: list[str]
) -> None:
    before = _parts(checkout, package, "w")
    (package / file).write_text("new")
    assert changed(before, _parts(checkout, package, "w")) == expected


def test_cells_parameters_profile_and_runs_count(checkout: Checkout, package: Path) -> None:
    before = _parts(checkout, package)
    assert changed(before, _parts(checkout, package, seed=1)) == ["parameters"]
    assert changed(before, _parts(checkout, package, run_dir="elsewhere")) == []
    assert changed(before, before | {"run r": "other"}) == ["run r"]
    (checkout.profiles / "demo.yaml").write_text(
        (checkout.profiles / "demo.yaml").read_text().replace("a: {n: 1}", "a: {n: 2}")
    )
    assert changed(before, _parts(checkout, package)) == ["profile demo"]
    assert changed(_parts(checkout, package, "w"), _parts(checkout, package, "w")) == []


def test_outputs_and_metadata_do_not_count(checkout: Checkout, package: Path) -> None:
    before = _parts(checkout, package)
    path = checkout.notebooks / "a.ipynb"
    table = json.loads(path.read_text())
    table["metadata"] = {"kernelspec": {"name": "mine"}}
    table["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "hello"}]
    path.write_text(json.dumps(table))
    assert key(_parts(checkout, package)) == key(before)


def test_a_run_must_stand_before_those_that_need_it(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "late", {}, "[{id: a, title: A, needs: [b]}, {id: b, title: B}]")
    with pytest.raises(InputError, match="must stand before"):
        load_notebooks(checkout)


def _real(name: str) -> tuple[Notebook, set[str]]:
    checkout = find_checkout()
    found = next(n for n in load_notebooks(checkout) if n.id == name)
    return found, ImportGraph().needed_by(code_of(found.path(checkout)))


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
