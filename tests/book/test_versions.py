"""The versions that the book and the drawn world keep of their own: nobody changes that code without thinking of them.

When this fails, code that decides a kept result is not what it was when its version was last thought about. If the
same inputs may give another result now, raise the version. Either way run `python tests/book/test_versions.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import coinco_core
from coinco_book.chapters.repeats import REPEATS_VERSION
from coinco_book.chapters.variants import VARIANTS_VERSION
from coinco_core.versions import Part, part_digest
from coinco_world.dataset import WORLD_VERSION

LOCK = Path(__file__).with_name("versions.json")
ROOT = Path(coinco_core.__file__).parents[1]
DRAWN = ("facts", "scene_layout", "pen", "scenes", "sprites", "compose", "truth", "words", "dataset")
PARTS = {
    "repeats": Part(REPEATS_VERSION, ("coinco_book/chapters/repeats.py",)),
    "variants": Part(VARIANTS_VERSION, ("coinco_book/chapters/variants.py",)),
    "drawn world": Part(
        WORLD_VERSION,
        tuple(f"coinco_world/{name}" + ("" if name in ("scenes", "sprites") else ".py") for name in DRAWN),
    ),
}


def current() -> dict[str, dict[str, object]]:
    return {name: {"version": part.version, "code": part_digest(part, ROOT)} for name, part in PARTS.items()}


@pytest.mark.parametrize("name", PARTS)
def test_the_code_is_that_of_its_version(name: str) -> None:
    assert json.loads(LOCK.read_text(encoding="utf-8")).get(name) == current()[name], __doc__


def test_every_module_is_there() -> None:
    assert all((ROOT / module).exists() for part in PARTS.values() for module in part.modules)


if __name__ == "__main__":
    LOCK.write_text(json.dumps(current(), indent=2) + "\n", encoding="utf-8")
