"""An engine behind HTTP: any server that speaks OpenAI's chat API, such as vLLM's, with many requests in flight.

The large models run in environments of their own (Molmo-72B-0924 needs an old one); the server is what hides them. The
client's loop has a thread to itself, so that images are prepared and answers stored while others are on their way.
"""

from __future__ import annotations

import asyncio
import base64
import io
import random
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from PIL import Image

from coinco_core import provenance
from coinco_core.engines.base import ANSWER_TOKENS, LENGTH, STOP, Answer, Engine, Request, failure
from coinco_core.engines.flight import fly
from coinco_core.errors import InputError, MissingError, did_you_mean

# What a server fills in from the model's own file when a request leaves it out, by what the server understands.
DIALECTS: dict[str, dict[str, Any]] = {
    "openai": {},  # the fields of OpenAI's API and no others; transformers serve refuses any other
    "vllm": {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0},  # Qwen's file would make the last one 1.05
}
_PASSING = (408, 409, 425, 429)  # statuses that may be others a moment later, beside the server's own faults (5xx)


@dataclass(frozen=True)
class ServerSettings:
    """How requests are sent: the sampling fields as they go out, and how patient the client is."""

    max_new_tokens: int = ANSWER_TOKENS
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0  # 0 keeps every token
    repetition_penalty: float = 1.0
    seed: int = 0
    dialect: str = "openai"
    in_flight: int = 64
    retries: int = 5  # attempts after the first, for time-outs, refusals, overload and unreadable replies
    wait_s: float = 1.0  # the longest wait before the first retry, doubled each time
    longest_wait_s: float = 60.0
    timeout_s: float = 600.0
    api_key: str = "none"

    def __post_init__(self) -> None:
        if self.dialect not in DIALECTS:
            hint = did_you_mean(self.dialect, DIALECTS)
            raise InputError(f"'{self.dialect}' is not a dialect; there are {', '.join(DIALECTS)}.{hint}")
        if self.dialect == "openai" and (self.top_k or self.repetition_penalty != 1):
            raise InputError("OpenAI's API has no top_k and no repetition penalty; a vLLM server takes both (vllm).")
        if self.in_flight < 1 or self.retries < 0:
            raise InputError("At least 1 request must be in flight, and retries cannot be negative.")

    def sampling(self) -> dict[str, Any]:
        """The fields that decide an answer, every one of them explicit, as the server gets them."""
        fields = {"max_tokens": self.max_new_tokens, "temperature": self.temperature, "top_p": self.top_p, "n": 1}
        fields |= {"seed": self.seed, "frequency_penalty": 0.0, "presence_penalty": 0.0}
        own = {"top_k": self.top_k or -1, "repetition_penalty": self.repetition_penalty}
        return fields | {name: own.get(name, value) for name, value in DIALECTS[self.dialect].items()}

    def wait(self, attempt: int, asked: float | None, rng: random.Random) -> float:
        """Seconds before trying again after failed attempt 0, 1, ...: what the server `asked` for, else ever longer.

        Drawn, so that the requests that failed together do not come back together.
        """
        longest = min(self.longest_wait_s, self.wait_s * 2**attempt)
        if asked is not None:
            return min(self.longest_wait_s, asked) + longest * rng.uniform(0, 0.1)
        return longest * rng.uniform(0.5, 1)


@dataclass(frozen=True)
class ServedModel:
    """A model that is asked over OpenAI's API, whichever way its requests travel: its name there and the settings."""

    name: str
    settings: ServerSettings

    @property
    def identity(self) -> dict[str, Any]:
        """What decides its answers."""
        return {"engine": "server", "model": self.name, "sampling": self.settings.sampling()}


def messages(image_url: str, prompt: str) -> list[dict[str, Any]]:
    """One user turn, image first, as the authors sent it."""
    content = [{"type": "image_url", "image_url": {"url": image_url}}, {"type": "text", "text": prompt}]
    return [{"role": "user", "content": content}]


