"""Which numbers may be held against the paper's: never those of small models or drawn scenes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FULL_SIZE = ("released", "paper")
_STAND_IN = "demo"  # a setting of this value means small models or drawn scenes, at any profile


def makes_demo_numbers(profile: str) -> bool:
    """Whether a profile's numbers carry the mark: all do but those of the paper's own data and models."""
    return profile not in FULL_SIZE


def is_demo(record: Mapping[str, Any]) -> bool:
    """Whether the numbers of a run (its run.json) are demo numbers.

    They are unless the profile is one of full size and no setting or parameter asks for a stand-in; estimates and
    calculations, which use neither models nor pictures, are none.
    """
    if record.get("numbers", "results") != "results":
        return False
    profile = str(record.get("made_by", {}).get("profile"))
    asked = {"settings": record.get("settings", {}), "parameters": record.get("parameters", {})}
    return makes_demo_numbers(profile) or _STAND_IN in _leaves(asked)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value
