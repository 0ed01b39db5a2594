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

from coinco_book.rehearsal.chat_server import FAULTS, ChatServer, Fault, answer_to
from coinco_core.engines import Answer, Request, load_engine
from coinco_core.engines.packing import data_url
from coinco_core.engines.patience import MOST_FAILURES
from coinco_core.engines.replies import read_reply
from coinco_core.engines.server import ServerEngine, connect
from coinco_core.engines.server_settings import ServerSettings
from coinco_core.errors import CheckError, CoincoError, InputError, MissingError
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


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if kind != "empty"])
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


def test_an_empty_answer_is_asked_again_only_where_chance_may_change_it() -> None:
    for temperature, calls in ((0.0, 1), (0.7, 3)):
        with ChatServer(fault=lambda text, n: "empty" if text == "prompt 1" else None) as server:
            answers = engine(server, retries=2, temperature=temperature).answer(requests(2))
        assert answers[0].error is None and "no text" in str(answers[1].error)
        assert server.texts["prompt 1"] == calls


def taken(n: int) -> tuple[list[str], Iterator[Request]]:
    """Requests, and the keys of those that were prepared."""
    prepared: list[str] = []

    def each() -> Iterator[Request]:
        for request in requests(n):
            prepared.append(request.key)
            yield request

    return prepared, each()


def test_no_server_at_all_costs_one_prepared_image_and_no_row() -> None:
    lost, (prepared, asked) = ServerEngine("big", "http://127.0.0.1:9/v1"), taken(50)
    with pytest.raises(
        MissingError, match=r"No server answers at http://127.0.0.1:9/v1. Start it, or name its address"
    ):
        lost.ask(asked, lambda answers: pytest.fail("there is no answer to keep"))
    assert prepared == ["s0"]
    with pytest.raises(MissingError, match="No server answers .* start it first"):
        load_engine("big", server="http://127.0.0.1:9/v1")


@pytest.mark.parametrize(("status", "advice"), [(401, "--api-key-env"), (403, "--api-key-env"), (404, "/v1/models")])
def test_what_no_request_can_pass_ends_the_job_at_its_first(status: int, advice: str) -> None:
    prepared, asked = taken(50)
    with ChatServer(fault=lambda text, n: status if text else None) as server:
        with pytest.raises(InputError, match=rf"says: fault {status} \({status}\).*{advice}"):
            engine(server).ask(asked, lambda answers: pytest.fail("there is no answer to keep"))
        assert sum(server.calls.values()) == 1 and prepared == ["s0"]


def test_one_failure_after_another_ends_the_job_and_what_was_answered_is_kept() -> None:
    kept: list[Answer] = []
    with ChatServer(fault=lambda text, n: None if text in ("", "prompt 0") else 400) as server:
        with pytest.raises(CheckError, match=f"{MOST_FAILURES} requests in a row failed.*Status 400: fault 400"):
            engine(server, in_flight=4).ask(iter(requests(200)), kept.extend)
        assert sum(server.calls.values()) < MOST_FAILURES + 8
    assert [answer.key for answer in kept if answer.error is None] == ["s0"]


class Time:
    """A clock that only sleeping moves; `wakes` is called with the seconds gone by after each sleep."""

    def __init__(self, wakes: Any = lambda seconds: None) -> None:
        self.now, self._wakes = 0.0, wakes

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self._wakes(self.now)
        await asyncio.sleep(0)


def with_time(asked: ServerEngine, told: Time) -> ServerEngine:
    asked.clock, asked.sleep = told.clock, told.sleep  # type: ignore[assignment]
    return asked


def test_a_server_that_goes_away_is_waited_for_by_time_and_nothing_fails() -> None:
    """It is gone for twenty minutes, which is far more than the tries of a request."""
    gone = [False]

    def fault(text: str, n: int) -> Fault:
        return "gone" if gone[0] else None

    def wakes(seconds: float) -> None:
        if seconds > 1200:
            gone[0] = False

    told, kept = Time(wakes), list[Answer]()
    with ChatServer(fault=fault) as server:
        asked = with_time(engine(server, in_flight=4, retries=0), told)

        def keep(answers: list[Answer]) -> None:
            kept.extend(answers)
            gone[0] = gone[0] or (len(kept) == 10 and told.now == 0)

        asked.ask(iter(requests(30)), keep)
    assert len(kept) == 30 and all(answer.error is None for answer in kept) and told.now > 1200


def test_a_server_that_stays_away_ends_the_job_without_a_failed_row() -> None:
    gone, kept, told = [False], list[Answer](), Time()

    def keep(answers: list[Answer]) -> None:
        kept.extend(answers)
        gone[0] = len(kept) >= 5

    with ChatServer(fault=lambda text, n: "gone" if gone[0] else None) as server:
        asked = with_time(engine(server, in_flight=2, patience_s=600.0), told)
        with pytest.raises(MissingError, match="for 10 minutes.*what was answered is kept"):
            asked.ask(iter(requests(30)), keep)
    assert 600 <= told.now < 700 and all(answer.error is None for answer in kept)


ENTRY = {"id": "big", "root": "org/big", "max_model_len": 4096, "object": "model"}


def test_what_the_server_says_of_itself_is_asked_first_and_recorded() -> None:
    with ChatServer(models=[ENTRY], version="0.32.0") as server:
        asked = connect("big", server.url, declared={"revision": "1a2b"})
    assert asked.settings.dialect == "vllm" and asked.notes == []
    assert asked.record["made_on"]["served_by"] == {"root": "org/big", "max_model_len": 4096, "version": "0.32.0"}
    assert asked.record["identity"]["declared"] == {"revision": "1a2b"}


def test_a_model_that_is_not_served_is_named_with_those_that_are() -> None:
    known = pytest.raises(InputError, match="has no model 'bigg'. Did you mean 'big'")
    with ChatServer(models=[ENTRY]) as server, known:
        connect("bigg", server.url)


def test_a_server_that_is_not_vllm_gets_openais_fields_and_a_note(server: ChatServer) -> None:
    asked = connect("big", server.url)
    assert asked.settings.dialect == "openai" and "repetition_penalty" not in asked.settings.sampling()
    assert [note.split(",")[0] for note in asked.notes] == [
        "No --revision or --served-with is given",
        "To a server that is not vLLM no repetition penalty can be sent: the model's own stays in force",
    ]
    assert connect("big", server.url, dialect="vllm").settings.sampling()["repetition_penalty"] == 1.0


def test_a_key_may_end_in_a_line_break_and_a_proxy_must_be_one_that_is_known(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connect("big", server.url, api_key="secret\n").settings.api_key == "secret"
    asked = engine(server)
    for name in ("ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:1")
    for call in (lambda: connect("big", server.url), lambda: asked.answer(requests(1))):
        with pytest.raises(CoincoError, match="ALL_PROXY|No server answers"):
            call()


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
