"""Running the same notebooks twice from scratch, to see which of their outputs come out again.

Both runs start in empty folders of their own, so that nothing that outlives a run (features, trained models, repeats)
is shared between them or with `runs/<profile>`. What a profile keeps elsewhere, as `paper` does its answers, is read
by both.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from coinco_book.checkout import Checkout, find_checkout
from coinco_book.comparing.difference import SHOWN, Difference, compare
from coinco_book.comparing.folders import Side, read_side
from coinco_book.comparing.match import Match
from coinco_book.profiles import load_profile
from coinco_book.runs.folders import only_one
from coinco_book.runs.run import Say, checked, run
from coinco_core.errors import CheckError

_AS_BEFORE = (Match.IDENTICAL, Match.CLOSE, Match.TIMES)


def run_twice(
    names: Iterable[str] = (), profile: str = "smoke", *, checkout: Checkout | None = None, say: Say = print
) -> Difference:
    """What differs between two runs of the notebooks asked for (default: all) and of those they need.

    The runs stay in runs/repeat/first and runs/repeat/second until the next time. Raises CheckError when a notebook
    fails; before those of the last time go, InputError for an unknown name and MissingError for what a profile lacks.
    """
    place = find_checkout() if checkout is None else checkout
    home, chosen = place.runs(profile).parent / "repeat", tuple(names)
    checked(chosen, load_profile(profile, place.profiles), place)
    with only_one(home, f"Waiting for another coinco that works in {home} ..."):
        folders = [home / which for which in ("first", "second")]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        first, second = (_side(_run(place, folder, chosen, profile, say), place) for folder in folders)
    return compare(first, second, titles=SHOWN)


def differing(difference: Difference) -> list[str]:
    """The notebooks in which something differs that is more than noise or a time, in the order in which they ran."""
    rows = [row for section in difference.sections for row in section.rows]
    return list(dict.fromkeys(row.where for row in rows if row.match not in _AS_BEFORE))


def _run(place: Checkout, folder: Path, names: tuple[str, ...], profile: str, say: Say) -> Path:
    """The folder of the finished runs of one pass."""
    say(f"{folder.name} run, in {folder.relative_to(place.root)}")
    own = replace(place, own_runs=folder)
    failed = [outcome.notebook for outcome in run(names, profile, checkout=own, say=say) if not outcome.good]
    if failed:
        raise CheckError(f"The {folder.name} run did not finish: {', '.join(failed)} failed or could not start.")
    return own.runs(profile)


def _side(folder: Path, place: Checkout) -> Side:
    return replace(read_side(folder), name=folder.relative_to(place.root).as_posix())
