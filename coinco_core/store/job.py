"""What a folder is about: the job that was begun in it, by which another one is told from it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from coinco_core.errors import CoincoError, InputError
from coinco_core.files import digest, read_json, write_json


def begin_job(path: Path, job: Mapping[str, Any], about: Callable[[], Mapping[str, Any]] = dict) -> dict[str, Any]:
    """What the file says: the job's `fingerprint` and `job`, and what `about` gave to whoever began it.

    It is written when it is not there; of two that begin at once the first decides. Raises InputError when it tells of
    another job.
    """
    if not check_job(path, job):
        _write_once(path, {"fingerprint": digest(job), "job": dict(job), **about()})
    return check_job(path, job)


def check_job(path: Path, job: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says, {} when it is not there; writes nothing. Raises InputError when it tells of another job."""
    if not path.is_file():
        return {}
    content: dict[str, Any] = read_json(path)
    before = content["job"]
    differs = [name for name in before | dict(job) if digest(before.get(name)) != digest(job.get(name))]
    if differs:
        why = f"'{path.parent}' holds another job ({', '.join(differs)} differ)"
        raise InputError(f"{why}; choose another folder or remove it.")
    return content


def holds_job(path: Path, job: Mapping[str, Any]) -> bool:
    """Whether the file is there and tells of this job."""
    try:
        return bool(check_job(path, job))
    except (CoincoError, KeyError, TypeError):  # another job, or no file of ours
        return False


def _write_once(path: Path, content: object) -> None:
    """Writes a file, whole, unless somebody else has done so in the meantime."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        write_json(draft, content)
        with suppress(FileExistsError):
            _link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _link(draft: Path, path: Path) -> None:
    """Unlike a rename, a link never takes another's place; some file systems have none."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        if not path.exists():
            os.replace(draft, path)
