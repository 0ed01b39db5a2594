from __future__ import annotations

import base64
import io
import json
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image, ImageChops

from coinco_core.engines import Request, load_engine
from coinco_core.engines.server import ServerEngine, ServerSettings, data_url
from coinco_core.errors import InputError
from tiny_models import noise

pytest.importorskip("openai")


class FakeServer(ThreadingHTTPServer):
    """Answers with the size of the picture it was sent; fails as often as `failures` says, by prompt."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, Any]] = []
        self.failures: dict[str, list[int]] = {}
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        image, text = body["messages"][0]["content"]
        failures = self.server.failures.get(text["text"], [])
        status = failures.pop(0) if failures else 200
        picture = Image.open(io.BytesIO(base64.b64decode(image["image_url"]["url"].split(",")[1])))
        message = {"role": "assistant", "content": f"{picture.width}x{picture.height} {text['text']}"}
        reply = {
            "id": "1", "object": "chat.completion", "created": 0, "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        }  # fmt: skip
        content = json.dumps(reply if status == 200 else {"error": {"message": "no"}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[FakeServer]:
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def engine(server: FakeServer, **settings: Any) -> ServerEngine:
    return ServerEngine("big", server.url, ServerSettings(wait_s=0.001, **settings))


def requests(n: int) -> list[Request]:
    return [Request(f"s{i}", noise(i, (20 + i, 30)), f"prompt {i}") for i in range(n)]


def test_each_request_goes_out_with_its_own_picture_and_comes_back_in_order(server: FakeServer) -> None:
    answers = engine(server, in_flight=3).answer(requests(7))
    assert [answer.text for answer in answers] == [f"{20 + i}x30 prompt {i}" for i in range(7)]
    assert {(answer.finish_reason, answer.prompt_tokens, answer.completion_tokens) for answer in answers} == {
        ("length", 7, 3)
    }


def test_every_sampling_field_is_sent_and_recorded(server: FakeServer) -> None:
    asked = engine(server, max_new_tokens=9, seed=4)
    asked.answer(requests(1))
    sent = {name: server.bodies[0][name] for name in ("max_tokens", "temperature", "top_p", "seed")}
    assert sent == {"max_tokens": 9, "temperature": 0.0, "top_p": 1.0, "seed": 4}
    assert asked.record["identity"]["sampling"] == sent
    assert "api_key" not in asked.record["made_on"]["settings"]


def test_a_passing_failure_is_tried_again_and_a_lasting_one_becomes_a_row(server: FakeServer) -> None:
    server.failures = {"prompt 0": [500, 429], "prompt 1": [503] * 9, "prompt 2": [400]}
    answers = engine(server, retries=2).answer(requests(4))
    assert [answer.error is None for answer in answers] == [True, False, False, True]
    assert [answer.text == "" for answer in answers] == [False, True, True, False]
    sent = [body["messages"][0]["content"][1]["text"] for body in server.bodies]
    assert [sent.count(f"prompt {i}") for i in range(4)] == [3, 3, 1, 1]


def test_no_server_at_all_is_a_failure_of_the_row(server: FakeServer) -> None:
    lost = ServerEngine("big", "http://127.0.0.1:9/v1", ServerSettings(retries=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        answer = lost.answer(requests(1))[0]
    assert answer.error is not None and "Connection" in answer.error


def test_a_data_url_keeps_every_pixel() -> None:
    image = noise(3)
    back = Image.open(io.BytesIO(base64.b64decode(data_url(image).split(",")[1])))
    assert ImageChops.difference(image, back).getbbox() is None


def test_a_server_needs_a_url() -> None:
    with pytest.raises(InputError, match="not a URL"):
        load_engine("big", server="localhost:8000")
