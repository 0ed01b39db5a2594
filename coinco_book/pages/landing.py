"""What the first page says of this edition of the book: its profile, its runs, and what its numbers are worth."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from coinco_book.demo_numbers import is_demo
from coinco_book.pages.edition import Edition

_DEMO = '<span class="demo-badge">demo numbers</span> <span>small models on drawn scenes, no reproduction</span>'
_FULL = "<span>the paper's own data</span>"


def fragments(edition: Edition) -> dict[str, str]:
    """The part `edition`: one line of HTML with the facts of this edition, for the first page."""
    facts = "".join(
        f"<span><b>{escape(what)}</b> {escape(fact)}</span>" for what, fact in edition_facts(edition).items()
    )
    worth = _DEMO if any(is_demo(record) for record in edition.records.values()) else _FULL
    return {"edition": f'<div class="edition">{facts}{worth}</div>'}


def edition_facts(edition: Edition) -> dict[str, str]:
    """What there is to say of the edition: its profile, how many notebooks ran how long, on what, and when."""
    records = list(edition.records.values())
    minutes = sum(float(record.get("seconds", 0)) for record in records) / 60
    facts = {
        "edition": "" if edition.solutions else "for students, without solutions",
        "profile": edition.profile,
        "notebooks": f"{len(records)}, run in {minutes:.0f} minutes" if records else "none",
        "device": " and ".join(sorted(_each(records, "device", until=","))),
        "latest": max(_each(records, "time", until="T"), default=""),
    }
    return {what: fact for what, fact in facts.items() if fact}


def _each(records: list[Mapping[str, Any]], name: str, until: str) -> set[str]:
    """The different values of a fact of provenance, each up to a mark; without those that are not known."""
    values = {str(record.get("made_by", {}).get(name) or "").split(until)[0] for record in records}
    return values - {""}
