"""The ledger of claims: what the paper states, how near a number must come, and what here answers it.

`book/claims.yml` is a list of groups, {id, title, claims: [...]}; every other key of a group is a default of its
claims, used where it applies to the claim's kind. What a claim holds is said at `Claim`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from coinco_book.checkout import Checkout
from coinco_book.claims.claim import Claim
from coinco_book.claims.entry import check_keys, claim_of
from coinco_book.runs.notebooks import load_notebooks
from coinco_core.errors import InputError, MissingError, did_you_mean

__all__ = ["LEDGER", "Claim", "load_claims"]
LEDGER = "claims.yml"
_GROUP = ("id", "title", "claims")
Table = Mapping[str, Any]


def load_claims(source: Checkout | Path) -> tuple[Claim, ...]:
    """Every claim of a ledger, in its order: of a checkout's book/claims.yml, or of the file given.

    Raises InputError, naming the claim, for one that is not whole; for a checkout also when a notebook that is to
    answer is not there, or has numbers of a kind that cannot.
    """
    path = source.book / LEDGER if isinstance(source, Checkout) else source
    claims = tuple(_claims(_read(path)))
    seen: set[str] = set()
    for claim in claims:
        if claim.id in seen:
            raise InputError(f"Two claims in {LEDGER} are called '{claim.id}'.")
        seen.add(claim.id)
    if isinstance(source, Checkout):
        numbers = {notebook.id: notebook.numbers for notebook in load_notebooks(source)}
        for claim in claims:
            _check_notebooks(claim, numbers)
    return claims


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingError(f"There is no ledger {path.name} in {path.parent.name}/.") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path.name} is not YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise InputError(f"{path.name} must be a list of groups, each with {', '.join(_GROUP)}.")
    return groups


def _claims(groups: Iterable[Table]) -> Iterator[Claim]:
    for group in groups:
        name = f"The group '{group.get('id', '?')}' in {LEDGER}"
        lacking = [key for key in _GROUP if not group.get(key)]
        if lacking:
            raise InputError(f"{name} lacks {', '.join(lacking)}.")
        defaults = {key: value for key, value in group.items() if key not in _GROUP}
        check_keys(defaults, name)
        for entry in group["claims"]:
            who = f"The claim '{entry.get('id', '?')}'" if isinstance(entry, dict) else f"A claim of {group['id']!r}"
            try:
                yield claim_of(entry, defaults, str(group["title"]))
            except InputError as error:
                raise InputError(f"{who} in {LEDGER} cannot be used: {error}") from None


def _check_notebooks(claim: Claim, numbers: Mapping[str, str]) -> None:
    """Raises InputError when a notebook that is to answer is not there, or its numbers are of a kind that cannot."""
    for source in claim.shown_sources:
        notebook = source.split("/")[0]
        if notebook not in numbers:
            hint = did_you_mean(notebook, numbers)
            raise InputError(f"The claim '{claim.id}' is answered by '{notebook}', which is no notebook.{hint}")
        calculated = numbers[notebook] == "calculations"
        if source != claim.beside and calculated != (claim.profile == "none"):
            must = "calculations, which need no data" if claim.profile == "none" else "the results of a run"
            raise InputError(
                f"The claim '{claim.id}' of profile '{claim.profile}' must be answered by {must}; "
                f"those of '{notebook}' are {numbers[notebook]}."
            )
