"""The strip below a page's title: what made the page, and whether its numbers are demo numbers."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from coinco_core.reproduction.scale import is_demo

DEMO_MARK = '<sup class="demo-mark" title="a demo number: small models on drawn scenes">demo</sup>'
_WARNING = (
    '<p class="demo-note"><span class="demo-badge">demo numbers</span> Small models on drawn scenes made the numbers '
    "on this page. They show how the method works; they are no reproduction of a number in the paper.</p>"
)
_ESTIMATES = (
    '<p class="demo-note"><span class="demo-badge">estimates</span> Every number on this page is computed from counts '
    "and assumptions that stand on it; none was measured on the paper's models.</p>"
)
_CALCULATIONS = (
    '<p class="demo-note"><span class="demo-badge">calculations</span> Every number on this page is computed from what '
    "the paper and its code state; no model and no picture is used, so it is the same at every profile.</p>"
)
_NOTES = {"estimates": _ESTIMATES, "calculations": _CALCULATIONS}
_LONGEST = 5


def strip(record: Mapping[str, Any]) -> str:
    """The strip as one line of HTML, which Markdown leaves as it is; `record` is a run.json."""
    made_by = record.get("made_by", {})
    facts = {
        "profile": made_by.get("profile"),
        "seed": made_by.get("seed"),
        "code": made_by.get("code_version"),
        "device": str(made_by.get("device", "")).split(",")[0],
        "ran in": f"{record.get('seconds', 0.0):.0f} s",
        "on": str(made_by.get("time", ""))[:10],
    }
    shown = "".join(
        f"<span><b>{name}</b> {escape(str(value))}</span>" for name, value in facts.items() if value not in (None, "")
    )
    note = _WARNING if is_demo(record) else _NOTES.get(record.get("numbers", ""), "")
    details = f"<details><summary>What made this page</summary>{_details(record)}</details>"
    return f'<div class="provenance"><p class="facts">{shown}</p>{note}{details}</div>'


def _details(record: Mapping[str, Any]) -> str:
    made_by = record.get("made_by", {})
    packages = ", ".join(f"{name} {version}" for name, version in made_by.get("packages", {}).items())
    parts = [name for name in record.get("depends_on", {}) if name.startswith("coinco_core")]
    rows = [
        ("Device", made_by.get("device", "")),
        ("Python", f"{made_by.get('python', '')} on {made_by.get('platform', '')}"),
        ("Packages", packages),
        ("Parameters", ", ".join(f"{k} = {v!r}" for k, v in record.get("parameters", {}).items())),
        ("Stands on", f"{len(parts)} modules of coinco_core; key {str(record.get('key', ''))[:12]}"),
        ("Longest cells", _longest(record.get("cells", []))),
    ]
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(str(value))}</dd>" for name, value in rows if value) + "</dl>"


def _longest(cells: list[Mapping[str, Any]]) -> str:
    """The cells that took longest, each with its number among the code cells and its seconds."""
    by_time = sorted(enumerate(cells, start=1), key=lambda item: -item[1]["seconds"])[:_LONGEST]
    return "; ".join(f"{at}: {cell['seconds']:.1f} s ({cell['first_line'][:48]})" for at, cell in by_time)
