"""The ledger as a page: each claim beside what this edition of the book found, with the cell that found it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from coinco_book.claims.ledger import LEDGER, load_claims
from coinco_book.claims.resolve import resolve
from coinco_book.claims.row import HEADINGS, Executed, place_text, row_html, row_id, status_class, status_html
from coinco_book.claims.status import ClaimVerdict, Status
from coinco_book.claims.texts import tally, tally_by_basis
from coinco_book.pages.edition import Edition
from coinco_book.pages.inline import inline
from coinco_book.pages.wide_tables import boxed

_PAGE = "book/ledger.html"
_NONE = "\N{EN DASH}"
_SETTLED = {
    "calculation": "settled by calculation, with no data",
    "adoption": "adopted as this book's own settings, not measured",
    "reading": "settled by reading sources that contradict each other",
    "run": "that need the paper's data or models",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|$~&!-])")
Verdicts = Sequence[ClaimVerdict]


def fragments(edition: Edition) -> dict[str, str]:
    """The parts by name: the page `ledger`, `ledger_tally` for the landing page, and `ledger_findings`.

    There are none where the checkout keeps no ledger.
    """
    if not (edition.checkout.book / LEDGER).is_file():
        return {}
    verdicts = resolve(edition.checkout.runs(edition.profile), load_claims(edition.checkout))
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
    caption = f'<span class="unseen">{escape(title)}. </span>{escape(usual[:1].upper() + usual[1:])}'
    return boxed(title, HEADINGS, rows, box="claims-box", css="claims", caption=caption)


def short_tally(verdicts: Verdicts) -> str:
    """The tally in a few lines, for the first page: one for each thing that settles claims."""
    lines = {what: [v for v in verdicts if v.claim.basis == basis] for basis, what in _SETTLED.items()}
    items = "".join(f"<li><b>{_number(own)} {what}:</b> {_counts(own)}</li>" for what, own in lines.items() if own)
    return f'<ul class="claims-tally">{items}<li><a href="{_PAGE}">Every claim, one by one</a></li></ul>'


def _number(verdicts: Verdicts) -> str:
    return f"{len(verdicts)} claim{'' if len(verdicts) == 1 else 's'}"


def findings(verdicts: Verdicts) -> str:
    """The claims that come with a finding, each with its status; for a page in a folder beside the ledger's."""
    items = "".join(_finding(verdict) for verdict in verdicts if verdict.claim.finding)
    summary = f"<summary>{items.count('<li>')} findings</summary>"
    folded = f'<details>{summary}<ul class="claims-findings">{items}</ul></details>'
    return folded if items else "Nothing was found amiss."


def _finding(verdict: ClaimVerdict) -> str:
    claim = verdict.claim
    link = f'<a href="../{_PAGE}#{row_id(claim.id)}">{escape(claim.text)}</a> <small>({escape(claim.place)})</small>'
    return f"<li>{link}<br>{inline(claim.finding)} {status_html(verdict.status, verdict.word)}</li>"


def _counts(verdicts: Verdicts) -> str:
    return ", ".join(f"{pill} {count}" for _, pill, count in _pills(verdicts))


def _pills(verdicts: Verdicts) -> Iterator[tuple[str, str, int]]:
    """Each word that a claim is shown with, as it is and as HTML, and how many are."""
    statuses = {verdict.word: verdict.status for verdict in verdicts}
    return ((word, status_html(statuses[word], word), count) for word, count in tally(verdicts).items() if count)


def _legend(verdicts: Verdicts) -> str:
    """How many claims have each status, by what settles them, and what it means."""
    counts = tally_by_basis(verdicts)
    rows = "".join(_status_row(status, [own[status] for own in counts.values()]) for status in Status)
    headings = ("Status", *(words.capitalize() for words in counts), "What it means")
    return boxed(f"{len(verdicts)} claims by their status", headings, rows, box="claims-box", css="claims-legend")


def _status_row(status: Status, counts: Sequence[int]) -> str:
    cells = "".join(f"<td>{count or _NONE}</td>" for count in counts)
    return f'<tr><th scope="row">{status_html(status)}</th>{cells}<td>{escape(status.meaning)}</td></tr>'


def _filter(verdicts: Verdicts) -> str:
    """The buttons and the search field; without JavaScript they stay hidden, and every row shows."""
    buttons = "".join(
        f'<button type="button" aria-pressed="false" data-status="{status_class(word)}">{pill} <b>{count}</b></button>'
        for word, pill, count in _pills(verdicts)
    )
    search = '<label>Search <input type="search" autocomplete="off"></label>'
    shown = '<p class="claims-shown" role="status"></p>'
    return (
        f'<div class="claims-filter" role="group" aria-label="Show some claims" hidden>{buttons}{search}{shown}</div>'
    )


def _as_markdown(text: str) -> str:
    """Plain text as Markdown that shows just that."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
