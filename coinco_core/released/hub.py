"""The hub where the authors' files lie: one function that fetches, and the switch that keeps it from trying."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coinco_core.errors import MissingError

_ON = ("1", "on", "yes", "true")


@dataclass(frozen=True)
class Fetched:
    """What a download brought: the repository's commit, if it has any, and the files' paths, there as here."""

    commit: str | None
    files: tuple[str, ...]


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE or COINCO_OFFLINE is set (1, on, yes, true): then no connection is tried."""
    return any(os.environ.get(name, "").lower() in _ON for name in ("HF_HUB_OFFLINE", "COINCO_OFFLINE"))


def download(
    repository: str, repo_type: str, patterns: Sequence[str], folder: Path, revision: str | None = None
) -> Fetched:
    """The files of a repository that match a pattern, now below `folder` as they lie there; progress is shown.

    `repo_type` is 'dataset' or 'model'; without a revision the newest commit is taken. What is there already is not
    fetched again, and an interrupted download is resumed. Raises MissingError when it fails or when
    nothing matches.
    """
    try:
        commit, files = _download(repository, repo_type, patterns, folder, revision)
    except Exception as error:  # the hub's own errors and those of its network library have no ancestor in common
        reason = " ".join(str(error).split()) or type(error).__name__
        raise MissingError(
            f"Fetching from {repository} failed: {reason.rstrip('.')}; run the same command again to resume."
        ) from error
    if not files:
        raise MissingError(f"{repository} holds nothing called {' or '.join(patterns)} at commit {commit[:7]}.")
    return Fetched(commit, tuple(files))


def model_folder(name: str, what: str) -> Path:
    """The folder of a path, or of a model's hub id (OWNER/NAME), downloaded or from the hub's cache.

    `what` it holds is named in errors. Raises MissingError when there is neither.
    """
    here = Path(name).expanduser()
    if here.is_dir():
        return here
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise MissingError(f"There is no {what} '{name}': it is neither a folder, nor a hub id, nor 'demo'.")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise MissingError(f"The {what} '{name}' could not be fetched: {str(error).splitlines()[0]}") from error


def upload(folder: Path, repository: str, *, private: bool = True) -> str:
    """The address of a model's repository on the hub, made if need be, which now holds a folder's visible files.

    Raises MissingError when the machine is offline or the upload fails.
    """
    if is_offline():
        raise MissingError(
            "This machine is set to be offline (HF_HUB_OFFLINE or COINCO_OFFLINE), so nothing is uploaded."
        )
    try:
        from huggingface_hub import HfApi

        api = HfApi()
        api.create_repo(repository, private=private, exist_ok=True)
        api.upload_folder(repo_id=repository, folder_path=folder, ignore_patterns=[".*"])
    except Exception as error:  # as for a download
        reason = " ".join(str(error).split()) or type(error).__name__
        raise MissingError(f"Uploading to {repository} failed: {reason.rstrip('.')}; nothing here is lost.") from error
    return f"https://huggingface.co/{repository}"


def _download(
    repository: str, repo_type: str, patterns: Sequence[str], folder: Path, revision: str | None
) -> tuple[str, list[str]]:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.utils import filter_repo_objects

    api = HfApi()
    commit = str(api.repo_info(repository, repo_type=repo_type, revision=revision).sha)
    listed = api.list_repo_files(repository, repo_type=repo_type, revision=commit)
    files = sorted(filter_repo_objects(listed, allow_patterns=list(patterns)))
    if files:
        snapshot_download(
            repository, repo_type=repo_type, revision=commit, allow_patterns=list(patterns), local_dir=folder
        )
    # Where the connection is lost midway the library may hand back the folder as it is, with a warning only.
    absent = [name for name in files if not (folder / name).is_file()]
    if absent:
        raise ConnectionError(f"{len(absent)} of {len(files)} files did not arrive, the first of them {absent[0]}")
    return commit, files
