"""The paper's claims as two runs answer them: the status of each, and the number behind it."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path

from coinco_book.checkout import Checkout
from coinco_book.claims.claim import number_text, with_unit
from coinco_book.claims.ledger import load_claims
from coinco_book.claims.resolve import resolve
from coinco_book.claims.status import ClaimVerdict
from coinco_book.comparing.folders import Side
from coinco_book.comparing.match import DiffRow, Match, Section, match_values, worst
from coinco_core.errors import CoincoError

_TITLE = "claims"


def compare_claims(a: Side, b: Side, checkout: Checkout, notebooks: Container[str]) -> Section:
    """One row for each claim of the ledger that one of these notebooks answers; empty, with why, when it has none."""
    try:
        claims = [claim for claim in load_claims(checkout) if any(s.split("/")[0] in notebooks for s in claim.sources)]
        verdicts = [resolve(side.folder, claims, _folders(side)) for side in (a, b)]
    except CoincoError as error:
        return Section(_TITLE, (), f"The claims could not be told: {error}")
    return Section(_TITLE, tuple(_rows(*verdicts)))


def _folders(side: Side) -> dict[str, Path]:
    """Where the run of each notebook of a side lies, whatever its folder is called."""
    return {name: run.folder for name, run in side.runs.items()}


def _rows(a: tuple[ClaimVerdict, ...], b: tuple[ClaimVerdict, ...]) -> Iterator[DiffRow]:
    for one, other in zip(a, b, strict=True):
        claim = one.claim
        values = [[answer.value for answer in verdict.answers] for verdict in (one, other)]
        same = one.status is other.status
        match = worst(map(match_values, *values)) if same and len({*map(len, values)}) == 1 else Match.DIFFERENT
        where = ", ".join(dict.fromkeys(source.split("/")[0] for source in claim.sources))
        what, note = f"{claim.id}: {claim.text} ({claim.shown})", "" if same else "another status"
        yield DiffRow(where, what, _shown(one), _shown(other), match, note=note)


def _shown(verdict: ClaimVerdict) -> str:
    """A verdict in words: its status, and the numbers that gave it."""
    unit = verdict.claim.unit
    decimals = [None if isinstance(answer.value, int) else 2 for answer in verdict.answers]
    pairs = zip(verdict.answers, decimals, strict=True)
    values = [with_unit(number_text(answer.value, decimals=places), unit) for answer, places in pairs]
    return f"{verdict.status.icon} {verdict.status}{': ' if values else ''}{', '.join(values)}"
