"""The name "demo", and the one place where core reaches for what ships beside it.

`coinco_core` holds no model and draws no scene: small stand-ins for both are in `coinco_world`, which is built on core.
Wherever a caller passes "demo" (`ContextClassifier.from_pretrained("demo")`, `load_engine("qwen")`,
`load_encoder("demo")`), that package is imported late, by name.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from coinco_core.errors import MissingError

DEMO = "demo"


def demo_world(module: str) -> Any:
    """The module `coinco_world.<module>`: the only import from core of a package that is built on it.

    Raises MissingError when `coinco_world` is not installed.
    """
    try:
        return import_module(f"coinco_world.{module}")
    except ModuleNotFoundError as error:
        if error.name not in ("coinco_world", f"coinco_world.{module}"):
            raise
        raise MissingError("The demo's models are part of `coinco_world`, which is not installed here.") from None


def demo_weights(name: str) -> Path:
    """The folder of a shipped model: 'molmo', 'qwen', 'internvl', 'student' or 'vae'; see `coinco_world.weights`."""
    folder: Path = demo_world("weights").demo_weights(name)
    return folder
