"""Texts of a run without the names of the machine's folders, so that the run can be shown and passed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

_RUNS = "runs"
# What may stand before a path: no part of a longer one, but the `n` of "\n" in JSON and the `m` that ends a colour.
_BEFORE = r"(?:(?<![\w.-])|(?<=\\[nrt])|(?<=\dm))"
_AFTER = r"(?![\w-]|\.\w)"


def checkouts_of(executed: Mapping[str, Any], root: Path) -> tuple[str, ...]:
    """The folders that must not show: `root`, and the checkout in which the notebook was executed, if another."""
    parameters = executed.get("metadata", {}).get("papermill", {}).get("parameters", {})
    parts = PurePosixPath(str(parameters.get("run_dir", ""))).parts
    above = parts[: len(parts) - 1 - parts[::-1].index(_RUNS)] if _RUNS in parts and parts[0] == "/" else ()
    places = {root.as_posix(), str(root), str(PurePosixPath(*above)) if above else ""}
    return tuple(sorted(places - {"", "/"}, key=len, reverse=True))


def without_checkouts(text: str, places: Iterable[str]) -> str:
    """The text with paths below these folders as they are seen from there, and '.' for the folders themselves."""
    for place in places:
        text = re.sub(
            f"{_BEFORE}{re.escape(place)}(?:/|{_AFTER})", lambda found: "" if found[0][-1] == "/" else ".", text
        )
    return text
