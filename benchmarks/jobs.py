"""The notebooks of a profile one after another against several at the same time, from nothing, in one run.

    python -m benchmarks.jobs [--json] [--profile smoke] [--jobs 2] [NOTEBOOK ...]

Both ways execute the same notebooks in empty folders below runs/ and must record the same numbers. The limit is the
critical path: the longest chain of notebooks that need one another, by the seconds that each took alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from dataclasses import replace
from typing import Any

from coinco_book.checkout import Checkout, find_checkout
from coinco_book.comparing.difference import compare
from coinco_book.comparing.folders import read_side
from coinco_book.comparing.match import Match
from coinco_book.runs.notebooks import load_notebooks, select
from coinco_book.runs.records import read_record
from coinco_book.runs.run import run
from coinco_book.runs.schedule import chains

_SAME = (Match.IDENTICAL, Match.TIMES)


def seconds_with(jobs: int, place: Checkout, profile: str, names: list[str]) -> float:
    """How long all notebooks take, from an empty folder."""
    shutil.rmtree(place.runs(profile), ignore_errors=True)
    begin = time.perf_counter()
    outcomes = run(names, profile, checkout=place, jobs=jobs, say=lambda line: print(line, file=sys.stderr))
    if failed := [outcome.notebook for outcome in outcomes if not outcome.good]:
        raise SystemExit(f"{', '.join(failed)} failed")
    return time.perf_counter() - begin


def measure(profile: str, jobs: int, names: list[str]) -> dict[str, Any]:
    """Seconds one after another and at the same time, their ratio, the critical path, and how many numbers differ."""
    root = find_checkout()
    alone, together = (replace(root, own_runs=root.root / "runs" / "benchmark" / way) for way in ("alone", "together"))
    found = {"one": seconds_with(1, alone, profile, names), "jobs": seconds_with(jobs, together, profile, names)}
    chosen = select(load_notebooks(root), names)
    records = {notebook.id: read_record(alone, profile, notebook.id) or {} for notebook in chosen}
    path = max(chains(chosen, {name: record["seconds"] for name, record in records.items()}).values())
    difference = compare(read_side(alone.runs(profile)), read_side(together.runs(profile)))
    rows = [row for section in difference.sections if section.title == "numbers" for row in section.rows]
    differ = sum(row.match not in _SAME for row in rows)
    counts = {"notebooks": len(chosen), "numbers": len(rows), "numbers_that_differ": differ}
    return {**found, "ratio": found["one"] / found["jobs"], "critical_path": path, "n_jobs": jobs, **counts}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", help="all when none is given")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--profile", default="smoke")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    result = measure(given.profile, given.jobs, given.notebooks)
    if given.json:
        print(json.dumps(result))
        return
    print(f"one after another  {result['one']:8.1f} s for {result['notebooks']} notebooks")
    print(f"{result['n_jobs']} at the same time {result['jobs']:8.1f} s")
    print(f"ratio              {result['ratio']:8.2f}")
    print(f"critical path      {result['critical_path']:8.1f} s")
    print(f"numbers            {result['numbers']} recorded, {result['numbers_that_differ']} differ")


if __name__ == "__main__":
    main()
