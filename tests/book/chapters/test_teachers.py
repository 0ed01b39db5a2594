"""The three teachers over one table: in this process, behind servers at the same time, or as the authors released."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from coinco_book.chapters import teachers
from coinco_book.chapters.teachers import SHARDS, TeacherJob, ask_teachers, asked_prompt
from coinco_book.rehearsal.answers import MODELS, write_answers
from coinco_book.rehearsal.chat_server import ChatServer
from coinco_core.cli.app import main
from coinco_core.engines import ROLES, Answer, Engine, Request
from coinco_core.errors import InputError
from coinco_core.prompts import teacher_prompt
from coinco_world import make_world

N = 8
DEMO = {
    "models": dict.fromkeys(ROLES, "demo"), "servers": {}, "revisions": {}, "prompt_version": "placed",
    "decoding": "greedy", "batch_size": 4, "processes": 1,
}  # fmt: skip


class Saying(Engine):
    """Says its own name; `loaded` are the settings of all that were made, in turn."""

    loaded: list[tuple[str, dict[str, Any]]] = []

    def __init__(self, model: str, wait: Callable[[], object] = lambda: None, **settings: Any) -> None:
        self.model, self._wait, self.record = model, wait, {"identity": {"model": model}}
        self.loaded.append((model, settings))

    def ask(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None]) -> None:
        self._wait()
        for request in requests:
            keep([Answer(request.key, self.model, "stop", 1, 1)])


@pytest.fixture
def job(tmp_path: Path) -> TeacherJob:
    Saying.loaded.clear()
    samples = make_world(tmp_path / "world", n=N, seed=1)
    return TeacherJob(samples, tmp_path / "world", teacher_prompt("placed"), DEMO, tmp_path / "answers", most=N)


def with_settings(job: TeacherJob, **changes: Any) -> TeacherJob:
    return TeacherJob(job.samples, job.folder, job.prompt, {**job.settings, **changes}, job.home, job.most)


def test_each_model_of_this_process_is_loaded_once(job: TeacherJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teachers, "load_engine", Saying)
    said: list[str] = []
    told = ask_teachers(job, say=said.append)
    assert [name for name, _ in Saying.loaded] == list(ROLES)
    assert {name: settings["max_new_tokens"] for name, settings in Saying.loaded} == {
        "molmo": 512, "qwen": 512, "internvl": 1024
    }  # fmt: skip
    for role, own in told.items():
        assert own.answers["sample_id"].tolist() == [sample.sample_id for sample in job.samples]
        assert set(own.answers["text"]) == {role} and own.record == {"identity": {"model": role}}
    assert said[-1] == "internvl: 3 of 3 parts of the work are done"


def test_several_processes_give_the_same_answers_in_the_same_order(
    job: TeacherJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teachers, "load_engine", Saying)
    alone = ask_teachers(job)
    shared = TeacherJob(job.samples, job.folder, job.prompt, job.settings, tmp_path / "shared", N)
    for role in ROLES:  # as processes would, one shard each, the last first
        for shard in reversed(range(SHARDS)):
            teachers._ask_shards(shared, role, (shard,))
    again = ask_teachers(shared)
    assert all(again[role].answers.equals(alone[role].answers) for role in ROLES)


def test_servers_are_asked_at_the_same_time(job: TeacherJob, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each server waits for the other two, so that one after the other would never end."""
    meeting = threading.Barrier(3, timeout=30)

    def load(model: str, **settings: Any) -> Engine:
        return Saying(model, wait=meeting.wait, **settings)

    monkeypatch.setattr(teachers, "load_engine", load)
    servers = {role: f"http://{role}:8000/v1" for role in ROLES}
    models = {role: f"big/{role}" for role in ROLES}
    told = ask_teachers(with_settings(job, servers=servers, models=models, revisions=dict.fromkeys(ROLES, "1a2b")))
    assert {role: set(own.answers["text"]) for role, own in told.items()} == {r: {f"big/{r}"} for r in ROLES}
    sent = dict(Saying.loaded)["big/qwen"]
    assert (sent["server"], sent["declared"], sent["temperature"]) == ("http://qwen:8000/v1", {"revision": "1a2b"}, 0.0)


def test_a_server_whose_revision_nobody_names_is_not_asked(job: TeacherJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teachers, "load_engine", Saying)
    with pytest.raises(InputError, match="set `revisions` in the profile for qwen"):
        ask_teachers(with_settings(job, servers={"qwen": "http://qwen:8000/v1"}, revisions={"qwen": ""}))
    assert Saying.loaded == []


def test_the_command_line_goes_on_with_a_profiles_job(job: TeacherJob) -> None:
    """What profiles/paper.yaml says of `coinco label`: the same job, to the digest."""
    models = {role: f"big-{role}" for role in ROLES}
    with ChatServer(models=[{"id": name} for name in models.values()], version="0.32.0") as server:
        servers = dict.fromkeys(ROLES, server.url)
        ask_teachers(with_settings(job, servers=servers, models=models, revisions=dict.fromkeys(ROLES, "1a2b")))
        asked = sum(server.calls.values())
        for role, more in (("qwen", []), ("internvl", ["--max-new-tokens", "1024"])):
            call = ["label", job.folder, "--model", models[role], "--server", server.url, "--revision", "1a2b"]
            assert main([str(x) for x in [*call, "--prompt", "placed", *more, "--out", job.home / role]]) == 0
        assert sum(server.calls.values()) == asked == 3 * N


def test_the_published_decoding_goes_out_in_full(job: TeacherJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teachers, "load_engine", Saying)
    servers = {"qwen": "http://qwen:8000/v1"}
    ask_teachers(with_settings(job, servers=servers, decoding="published", revisions={"qwen": "1a2b"}))
    sent = dict(Saying.loaded)
    assert (sent["demo"]["repetition_penalty"], sent["demo"]["temperature"]) == (1.05, 1e-6)
    assert sent["internvl"]["do_sample"] and not sent["molmo"]["do_sample"]


def test_released_answers_are_read_and_nothing_is_loaded(job: TeacherJob, tmp_path: Path) -> None:
    write_answers(tmp_path, 20)
    for model in MODELS:
        (job.home / model).mkdir(parents=True)
        (tmp_path / f"context_reasoning_{model}.csv").rename(job.home / model / f"context_reasoning_{model}.csv")
    released = with_settings(job, models=dict.fromkeys(ROLES, "released"), prompt_version="published")
    told = ask_teachers(released)
    assert {role: (len(own.answers), own.record) for role, own in told.items()} == dict.fromkeys(ROLES, (N, None))
    assert Saying.loaded == [] and asked_prompt(released.settings) is None  # the authors' text is not needed
    assert asked_prompt(job.settings) == job.prompt


def test_another_question_in_the_same_folder_is_refused(job: TeacherJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teachers, "load_engine", Saying)
    ask_teachers(job)
    other = TeacherJob(job.samples, job.folder, teacher_prompt("compact"), job.settings, job.home, N)
    with pytest.raises(InputError, match="another"):
        ask_teachers(other)
