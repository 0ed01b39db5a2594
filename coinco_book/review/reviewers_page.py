"""The generated parts of the reviewers' page: from each claim to its cell and how to run it again; the facts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from coinco_book.claims.resolve import cell_of
from coinco_book.claims.status import ClaimVerdict
from coinco_book.pages.cells import anchor
from coinco_book.pages.edition import Edition
from coinco_book.pages.inline import inline
from coinco_book.review.facts import Review
from coinco_book.review.words import fact_rows, minutes_words, value_words
from coinco_book.runs.calls import lines_html
from coinco_book.runs.inputs import data_of

_CODE = re.compile(r"`([^`]+)`")


def fragments(edition: Edition) -> dict[str, str]:
    """The parts `reviewers` and `artefact_facts` of the reviewers' page."""
    review = Review(edition)
    return {"reviewers": _notebooks(review), "artefact_facts": _table(fact_rows(review.facts()))}


def _notebooks(review: Review) -> str:
    """One section a notebook, in the order of the book, then the claims that nothing here answers."""
    sections = []
    for name, notebook in review.edition.notebooks.items():
        own = [verdict for verdict in review.verdicts if _home(verdict) == name]
        sections += [f"### [{inline(notebook.title)}](../notebooks/{name}.ipynb)", _card(review, name, own)]
    homeless = [verdict for verdict in review.verdicts if _home(verdict) not in review.edition.notebooks]
    if homeless:
        claims = f'<div class="review-card">{_claims(review, homeless)}</div>'
        sections += ["### Claims that nothing here answers", claims]
    return "\n\n".join(sections)


def _home(verdict: ClaimVerdict) -> str:
    """The notebook that answers a claim; of several the first."""
    return next((source.split("/")[0] for source in verdict.claim.sources), "")


def _card(review: Review, name: str, verdicts: Iterable[ClaimVerdict]) -> str:
    """What a notebook takes, the lines that run it, what may be turned, and the claims it answers."""
    record = review.edition.records[name]
    data = data_of(record)
    facts = {"took": minutes_words(record["seconds"] / 60), "data": data.words if data else "none"}
    shown = "".join(f"<span><b>{name}</b> {inline(text)}</span>" for name, text in facts.items())
    knobs = ", ".join(f"<code>{inline(n)}</code> = {inline(value_words(v))}" for n, v in review.knobs(name).items())
    return (
        f'<div class="review-card"><p class="facts">{shown}</p>{lines_html(record)}'
        f"<p>To be turned: {knobs or 'nothing'}.</p>"
        f"{_claims(review, verdicts)}</div>"
    )


def _claims(review: Review, verdicts: Iterable[ClaimVerdict]) -> str:
    """The claims, folded by the ledger's groups, each with its status, its row there and its cells."""
    folded = []
    for group, members in groupby(verdicts, key=lambda verdict: verdict.claim.group):
        rows = [f"<li>{_claim(review, verdict)}</li>" for verdict in members]
        count = f"{len(rows)} claim{'s' * (len(rows) != 1)}"
        folded.append(f"<details><summary>{inline(group)} · {count}</summary><ul>{''.join(rows)}</ul></details>")
    return "".join(folded)


def _claim(review: Review, verdict: ClaimVerdict) -> str:
    claim, status = verdict.claim, verdict.status
    word = f'<span class="claim-status"><span aria-hidden="true">{status.icon}</span> {status}</span>'
    row = f'<a href="ledger.html#claim-{claim.id}">{inline(claim.text)}</a>'
    return " · ".join([word, row, *_cells(review.edition, claim.sources)])


def _cells(edition: Edition, sources: Iterable[str]) -> list[str]:
    """A link to each cell that recorded an answer; one to the page where the cell is not known."""
    links = []
    for name, key in (source.split("/", 1) for source in sources):
        if name in edition.notebooks:
            number = cell_of(edition.executed[name], key)
            place, text = (f"#{anchor(number)}", f"cell {number}") if number else ("", "page")
            link = f'<a href="../notebooks/{name}.html{place}">{text}</a>'
            links += [link] if link not in links else []
    return links


def _table(rows: Iterable[tuple[str, str]]) -> str:
    """Two columns, of names and texts, as one line of HTML."""
    body = "".join(f"<tr><th scope='row'>{inline(name)}</th><td>{_with_code(text)}</td></tr>" for name, text in rows)
    return f'<div class="review-facts"><table class="table"><tbody>{body}</tbody></table></div>'


def _with_code(text: str) -> str:
    """The text as HTML, with what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", inline(text))
