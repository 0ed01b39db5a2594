"""`coinco label` and `coinco reread`, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.chat_server import ChatServer
from coinco_core.cli.app import main
from coinco_core.cli.labelling import read_shard
from coinco_core.errors import InputError

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
