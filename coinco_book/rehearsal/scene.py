"""Where a rehearsal happens: a copy of the checkout with data and weights, its profile filled in as a user would."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from coinco_book.checkout import Checkout
from coinco_book.rehearsal.released_files import Counts, write_released
from coinco_book.rehearsal.weights import write_base
from coinco_core.cache import CACHE
from coinco_core.files import atomic_folder, write_text
from coinco_core.released.catalogue import DEFAULT_FOLDER

_LEFT_OUT = ("runs", "stage", "_build", "data", "tests", "*.egg-info", "__pycache__", ".*")


@dataclass(frozen=True)
class Scene:
    """The rehearsal's folder and what decides it: the profile, how many images, which prompt."""

    home: Path
    profile: str
    counts: Counts
    prompt: str

    @property
    def root(self) -> Path:
        """The copied checkout, in which every command runs."""
        return self.home / "checkout"

    @property
    def data(self) -> Path:
        """The stand-in for the authors' files, where the profile looks for them."""
        return self.root / DEFAULT_FOLDER

    @property
    def base(self) -> Path:
        """The stand-in for the students' base."""
        return self.root / "base"

    def coinco(self, *arguments: str) -> list[str]:
        """A command line of `coinco` that runs the copy's code."""
        return [sys.executable, "-m", "coinco_core.cli", *arguments]

    @property
    def env(self) -> dict[str, str]:
        """The environment of the commands: the copied code, a cache of their own, no network."""
        own = {"PYTHONPATH": str(self.root), CACHE: str(self.home / "cache"), "HF_HUB_OFFLINE": "1"}
        own |= {"OMP_NUM_THREADS": "1"}  # the small models are not what is rehearsed
        own |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONUNBUFFERED": "1"}
        kept = {name: value for name, value in os.environ.items() if name not in ("COINCO_DATA", "COINCO_TEST_RUNS")}
        return {**kept, **own}


def set_up(scene: Scene, checkout: Checkout) -> None:
    """The copy of the code, the data and the weights, each unless it is there from an earlier attempt."""
    if not scene.root.is_dir():
        with atomic_folder(scene.root) as made:
            shutil.copytree(checkout.root, made, ignore=shutil.ignore_patterns(*_LEFT_OUT), dirs_exist_ok=True)
    if not scene.data.is_dir():
        with atomic_folder(scene.data) as made:
            write_released(made, scene.counts)
    if not scene.base.is_dir():
        write_base(scene.base, scene.prompt)


def fill_in(scene: Scene, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Changes settings of the copied profile: those of the notebooks that are named."""
    path = scene.root / "profiles" / f"{scene.profile}.yaml"
    profile = yaml.safe_load(path.read_text(encoding="utf-8"))
    for notebook, settings in changes.items():
        profile["notebooks"][notebook] = profile["notebooks"].get(notebook, {}) | dict(settings)
    write_text(path, yaml.safe_dump(profile, sort_keys=False))


def shown(command: Sequence[str]) -> str:
    """A command line as a user types it."""
    return " ".join(["coinco", *command[command.index("coinco_core.cli") + 1 :]])
