"""Calculated numbers on their page: recorded under their keys, and beside the claims that they answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from coinco_book.claims.claim import Claim, decimals_of, number_text, with_unit
from coinco_book.claims.judge import judge_values
from coinco_book.claims.status import ClaimAnswer
from coinco_book.results import glue_number

if TYPE_CHECKING:
    import pandas

NOTEBOOK = "settled"
_MORE = 1  # decimal than the paper prints: enough to see how it was rounded; a setting that was adopted is not


def paper_values(claims: Iterable[Claim]) -> dict[str, Any]:
    """The paper's value of each claim by its id."""
    return {claim.id: claim.value for claim in claims if claim.value is not None}


def record(claims: Iterable[Claim], found: Mapping[str, float], unit: str = "") -> None:
    """Record every number under its key, in the unit of the claim that it answers and with its decimals.

    `unit` is that of the numbers that answer none.
    """
    answered = {key: claim for claim in reversed(_of_this_page(claims)) for key in _keys(claim)}
    for key, value in found.items():
        claim = answered.get(key)
        own = claim.unit if claim else unit
        glue_number(key, value, digits=max(1, _decimals(claim)), unit=f" {own}" if own else "")


def beside(claims: Iterable[Claim], found: Mapping[str, float]) -> pandas.DataFrame:
    """A row for each claim that these numbers answer: printed value, calculated value, verdict."""
    import pandas

    own = [claim for claim in _of_this_page(claims) if found.keys() >= set(_keys(claim))]
    rows = [(claim.text, claim.shown, _calculated(claim, found), _verdict(claim, found)) for claim in own]
    return pandas.DataFrame(rows, columns=["what", "printed", "calculated", "verdict"])


def _of_this_page(claims: Iterable[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.sources and claim.sources[0].startswith(f"{NOTEBOOK}/")]


def _keys(claim: Claim) -> list[str]:
    return [source.partition("/")[2] for source in claim.sources]


def _calculated(claim: Claim, found: Mapping[str, float]) -> str:
    return "; ".join(_shown(claim, found[key]) for key in _keys(claim))


def _shown(claim: Claim, value: float) -> str:
    whole = isinstance(claim.value, int) and float(value).is_integer()
    decimals = 0 if whole else _decimals(claim) + (0 if claim.adopted else _MORE)
    return with_unit(number_text(value, signed=claim.signed, decimals=decimals), claim.unit)


def _verdict(claim: Claim, found: Mapping[str, float]) -> str:
    verdict = judge_values(claim, [ClaimAnswer(f"{NOTEBOOK}/{key}", found[key]) for key in _keys(claim)])
    return f"{verdict.status.icon}\N{NO-BREAK SPACE}{verdict.word}"


def _decimals(claim: Claim | None) -> int:
    """The decimals that a claim's value is printed with; those of a range are its ends'."""
    value = None if claim is None else claim.high if claim.kind == "range" else claim.value
    if claim is None or not isinstance(value, int | float):
        return 0
    printed = re.match(r"[-\d]+\.(\d+)", claim.printed)
    return max(decimals_of(value), len(printed[1]) if printed else 0)
