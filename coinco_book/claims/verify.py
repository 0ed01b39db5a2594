"""The whole ledger held against the runs of a profile: what is stale is run, every claim is judged, and it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coinco_book.checkout import RECORD, Checkout, find_checkout
from coinco_book.claims.ledger import LEDGER, load_claims
from coinco_book.claims.resolve import resolve
from coinco_book.claims.status import ClaimAnswer, ClaimVerdict
from coinco_book.claims.texts import BASES, is_demo_answer, tally_by_basis
from coinco_book.profiles import load_profile
from coinco_book.runs import fingerprint
from coinco_book.runs.freshness import stale_runs
from coinco_book.runs.records import read_record
from coinco_book.runs.run import run
from coinco_core import provenance
from coinco_core.files import sha256_file, write_json

CLAIMS = "claims.json"  # in the folder of a profile's runs


@dataclass(frozen=True)
class Report:
    """The verdicts of one profile, and the notebooks that failed or, where none was run, are out of date, with why."""

    profile: str
    verdicts: tuple[ClaimVerdict, ...]
    failed: dict[str, str]
    path: Path
    out_of_date: dict[str, str] = field(default_factory=dict)

    @property
    def unexpected(self) -> tuple[ClaimVerdict, ...]:
        """Those that differ though the ledger does not expect it, or no longer do where it does."""
        return tuple(verdict for verdict in self.verdicts if verdict.unexpected)


def verify(
    profile: str = "demo",
    *,
    run_stale: bool = True,
    out: Path | None = None,
    checkout: Checkout | None = None,
    say: Callable[[str], None] = print,
) -> Report:
    """The verdict on every claim at a profile, written to runs/<profile>/claims.json or to `out`.

    With `run_stale` the notebooks that answer are first run where they are out of date. Raises InputError for a ledger
    that is not whole or an unknown profile, MissingError for what a profile lacks.
    """
    place = find_checkout() if checkout is None else checkout
    load_profile(profile, place.profiles)
    claims = load_claims(place)
    notebooks = sorted({source.split("/")[0] for claim in claims for source in claim.shown_sources})
    outcomes = run(notebooks, profile, checkout=place, say=say) if run_stale and notebooks else []
    failed = {outcome.notebook: outcome.reason for outcome in outcomes if not outcome.good}
    old = {} if run_stale else _out_of_date(place, profile, notebooks)
    report = Report(profile, resolve(place.runs(profile), claims), failed, out or place.runs(profile) / CLAIMS, old)
    made_by = provenance.record(profile=profile, seed=None, inputs=_inputs(place, profile, notebooks))
    write_json(report.path, {**as_table(report), "made_by": made_by})
    return report


def _out_of_date(checkout: Checkout, profile: str, notebooks: Iterable[str]) -> dict[str, str]:
    """Why the run of each of these notebooks is not what a run would make today; {} when all are."""
    records = {name: read_record(checkout, profile, name) for name in notebooks}
    there = {name: record for name, record in records.items() if record is not None}
    changes = stale_runs(checkout, profile, there)
    never = {name: "it has not been run at this profile" for name in records if name not in there}
    return never | {name: fingerprint.in_words(changed) for name, changed in changes.items()}


def _inputs(checkout: Checkout, profile: str, notebooks: Iterable[str]) -> dict[str, str]:
    """The digests of the ledger and of the runs that answered."""
    records = {name: checkout.runs(profile) / name / RECORD for name in notebooks}
    found = {f"run {name}": sha256_file(path) for name, path in records.items() if path.is_file()}
    return {f"book/{LEDGER}": sha256_file(checkout.book / LEDGER), **found}


def as_table(report: Report) -> dict[str, Any]:
    """The report as JSON holds it: the tally by what settles claims, what failed, and a row for each claim."""
    counts = tally_by_basis(report.verdicts)
    return {
        "profile": report.profile,
        "tally": {words: {str(status): n for status, n in own.items()} for words, own in counts.items()},
        "failed": report.failed,
        "out_of_date": report.out_of_date,
        "unexpected": [verdict.claim.id for verdict in report.unexpected],
        "claims": [_row(verdict) for verdict in report.verdicts],
    }


def _row(verdict: ClaimVerdict) -> dict[str, Any]:
    claim = verdict.claim
    facts = ("id", "group", "text", "place", "known_from", "kind", "profile", "value", "low", "high", "unit", "n")
    return {
        **{name: getattr(claim, name) for name in facts},
        "labels": list(claim.labels),
        "paper": claim.shown,
        "tolerance": claim.tolerance,
        "tolerance_from": claim.tolerance_from,
        "settled": BASES[claim.basis],
        "status": str(verdict.status),
        "expected": claim.expected,
        "reason": verdict.reason,
        "difference": verdict.difference,
        "judged": bool(claim.sources),
        "ours": [_answer(answer) for answer in verdict.answers],
        "finding": claim.finding,
    }


def _answer(answer: ClaimAnswer) -> dict[str, Any]:
    made_by = answer.record.get("made_by", {})
    return {
        "source": answer.source,
        "value": answer.value,
        "low": answer.low,
        "high": answer.high,
        "n": answer.n,
        "demo": is_demo_answer(answer),
        "profile": made_by.get("profile"),
        "code_version": made_by.get("code_version"),
    }
