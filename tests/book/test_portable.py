"""Folders of a machine in the texts of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coinco_book.portable import checkouts_of, without_checkouts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wrote /a/co/runs/x", "wrote runs/x"),
        ("in /a/co.", "in .."),
        ("'/a/co'", "'.'"),
        ("file:///a/co/x", "file://x"),
        ("/a/core /a/co-2/x /a/co.bak", "/a/core /a/co-2/x /a/co.bak"),  # begin alike
        ("/b/a/co/x", "/b/a/co/x"),  # ends alike
        (json.dumps("one\n/a/co/x"), json.dumps("one\nx")),
        (json.dumps("\x1b[32m/a/co/x"), json.dumps("\x1b[32mx")),
    ],
)
def test_a_folder_goes_and_what_only_looks_like_it_stays(text: str, expected: str) -> None:
    assert without_checkouts(text, ["/a/co"]) == expected


@pytest.mark.parametrize(
    ("run_dir", "places"),
    [
        ("/b/other/runs/demo", {"/a", "/b/other"}),
        ("/b/runs/co/runs/repeat/first/demo", {"/a", "/b/runs/co"}),
        ("runs/demo", {"/a"}),
        ("/elsewhere", {"/a"}),
        ("/runs/demo", {"/a"}),
        (None, {"/a"}),
    ],
)
def test_the_checkout_of_the_run_is_found(run_dir: str | None, places: set[str]) -> None:
    parameters = {} if run_dir is None else {"run_dir": run_dir}
    assert set(checkouts_of({"metadata": {"papermill": {"parameters": parameters}}}, Path("/a"))) == places