class ServerEngine(Engine):
    """A model behind an OpenAI-compatible URL (…/v1) as an Engine."""

    def __init__(self, model: str, url: str, settings: ServerSettings | None = None) -> None:
        self.model, self.url = model, url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise InputError(f"The server '{url}' is not a URL; write it like http://localhost:8000/v1.")
        self.settings = settings or ServerSettings()
        self._openai = _import_openai()
        self._rng = random.Random(self.settings.seed)
        shown = {name: value for name, value in asdict(self.settings).items() if name != "api_key"}
        made_on = {"server": self.url, "settings": shown, "packages": provenance.package_versions(("openai", "pillow"))}
        self.record: dict[str, Any] = {"identity": ServedModel(model, self.settings).identity, "made_on": made_on}

    def ask(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None]) -> None:
        """One answer per request as they come in; a request that keeps failing becomes an answer with its error."""
        prepared = ((request, data_url(request.image)) for request in requests)
        n = self.settings.in_flight
        limits = type(self._openai.DEFAULT_CONNECTION_LIMITS)(max_connections=n, max_keepalive_connections=n)
        client = self._openai.AsyncOpenAI(
            base_url=self.url, api_key=self.settings.api_key, max_retries=0, timeout=self.settings.timeout_s,
            http_client=self._openai.DefaultAsyncHttpxClient(limits=limits),
        )  # fmt: skip
        fly(prepared, lambda item: self._answer_one(client, *item), lambda answer: keep([answer]), n, client.close)

    async def _answer_one(self, client: Any, request: Request, image_url: str) -> Answer:
        body = {"model": self.model, "messages": messages(image_url, request.prompt), **self.settings.sampling()}
        problem = ""
        for attempt in range(self.settings.retries + 1):
            try:
                # the client's typed call checks every field on its way out and in, which takes as long as all the rest
                return read_reply(request.key, await client.post("/chat/completions", cast_to=object, body=body))
            except self._openai.OpenAIError as error:
                problem, asked = f"{type(error).__name__}: {error}", _retry_after(error)
                if not self._may_pass(error):
                    break
            except ValueError as error:  # no JSON, or JSON of another kind
                problem, asked = f"The server's reply cannot be read: {error}", None
            if attempt < self.settings.retries:
                await asyncio.sleep(self.settings.wait(attempt, asked, self._rng))
        return failure(request.key, problem)

    def _may_pass(self, error: Exception) -> bool:
        """Whether trying again can help: no connection, a time-out, too many requests, or the server's own fault."""
        if isinstance(error, self._openai.APIStatusError):
            return error.status_code >= 500 or error.status_code in _PASSING
        return isinstance(error, self._openai.APIError)


def read_reply(key: str, reply: Any) -> Answer:
    """The answer in a chat completion, as a dictionary; a ValueError in words when there is none in it."""
    try:
        choice, usage = reply["choices"][0], reply.get("usage") or {}
        text, reason = choice["message"]["content"], choice.get("finish_reason")
        counts = (int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
    except (KeyError, IndexError, AttributeError, TypeError):
        raise ValueError("it is no chat completion") from None
    if not isinstance(text, str) or not text.strip():
        raise ValueError("it holds no text")
    return Answer(key, text.strip(), {"length": LENGTH, "stop": STOP, None: STOP}.get(reason) or str(reason), *counts)


def data_url(image: Image.Image) -> str:
    """An RGB image as a PNG data URL; PNG, because a second lossy compression would change the model's input."""
    return "data:image/png;base64," + base64.b64encode(png(image)).decode("ascii")


def png(image: Image.Image) -> bytes:
    """The bytes of a PNG file of an image in its own mode and size, compressed fast rather than small."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def _retry_after(error: Exception) -> float | None:
    """The seconds that the server asked to wait, where it did so."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def _import_openai() -> Any:
    try:
        import openai
    except ImportError as error:
        raise MissingError("Talking to a server needs the package openai; install coinco_core[scale].") from error
    return openai
