"""Choosing notebooks by name, and the parameters they take."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinco_book.checkout import Checkout, find_checkout
from coinco_book.runs.notebooks import (
    check_parameters,
    code_of,
    declared_parameters,
    load_notebooks,
    parsed,
    read_cells,
    select,
)
from coinco_core.errors import InputError, MissingError
from tiny_checkout import make_checkout, notebook

MANIFEST = """
- {id: one, title: One}
- {id: two_x, source: two.ipynb, title: X, parameters: {k: x}}
- {id: two_y, source: two.ipynb, title: Y, parameters: {k: y}}
- {id: last, title: Last, needs: [one]}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    parameters = 'profile = "demo"\nseed = 0\nrun_dir = ""\nk = "x"\nn: int = 3\nshare = 0.5\nother = 2 * n'
    names = {"one": notebook("1"), "two": notebook("%time 2", parameters=parameters), "last": notebook("3")}
    return make_checkout(tmp_path, names, MANIFEST)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ["one", "two_x", "two_y", "last"]),
        (["one"], ["one"]),
        (["two"], ["two_x", "two_y"]),
        (["two.ipynb", "one"], ["one", "two_x", "two_y"]),
        (["two_y"], ["two_y"]),
        (["last"], ["one", "last"]),
    ],
)
def test_a_name_brings_what_it_means_and_what_that_needs(
    checkout: Checkout, names: list[str], expected: list[str]
) -> None:
    assert [n.id for n in select(load_notebooks(checkout), names)] == expected


def test_an_unknown_notebook_is_named_with_its_neighbours(checkout: Checkout) -> None:
    with pytest.raises(InputError, match=r"No notebook is called 'tow'.* Did you mean 'two'"):
        select(load_notebooks(checkout), ["tow"])


def test_the_parameters_cell_is_read(checkout: Checkout) -> None:
    found = declared_parameters(checkout.notebooks / "two.ipynb")
    assert found == {"profile": "demo", "seed": 0, "run_dir": "", "k": "x", "n": 3, "share": 0.5, "other": None}


def test_lines_for_ipython_are_no_code(checkout: Checkout) -> None:
    assert "%time" not in code_of(checkout.notebooks / "two.ipynb")


@pytest.mark.parametrize("given", [{"n": 4}, {"share": 1}, {"share": 0.1}, {"other": [1]}, {"seed": 7}])
def test_good_parameters_pass(checkout: Checkout, given: dict[str, object]) -> None:
    check_parameters(load_notebooks(checkout), checkout, given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sed": 1}, "No notebook asked for has a parameter 'sed'.* Did you mean 'seed'"),
        ({"k": "z"}, "No notebook asked for has a parameter 'k'"),  # notebooks.yml tells two_x from two_y by it
        ({"n": "many"}, "Parameter 'n' is 'many'"),
        ({"n": 0.5}, "Parameter 'n' is 0.5"),
        ({"n": True}, "Parameter 'n' is True"),
        ({"profile": "smoke"}, "No notebook asked for has a parameter 'profile'"),
    ],
)
def test_bad_parameters_are_refused(checkout: Checkout, given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_parameters(load_notebooks(checkout), checkout, given)


def test_a_notebook_that_is_absent_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="gone.ipynb"):
        read_cells(tmp_path / "gone.ipynb")
    (tmp_path / "bad.ipynb").write_text("{}")
    with pytest.raises(InputError, match="bad.ipynb cannot be read"):
        read_cells(tmp_path / "bad.ipynb")


def test_outside_a_checkout_one_is_asked_to_clone(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="clone the repository"):
        find_checkout(tmp_path)
    assert find_checkout(Path(__file__).parent) == find_checkout()


def test_code_that_is_not_python_is_named_with_its_line(tmp_path: Path) -> None:
    bad = {"a": notebook("x = = 1"), "b": notebook("%%bash\necho no Python at all")}
    checkout = make_checkout(tmp_path, bad, "[{id: a, title: A}, {id: b, title: B}]")
    assert "echo" not in code_of(checkout.notebooks / "b.ipynb")
    with pytest.raises(InputError, match=r"a.ipynb, line \d+, is not Python"):
        parsed(code_of(checkout.notebooks / "a.ipynb"), "a.ipynb")
