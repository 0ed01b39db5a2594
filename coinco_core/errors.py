"""What a user gets to read when something is wrong: one sentence, and the exit code that goes with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CoincoError(Exception):
    """A problem the user can act on: `str(error)` is one sentence, `exit_code` what `coinco` returns."""

    exit_code = 1


class CheckError(CoincoError):
    """A check was carried out and did not hold."""


class InputError(CoincoError):
    """The call was wrong: a name, a number or a file that cannot be used."""

    exit_code = 2


class MissingError(CoincoError):
    """Data or weights that the work needs are not on this machine."""

    exit_code = 3


def did_you_mean(name: str, options: Iterable[str], n: int = 3) -> str:
    """The up to `n` options nearest to a name, as a hint to append to a sentence; '' when none comes near.

    Examples: " Did you mean 'cow', 'cat'?" or "".
    """
    by_key = {option.lower(): option for option in options}
    near = difflib.get_close_matches(name.strip().lower(), by_key, n=n, cutoff=0.5)
    if not near:
        return ""
    return " Did you mean " + ", ".join(f"'{by_key[key]}'" for key in near) + "?"
