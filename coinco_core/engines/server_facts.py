"""What a model's server says of itself before it is asked: its models, how long an input may be, its version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coinco_core.errors import InputError, MissingError, did_you_mean

VLLM, OPENAI = "vllm", "openai"
_SECONDS = 30.0


def server_facts(url: str, model: str, api_key: str = "none") -> dict[str, Any]:
    """What the server at that URL (…/v1) says of the model and of itself: root, max_model_len, version, where it does.

    Raises MissingError when no server answers, InputError when it has no such model or refuses the key.
    """
    httpx = _httpx()
    try:
        with httpx.Client(timeout=_SECONDS, headers={"Authorization": f"Bearer {api_key}"}) as client:
            listed = _get(client, f"{url}/models")
            version = _get(client, f"{url.removesuffix('/v1')}/version")
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise MissingError(f"No server answers at {url} ({error or type(error).__name__}); start it first.") from None
    except (ImportError, ValueError) as error:  # a proxy that the client cannot speak to
        raise proxy_error(error) from None
    facts = _model_facts(listed, model, url)
    return facts | ({"version": str(version["version"])} if version and "version" in version else {})


def dialect_of(facts: Mapping[str, Any]) -> str:
    """Which fields the server understands: vLLM answers /version, and takes more than OpenAI's API has."""
    return VLLM if "version" in facts else OPENAI


def proxy_error(error: Exception) -> InputError:
    """The error for a client that cannot be built, as a rule because of a proxy that the environment names."""
    return InputError(f"The connection cannot be made: {error}. Look at the variables HTTP_PROXY and ALL_PROXY.")


def _get(client: Any, address: str) -> Mapping[str, Any] | None:
    """The JSON object at an address; None where there is none. Raises InputError when the key is refused."""
    reply = client.get(address)
    if reply.status_code in (401, 403):
        raise InputError(f"The server refuses the key ({reply.status_code}); name its variable by --api-key-env.")
    try:
        content = reply.json() if reply.status_code == 200 else None
    except ValueError:
        return None
    return content if isinstance(content, Mapping) else None


def _model_facts(listed: Mapping[str, Any] | None, model: str, url: str) -> dict[str, Any]:
    """What the list of models says of one of them; {} where the server gives no list."""
    entries = listed.get("data") if listed else None
    known = {str(e["id"]): e for e in entries or () if isinstance(e, Mapping) and "id" in e}
    if not known:
        return {}
    if model not in known:
        hint = did_you_mean(model, known) or f" It serves {', '.join(known)}."
        raise InputError(f"The server at {url} has no model '{model}'.{hint}")
    fields = {name: known[model].get(name) for name in ("root", "parent", "max_model_len")}
    return {name: value for name, value in fields.items() if value is not None}


def _httpx() -> Any:
    try:
        import httpx
    except ImportError as error:
        raise MissingError("Talking to a server needs the package openai; install coinco_core[scale].") from error
    return httpx
