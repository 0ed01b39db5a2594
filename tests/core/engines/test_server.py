from __future__ import annotations

import asyncio
import base64
import gc
import io
import random
import signal
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageChops

from benchmarks.chat_server import FAULTS, ChatServer, Fault, answer_to
from coinco_core.engines import Answer, Request, load_engine
from coinco_core.engines.server import ServerEngine, ServerSettings, data_url, read_reply
from coinco_core.errors import InputError
from tiny_models import noise

pytest.importorskip("openai")


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


def engine(server: ChatServer, **settings: Any) -> ServerEngine:
    return ServerEngine("big", server.url, ServerSettings(wait_s=0.001, **settings))


def requests(n: int) -> list[Request]:
    return [Request(f"s{i}", noise(i, (20 + i, 30)), f"prompt {i}") for i in range(n)]


def test_each_request_goes_out_with_its_own_image_and_comes_back_in_order(server: ChatServer) -> None:
    asked = requests(7)
    answers = engine(server, in_flight=3).answer(asked)
    assert [answer.text for answer in answers] == [answer_to(data_url(r.image), r.prompt) for r in asked]
    assert {(answer.finish_reason, answer.prompt_tokens, answer.completion_tokens) for answer in answers} == {
        ("stop", 7, 3)
    }


def test_every_sampling_field_is_sent_and_recorded(server: ChatServer) -> None:
    asked = engine(server, max_new_tokens=9, seed=4)
    asked.answer(requests(1))
    sent = {name: value for name, value in server.bodies[0].items() if name != "model"}
    assert sent == {
        "max_tokens": 9, "temperature": 0.0, "top_p": 1.0, "seed": 4,
        "n": 1, "frequency_penalty": 0.0, "presence_penalty": 0.0,
    }  # fmt: skip
    assert asked.record["identity"]["sampling"] == sent
    assert "api_key" not in asked.record["made_on"]["settings"]


def test_to_vllm_goes_also_what_it_would_take_from_the_models_file(server: ChatServer) -> None:
    asked = engine(server, dialect="vllm")
    asked.answer(requests(1))
    sent = {name: value for name, value in server.bodies[0].items() if name != "model"}
    assert (sent["top_k"], sent["min_p"], sent["repetition_penalty"]) == (-1, 0.0, 1.0)
    assert asked.record["identity"]["sampling"] == sent
    with pytest.raises(InputError, match="Did you mean 'vllm'"):
        ServerSettings(dialect="vlm")


def test_a_passing_failure_is_tried_again_and_a_lasting_one_becomes_a_row() -> None:
    failures: dict[str, list[Fault]] = {"prompt 0": [500, 429], "prompt 1": [503] * 9, "prompt 2": [400]}

    def fault(text: str, n: int) -> Fault:
        return dict(enumerate(failures.get(text, []))).get(n)

    with ChatServer(fault=fault) as server:
        answers = engine(server, retries=2).answer(requests(4))
    assert [answer.error is None for answer in answers] == [True, False, False, True]
    assert [answer.text == "" for answer in answers] == [False, True, True, False]
    assert [server.texts[f"prompt {i}"] for i in range(4)] == [3, 3, 1, 1]


@pytest.mark.parametrize("kind", FAULTS)
def test_a_server_that_misbehaves_once_costs_a_retry_and_always_a_row(kind: str) -> None:
    def fault(text: str, n: int) -> Fault:
        return kind if text == "prompt 1" or n == 0 else None

    with ChatServer(fault=fault) as server:
        answers = engine(server, retries=1, timeout_s=2.0 if kind == "hang" else 600.0).answer(requests(3))
    assert [answer.error is None for answer in answers] == [True, False, True]
    assert set(server.texts.values()) == {2}


def test_no_more_requests_are_in_flight_than_were_asked_for() -> None:
    with ChatServer(latency=0.02) as server:
        engine(server, in_flight=5).answer(requests(40))
    assert server.most == 5


