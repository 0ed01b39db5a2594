"""Replies in the odd ways of real servers: an answer, or what the server said instead of one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coinco_core.engines.replies import EmptyReply, ReplyError, passes, read_reply, server_words


def completion(content: Any, reason: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {"choices": [{"finish_reason": reason, "message": {"content": content, **message}}]}


THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Out-of-context maybe"}]}


@pytest.mark.parametrize(
    ("reply", "says", "lasting"),
    [
        ({"object": "error", "message": "The model `qwen` does not exist.", "code": 404}, "does not exist", True),
        ({"error": {"message": "Maximum context length is 4096 tokens", "code": 400}}, "context length is 4096", True),
        ({"error": {"message": "Loading model", "code": 503}}, "Loading model", False),
        ({"error": "out of memory"}, "out of memory", False),
        (completion(None, "length", reasoning="First I look ..."), "raise --max-new-tokens", True),
        (completion("", "length"), "raise --max-new-tokens", True),
        (completion(None, refusal="I can't help with that image."), "the model refuses: 'I can't help", True),
        (completion("Analysis: it", "abort"), "broke the answer off", False),
        ('data: {"choices": []}\n\ndata: [DONE]', "no chat completion: 'data:", False),
        (completion([THOUGHT]), "holds no text", False),
        (completion(3), "no chat completion", False),
        (completion([3]), "no chat completion", False),
        ({"choices": []}, "no chat completion", False),
        (None, "no chat completion", False),
    ],
)
def test_no_answer_is_said_in_the_servers_own_words(reply: Any, says: str, lasting: bool) -> None:
    with pytest.raises(ReplyError) as caught:
        read_reply("k", reply)
    assert says in str(caught.value) and caught.value.lasting is lasting
    assert isinstance(caught.value, EmptyReply) is (says == "holds no text")


def test_parts_of_text_are_joined_and_thoughts_left_out() -> None:
    parts = [THOUGHT, {"type": "text", "text": "Final decision: "}, {"type": "text", "text": "In-context"}]
    assert read_reply("k", completion(parts)).text == "Final decision: In-context"


def test_torn_characters_can_be_written_to_a_file() -> None:
    reply = json.loads('{"choices": [{"message": {"content": "table \\ud83d\\u0000. \\ud83d\\ude00"}}]}')
    text = read_reply("k", reply).text
    assert text == "table \N{REPLACEMENT CHARACTER}. \N{GRINNING FACE}" and text.encode()


def test_which_failures_may_pass() -> None:
    assert [passes(status) for status in (500, 503, 429, 408, None)] == [True] * 5
    assert not any(passes(status) for status in (400, 401, 403, 404, 422))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "slow\ndown"}}, "slow down"), ({"detail": "Not Found"}, "Not Found"),
        ({"message": "no"}, "no"), ("<html>", "<html>"), (None, ""), ({}, ""),
    ],
)  # fmt: skip
def test_the_servers_words(body: Any, words: str) -> None:
    assert server_words(body) == words
