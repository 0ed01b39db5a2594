"""What an engine is: something that answers an image and a prompt with text, and says how it did so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

ROLES = ("molmo", "qwen", "internvl")  # the paper's three teachers; the demo ships a small model for each
STOP = "stop"  # the model ended its answer itself
LENGTH = "length"  # the answer was cut at the token limit
ANSWER_TOKENS = 512  # that limit: the authors' for Molmo and Qwen (InternVL: 1024)


@dataclass(frozen=True)
class Request:
    """One question: `key` names it in the store, `image` is the boxed image (RGB, any size), `prompt` the full text."""

    key: str
    image: Image.Image
    prompt: str


@dataclass(frozen=True)
class Answer:
    """One answer in full, its lengths in tokens; a request that failed has an empty text and its `error` in words."""

    key: str
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    error: str | None = None


def failure(key: str, error: str) -> Answer:
    """The answer of a request that failed."""
    return Answer(key, "", "", 0, 0, error)


class Engine(ABC):
    """Anything that answers requests; `record` holds all that decides its answers, for the run's file."""

    record: dict[str, Any]

    @property
    def notes(self) -> list[str]:
        """What whoever reads the answers later should know of this engine, a sentence each."""
        return []

    @abstractmethod
    def ask(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None]) -> None:
        """Passes the answers to `keep` in groups as they arrive, one answer per request, in any order.

        Requests are taken from the iterable as needed, and the next request takes an answer's place only once that has
        been kept: an interrupted run loses no more than what was in flight.
        """

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer per request, in the order of the requests, whose keys must differ."""
        found: dict[str, Answer] = {}
        self.ask(requests, lambda answers: found.update({answer.key: answer for answer in answers}))
        return [found[request.key] for request in requests]
