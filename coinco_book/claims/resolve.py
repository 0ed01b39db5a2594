"""The claims of the ledger held against the runs that are there; nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coinco_book.checkout import RECORD
from coinco_book.claims.claim import Claim
from coinco_book.claims.judge import judge
from coinco_book.claims.status import ClaimAnswer, ClaimVerdict
from coinco_book.results import NUMBERS, PERCENT, is_finite, load_numbers, to_percent
from coinco_book.runs.records import load_record
from coinco_core.errors import CheckError, InputError


@dataclass(frozen=True)
class _Recorded:
    """What a run recorded: its run.json, and its numbers by key."""

    record: Mapping[str, Any]
    numbers: Mapping[str, Mapping[str, Any]]


def resolve(runs: Path, claims: Iterable[Claim], folders: Mapping[str, Path] | None = None) -> tuple[ClaimVerdict, ...]:
    """The verdict on each claim, in order, by the runs in `runs` (runs/<profile>).

    `folders` names, by notebook, the folders of runs that lie elsewhere than in `runs`/<notebook>. Raises CheckError
    for a folder whose run.json is another notebook's, InputError for a recorded number whose unit is not the claim's.
    """
    found = {notebook: _read_run(folder, notebook) for notebook, folder in (folders or {}).items()}
    return tuple(_verdict(runs, claim, found) for claim in claims)


def _verdict(runs: Path, claim: Claim, found: dict[str, _Recorded | None]) -> ClaimVerdict:
    answers: list[ClaimAnswer] = []
    gap = ""
    for source in claim.shown_sources:
        notebook, key = source.split("/")
        if notebook not in found:
            found[notebook] = _read_run(runs / notebook, notebook)
        run = found[notebook]
        if run is None:
            gap = gap or f"The notebook '{notebook}' has not been run at profile '{runs.name}'."
        elif (answer := _answer(claim, source, run.numbers.get(key, {}), run.record)) is not None:
            answers.append(answer)
        else:
            gap = gap or f"The run of '{notebook}' at profile '{runs.name}' has recorded no '{key}'."
    return judge(claim, answers, gap)


def _read_run(folder: Path, notebook: str) -> _Recorded | None:
    """The last good run of a notebook; None when there is none."""
    if not (folder / RECORD).is_file():
        return None
    record = load_record(folder / RECORD)
    if record["notebook"] != notebook:
        where, whose = f"{folder.parent.name}/{folder.name}", record["notebook"]
        raise CheckError(f"The run in {where} is one of '{whose}'; run it again.")
    return _Recorded(record, load_numbers(folder / NUMBERS) if (folder / NUMBERS).is_file() else {})


def _answer(claim: Claim, source: str, entry: Mapping[str, Any], record: Mapping[str, Any]) -> ClaimAnswer | None:
    """The recorded number in the claim's unit, or the recorded words; None when nothing usable was recorded."""
    value = entry.get("value")
    if isinstance(value, str):
        return ClaimAnswer(source, value, record=record)
    if not is_finite(value):
        return None
    scale = _scale(claim, source, str(entry.get("unit", "")).strip())
    low, high = (scale * entry[end] if is_finite(entry.get(end)) else None for end in ("low", "high"))
    n = int(entry["n"]) if is_finite(entry.get("n")) else None
    return ClaimAnswer(source, scale * value, low, high, n, record)


def _scale(claim: Claim, source: str, unit: str) -> float:
    """What turns a recorded number into the claim's unit."""
    if claim.in_percent and unit in ("", *PERCENT):
        return to_percent(unit)
    if not claim.in_percent and unit in ("", claim.unit):
        return 1
    own = f"is in '{claim.unit}'" if claim.unit else "has no unit"
    raise InputError(f"The claim '{claim.id}' {own}, and {source} was recorded in '{unit}'.")


def cell_of(executed: Mapping[str, Any], key: str) -> int | None:
    """The number of the source's code cell that recorded the key, as the page's anchors count; None when none did."""
    from coinco_book.pages.cells import numbered_cells

    for number, cell in numbered_cells(executed["cells"]):
        scraps = (output.get("metadata", {}).get("scrapbook", {}) for output in cell.get("outputs", []))
        if number and any(scrap.get("name") == key for scrap in scraps):
            return number
    return None
