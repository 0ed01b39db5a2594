"""The ledger as a page: each claim beside what this edition of the book found, with the cell that found it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from coinco_core.reproduction.book.edition import Edition
from coinco_core.reproduction.claims.ledger import LEDGER, load_claims
from coinco_core.reproduction.claims.resolve import resolve
from coinco_core.reproduction.claims.row import (
    HEADINGS,
    Executed,
    place_text,
    row_html,
    row_id,
    status_class,
    status_html,
)
from coinco_core.reproduction.claims.status import Status, Verdict
from coinco_core.reproduction.claims.texts import tally

_PAGE = "book/ledger.html"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|$~&!-])")
Verdicts = Sequence[Verdict]


def fragments(edition: Edition) -> dict[str, str]:
    """The parts by name: the page `ledger`, `ledger_tally` for the landing page, and `ledger_findings`.

    There are none where the checkout keeps no ledger.
    """
    if not (edition.layout.book / LEDGER).is_file():
        return {}
    verdicts = resolve(edition.layout.runs(edition.profile), load_claims(edition.layout))
    page = ledger(verdicts, edition.executed)
    return {"ledger": page, "ledger_tally": short_tally(verdicts), "ledger_findings": findings(verdicts)}


def ledger(verdicts: Verdicts, executed: Executed) -> str:
    """The page's body: the tally, the filter, and a table for each group; `executed` are the notebooks to link to."""
    parts = [_legend(verdicts), _filter(verdicts)]
    for title, group in groupby(verdicts, key=lambda verdict: verdict.claim.group):
        parts += [f"## {_as_markdown(title)}", _group(title, tuple(group), executed)]
    return "\n\n".join(parts)


def _group(title: str, verdicts: Verdicts, executed: Executed) -> str:
    """One group's table; the place that most of its claims share stands above it, once."""
    usual = Counter(place_text(verdict.claim) for verdict in verdicts).most_common(1)[0][0]
    rows = "".join(row_html(verdict, executed, usual) for verdict in verdicts)
    return _boxed(title, HEADINGS, rows, "claims", usual)


def short_tally(verdicts: Verdicts) -> str:
    """The tally in two lines, for the first page: what was settled by calculation, and what needs a run."""
    lines = {
        "settled by calculation, with no data": [v for v in verdicts if v.claim.profile == "none"],
        "that need the paper's data or models": [v for v in verdicts if v.claim.profile != "none"],
    }
    items = "".join(f"<li><b>{len(own)} claims {what}:</b> {_counts(own)}</li>" for what, own in lines.items())
    return f'<ul class="claims-tally">{items}<li><a href="{_PAGE}">Every claim, one by one</a></li></ul>'


def findings(verdicts: Verdicts) -> str:
    """The claims that come with a finding, each with its status; for a page in a folder beside the ledger's."""
    items = "".join(_finding(verdict) for verdict in verdicts if verdict.claim.finding)
    return f'<ul class="claims-findings">{items}</ul>' if items else "Nothing was found amiss."


def _finding(verdict: Verdict) -> str:
    claim = verdict.claim
    link = f'<a href="../{_PAGE}#{row_id(claim.id)}">{escape(claim.text)}</a> <small>({escape(claim.place)})</small>'
    return f"<li>{link}<br>{escape(claim.finding)} {status_html(verdict.status)}</li>"


def _counts(verdicts: Verdicts) -> str:
    return ", ".join(f"{status_html(status)} {count}" for status, count in tally(verdicts).items() if count)


def _legend(verdicts: Verdicts) -> str:
    """How many claims have each status, those settled by calculation apart, and what it means."""
    calculated = tally(verdict for verdict in verdicts if verdict.claim.profile == "none")
    every = tally(verdicts)
    rows = "".join(
        f'<tr><th scope="row">{status_html(status)}</th><td>{calculated[status]}</td>'
        f"<td>{every[status] - calculated[status]}</td><td>{escape(status.meaning)}</td></tr>"
        for status in Status
    )
    headings = ("Status", "By calculation", "By a run", "What it means")
    return _boxed(f"{len(verdicts)} claims by their status", headings, rows, "claims-legend")


def _filter(verdicts: Verdicts) -> str:
    """The buttons and the search field; without JavaScript they stay hidden, and every row shows."""
    buttons = "".join(
        f'<button type="button" aria-pressed="false" data-status="{status_class(status)}">'
        f"{status_html(status)} <b>{count}</b></button>"
        for status, count in tally(verdicts).items()
        if count
    )
    search = '<label>Search <input type="search" autocomplete="off"></label>'
    shown = '<p class="claims-shown" role="status"></p>'
    return (
        f'<div class="claims-filter" role="group" aria-label="Show some claims" hidden>{buttons}{search}{shown}</div>'
    )


def _boxed(title: str, headings: Iterable[str], rows: str, css: str, note: str = "") -> str:
    """A table in a box of its own, which moves sideways where the window is narrower, also by keyboard."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    name = escape(title, quote=True)
    caption = f'<caption><span class="unseen">{name}. </span>{escape(note[:1].upper() + note[1:])}</caption>'
    return (
        f'<div class="claims-box" role="region" tabindex="0" aria-label="{name}"><table class="{css}">'
        f"{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _as_markdown(text: str) -> str:
    """Plain text as Markdown that shows just that."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
