"""What an artefact evaluation asks for: disk, time, hardware, allowed variation, knobs, what to expect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from coinco_book.claims.claim import Claim
from coinco_book.claims.ledger import LEDGER, load_claims
from coinco_book.claims.resolve import resolve
from coinco_book.claims.status import ClaimVerdict
from coinco_book.claims.texts import tally, tolerance_text
from coinco_book.pages.edition import Edition
from coinco_book.profiles import Profile, load_profile, profile_names
from coinco_book.runs.notebooks import free_parameters, load_notebooks

_PARTICULARS = re.compile(":| of a share")  # how, in a tolerance's origin, what is said of one claim begins
_PLACES = ("profile", "run_dir")  # parameters that every notebook has, and that change no number of themselves


@dataclass(frozen=True)
class Review:
    """One edition as a reviewer looks at it: its claims held against its runs, and the facts of both."""

    edition: Edition

    @cached_property
    def verdicts(self) -> tuple[ClaimVerdict, ...]:
        """The verdict on every claim of the ledger at this profile; none where the checkout has no ledger."""
        checkout = self.edition.checkout
        claims = load_claims(checkout) if (checkout.book / LEDGER).is_file() else ()
        return resolve(checkout.runs(self.edition.profile), claims)

    def knobs(self, notebook: str) -> dict[str, Any]:
        """The parameters of a notebook that a reader may turn, with their values; None: as the profile says.

        The seed is none of them where the notebook reads other runs, whose seed it has to be.
        """
        asked = self.edition.notebooks[notebook]
        bound = {*_PLACES, *(["seed"] if asked.needs else [])}
        free = free_parameters(asked, self.edition.checkout)
        return {name: value for name, value in free.items() if name not in bound}

    def facts(self) -> dict[str, Any]:
        """The facts by name, as JSON holds them: bytes, seconds, minutes, counts and words."""
        edition, checkout = self.edition, self.edition.checkout
        seconds = {name: round(record["seconds"], 1) for name, record in edition.records.items()}
        missing = [n.id for n in load_notebooks(checkout) if n.id not in edition.records]
        profiles = (load_profile(name, checkout.profiles) for name in profile_names(checkout.profiles))
        return {
            "profile": edition.profile,
            "disk": {
                "checkout": sum(map(_size, (checkout.root / "coinco_core", checkout.notebooks, checkout.book))),
                "environment": _size(checkout.root / ".venv"),
                "runs": _size(checkout.runs(edition.profile)),
            },
            "prepare": {"command": "make setup", "packages": _lines(checkout.root / "constraints.txt")},
            "complete": {"seconds": round(sum(seconds.values()), 1), "notebooks": seconds, "not_run": missing},
            "hardware": _hardware(edition.records.values()),
            "profiles": [_profile(profile) for profile in sorted(profiles, key=lambda p: p.minutes)],
            "variation": variation(verdict.claim for verdict in self.verdicts),
            "knobs": {name: self.knobs(name) for name in edition.notebooks},
            "expected": {str(status): count for status, count in tally(self.verdicts).items()},
        }


def variation(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """How far numbers may lie from the paper's, by kind of claim and by where the tolerance comes from.

    `least` and `most` are the smallest and largest tolerance, each in its claim's unit, or as a share for the kind
    'relative'; None for kinds that have none.
    """
    grouped: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        grouped.setdefault((claim.kind, _origin(claim)), []).append(claim)
    rows = []
    for (kind, origin), own in sorted(grouped.items(), key=lambda item: (item[0][0], -len(item[1]))):
        sizes = [claim.tolerance for claim in own if claim.tolerance is not None]
        least, most = (min(sizes), max(sizes)) if sizes else (None, None)
        rows.append({"kind": kind, "from": origin, "claims": len(own), "least": least, "most": most})
    return rows


def _origin(claim: Claim) -> str:
    """Where a tolerance comes from, without what is said of the one claim; of a kind without one, what has to hold."""
    return _PARTICULARS.split(claim.tolerance_from)[0] if claim.tolerance_from else tolerance_text(claim)


def _profile(profile: Profile) -> dict[str, Any]:
    gets = list(dict.fromkeys(need.get for need in profile.requires))
    named = {name: getattr(profile, name) for name in ("name", "description", "machine", "minutes", "offline")}
    return {**named, "first": gets}


def _hardware(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The devices and platforms of the runs, and the most memory that one cell held; None where it was not measured."""
    listed = list(records)
    made_by = [record["made_by"] for record in listed]
    return {
        "devices": sorted({str(made["device"]).split(",")[0] for made in made_by}),
        "platforms": sorted({made["platform"] for made in made_by}),
        "host_bytes": _most(listed, "host_bytes"),
        "device_bytes": _most(listed, "device_bytes"),
    }


def _most(records: Iterable[Mapping[str, Any]], name: str) -> int | None:
    held = [cell[name] for record in records for cell in record["cells"] if cell.get(name) is not None]
    return _rounded(max(held)) if held else None


def _size(folder: Path) -> int:
    """The bytes of all files below a folder, rounded; 0 where there is none."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return _rounded(sum(path.stat().st_size for path in files))


def _rounded(size: int) -> int:
    """To two digits, so that a log line more does not make the page another."""
    return int(float(f"{size:.2g}"))


def _lines(path: Path) -> int:
    """How many packages a file of constraints pins; 0 where there is none."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return sum("==" in line for line in lines)
