"""A stand-in for a model's server: answers OpenAI's chat requests at once, late, or badly, and counts them.

    python -m coinco_book.rehearsal.chat_server [--latency 0.5] [--spread 0.2] [--judge NAME] [--port N]

prints its address and serves until it is ended. Its answers have the form that the
teacher's prompt asks for and carry a digest of the image and of the text that were sent, so that a test sees whether
each answer belongs to its question. With `--judge` they are the judgements of a made-up model of that name, the server
calls itself a vLLM, ends when its standard input does, and then prints its counts as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from coinco_book.rehearsal.answers import judged

ANSWER = (
    "Analysis:\nLocation: It stands at {image}.\nCo-occurrence: Asked with {text}.\nSize: As large as usual.\n\n"
    "Summary:\nLocation: In-context\nCo-occurrence: In-context\nSize: In-context\nFinal decision: In-context."
)
# What may go wrong with a call, beside a status of 400 and above: it hangs, the connection is cut, the reply is no
# JSON, has no choices, or an empty text. ("gone" is a server that answers nothing at all until it is back.)
FAULTS = ("hang", "cut", "garbage", "nothing", "empty")
Fault = int | str | None
_BODIES = 10_000


def answer_to(image_url: str, text: str) -> str:
    """What the server answers to an image (its data URL) and a text."""
    return _plain(_short(image_url), _short(text))


def _plain(image: str, text: str) -> str:
    return ANSWER.format(image=image, text=text)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class ChatServer:
    """The server, in a thread of its own while used as a context manager; `url` is its address, with /v1.

    `fault(text, n)` says what goes wrong with the n-th call (from 0) that sends that text. `calls` counts them by
    digest of image and text, `bodies` holds what was sent last (without images), `most` how many were in flight at
    once. Latencies are drawn evenly within `spread` (a share) of `latency`. `models` are the entries of /v1/models;
    with a `version` it answers /version, as vLLM does. `answer` makes the answer of the digests of an image's data URL
    and of a text.
    """

    def __init__(
        self,
        latency: float = 0.0,
        fault: Callable[[str, int], Fault] | None = None,
        spread: float = 0.0,
        models: Sequence[Mapping[str, Any]] = (),
        version: str | None = None,
        answer: Callable[[str, str], str] | None = None,
        port: int = 0,
    ) -> None:
        self.latency, self.fault = latency, fault or (lambda text, n: None)
        self.spread, self._rng = spread, random.Random(0)
        self.models, self.version = models, version
        self.answer, self.port = answer or _plain, port
        self.calls: Counter[str] = Counter()
        self.texts: Counter[str] = Counter()
        self.bodies: deque[dict[str, Any]] = deque(maxlen=_BODIES)
        self.now = self.most = self.asked = 0
        self._writers: list[asyncio.StreamWriter] = []
        self.url = ""
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()

    def __enter__(self) -> ChatServer:
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self.serve(),), daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    @property
    def counts(self) -> dict[str, int]:
        """How many requests came, and how many of them for something that had been asked before."""
        return {"calls": self.asked, "repeated": self.asked - len(self.calls)}

    async def serve(self) -> None:
        """Serves until it is stopped."""
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, limit=1 << 26)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        await self._stop.wait()
        server.close()
        while open_calls := asyncio.all_tasks() - {asyncio.current_task()}:  # one may just be coming in
            for task in open_calls:
                task.cancel()
            await asyncio.gather(*open_calls, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()  # a closed one that still has to send would wait for a client that has gone
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the turns in which closed connections let go of their sockets

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                body = await reader.readexactly(int(fields.get(b"content-length", 0)))
                if not await self._reply(head.split(b" ")[1].decode(), body, writer):
                    break
                if fields.get(b"connection") == b"close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client has gone, or the server goes
        finally:
            writer.close()

    async def _reply(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; False when the connection is to be cut."""
        if self.fault("", 0) == "gone":
            return False
        if path == "/version":
            found = {} if self.version is None else {"version": self.version}
            return await self._send(writer, 200 if found else 404, json.dumps(found))
        if not path.endswith("/chat/completions"):
            listed = {"object": "list", "data": list(self.models), **self.counts}
            return await self._send(writer, 200, json.dumps(listed))
        arrived = self._loop.time()
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await self._complete(json.loads(body), arrived, writer)
        finally:
            self.now -= 1

    async def _complete(self, body: dict[str, Any], arrived: float, writer: asyncio.StreamWriter) -> bool:
        image, text = (part[part["type"]] for part in body["messages"].pop(0)["content"])
        marks = (_short(image["url"]), _short(text))
        answer = self.answer(*marks)
        fault = self.fault(text, self.texts[text])
        self.asked += 1
        self.calls["".join(marks)] += 1
        self.texts[text] += 1
        self.bodies.append({name: value for name, value in body.items() if name != "messages"})
        if self.latency:  # what the server itself does in the meantime is part of it
            drawn = self.latency * self._rng.uniform(1 - self.spread, 1 + self.spread)
            await asyncio.sleep(arrived + drawn - self._loop.time())
        if fault == "hang":
            await asyncio.sleep(3600)
        if isinstance(fault, int):
            return await self._send(writer, fault, json.dumps({"error": {"message": f"fault {fault}"}}))
        if fault in ("garbage", "cut"):
            return await self._send(writer, 200, "<html>no JSON", length=99 if fault == "cut" else None)
        return await self._send(writer, 200, json.dumps(self.reply(body, "" if fault == "empty" else answer, fault)))

    def reply(self, body: dict[str, Any], answer: str, fault: Fault) -> dict[str, Any]:
        """The completion that is sent; `body` is without the user's turn."""
        return completion(body, answer, fault)

    async def _send(self, writer: asyncio.StreamWriter, status: int, text: str, length: int | None = None) -> bool:
        content = text.encode()
        kind = "text/html" if text.startswith("<") else "application/json"
        head = f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {length or len(content)}\r\n"
        writer.write(head.encode() + b"Retry-After: 0.01\r\n\r\n" + content)
        await writer.drain()
        return length is None


def completion(body: dict[str, Any], text: str, fault: Fault = None) -> dict[str, Any]:
    """A chat completion as OpenAI's API writes it."""
    message = {"role": "assistant", "content": text}
    choices = [] if fault == "nothing" else [{"index": 0, "message": message, "finish_reason": "stop"}]
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": choices,
        "usage": usage,
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--spread", type=float, default=0.0, help="by which share it may be more or less")
    parser.add_argument("--judge", help="answer as a made-up model of this name")
    parser.add_argument("--port", type=int, default=0, help="where to listen; any free port by default")
    given = parser.parse_args()
    more: dict[str, Any] = {}
    if given.judge:
        models = [{"id": given.judge, "object": "model", "root": given.judge, "max_model_len": 8192}]
        more = {"answer": partial(judged, given.judge), "models": models, "version": "stand-in"}
        threading.Thread(target=_end_with_parent, daemon=True).start()
    ended = threading.Event()  # an exception that interrupts a thread's `join` leaves that thread for dead
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    server = ChatServer(given.latency, spread=given.spread, port=given.port, **more)
    with server:
        print(server.url, flush=True)
        ended.wait()
    if given.judge:  # whose parent reads it
        print(json.dumps(server.counts), flush=True)


def _end_with_parent() -> None:
    """Wait until whoever started this has gone, however that came, and end."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
