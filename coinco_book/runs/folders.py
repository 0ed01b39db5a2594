"""The folders of runs: a run starts in an empty one, and the last good one comes back when it does not end well."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from coinco_book.checkout import RECORD
from coinco_core.store.folder import only_writer


@dataclass
class Attempt:
    """A run that is going on; whoever carries it out sets `failed`."""

    failed: bool = False


def teachers_folder(run_dir: Path) -> Path:
    """Where the scenes that a profile draws for its teachers lie, and their answers: they outlive the notebook's runs.

    In it `world` holds the scenes, and `answers` a folder per teacher.
    """
    return run_dir / "teachers"


def last_good_folder(folder: Path) -> Path:
    """Where the last good results of a run wait while it is run anew."""
    return folder.parent / ".last_good" / folder.name


def failed_folder(folder: Path) -> Path:
    """Where the last attempt that failed is kept, to be looked at."""
    return folder.parent / ".failed" / folder.name


@contextlib.contextmanager
def fresh_folder(folder: Path) -> Iterator[Attempt]:
    """An empty folder for a run; when it fails or is interrupted, the last good one comes back."""
    attempt, done = Attempt(), False
    if (folder / RECORD).is_file():
        _move(folder, last_good_folder(folder))
    shutil.rmtree(folder, ignore_errors=True)  # what a killed run left, which has no record
    folder.mkdir(parents=True)
    try:
        yield attempt
        done = not attempt.failed
    finally:
        shutil.rmtree(folder / ".jupyter", ignore_errors=True)
        if done:
            shutil.rmtree(last_good_folder(folder), ignore_errors=True)
        else:
            _move(folder, failed_folder(folder))
            recover(folder)


def recover(folder: Path) -> None:
    """Put the last good folder back, where a run was killed before it could."""
    if (folder / RECORD).is_file():  # the new run is whole; at most the tidying behind it was cut short
        shutil.rmtree(last_good_folder(folder), ignore_errors=True)
    elif last_good_folder(folder).exists():
        if folder.exists():
            _move(folder, failed_folder(folder))
        _move(last_good_folder(folder), folder)


def _move(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)


def only_one(folder: Path, waiting: str = "") -> AbstractContextManager[None]:
    """Keep a second process that works in the same folder waiting until this one is through.

    `waiting` is then printed to standard error, where it is not ''.
    """
    return only_writer(folder, lambda: print(waiting, file=sys.stderr) if waiting else None)
