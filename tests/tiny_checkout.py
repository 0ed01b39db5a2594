"""A checkout of a few lines, with notebooks that run in a moment, for the tests of runs, staging and building."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from coinco_book.checkout import Checkout

PARAMETERS = 'profile = "demo"\nseed = 0\nrun_dir = "runs/demo"'


def notebook(*cells: str, parameters: str = PARAMETERS, title: str = "# A title\n\nWords.") -> dict[str, Any]:
    """A notebook: a title, the parameters cell, and one code cell for each text (Markdown if it starts with '%md ')."""
    sources = [("markdown", title, []), ("code", parameters, ["parameters"])]
    sources += [("markdown", c[4:], []) if c.startswith("%md ") else ("code", c, []) for c in cells]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [_cell(at, *source) for at, source in enumerate(sources)],
    }


def _cell(at: int, kind: str, source: str, tags: list[str]) -> dict[str, Any]:
    cell: dict[str, Any] = {"id": f"c{at}", "cell_type": kind, "metadata": {"tags": tags}, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def make_checkout(root: Path, notebooks: dict[str, dict[str, Any]], manifest: str, sections: str = "{}") -> Checkout:
    """A checkout at `root` with those notebooks, that notebooks.yml, and one profile 'demo' with those sections."""
    (root / "notebooks").mkdir(parents=True)
    (root / "profiles").mkdir()
    (root / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (root / "notebooks" / "notebooks.yml").write_text(manifest)
    for name, content in notebooks.items():
        (root / "notebooks" / f"{name}.ipynb").write_text(json.dumps(content))
    head = "name: demo\ndescription: tiny\nmachine: any\nminutes: 1\noffline: true\n"
    (root / "profiles" / "demo.yaml").write_text(f"{head}notebooks: {sections}\n")
    return Checkout(root)
