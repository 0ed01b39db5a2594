"""How requests are sent to a server, and what of it decides an answer; vLLM takes more fields than OpenAI's API has."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coinco_core.engines.base import ANSWER_TOKENS
from coinco_core.engines.server_facts import OPENAI, VLLM
from coinco_core.errors import InputError, did_you_mean

# What a server fills in from the model's own file when a request leaves it out, by what the server understands.
DIALECTS: dict[str, dict[str, Any]] = {
    OPENAI: {},  # the fields of OpenAI's API and no others; transformers serve refuses any other
    VLLM: {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0},  # Qwen's file would make the last one 1.05
}
AUTO = "auto"  # the dialect that the server turns out to speak


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
    patience_s: float = 1800.0  # how long a server that has gone away is waited for; a model of 72B takes minutes
    api_key: str = "none"
    form: str = ""  # a regular expression into which vLLM forces every answer

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_key", self.api_key.strip())  # a key from a file ends in a line break
        if self.dialect not in DIALECTS:
            hint = did_you_mean(self.dialect, DIALECTS)
            raise InputError(f"'{self.dialect}' is not a dialect; there are {', '.join(DIALECTS)}.{hint}")
        if self.dialect == "openai" and (self.top_k or self.repetition_penalty != 1):
            raise InputError("OpenAI's API has no top_k and no repetition penalty; a vLLM server takes both (vllm).")
        if self.form and self.dialect != VLLM:
            raise InputError("Only a vLLM server can be told the form of its answers; leave --structured out.")
        if self.in_flight < 1 or self.retries < 0:
            raise InputError("At least 1 request must be in flight, and retries cannot be negative.")

    def sampling(self) -> dict[str, Any]:
        """The fields that decide an answer, every one of them explicit, as the server gets them."""
        fields: dict[str, Any] = {
            "max_tokens": self.max_new_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "n": 1,
        }
        fields |= {"seed": self.seed, "frequency_penalty": 0.0, "presence_penalty": 0.0}
        own = {"top_k": self.top_k or -1, "repetition_penalty": self.repetition_penalty}
        fields |= {"structured_outputs": {"regex": self.form}} if self.form else {}
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
    """A model that is asked over OpenAI's API, whichever way its requests travel: its name there and the settings.

    `declared` is what its user says of it: the revision of its weights, how it is served.
    """

    name: str
    settings: ServerSettings
    declared: Mapping[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> dict[str, Any]:
        """What decides its answers."""
        identity: dict[str, Any] = {"engine": "server", "model": self.name, "sampling": self.settings.sampling()}
        return identity | ({"declared": dict(self.declared)} if self.declared else {})
