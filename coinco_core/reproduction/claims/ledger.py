"""The ledger of claims: what the paper states, how near a number must come, and what here answers it.

`book/claims.yml` is a list of groups, {id, title, claims: [...]}; every other key of a group is a default of its
claims, used where it applies to the claim's kind. What a claim holds is said at `Claim`; anything else is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from coinco_core.errors import InputError, MissingError, did_you_mean
from coinco_core.reproduction.claims.claim import Claim
from coinco_core.reproduction.claims.tolerance import sampling_tolerance
from coinco_core.reproduction.layout import Layout
from coinco_core.reproduction.notebooks import load_notebooks

__all__ = ["LEDGER", "Claim", "load_claims"]
LEDGER = "claims.yml"
PROFILES = ("none", "released", "paper")
LACKS = ("data", "hardware")

# What each kind must have and may have, beside what any claim must and may.
_NEEDS = {
    "exact": {"value"},
    "absolute": {"value", "tolerance", "tolerance_from"},
    "relative": {"value", "tolerance", "tolerance_from"},
    "range": {"low", "high"},
    "ordering": {"order", "labels"},
}
_MAY = {"exact": {"answer"}, "absolute": {"answer", "signed"}, "relative": {"answer", "signed"}, "range": {"answer"}}
_ALWAYS = {"id", "text", "place", "known_from", "kind", "profile"}
_OPTIONAL = {"unit", "printed", "lacks", "note", "finding", "expected"}
_KNOWN = _ALWAYS.union(_OPTIONAL, *_NEEDS.values(), *_MAY.values())
_GROUP = ("id", "title", "claims")
_NUMBERS = ("low", "high", "tolerance")
_LISTS = ("order", "labels")
_ID, _SOURCE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"), re.compile(r"\w+/[\w.-]+")
Table = Mapping[str, Any]


def load_claims(source: Layout | Path) -> tuple[Claim, ...]:
    """Every claim of a ledger, in its order: of a checkout's book/claims.yml, or of the file given.

    Raises InputError, naming the claim, for one that is not whole; for a checkout also when a notebook that is to
    answer is not there, or has numbers of a kind that cannot.
    """
    path = source.book / LEDGER if isinstance(source, Layout) else source
    claims = tuple(_claims(_read(path)))
    seen: set[str] = set()
    for claim in claims:
        if claim.id in seen:
            raise InputError(f"Two claims in {LEDGER} are called '{claim.id}'.")
        seen.add(claim.id)
    if isinstance(source, Layout):
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
        _check_keys(defaults, name)
        for entry in group["claims"]:
            who = f"The claim '{entry.get('id', '?')}'" if isinstance(entry, dict) else f"A claim of {group['id']!r}"
            try:
                yield _claim(entry, defaults, str(group["title"]))
            except InputError as error:
                raise InputError(f"{who} in {LEDGER} cannot be used: {error}") from None


def _check_keys(table: Table, who: str) -> None:
    for key in table:
        if key not in _KNOWN:
            raise InputError(f"{who} has a key '{key}', which no claim has.{did_you_mean(str(key), _KNOWN)}")


def _claim(entry: Any, defaults: Table, group: str) -> Claim:
    """The claim of one entry; its InputErrors are the second half of a sentence that names it."""
    if not isinstance(entry, dict):
        raise InputError("it is no table of names and values.")
    _check_keys(entry, "it")
    kind = _one_of("kind", entry.get("kind", defaults.get("kind")), tuple(_NEEDS))
    profile = _one_of("profile", entry.get("profile", defaults.get("profile")), PROFILES)
    applies = _ALWAYS | _OPTIONAL | _NEEDS[kind] | _MAY.get(kind, set())
    applies -= {"lacks"} if profile == "none" else set()
    for key in entry:
        if key not in applies:
            raise InputError(f"'{key}' does not go with kind '{kind}' and profile '{profile}'.")
    table = {**{key: value for key, value in defaults.items() if key in applies}, **entry}
    if isinstance(table.get("tolerance"), dict):
        table |= _sampled(table)
    # what is settled by calculation is settled here; of the rest it is said what is missing
    needed = _ALWAYS | _NEEDS[kind] | ({"answer"} & applies if profile == "none" else {"lacks"})
    lacking = sorted(key for key in needed if table.get(key) in (None, "", []))
    if lacking:
        raise InputError(f"it lacks {', '.join(lacking)}.")
    _check_values(table)
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in table.items()}
    return Claim(group=group, **values)


def _sampled(table: Table) -> dict[str, Any]:
    """The size and the words of a tolerance that is given as {sampling: n}."""
    if table["kind"] != "absolute" or table.get("unit") not in ("%", "points") or not _is_number(table.get("value")):
        raise InputError("a sampling tolerance is for kind 'absolute' in % or points.")
    if "tolerance_from" in table:
        raise InputError("a sampling tolerance says itself where it comes from; leave tolerance_from out.")
    size, words = sampling_tolerance(table["tolerance"], table["value"])
    return {"tolerance": size, "tolerance_from": words}


def _check_values(table: Table) -> None:
    """Raises InputError for a value of the wrong type or out of its range."""
    for key, value in table.items():
        if key == "signed":
            fits = isinstance(value, bool)
        elif key in _LISTS:
            fits = isinstance(value, list) and len(value) > 1 and all(isinstance(item, str) and item for item in value)
        elif key in _NUMBERS or (key == "value" and table["kind"] != "exact"):
            fits = _is_number(value)
        else:
            fits = isinstance(value, str) or (key == "value" and _is_number(value))
        if not fits:
            raise InputError(f"its {key} cannot be {value!r}.")
    if not _ID.fullmatch(table["id"]):
        raise InputError("its id must be words in small letters joined by hyphens.")
    for source in (*table.get("order", ()), *filter(None, [table.get("answer")])):
        if not _SOURCE.fullmatch(source):
            raise InputError(f"its answer '{source}' is not of the form notebook/key.")
    _check_sense(table)


def _check_sense(table: Table) -> None:
    """Raises InputError for values that cannot all be meant."""
    if len(table.get("order", ())) != len(table.get("labels", ())):
        raise InputError("its order and its labels are not equally many.")
    if len(set(table.get("order", ()))) < len(table.get("order", ())):
        raise InputError("its order names an answer twice.")
    if table["kind"] == "range" and table["low"] > table["high"]:
        raise InputError("its low lies above its high.")
    if table.get("tolerance", 1) <= 0 or (table["kind"] == "relative" and table["value"] == 0):
        raise InputError("its tolerance must be a distance above 0; what allows for none is of kind 'exact'.")
    if table.get("signed") and table["value"] == 0:
        raise InputError("it is signed, and its value 0 has no sign.")
    if table["profile"] != "none":
        _one_of("lacks", table["lacks"], LACKS)
    if table.get("expected"):
        _one_of("expected", table["expected"], ("differs",))
        if not table.get("finding"):
            raise InputError("it is expected to differ, and no finding says why.")


def _one_of(name: str, value: Any, options: tuple[str, ...]) -> str:
    if value not in options:
        hint = did_you_mean(str(value), options)
        raise InputError(f"its {name} is {value!r}, which must be {' or '.join(options)}.{hint}")
    return str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_notebooks(claim: Claim, numbers: Mapping[str, str]) -> None:
    """Raises InputError when a notebook that is to answer is not there, or its numbers are of a kind that cannot."""
    for source in claim.sources:
        notebook = source.split("/")[0]
        if notebook not in numbers:
            hint = did_you_mean(notebook, numbers)
            raise InputError(f"The claim '{claim.id}' is answered by '{notebook}', which is no notebook.{hint}")
        calculated = numbers[notebook] == "calculations"
        if calculated != (claim.profile == "none"):
            must = "calculations, which need no data" if claim.profile == "none" else "the results of a run"
            raise InputError(
                f"The claim '{claim.id}' of profile '{claim.profile}' must be answered by {must}; "
                f"those of '{notebook}' are {numbers[notebook]}."
            )
