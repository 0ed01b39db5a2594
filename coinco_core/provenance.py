"""What made an artefact (code, packages, machine, seed, inputs), as a record that is stored beside it."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import coinco_core

PACKAGES = (
    "torch",
    "transformers",
    "peft",
    "diffusers",
    "tokenizers",
    "safetensors",
    "numpy",
    "pandas",
    "pyarrow",
)
_ROOT = Path(__file__).resolve().parent
_REPOSITORY = _ROOT.parent
_PACKAGES = ("coinco_core", "coinco_world", "coinco_book")


@cache
def code_version(repository: Path = _REPOSITORY) -> str:
    """The version of the code: '0.1.0+1a2b3c4d5e6f', with '.dirty' appended when tracked files were changed.

    Outside a git checkout the digest of the source files takes the commit's place: '0.1.0+src.1a2b3c4d5e6f'.
    """
    commit, dirty = commit_of(repository)
    if commit is None:
        return f"{coinco_core.__version__}+src.{source_digest(*distribution(repository))[:12]}"
    return f"{coinco_core.__version__}+{commit[:12]}{'.dirty' if dirty else ''}"


def commit_of(repository: Path) -> tuple[str | None, bool]:
    """The commit that is checked out there, and whether tracked files differ from it; (None, False) outside git."""
    if not (repository / ".git").exists():
        return None, False
    head = git(repository, "rev-parse", "HEAD")
    status = git(repository, "status", "--porcelain", "--untracked-files=no")
    return (head, bool(status)) if head else (None, False)


def git(repository: Path, *arguments: str) -> str | None:
    """What git says in that checkout, whatever a hook has set; None when it refuses, or is not installed."""
    try:
        done = subprocess.run(
            ["git", "-C", str(repository), *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env={name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def distribution(repository: Path = _REPOSITORY) -> tuple[Path, ...]:
    """The folders of the packages that this project installs, `coinco_core` and those beside it."""
    return tuple(folder for name in _PACKAGES if (folder := repository / name).is_dir())


def source_digest(*folders: Path) -> str:
    """The SHA-256 over the names and contents of the Python files of these folders, by default of `coinco_core`."""
    seen = hashlib.sha256()
    for folder in folders or (_ROOT,):
        for path in sorted(folder.rglob("*.py")):
            seen.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return seen.hexdigest()


def package_versions(names: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """The installed version of each package that is installed, by name."""
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What differs between two records of what something was made with, in words; '' where nothing does.

    Only what both name is compared, and what either holds in a table of its own.
    """
    told = []
    for name in sorted(set(before) & set(now)):
        was, says = before[name], now[name]
        if isinstance(was, Mapping) and isinstance(says, Mapping):
            told += [inner] if (inner := differences(was, says)) else []
        elif was != says:
            told.append(f"{name} was {was} and is {says}")
    return ", ".join(told)


def record(
    *, profile: str | None, seed: int | None, inputs: Mapping[str, str] | None = None, **extra: Any
) -> dict[str, Any]:
    """What made an artefact, ready to be written as JSON.

    `inputs` maps the name of each input to its digest; `extra` fields are added as they are (JSON-able).
    The device is named by the caller (`device=choose_device().reason`), who alone knows where the work ran.
    """
    commit, dirty = commit_of(_REPOSITORY)
    made_by = {
        "code_version": code_version(),
        "commit": commit,
        "dirty": dirty,
        "python": platform.python_version(),
        "packages": package_versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "profile": profile,
        "seed": seed,
        "inputs": dict(inputs or {}),
    }
    return {**made_by, **extra}
