"""The strip below a page's title: what made it, how to make it again, whether its numbers are demo numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coinco_book.demo_numbers import is_demo
from coinco_book.pages.inline import inline
from coinco_book.runs.calls import BESIDE, copy_line, lines_html, source_of
from coinco_book.runs.imports import PACKAGES
from coinco_book.runs.inputs import code_digest, data_of

SOURCES = "_static/sources"  # in the built book: the notebooks as they are committed
DEMO_MARK = '<sup class="demo-mark" title="a demo number: small models on drawn scenes">demo</sup>'
_WARNING = (
    '<p class="demo-note"><span class="demo-badge">demo numbers</span> Small models on drawn scenes made the numbers '
    "on this page. They show how the method works; they do not reproduce a number of the paper.</p>"
)
_ESTIMATES = (
    '<p class="demo-note"><span class="demo-badge">estimates</span> Every number on this page is computed from counts '
    "and assumptions that stand on it; none was measured on the paper's models.</p>"
)
_CALCULATIONS = (
    '<p class="demo-note"><span class="demo-badge">calculations</span> Every number on this page is computed from what '
    "the paper and its code state; no model and no image is used, so it is the same at every profile.</p>"
)
_NOTES = {"estimates": _ESTIMATES, "calculations": _CALCULATIONS}
_WHERE = (
    "In the top folder of the checkout, with its environment active. The first line replaces this page's run, until "
    "<code>coinco run</code> or <code>coinco verify</code> without parameters makes it anew; the last one leaves it, "
    f"and writes out.ipynb and below {BESIDE}."
)
_NEEDS = (
    " This page reads other runs: the first line brings them up to date, the second copies them. Its seed has to be "
    "theirs."
)
_LONGEST = 5
_SHORT = 10  # digits of a digest that stand on the strip; all of them are in the details


def strip(record: Mapping[str, Any]) -> str:
    """The strip as one line of HTML, which Markdown leaves as it is; `record` is a run.json."""
    note = _WARNING if is_demo(record) else _NOTES.get(record.get("numbers", ""), "")
    details = f"<details><summary>What made this page</summary>{_details(record)}</details>"
    return f'<div class="provenance">{_facts(record)}{note}{details}{_again(record)}</div>'


def _facts(record: Mapping[str, Any]) -> str:
    """What made the page, as short as it goes: each fact with its name."""
    made_by = record.get("made_by", {})
    data = data_of(record)
    facts = {
        "commit": _commit(made_by),
        "profile": made_by.get("profile"),
        "seed": made_by.get("seed"),
        "device": str(made_by.get("device", "")).split(",")[0],
        "ran in": f"{record.get('seconds', 0.0):.0f} s",
        "on": str(made_by.get("time", ""))[:10],
        "code": code_digest(record)[:_SHORT],
        "data": f"{data.words} · {data.digest[:_SHORT]}" if data else "",
    }
    shown = (f"<span><b>{name}</b> {inline(value)}</span>" for name, value in facts.items() if value or value == 0)
    return f'<p class="facts">{"".join(shown)}</p>'


def _commit(made_by: Mapping[str, Any]) -> str:
    """The commit in short, '+dirty' where files differed from it; the code's version where there is no commit."""
    if not made_by.get("commit"):
        return str(made_by.get("code_version", ""))
    return f"{made_by['commit'][:7]}{'+dirty' if made_by.get('dirty') else ''}"


def _details(record: Mapping[str, Any]) -> str:
    made_by = record.get("made_by", {})
    packages = ", ".join(f"{name} {version}" for name, version in made_by.get("packages", {}).items())
    parts = [name for name in record.get("depends_on", {}) if name.split(".")[0] in PACKAGES]
    data = data_of(record)
    rows = [
        ("Version", f"{made_by.get('code_version', '')}, commit {made_by.get('commit') or 'unknown'}"),
        ("Device", made_by.get("device", "")),
        ("Python", f"{made_by.get('python', '')} on {made_by.get('platform', '')}"),
        ("Packages", packages),
        ("Parameters", ", ".join(f"{k} = {v!r}" for k, v in record.get("parameters", {}).items())),
        ("Code", f"{len(parts)} modules; sha256 {code_digest(record)}" if parts else ""),
        ("Data", f"{data.words}; sha256 {data.digest}" if data else ""),
        ("Inputs", "; ".join(f"{name} {digest}" for name, digest in made_by.get("inputs", {}).items())),
        ("Key", record.get("key", "")),
        ("Longest cells", _longest(record.get("cells", []))),
    ]
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{inline(value)}</dd>" for name, value in rows if value) + "</dl>"


def _again(record: Mapping[str, Any]) -> str:
    """How to get the notebook and to run it again; nothing where the record does not say which notebook it was."""
    source = inline(source_of(record))
    if not source or "notebook" not in record:
        return ""
    link = f'<a href="../{SOURCES}/{source}" download>download the notebook</a>'
    summary, lines = "<summary>Run this page again</summary>", lines_html(record)
    return f"<details>{summary}<p>{_WHERE}{_NEEDS if copy_line(record) else ''}</p>{lines}</details><p>{link}</p>"


def _longest(cells: list[Mapping[str, Any]]) -> str:
    """The cells that took longest, each with its number among the code cells and its seconds."""
    by_time = sorted(enumerate(cells, start=1), key=lambda item: -item[1]["seconds"])[:_LONGEST]
    return "; ".join(f"{at}: {cell['seconds']:.1f} s ({cell['first_line'][:48]})" for at, cell in by_time)
