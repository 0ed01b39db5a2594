"""`coinco diff`, `coinco repeat` and `coinco costs`: two runs side by side, one run made twice, and what runs take."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Any

import typer

from coinco_core.cli.output import Json, answer, columns, say, standard_output_kept_for_json
from coinco_core.errors import CheckError, InputError, MissingError

Profile = Annotated[str, typer.Option(help="smoke, demo, released or paper.")]
Page = Annotated[Path | None, typer.Option("--html", help="Write a page here too: one file, images inside.")]
OnlyChanges = Annotated[bool, typer.Option("--only-changes", help="Leave out what is the same.")]


def add_commands(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("diff")(diff)
    app.command("repeat")(repeat)
    app.command("costs")(costs)


def diff(
    run_a: Annotated[Path, typer.Argument(help="A folder of runs (runs/demo), or one notebook's (runs/demo/results).")],
    run_b: Annotated[Path, typer.Argument(help="The run to hold against it.")],
    html: Page = None,
    only_changes: OnlyChanges = False,
    json: Json = False,
) -> None:
    """Show what differs between two runs: claims, configuration, environment, numbers, figures, time."""
    from coinco_book.checkout import find_checkout
    from coinco_book.comparing.difference import compare
    from coinco_book.comparing.folders import read_side
    from coinco_book.comparing.page import check_free

    checkout = None
    with contextlib.suppress(MissingError):  # without a checkout there is no ledger of claims, and all else can be told
        checkout = find_checkout()
    check_free(html)
    _tell(compare(read_side(run_a), read_side(run_b), checkout), html, only_changes, json)


def repeat(
    notebooks: Annotated[list[str] | None, typer.Argument(help="Notebooks by name; all when none is given.")] = None,
    profile: Profile = "smoke",
    html: Page = None,
    only_changes: OnlyChanges = False,
    json: Json = False,
) -> None:
    """Run notebooks twice from scratch and say which outputs come out identical, close or different."""
    from coinco_book.comparing.page import check_free
    from coinco_book.comparing.repeat import differing, run_twice

    check_free(html)
    with standard_output_kept_for_json(json):
        found = run_twice(notebooks or (), profile)
    _tell(found, html, only_changes, json)
    bad = differing(found)
    if bad:
        raise CheckError(f"The second run shows something else than the first, and not only times: {', '.join(bad)}.")


def costs(
    profile: Profile = "demo",
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print what was measured as a profile's `expected`.")] = False,
    json: Json = False,
) -> None:
    """Show what each notebook was expected to take, and what its last run took."""
    from coinco_book.checkout import find_checkout
    from coinco_book.comparing.expected import chain_words, expected_block, measured_costs
    from coinco_book.runs.notebooks import load_notebooks

    if as_yaml and json:
        raise InputError("--json and --yaml cannot both be printed; choose one.")
    checkout = find_checkout()
    if as_yaml:
        print(expected_block(checkout, profile), end="")
    else:
        rows = measured_costs(checkout, profile)
        took = {row["notebook"]: row["seconds"] or row["expected_seconds"] for row in rows}
        answer(rows, json, lambda shown: f"{_costs_text(shown)}\n{chain_words(load_notebooks(checkout), took)}")


def _tell(found: Any, html: Path | None, only_changes: bool, json: bool) -> None:
    """Print the difference of two runs, and write its page where one is asked for."""
    from coinco_book.comparing.page import page
    from coinco_book.comparing.report import report
    from coinco_core.files import write_text

    if html is not None:
        say(f"The page is {write_text(html, page(found, only_changes))}")
    answer(found.plain(only_changes) if json else found, json, lambda shown: report(shown, only_changes))


def _costs_text(rows: list[dict[str, Any]]) -> str:
    """A table of seconds and memory, expected and measured."""
    heads = ("notebook", "expected s", "took s", "busy cores", "expected GB", "held GB")
    shown = [(row["notebook"], *(_short(row[name]) for name in _COLUMNS)) for row in rows]
    return columns([heads, *shown])


_COLUMNS = ("expected_seconds", "seconds", "cores", "expected_gb", "host_gb")


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
