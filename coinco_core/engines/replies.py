"""What a server's reply to a chat request says: an answer, or in the server's own words why there is none.

A reply with status 200 may still hold no answer: an error as its content, thoughts without an end, a refusal, or an
answer that was broken off.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from coinco_core.engines.base import LENGTH, STOP, Answer

PASSING = (408, 409, 425, 429)  # statuses that may be others a moment later, beside the server's own faults (5xx)
_SHOWN = 300  # characters of a server's words


class ReplyError(ValueError):
    """There is no answer in a reply; `lasting` where the same question would have the same reply again."""

    def __init__(self, text: str, *, lasting: bool = False) -> None:
        super().__init__(text)
        self.lasting = lasting


class EmptyReply(ReplyError):
    """The model ended its answer before it said anything; decoded greedily, it would do so again."""


def read_reply(key: str, reply: Any) -> Answer:
    """The answer in a chat completion, as a dictionary; a ReplyError when there is none in it."""
    if not isinstance(reply, Mapping):
        raise ReplyError(f"it is no chat completion: {_shown(reply)}")
    _raise_if_error(reply)
    try:
        choice, usage = reply["choices"][0], reply.get("usage") or {}
        message, reason = choice["message"], choice.get("finish_reason")
        text = _text(message.get("content"))
        counts = (int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
    except (KeyError, IndexError, AttributeError, TypeError, ValueError):
        raise ReplyError(f"it is no chat completion: {_shown(reply)}") from None
    if reason == "abort":
        raise ReplyError("the server broke the answer off (abort)")
    if not text:
        raise _empty(message, reason)
    return Answer(key, text, {"length": LENGTH, "stop": STOP, None: STOP}.get(reason) or str(reason), *counts)


def passes(status: object) -> bool:
    """Whether a failure of that HTTP status may be none a moment later."""
    return not isinstance(status, int) or status >= 500 or status in PASSING or status < 400


def server_words(body: object) -> str:
    """What a server says went wrong, from the body of its reply; '' where it says nothing."""
    told = body.get("error", body) if isinstance(body, Mapping) else body
    if isinstance(told, Mapping):
        told = told.get("message") or told.get("detail") or ""
    return " ".join(str(told or "").split())[:_SHOWN]


def _raise_if_error(reply: Mapping[str, Any]) -> None:
    told = reply.get("error") or (reply if reply.get("object") == "error" else None)
    if not told:
        return
    code = told.get("code") if isinstance(told, Mapping) else None
    raise ReplyError(f"it says: {server_words(reply)}", lasting=isinstance(code, int) and not passes(code))


def _text(content: Any) -> str:
    """The text of a message: as it is, or the parts of it that are text and no thoughts, without torn characters."""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part.get("type") in ("text", "output_text"))
    if content is None:
        return ""
    if not isinstance(content, str):
        raise TypeError("the content is no text")
    whole = content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "").strip()


def _empty(message: Mapping[str, Any], reason: object) -> ReplyError:
    if message.get("refusal"):
        return ReplyError(f"the model refuses: {_shown(message['refusal'])}", lasting=True)
    if reason == "length":
        return ReplyError("only thoughts arrived before the limit of tokens; raise --max-new-tokens", lasting=True)
    return EmptyReply("it holds no text")


def _shown(reply: object) -> str:
    text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False, default=str)
    return f"'{' '.join(text.split())[:_SHOWN]}'"
