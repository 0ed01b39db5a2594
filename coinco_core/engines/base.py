"""What an engine is: something that answers a picture and a prompt with text, and says how it did so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from PIL import Image

STOP = "stop"  # the model ended its answer itself
LENGTH = "length"  # the answer was cut at the token limit


@dataclass(frozen=True)
class Request:
    """One question: `key` names it in the store, `image` is the boxed picture (RGB), `prompt` the rendered text."""

    key: str
    image: Image.Image
    prompt: str


@dataclass(frozen=True)
class Answer:
    """One answer in full; a request that failed has an empty text and its `error` in words."""

    key: str
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    error: str | None = None


@runtime_checkable
class Engine(Protocol):
    """Anything that answers requests; `record` holds all that decides its answers, for the run's file."""

    record: dict[str, Any]

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer per request, in the order of the requests."""
        ...
