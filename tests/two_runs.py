"""Runs written by hand, as small as they go, for the tests that compare them."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

MADE_BY = {
    "profile": "demo",
    "code_version": "0.1.0+abc",
    "python": "3.11.7",
    "platform": "Linux x86_64",
    "device": "cpu",
    "packages": {"torch": "2.13.0", "numpy": "2.4.6"},
    "time": "2026-01-02T03:04:05+00:00",
}


def png(colour: str = "white", size: tuple[int, int] = (10, 10), dots: int = 0) -> bytes:
    """An image of one colour, its first `dots` pixels black."""
    image = Image.new("RGB", size, colour)
    for at in range(dots):
        image.putpixel((at % size[0], at // size[0]), (0, 0, 0))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def stream(text: str) -> dict[str, Any]:
    """What a cell printed."""
    return {"output_type": "stream", "name": "stdout", "text": text}


def shown(**data: Any) -> dict[str, Any]:
    """What a cell showed: html='...', plain='...', png=bytes."""
    mimes = {"html": "text/html", "plain": "text/plain", "png": "image/png"}
    texts = {mimes[k]: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in data.items()}
    return {"output_type": "display_data", "data": texts, "metadata": {"image/png": {"alt": "an image"}}}


def executed(*cells: tuple[str, list[dict[str, Any]]], run_dir: str = "") -> dict[str, Any]:
    """An executed notebook of code cells, each its text and its outputs."""
    return {
        "metadata": {"papermill": {"parameters": {"run_dir": run_dir}}},
        "cells": [
            {"cell_type": "code", "metadata": {}, "source": source, "execution_count": at, "outputs": outputs}
            for at, (source, outputs) in enumerate(cells, start=1)
        ],
    }


def write_run(
    folder: Path,
    notebook: str,
    *,
    numbers: Mapping[str, Any] | None = None,
    page: Mapping[str, Any] | None = None,
    cells: list[dict[str, Any]] | None = None,
    **record: Any,
) -> Path:
    """The folder of one notebook's run below `folder`; `record` changes its run.json."""
    home = folder / notebook
    home.mkdir(parents=True)
    whole = {"notebook": notebook, "seconds": 2.0, "cells": cells or [], "made_by": MADE_BY, **record}
    (home / "run.json").write_text(json.dumps(whole))
    if numbers is not None:
        (home / "numbers.json").write_text(json.dumps(numbers))
    (home / f"{notebook}.ipynb").write_text(json.dumps(page or executed()))
    return home
