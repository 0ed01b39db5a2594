"""`coinco label` and `coinco reread`, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coinco_book.rehearsal.chat_server import ChatServer
from coinco_core.cli.app import main
from coinco_core.cli.labelling import read_shard
from coinco_core.errors import InputError
from coinco_core.prompts import answer_form

pytest.importorskip("openai")


def label(table: Path, out: Path, server: ChatServer, *options: str) -> int:
    call = ["label", str(table), "--model", "big", "--server", server.url, "--out", str(out), "--prompt", "compact"]
    return main([*call, *options])


def test_answers_from_a_server_with_what_was_asked_on_record(table: Path, tmp_path: Path, capfd: Any) -> None:
    with ChatServer() as server:
        options = ["--dialect", "vllm", "--max-new-tokens", "99", "--in-flight", "3", "--limit", "5", "--json"]
        assert label(table, tmp_path / "run", server, *options) == 0
    said = capfd.readouterr()
    content = {"out": str(tmp_path / "run"), "answers": 5, "failed": 0, "prompt": "teacher-compact"}
    assert json.loads(said.out) == content and "5 of 5 (100%)" in said.err
    job = json.loads((tmp_path / "run/run.json").read_text())
    assert job["job"]["engine"]["sampling"]["max_tokens"] == 99 and job["made_on"]["settings"]["in_flight"] == 3


def test_shards_of_one_job_from_the_command_line(table: Path, tmp_path: Path, capfd: Any) -> None:
    with ChatServer() as server:
        assert label(table, tmp_path / "run", server, "--shard", "1/2") == 0
        assert "6 answers" in capfd.readouterr().out
        assert label(table, tmp_path / "run", server, "--shard", "0/2") == 0
        assert sum(server.calls.values()) == 12
        assert label(table, tmp_path / "run", server, "--shard", "2/2") == 2
    assert "count from 0/2 to 1/2" in capfd.readouterr().err
    assert len(pd.read_parquet(tmp_path / "run/findings.parquet")) == 12


@pytest.mark.parametrize("text", ["1", "a/b", "1/", "-1/2", "1/2/3", ""])
def test_a_shard_is_written_i_of_n(text: str) -> None:
    with pytest.raises(InputError, match="write it like 0/8"):
        read_shard(text)


def test_a_students_question_can_be_asked_too(table: Path, tmp_path: Path) -> None:
    with ChatServer() as server:
        assert label(table, tmp_path / "run", server, "--criterion", "size") == 0
    assert list(pd.read_parquet(tmp_path / "run/findings.parquet")) == ["sample_id", "size", "size_reason"]
    assert main(["reread", str(tmp_path / "run")]) == 0


def test_reading_again_says_by_which_rule(table: Path, tmp_path: Path, capfd: Any) -> None:
    with ChatServer() as server:
        assert label(table, tmp_path / "run", server) == 0
    capfd.readouterr()
    assert main(["reread", str(tmp_path / "run"), "--json"]) == 0
    content = json.loads(capfd.readouterr().out)
    assert content["answers"] == 12 and sum(content["read_by"].values()) == 12
    assert main(["reread", str(tmp_path / "none")]) == 3


def test_a_servers_key_comes_from_the_environment_and_is_not_on_record(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    monkeypatch.setenv("MY_KEY", "s3cret")
    with ChatServer() as server:
        assert label(table, tmp_path / "run", server, "--api-key-env", "MY_KEY", "--limit", "1") == 0
        assert label(table, tmp_path / "run", server, "--api-key-env", "NO_KEY", "--limit", "1") == 2
    assert "NO_KEY is not set" in capfd.readouterr().err
    assert all(b"s3cret" not in path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file())


def test_a_forced_form_is_sent_and_is_another_job(table: Path, tmp_path: Path, capfd: Any) -> None:
    served = [{"id": "m", "object": "model"}]
    with ChatServer(models=served, version="0.32") as server:
        call = ["label", str(table), "--model", "m", "--server", server.url, "--revision", "a", "--prompt", "compact"]
        assert main([*call, "--structured", "--out", str(tmp_path / "run")]) == 0
        assert server.bodies[-1]["structured_outputs"] == {"regex": answer_form()}
        assert "can change a verdict" in capfd.readouterr().err
        assert main([*call, "--out", str(tmp_path / "run")]) == 2
        assert main([*call, "--out", str(tmp_path / "free")]) == 0 and "structured_outputs" not in server.bodies[-1]
    with ChatServer(models=served) as other:
        assert main([*call[:5], other.url, *call[6:], "--structured", "--out", str(tmp_path / "openai")]) == 2
    assert "Only a vLLM server" in capfd.readouterr().err
    assert main(["label", str(table), "--model", "qwen", "--structured", "--out", str(tmp_path / "here")]) == 2
    assert "name it by --server" in capfd.readouterr().err


def test_failed_rows_end_with_exit_code_one(table: Path, tmp_path: Path, capfd: Any) -> None:
    (table / "3.png").unlink()
    with ChatServer() as server:
        assert label(table, tmp_path / "run", server) == 1
    said = capfd.readouterr()
    assert "11 answers" in said.out and "1 of 12 samples have no answer" in said.err
