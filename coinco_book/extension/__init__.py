"""The book's own Sphinx extension: it makes every page work without a network, and brings the style sheet.

MathJax is copied from an installed package, as one file that needs no fonts; the scripts of thebe, which nothing here
uses and which point to a server elsewhere, are taken off every page.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from coinco_book.extension import claim_role, source_links

STATIC = Path(__file__).resolve().parent / "static"
_THEBE_CONFIG = re.compile(r'<script type="text/x-thebe-config">.*?</script>', re.DOTALL)
_MATHJAX = "tex-svg.js"  # draws formulas as SVG paths: 2 MB, no fonts, no further files


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the steps; called by Sphinx."""
    app.config.mathjax_path = f"mathjax/{_MATHJAX}"
    app.config.mathjax3_config = {"options": {"enableMenu": False}}  # the menu would load more files
    app.config.html_static_path.append(str(STATIC))
    if (made := Path(app.srcdir) / "book" / "static").is_dir():  # what staging made: explorer, slides, sources
        app.config.html_static_path.append(str(made))
    app.config.html_show_search_summary = False  # it would be fetched, which pages opened from a folder may not
    app.config.html_context.setdefault("default_mode", "auto")  # the theme complains in the console without one
    app.add_css_file("coinco.css", priority=900)
    app.add_js_file("formulas.js", loading_method="defer")
    app.connect("html-page-context", _drop_thebe, priority=900)
    app.connect("build-finished", _copy_mathjax)
    source_links.connect(app)
    claim_role.connect(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _drop_thebe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    for key in ("script_files", "css_files"):
        context[key] = [f for f in context.get(key, []) if not _is_thebe(f)]
    if "body" in context:
        context["body"] = _THEBE_CONFIG.sub("", context["body"])


def _is_thebe(file: Any) -> bool:
    """Whether a script or style is thebe's, by its address or by what stands in it."""
    return "thebe" in f"{getattr(file, 'filename', file)} {getattr(file, 'attributes', '')}".lower()


def _copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    package = importlib.util.find_spec("sphinx-mathjax-offline")
    if package is None or package.origin is None:
        raise RuntimeError("sphinx-mathjax-offline is not installed; it belongs to the extra 'book'.")
    target = Path(app.outdir) / "_static" / "mathjax"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(package.origin).parent / "static" / "mathjax" / _MATHJAX, target / _MATHJAX)
