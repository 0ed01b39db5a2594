"""An engine behind HTTP: any server that speaks OpenAI's chat API, such as vLLM's, with many requests in flight.

The large models run in environments of their own (Molmo-72B-0924 needs an old one); the server is what hides them. The
client's loop has a thread to itself, so that images are prepared and answers stored while others are on their way.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from typing import Any

from coinco_core import provenance
from coinco_core.ahead import ahead
from coinco_core.engines.base import Answer, Engine, Request, failure
from coinco_core.engines.flight import fly
from coinco_core.engines.packing import IMAGE_HERE, json_with_image
from coinco_core.engines.patience import Patience
from coinco_core.engines.replies import EmptyReply, ReplyError, passes, read_reply, server_words
from coinco_core.engines.server_facts import OPENAI, dialect_of, proxy_error, server_facts
from coinco_core.engines.server_settings import AUTO, ServedModel, ServerSettings
from coinco_core.errors import InputError, MissingError

ADVICE = {  # statuses that every other request would get as well
    401: "Name the environment variable with its key by --api-key-env.",
    403: "Name the environment variable with a key that may ask it by --api-key-env.",
    404: "Ask for a model that it serves; its /v1/models lists them.",
}
_AS_JSON: dict[str, Any] = {"headers": {"Content-Type": "application/json"}}
_LOOK_S = 10.0  # how long a look whether a server is alive may take


@dataclass(frozen=True)
class FailedAttempt:
    """Why an attempt brought no answer: in words, whether it lasts, whether the server had gone, when to come again."""

    problem: str
    lasting: bool = False
    gone: bool = False
    wait_s: float | None = None


def messages(image_url: str, prompt: str) -> list[dict[str, Any]]:
    """One user turn, image first, as the authors sent it."""
    content = [{"type": "image_url", "image_url": {"url": image_url}}, {"type": "text", "text": prompt}]
    return [{"role": "user", "content": content}]


class ServerEngine(Engine):
    """A model behind an OpenAI-compatible URL (…/v1) as an Engine; `facts` are what the server says of itself."""

    clock = staticmethod(time.monotonic)  # these two take the place of time in tests
    sleep = staticmethod(asyncio.sleep)

    def __init__(
        self,
        model: str,
        url: str,
        settings: ServerSettings | None = None,
        *,
        declared: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.model, self.url = model, server_url(url)
        self.settings = settings or ServerSettings()
        self._openai = _import_openai()
        self._rng, self._answers = random.Random(self.settings.seed), False
        shown = {name: value for name, value in asdict(self.settings).items() if name != "api_key"}
        made_on = {"server": self.url, "settings": shown, "served_by": dict(facts or {})}
        made_on["packages"] = provenance.package_versions(("openai", "pillow"))
        identity = ServedModel(model, self.settings, declared or {}).identity
        self.record: dict[str, Any] = {"identity": identity, "made_on": made_on}

    @property
    def notes(self) -> list[str]:
        """What whoever reads the answers later should know of this job, a sentence each."""
        notes = []
        if "declared" not in self.record["identity"]:
            notes.append("No --revision or --served-with is given, so nobody can tell later which weights answered.")
        if self.settings.dialect == OPENAI:
            notes.append(
                "To a server that is not vLLM no repetition penalty can be sent: the model's own stays in force, "
                "which is 1.05 for Qwen2.5-VL."
            )
        if self.settings.form:
            notes.append("Every answer is forced into the form that is asked for, which can change a verdict.")
        return notes

    def ask(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None]) -> None:
        """One answer per request as they come in; a request that keeps failing becomes an answer with its error.

        The very first goes alone, so that a server that is not there, or has no such model, costs one request. One
        that goes away later is waited for. Raises MissingError when it stays away, InputError when it refuses the key
        or the model, CheckError when one request after another fails.
        """
        waiting = iter(requests)
        if not self._answers:
            self._fly(islice(waiting, 1), keep, patience_s=0.0)
            self._answers = True
        self._fly(waiting, keep, self.settings.patience_s)

    def _fly(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None], patience_s: float) -> None:
        client = self._client()

        async def alive() -> bool:
            try:
                await client.with_options(timeout=_LOOK_S).get("/models", cast_to=object)
            except self._openai.APIStatusError:
                return True
            except self._openai.OpenAIError:
                return False
            return True

        patience = Patience(self.url, patience_s, alive, self.clock, self.sleep)
        prepared = ahead(lambda request: (request, self._body(request)), requests)
        call = partial(self._answer_one, client, patience)
        fly(prepared, lambda item: call(*item), lambda answer: keep([answer]), self.settings.in_flight, client.close)

    def _client(self) -> Any:
        n = self.settings.in_flight
        limits = type(self._openai.DEFAULT_CONNECTION_LIMITS)(max_connections=n + 1, max_keepalive_connections=n)
        try:
            return self._openai.AsyncOpenAI(
                base_url=self.url, api_key=self.settings.api_key, max_retries=0, timeout=self.settings.timeout_s,
                http_client=self._openai.DefaultAsyncHttpxClient(limits=limits),
            )  # fmt: skip
        except (ImportError, ValueError) as error:
            raise proxy_error(error) from None

    def _body(self, request: Request) -> bytes:
        """The request as it is sent."""
        return json_with_image(self.fields(request, IMAGE_HERE), request.image)

    def fields(self, request: Request, image: str) -> dict[str, Any]:
        """The body of a request, with `image` in the place of its image's URL."""
        return {"model": self.model, "messages": messages(image, request.prompt), **self.settings.sampling()}

    def read(self, key: str, reply: Any) -> Answer:
        """The answer in a chat completion; a ReplyError when there is none in it."""
        return read_reply(key, reply)

    async def _answer_one(self, client: Any, patience: Patience, request: Request, body: bytes) -> Answer:
        attempt = 0
        while True:
            found = await self._attempt(client, request.key, body)
            if isinstance(found, Answer):
                patience.succeeded()
                return found
            if found.gone and await patience.is_away():
                continue  # not the request's own failure
            if found.lasting or attempt == self.settings.retries:
                patience.failed(found.problem)
                return failure(request.key, found.problem)
            await self.sleep(self.settings.wait(attempt, found.wait_s, self._rng))
            attempt += 1

    async def _attempt(self, client: Any, key: str, body: bytes) -> Answer | FailedAttempt:
        try:
            # the client's typed call checks every field on its way out and in, which takes as long as all the rest
            reply = await client.post("/chat/completions", cast_to=object, content=body, options=_AS_JSON)
            return self.read(key, reply)
        except self._openai.APIStatusError as error:
            return self._refused(error)
        except self._openai.APITimeoutError:
            return FailedAttempt(f"No answer within {self.settings.timeout_s:g} seconds.")
        except self._openai.OpenAIError as error:
            return FailedAttempt(
                f"{type(error).__name__}: {error}", gone=isinstance(error, self._openai.APIConnectionError)
            )
        except ReplyError as error:
            lasting = error.lasting or (isinstance(error, EmptyReply) and self.settings.temperature == 0)
            return FailedAttempt(f"The server's reply cannot be read: {error}.", lasting=lasting)
        except ValueError as error:  # no JSON
            return FailedAttempt(f"The server's reply cannot be read: {error}.")

    def _refused(self, error: Any) -> FailedAttempt:
        """What a reply of status 400 or above means. Raises InputError where no other request would fare better."""
        said = server_words(error.body) or str(error)
        if error.status_code in ADVICE:
            raise InputError(
                f"The server at {self.url} says: {said} ({error.status_code}). {ADVICE[error.status_code]}"
            )
        return FailedAttempt(
            f"Status {error.status_code}: {said}", not passes(error.status_code), wait_s=_retry_after(error)
        )


def connect(
    model: str,
    url: str,
    *,
    declared: Mapping[str, Any] | None = None,
    dialect: str = AUTO,
    api_key: str = "none",
    **settings: Any,
) -> ServerEngine:
    """An engine for a server that answers now; `settings` are the other fields of `ServerSettings`.

    `declared` is what the server cannot say of itself, such as the revision of its weights; it is part of the job.
    The dialect 'auto' is vLLM's where the server answers as vLLM does. Raises as `server_facts` does.
    """
    facts = server_facts(server_url(url), model, api_key.strip())
    spoken = dialect_of(facts) if dialect == AUTO else dialect
    return ServerEngine(
        model, url, ServerSettings(dialect=spoken, api_key=api_key, **settings), declared=declared, facts=facts
    )


def server_url(url: str) -> str:
    """The address of a server without a slash at its end; InputError for what is no URL."""
    if not url.startswith(("http://", "https://")):
        raise InputError(f"The server '{url}' is not a URL; write it like http://localhost:8000/v1.")
    return url.rstrip("/")


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
