"""`coinco verify`: what the paper states, claim by claim, and whether it holds here."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coinco_core.cli.output import Json, answer, columns, standard_output_kept_for_json
from coinco_core.errors import CheckError

if TYPE_CHECKING:
    from coinco_book.claims.status import ClaimVerdict
    from coinco_book.claims.verify import Report


def add_commands(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("verify")(verify)


def verify(
    profile: Annotated[str, typer.Option(help="smoke, demo, released or paper.")] = "demo",
    run: Annotated[bool, typer.Option(help="First run the notebooks that are out of date, or do not.")] = True,
    out: Annotated[Path | None, typer.Option(help="The report's file; by default runs/<profile>/claims.json.")] = None,
    json: Json = False,
) -> None:
    """Say for each claim of the paper whether it holds; exit code 1 when one differs that is not known to."""
    from coinco_book.claims.verify import as_table
    from coinco_book.claims.verify import verify as verify_claims

    with standard_output_kept_for_json(json):
        report = verify_claims(profile, run_stale=run, out=out)
    answer(as_table(report) if json else report, json, _as_text)
    problems = [f"{name} has no up-to-date result" for name in report.failed]
    problems += [f"{verdict.claim.id} is '{verdict.status}', which was not expected" for verdict in report.unexpected]
    if problems:
        raise CheckError(f"{'; '.join(problems)}.")


def _as_text(report: Report) -> str:
    from coinco_book.claims.texts import tally_by_basis

    parts = []
    for group, verdicts in groupby(report.verdicts, key=lambda verdict: verdict.claim.group):
        parts += [group, columns([_row(verdict) for verdict in verdicts]), ""]
    counts = tally_by_basis(report.verdicts)
    rows = [(f"{s.icon} {s}", *(str(own[s]) for own in counts.values())) for s in next(iter(counts.values()))]
    parts += [f"Out of date: {name}, {why}" for name, why in report.out_of_date.items()]
    parts += [f"{len(report.verdicts)} claims at profile '{report.profile}'", columns([("", *counts), *rows])]
    return "\n".join([*parts, f"Written to {report.path}"])


def _row(verdict: ClaimVerdict) -> tuple[str, ...]:
    """A claim's line: its status, name, the paper's value, and this run's, which says so when it is a demo number."""
    from coinco_book.claims.texts import is_demo_answer, ours_text

    ours = [ours_text(verdict.claim, given) + (" (demo)" if is_demo_answer(given) else "") for given in verdict.answers]
    expected = " (as expected)" if verdict.claim.expected == verdict.status else ""
    status = f"  {verdict.status.icon} {verdict.word}{expected}"
    where = "here" if verdict.claim.sources else "beside, not judged"
    return status, verdict.claim.id, f"paper: {verdict.claim.shown}", f"{where}: {', '.join(ours)}" if ours else ""
