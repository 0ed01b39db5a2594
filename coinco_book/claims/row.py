"""One claim as a row of the ledger's page: all that comes from a file is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from coinco_book.claims.claim import Claim
from coinco_book.claims.resolve import cell_of
from coinco_book.claims.status import ClaimAnswer, ClaimVerdict, Status
from coinco_book.claims.texts import difference_text, interval_text, is_demo_answer, ours_text, tolerance_text
from coinco_book.pages.cells import anchor
from coinco_book.pages.strip import DEMO_MARK

HEADINGS = ("Claim", "Paper", "Here", "Difference", "Tolerance", "Status")
_PLAIN = (Status.REPRODUCED, Status.WITHIN_NOISE, Status.DIFFERS)  # the number and its difference say why
Executed = Mapping[str, Mapping[str, Any]]


def row_html(verdict: ClaimVerdict, executed: Executed, usual: str = "") -> str:
    """The row, with the cells of HEADINGS; `executed` are the notebooks that have a page, by id, to link to.

    `usual` is the place that need not be said, because the table does.
    """
    claim = verdict.claim
    cells = (
        escape(claim.shown) or "\N{EN DASH}",
        _ours(verdict, executed) or "\N{EN DASH}",
        escape(difference_text(verdict)),
        f"{escape(tolerance_text(claim))}{_small(claim.tolerance_from)}",
        f"{status_html(verdict.status, verdict.word)}{_small(_reason(verdict))}",
    )
    return (
        f'<tr id="{row_id(claim.id)}" data-status="{status_class(verdict.word)}">'
        f'<th scope="row">{_what(claim, usual)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
    )


def row_id(claim: str) -> str:
    """The name of a claim's row on the page, to which links lead."""
    return f"claim-{claim}"


def status_html(status: Status, word: str = "") -> str:
    """The status as its icon and its word, or another word for it; only the word is read out."""
    icon, shown = f'<span aria-hidden="true">{status.icon}</span>', word or str(status)
    return f'<span class="claim-status {status_class(shown)}">{icon} {shown}</span>'


def status_class(word: str) -> str:
    """The word of a status as a style sheet and a script name it: 'is-within-noise'."""
    return f"is-{word.replace(' ', '-')}"


def place_text(claim: Claim) -> str:
    """Where the claim stands in the paper, and where it was read."""
    return f"{claim.place}; {claim.known_from}"


def _reason(verdict: ClaimVerdict) -> str:
    """Why, unless the two numbers say it, or nothing answers, which the legend explains; without the claim's note."""
    claim = verdict.claim
    told = claim.kind in ("reading", "ordering") or claim.adopted
    if not told and (not claim.shown_sources or verdict.status in _PLAIN):
        return ""
    return verdict.reason.replace(f": {claim.note}", ".") if claim.beside else verdict.reason


def _what(claim: Claim, usual: str) -> str:
    """What is claimed, where, and what was found or is to be kept in mind."""
    place = "" if place_text(claim) == usual else place_text(claim)
    found = _small(f"Found: {claim.finding}") if claim.finding else ""
    return f"{escape(claim.text)}{_small(place)}{_small(claim.note)}{found}"


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def _ours(verdict: ClaimVerdict, executed: Executed) -> str:
    """What was recorded, a line for each answer, and links to the cells that recorded it, each once."""
    numbers = [_number(verdict.claim, answer) for answer in verdict.answers]
    links = dict.fromkeys(_link(answer.source, executed) for answer in verdict.answers)
    return "".join(f"<div>{number}</div>" for number in numbers) + "".join(links)


def _number(claim: Claim, answer: ClaimAnswer) -> str:
    """A recorded number with its name in an ordering, its demo mark and its interval."""
    label = f"{claim.labels[claim.order.index(answer.source)]}: " if claim.labels else ""
    mark = DEMO_MARK if is_demo_answer(answer) else ""
    return f"{escape(label + ours_text(claim, answer))}{mark}{_small(interval_text(claim, answer))}"


def _link(source: str, executed: Executed) -> str:
    notebook, key = source.split("/")
    number = cell_of(executed[notebook], key) if notebook in executed else None
    if number is None:
        return ""
    page = escape(f"../notebooks/{notebook}.html#{anchor(number)}", quote=True)
    name = escape(notebook).replace("_", "_<wbr>")
    return f'<small><a href="{page}">{name}, cell&nbsp;{number}</a></small>'
