"""Which numbers may be held against the paper's: never those of small models or drawn scenes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

FULL_SIZE = ("released", "paper")
_STAND_IN = "demo"  # a setting of this value means small models or drawn scenes, at any profile
_TRUTH = "truth.parquet"  # beside the images of a drawn world, in its folder


def makes_demo_numbers(profile: str, settings: Any = ()) -> bool:
    """Whether numbers made at that profile, with those settings, however nested, are demo numbers.

    They are unless the profile is one of full size and no setting asks for a stand-in.
    """
    return profile not in FULL_SIZE or _STAND_IN in _leaves(settings)


def is_demo(record: Mapping[str, Any]) -> bool:
    """Whether the numbers of a run (its run.json) are demo numbers.

    They are when its profile, a setting or a parameter says so, and when it read the truth of a drawn world, which real
    images do not have. Estimates and calculations, which use neither models nor images, are none.
    """
    if record.get("numbers", "results") != "results":
        return False
    made_by = record.get("made_by", {})
    asked = [record.get("settings", {}), record.get("parameters", {})]
    drawn = any(PurePath(name).name == _TRUTH for name in made_by.get("inputs", {}))
    return drawn or makes_demo_numbers(str(made_by.get("profile")), asked)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value
