"""Errors for users: their exit codes, and the names offered for a mistyped one."""

from __future__ import annotations

import pytest

from coinco_core.errors import CheckError, CoincoError, InputError, MissingError, did_you_mean


@pytest.mark.parametrize(("kind", "code"), [(CoincoError, 1), (CheckError, 1), (InputError, 2), (MissingError, 3)])
def test_exit_codes(kind: type[CoincoError], code: int) -> None:
    assert kind("no").exit_code == code
    assert issubclass(kind, CoincoError)


def test_the_nearest_names_are_offered_whatever_their_case() -> None:
    assert did_you_mean("Cwo", ["cat", "cow", "dog"]).startswith(" Did you mean 'cow'")
    assert did_you_mean("demo", ["Demo"]) == " Did you mean 'Demo'?"


def test_nothing_is_offered_where_nothing_is_near() -> None:
    assert did_you_mean("xylophone", ["cat", "cow"]) == ""
    assert did_you_mean("cat", []) == ""


def test_no_more_names_than_asked_for() -> None:
    assert did_you_mean("bat", ["cat", "hat", "rat", "mat"], n=2).count("'") == 4
