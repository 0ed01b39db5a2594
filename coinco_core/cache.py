"""Where the companion keeps what it makes or fetches for a user, outside any project."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = "COINCO_CACHE"  # the environment variable that names the folder


def cache_folder() -> Path:
    """The folder that COINCO_CACHE names, else `coinco` in the user's cache folder (XDG_CACHE_HOME, else ~/.cache)."""
    chosen, system = os.environ.get(CACHE), os.environ.get("XDG_CACHE_HOME")
    return Path(chosen) if chosen else (Path(system) if system else Path.home() / ".cache") / "coinco"
