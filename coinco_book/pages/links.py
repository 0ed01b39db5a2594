"""Where the sources of the pages lie: the public repository, its buttons on every page, the notebooks to download.

The staged tree mirrors the repository, so most links to sources come out right by themselves. Those of the first page
and of pages that share a notebook are put right by the book's extension, after the table in `sources.json`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from coinco_book.exercises.editions import source_edition
from coinco_book.pages.edition import Edition
from coinco_core.errors import InputError
from coinco_core.files import read_json
from coinco_core.provenance import git

REPOSITORY, BRANCH = "COINCO_REPOSITORY", "COINCO_BRANCH"  # environment variables that take git's place
TABLE = "sources.json"  # in the staged tree: page file -> committed source, where the two are called differently
FOLDER = "book/static/sources"  # in the staged tree; the extension has it copied to _static/sources
_CONFIG, _DEFAULT_BRANCH = "_config.yml", "main"
_ADDRESS = re.compile(
    r"(?:https?://(?:[^/@]+@)?|ssh://git@|git@)(?P<host>(?:github|gitlab)\.com)(?::\d+)?[:/]"
    r"(?P<path>[\w.~/-]+?/[\w.~-]+?)(?:\.git)?/?"
)


@dataclass(frozen=True)
class Repository:
    """A public repository: its https address, without a user's name or token, and the branch that links lead to."""

    url: str
    branch: str

    @property
    def on_github(self) -> bool:
        """Whether it lies on GitHub, whose notebooks Colab opens."""
        return self.url.startswith("https://github.com/")


def public_repository(root: Path, environment: Mapping[str, str] | None = None) -> Repository | None:
    """The public repository of a checkout, from its remote 'origin'; None when that is no GitHub or GitLab address.

    COINCO_REPOSITORY and COINCO_BRANCH go before what git says. Raises InputError when the first is not one.
    """
    names = os.environ if environment is None else environment
    given = names.get(REPOSITORY, "")
    url = public_address(given or git(root, "remote", "get-url", "origin") or "")
    if given and not url:
        raise InputError(f"{REPOSITORY} is '{given}'; it must be the address of a repository on GitHub or GitLab.")
    branch = names.get(BRANCH) or git(root, "symbolic-ref", "--short", "HEAD") or _DEFAULT_BRANCH
    return Repository(url, branch) if url else None


def public_address(remote: str) -> str:
    """The https address of a repository on GitHub or GitLab, however git names it; '' for any other place."""
    found = _ADDRESS.fullmatch(remote.strip())
    return f"https://{found['host']}/{found['path']}" if found else ""


def with_buttons(config: Mapping[str, Any], repository: Repository) -> dict[str, Any]:
    """The settings of Jupyter Book with the buttons that lead to the repository, and to places that run its notebooks.

    Colab is offered for GitHub only, the one place it reads from.
    """
    buttons = dict.fromkeys(("use_repository_button", "use_edit_page_button", "use_issues_button"), True)
    launch = {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
    if repository.on_github:
        launch["colab_url"] = "https://colab.research.google.com"
    return {
        **config,
        "repository": {"url": repository.url, "branch": repository.branch, "path_to_book": ""},
        "html": {**config.get("html", {}), **buttons},
        "launch_buttons": {**config.get("launch_buttons", {}), **launch},
    }


def committed_sources(edition: Edition) -> dict[str, str]:
    """The committed source of each page file that is called differently: 'index.md' is made from 'book/index.md'."""
    pages = {f"notebooks/{name}.ipynb": f"notebooks/{n.source}" for name, n in edition.notebooks.items()}
    return {page: source for page, source in {"index.md": "book/index.md", **pages}.items() if page != source}


def files(edition: Edition) -> dict[str, bytes]:
    """The table of sources, the notebooks to download, and the settings with buttons, by path in the staged tree.

    An edition without solutions gets no buttons: whatever they open, on the repository or elsewhere, has them.
    """
    root = edition.checkout.root
    made = {TABLE: _as_json(committed_sources(edition))}
    for notebook in edition.notebooks.values():
        source = notebook.path(edition.checkout)
        content = source.read_bytes()
        if not edition.solutions:
            content = _as_json(source_edition(read_json(source), solutions=False))
        made[f"{FOLDER}/{notebook.source}"] = content
    repository = public_repository(root)
    if repository and edition.solutions:
        config = yaml.safe_load((root / _CONFIG).read_text(encoding="utf-8"))
        made[_CONFIG] = yaml.safe_dump(with_buttons(config, repository), sort_keys=False).encode()
    return made


def _as_json(content: object) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
