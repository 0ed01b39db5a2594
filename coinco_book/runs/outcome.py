"""What became of one notebook of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What became of one notebook: 'ran', 'skipped', 'failed' or 'blocked' (a run it needs failed), and why.

    `seconds` are those of this run, of the last one when it was skipped. `page` is the executed notebook of the last
    good run, None when there has never been one.
    """

    notebook: str
    status: str
    reason: str
    seconds: float
    page: Path | None

    @property
    def good(self) -> bool:
        """Whether the notebook's results are up to date."""
        return self.status in ("ran", "skipped")


def describe(outcome: Outcome) -> str:
    """The outcome as one line for a person."""
    words = {
        "ran": f"ran in {outcome.seconds:.0f} s ({outcome.reason})",
        "skipped": f"skipped, {outcome.reason} (last run: {outcome.seconds:.0f} s)",
        "failed": f"FAILED: {outcome.reason}",
        "blocked": f"not run: {outcome.reason}, which failed",
    }
    return f"{outcome.notebook}: {words[outcome.status]}"
