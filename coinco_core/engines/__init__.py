"""Something that answers (image, prompt): in-process transformers, or any OpenAI-compatible server."""

from __future__ import annotations

from typing import Any

from coinco_core.engines.base import LENGTH, ROLES, STOP, Answer, Engine, Request, failure

__all__ = ["LENGTH", "ROLES", "STOP", "Answer", "Engine", "Request", "failure", "load_engine"]


def load_engine(model: str, *, server: str | None = None, **settings: Any) -> Engine:
    """An engine for a demo role ('molmo', 'qwen', 'internvl'), a folder, a hub id, or a model behind a server's URL.

    `settings` are the engine's own: see `load_local_engine`, `Sampling`, `connect` and `ServerSettings`.
    """
    if server is not None:
        from coinco_core.engines.server import connect

        return connect(model, server, **settings)
    from coinco_core.engines.local import load_local_engine

    return load_local_engine(model, **settings)
