"""One entry of the ledger as a claim: what each kind must hold and may hold; anything else is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from coinco_book.claims.claim import Claim
from coinco_book.claims.tolerance import sampling_tolerance
from coinco_book.results import PERCENT, is_finite
from coinco_core.errors import InputError, did_you_mean

PROFILES = ("none", "released", "paper")
LACKS = ("data", "hardware")

# What each kind must have and may have, beside what any claim must and may.
_NUMBER = {"answer", "beside", "n", "adopted"}
_NEEDS = {
    "exact": {"value"},
    "absolute": {"value", "tolerance", "tolerance_from"},
    "relative": {"value", "tolerance", "tolerance_from"},
    "range": {"low", "high"},
    "ordering": {"order", "labels"},
    "reading": {"finding"},
}
_MAY = {
    "exact": _NUMBER,
    "absolute": {*_NUMBER, "signed"},
    "relative": {*_NUMBER, "signed"},
    "range": _NUMBER,
    "ordering": {"n"},
    "reading": {"value"},
}
_ALWAYS = {"id", "text", "place", "known_from", "kind", "profile"}
_OPTIONAL = {"unit", "printed", "lacks", "note", "finding", "expected"}
_KNOWN = _ALWAYS.union(_OPTIONAL, *_NEEDS.values(), *_MAY.values())
_NUMBERS = ("low", "high", "tolerance")
_LISTS = ("order", "labels")
_YES_OR_NO = ("signed", "adopted")
_ID, _SOURCE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"), re.compile(r"\w+/[\w.-]+")
Table = Mapping[str, Any]


def check_keys(table: Table, who: str) -> None:
    """Raises InputError, whose sentence begins with `who`, for a key that no claim has."""
    for key in table:
        if key not in _KNOWN:
            raise InputError(f"{who} has a key '{key}', which no claim has.{did_you_mean(str(key), _KNOWN)}")


def claim_of(entry: Any, defaults: Table, group: str) -> Claim:
    """The claim of one entry, with what the group says of those kinds and profiles that its keys apply to.

    Raises InputError, the second half of a sentence that names the claim, for one that is not whole.
    """
    if not isinstance(entry, dict):
        raise InputError("it is not a table of names and values.")
    check_keys(entry, "it")
    kind = _one_of("kind", entry.get("kind", defaults.get("kind")), tuple(_NEEDS))
    if kind == "reading":  # needs no run, whatever the rest of its group needs
        profile = _one_of("profile", entry.get("profile", "none"), ("none",))
    else:
        profile = _one_of("profile", entry.get("profile", defaults.get("profile")), PROFILES)
    applies = _applying(kind, profile)
    for key in entry:
        if key not in applies:
            raise InputError(f"'{key}' does not go with kind '{kind}' and profile '{profile}'.")
    table = {**{key: value for key, value in defaults.items() if key in applies}, **entry, "profile": profile}
    if isinstance(table.get("tolerance"), dict):
        table |= _sampled(table)
    # what is settled by calculation is settled here; of the rest it is said what is missing
    needed = _ALWAYS | _NEEDS[kind] | ({"answer"} & applies if profile == "none" else {"lacks"})
    needed |= {"note"} if table.get("beside") else set()
    lacking = sorted(key for key in needed if table.get(key) in (None, "", []))
    if lacking:
        raise InputError(f"it lacks {', '.join(lacking)}.")
    _check_values(table)
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in table.items()}
    return Claim(group=group, **values)


def _applying(kind: str, profile: str) -> set[str]:
    """The keys that a claim of that kind and profile may have."""
    applies = _ALWAYS | _OPTIONAL | _NEEDS[kind] | _MAY[kind]
    if kind == "reading":
        return applies - {"lacks", "expected"}
    return applies - ({"lacks", "n", "beside"} if profile == "none" else {"adopted"})


def _sampled(table: Table) -> dict[str, Any]:
    """The size and the words of a tolerance that is given as {sampling: n}."""
    if table["kind"] != "absolute" or table.get("unit") not in PERCENT or not is_finite(table.get("value")):
        raise InputError("a sampling tolerance is for kind 'absolute' in % or points.")
    if "tolerance_from" in table:
        raise InputError("a sampling tolerance says itself where it comes from; leave tolerance_from out.")
    size, words = sampling_tolerance(table["tolerance"], table["value"])
    return {"tolerance": size, "tolerance_from": words}


def _check_values(table: Table) -> None:
    """Raises InputError for a value of the wrong type or out of its range."""
    for key, value in table.items():
        if key in _YES_OR_NO:
            fits = isinstance(value, bool)
        elif key == "n":
            fits = isinstance(value, int) and not isinstance(value, bool) and value > 0
        elif key in _LISTS:
            fits = isinstance(value, list) and len(value) > 1 and all(isinstance(item, str) and item for item in value)
        elif key in _NUMBERS or (key == "value" and table["kind"] not in ("exact", "reading")):
            fits = is_finite(value)
        else:
            fits = isinstance(value, str) or (key == "value" and is_finite(value))
        if not fits:
            raise InputError(f"its {key} cannot be {value!r}.")
    if not _ID.fullmatch(table["id"]):
        raise InputError("its id must be words in small letters joined by hyphens.")
    for source in (*table.get("order", ()), *filter(None, [table.get("answer"), table.get("beside")])):
        if not _SOURCE.fullmatch(source):
            raise InputError(f"its answer '{source}' is not of the form notebook/key.")
    _check_sense(table)


def _check_sense(table: Table) -> None:
    """Raises InputError for values that cannot all be meant."""
    if len(table.get("order", ())) != len(table.get("labels", ())):
        raise InputError("its order and its labels are not equally many.")
    if table.get("answer") and table.get("beside"):
        raise InputError("it has both an answer and a number that only stands beside it.")
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