def test_a_place_is_given_away_only_when_its_answer_has_been_kept() -> None:
    seen: list[str] = []

    def keep(answers: list[Answer]) -> None:
        assert sum(server.calls.values()) <= len(seen) + 4
        seen.extend(answer.key for answer in answers)

    with ChatServer() as server:
        engine(server, in_flight=4).ask(requests(40), keep)
    assert sorted(seen) == sorted(request.key for request in requests(40))


@pytest.fixture
def broken_off() -> Iterator[None]:
    """For calls cancelled while they connect: their library then leaves the socket to the garbage collector."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


leaves_sockets = pytest.mark.filterwarnings("ignore::ResourceWarning")


@leaves_sockets
def test_an_answer_that_cannot_be_kept_ends_what_is_in_flight(broken_off: None) -> None:
    def keep(answers: list[Answer]) -> None:
        raise OSError("the disk is full")

    with ChatServer(latency=0.02) as server:
        with pytest.raises(OSError, match="the disk is full"):
            engine(server, in_flight=4).ask(requests(40), keep)
        assert sum(server.calls.values()) <= 8


@leaves_sockets
def test_an_error_in_the_requests_reaches_the_caller(server: ChatServer, broken_off: None) -> None:
    def broken() -> Iterator[Request]:
        yield requests(1)[0]
        raise RuntimeError("no more images")

    with pytest.raises(RuntimeError, match="no more images"):
        engine(server).ask(broken(), lambda answers: None)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Control-C as in a terminal: a shell has what it starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@leaves_sockets
def test_control_c_ends_what_is_in_flight(server: ChatServer, broken_off: None, interruptible: None) -> None:
    def keep(answers: list[Answer]) -> None:
        signal.raise_signal(signal.SIGINT)  # which Python hands to the main thread
        time.sleep(0.05)

    with pytest.raises(KeyboardInterrupt):
        engine(server, in_flight=2).ask(requests(200), keep)
    assert sum(server.calls.values()) < 100


def test_it_works_where_a_loop_is_already_running_as_in_a_notebook(server: ChatServer) -> None:
    async def cell() -> int:
        return len(engine(server).answer(requests(5)))

    assert asyncio.run(cell()) == 5


def test_waits_grow_are_bounded_and_differ() -> None:
    settings, rng = ServerSettings(wait_s=1, longest_wait_s=10), random.Random(0)
    waits = [settings.wait(attempt, None, rng) for attempt in range(6)]
    for attempt, wait in enumerate(waits):
        assert min(10, 2**attempt) / 2 <= wait <= min(10, 2**attempt)
    assert len({settings.wait(3, None, rng) for _ in range(20)}) == 20
    assert 7 <= settings.wait(0, 7.0, rng) <= 7.1
    assert settings.wait(0, 9_999.0, rng) <= 10.1


def test_no_server_at_all_is_a_failure_of_the_row() -> None:
    lost = ServerEngine("big", "http://127.0.0.1:9/v1", ServerSettings(retries=0))
    answer = lost.answer(requests(1))[0]
    assert answer.error is not None and "Connection" in answer.error


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("length", "length"), ("stop", "stop"), (None, "stop"), ("content_filter", "content_filter")],
)
def test_why_an_answer_ended_is_kept(reason: str | None, expected: str) -> None:
    reply = {"choices": [{"message": {"content": " yes "}, "finish_reason": reason}]}
    answer = read_reply("k", reply)
    assert (answer.text, answer.finish_reason, answer.prompt_tokens) == ("yes", expected, 0)


def test_a_data_url_keeps_every_pixel() -> None:
    image = noise(3)
    back = Image.open(io.BytesIO(base64.b64decode(data_url(image).split(",")[1])))
    assert ImageChops.difference(image, back).getbbox() is None


def test_a_server_needs_a_url() -> None:
    with pytest.raises(InputError, match="not a URL"):
        load_engine("big", server="localhost:8000")
    with pytest.raises(InputError, match="At least 1 request"):
        ServerSettings(in_flight=0)
