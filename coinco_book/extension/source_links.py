"""The buttons of a page that lead to its source lead to the committed file.

`sources.json`, written while staging, says which page files have a source of another name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

_AFTER_THE_THEME = 900  # which makes its buttons at 501


def connect(app: Sphinx) -> None:
    """Connect the step; called by the book's extension."""
    app.connect("html-page-context", _correct_buttons, priority=_AFTER_THE_THEME)


def _correct_buttons(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    table = Path(app.srcdir) / "sources.json"
    file = f"{page}{context.get('page_source_suffix', '')}"
    source = json.loads(table.read_text(encoding="utf-8")).get(file) if table.is_file() else None
    if source:
        context["header_buttons"] = [corrected(button, file, source) for button in context.get("header_buttons", [])]


def corrected(button: dict[str, Any], file: str, source: str) -> dict[str, Any]:
    """The button, and those in its group, with links to the committed source; links within the book stay."""
    made = dict(button)
    url = str(button.get("url", ""))
    if url.startswith("https://") and url.endswith(f"/{file}"):
        made["url"] = url.removesuffix(file) + source
    if "buttons" in button:
        made["buttons"] = [corrected(part, file, source) for part in button["buttons"]]
    return made
