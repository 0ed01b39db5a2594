"""An engine behind HTTP: any server that speaks OpenAI's chat API, such as vLLM's, with several requests in flight.

The large models run in environments of their own (Molmo-72B-0924 needs an old one); the server is what hides them.
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from PIL import Image

from coinco_core import provenance
from coinco_core.engines.base import LENGTH, STOP, Answer, Request
from coinco_core.errors import InputError, MissingError


@dataclass(frozen=True)
class ServerSettings:
    """How requests are sent: the sampling fields as they go out, and how patient the client is."""

    max_new_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    in_flight: int = 16
    retries: int = 3  # attempts after the first, for time-outs, refusals and overload
    wait_s: float = 1.0  # before the first retry; doubled each time
    timeout_s: float = 300.0
    api_key: str = "none"

    def sampling(self) -> dict[str, Any]:
        """The fields that decide an answer, as the server gets them."""
        return {
            "max_tokens": self.max_new_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": self.seed,
        }


class ServerEngine:
    """A model behind an OpenAI-compatible URL (…/v1) as an Engine."""

    def __init__(self, model: str, url: str, settings: ServerSettings | None = None) -> None:
        self.model, self.url = model, url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise InputError(f"The server '{url}' is not a URL; write it like http://localhost:8000/v1.")
        self.settings = settings or ServerSettings()
        self._openai = _import_openai()
        identity = {"engine": "server", "model": model, "sampling": self.settings.sampling()}
        shown = {name: value for name, value in asdict(self.settings).items() if name != "api_key"}
        made_on = {"server": self.url, "settings": shown, "packages": provenance.package_versions(("openai",))}
        self.record: dict[str, Any] = {"identity": identity, "made_on": made_on}

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer per request, in their order; a request that keeps failing becomes an answer with its error."""
        return asyncio.run(self._answer_all(requests))

    async def _answer_all(self, requests: Sequence[Request]) -> list[Answer]:
        gate = asyncio.Semaphore(self.settings.in_flight)
        client = self._openai.AsyncOpenAI(
            base_url=self.url, api_key=self.settings.api_key, max_retries=0, timeout=self.settings.timeout_s
        )
        async with client:
            return await asyncio.gather(*(self._answer_one(client, gate, request) for request in requests))

    async def _answer_one(self, client: Any, gate: asyncio.Semaphore, request: Request) -> Answer:
        async with gate:
            for attempt in range(self.settings.retries + 1):
                try:
                    return self._read(request, await self._send(client, request))
                except self._openai.OpenAIError as error:
                    problem = f"{type(error).__name__}: {error}"
                    if not self._may_pass(error):
                        break
                if attempt < self.settings.retries:
                    await asyncio.sleep(self.settings.wait_s * 2**attempt)
        return Answer(request.key, "", "", 0, 0, error=problem)

    async def _send(self, client: Any, request: Request) -> Any:
        picture = {"type": "image_url", "image_url": {"url": data_url(request.image)}}
        content = [picture, {"type": "text", "text": request.prompt}]  # picture first, as the authors sent it
        return await client.chat.completions.create(
            model=self.model, messages=[{"role": "user", "content": content}], **self.settings.sampling()
        )

    def _may_pass(self, error: Exception) -> bool:
        """Whether trying again can help: no connection, a time-out, too many requests, or the server's own fault."""
        if isinstance(error, self._openai.APIConnectionError | self._openai.RateLimitError):
            return True
        return isinstance(error, self._openai.APIStatusError) and error.status_code >= 500

    def _read(self, request: Request, reply: Any) -> Answer:
        if not reply.choices or reply.choices[0].message.content is None:
            return Answer(request.key, "", "", 0, 0, error="The server's reply holds no text.")
        choice, usage = reply.choices[0], reply.usage
        reason = LENGTH if choice.finish_reason == "length" else STOP
        counts = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        return Answer(request.key, choice.message.content.strip(), reason, *counts)


def data_url(image: Image.Image) -> str:
    """A picture as a PNG data URL; PNG, because a second lossy compression would change what the model sees."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _import_openai() -> Any:
    try:
        import openai
    except ImportError as error:
        raise MissingError("Talking to a server needs the package openai; install coinco_core[scale].") from error
    return openai
