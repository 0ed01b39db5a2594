"""The COinCO companion: judging objects in and out of context, from drawn scenes to the paper's own scale.

`ContextClassifier` and `ObjectsFromContext` are loaded on first use, so that the import stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coinco_core.distillation.classifier import ContextClassifier
    from coinco_core.objects_from_context.use.predictor import ObjectsFromContext

__version__ = "0.1.0"
__all__ = ["ContextClassifier", "ObjectsFromContext", "__version__"]

_HOMES = {
    "ContextClassifier": "coinco_core.distillation.classifier",
    "ObjectsFromContext": "coinco_core.objects_from_context.use.predictor",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'coinco_core' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
