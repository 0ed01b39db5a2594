"""Nobody changes what decides a kept result without thinking about its version.

When this fails, a part's code is not what it was when its number was last thought about. If the same inputs may give
another result now, raise the number in coinco_core/versions.py. Either way run `python tests/core/test_versions.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.versions import PARTS, bare_code, part_digest, versions

LOCK = Path(__file__).with_name("versions.json")


def current() -> dict[str, dict[str, object]]:
    return {name: {"version": part.version, "code": part_digest(part)} for name, part in PARTS.items()}


@pytest.mark.parametrize("name", PARTS)
def test_the_code_of_a_part_is_that_of_its_version(name: str) -> None:
    assert json.loads(LOCK.read_text(encoding="utf-8")).get(name) == current()[name], __doc__


def test_the_lock_names_no_part_that_is_gone() -> None:
    assert set(json.loads(LOCK.read_text(encoding="utf-8"))) == set(PARTS)


def test_versions_are_those_of_the_parts() -> None:
    assert versions("training", "answers") == {name: PARTS[name].version for name in ("training", "answers")}


CODE = 'def f(a):\n    """What it does."""\n    # why\n    return [a, "# no comment"]  # because\n'


@pytest.mark.parametrize("before, after", [("What it does.", "Another\n    sentence."), ("# why", "# for what"),
                                           ("    return", "\n\n    return"), ("[a, ", "[a,")])  # fmt: skip
def test_words_and_white_space_are_no_code(before: str, after: str) -> None:
    assert bare_code(CODE) == bare_code(CODE.replace(before, after)) == 'deff(a):return[a,"#nocomment"]'


@pytest.mark.parametrize("before, after", [("[a, ", "[-a, "), ("# no", "# yes"), ("f(a)", "g(a)")])
def test_anything_else_is(before: str, after: str) -> None:
    assert bare_code(CODE) != bare_code(CODE.replace(before, after, 1))


@given(st.lists(st.sampled_from(["x = 1", "# c", "'''d'''", "s = 'a # b'", "if x:\n    y = 2  # e"])))
def test_any_file_can_be_read(lines: list[str]) -> None:
    bare = bare_code("\n".join(lines))
    assert bare.count("x=1") == lines.count("x = 1") and "# c" not in bare and "d'''" not in bare


if __name__ == "__main__":
    LOCK.write_text(json.dumps(current(), indent=2) + "\n", encoding="utf-8")
