"""datatrove's runner over our rows, against a local server: the same answers, resumed without asking again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coinco_book.rehearsal.chat_server import ChatServer, Fault
from coinco_core.cli.app import main
from coinco_core.engines.server import ServerEngine
from coinco_core.engines.server_settings import ServerSettings
from coinco_core.labelling import label, read_answers
from coinco_core.prompts import teacher_prompt
from coinco_core.samples import read_samples

pytest.importorskip("datatrove")
pytest.importorskip("openai")


def datatrove(table: Path, out: Path, server: ChatServer, *options: str) -> int:
    url = server.url.removesuffix("/v1")
    call = ["batch", "datatrove", str(table), "--model", "big", "--out", str(out), "--server", url]
    return main([*call, "--prompt", "compact", "--in-flight", "4", *options])


def test_its_answers_are_those_of_coinco_label(table: Path, tmp_path: Path) -> None:
    with ChatServer() as server:
        assert datatrove(table, tmp_path / "run", server, "--tasks", "2") == 0
        assert main(["batch", "import", str(table), str(tmp_path / "run")]) == 0
        assert sum(server.calls.values()) == 12
        engine = ServerEngine("big", server.url, ServerSettings(dialect="vllm"))
        answers = label(read_samples(table), table, engine, teacher_prompt("compact"), tmp_path / "direct")
        assert datatrove(table, tmp_path / "run", server, "--tasks", "2") == 0  # done is done
        assert main(["batch", "import", str(table), str(tmp_path / "run")]) == 0
        assert sum(server.calls.values()) == 24
    pd.testing.assert_frame_equal(read_answers(tmp_path / "run"), answers)


def test_a_bad_image_and_a_refused_request_are_rows(table: Path, tmp_path: Path, capfd: Any) -> None:
    (table / "3.png").write_bytes(b"no image")
    refused: list[str] = []

    def fault(text: str, n: int) -> Fault:
        refused.append(text)
        return 400 if len(refused) == 5 else None

    with ChatServer(fault=fault) as server:
        assert datatrove(table, tmp_path / "run", server) == 0
    assert main(["batch", "import", str(table), str(tmp_path / "run")]) == 1
    assert "10 answered, 2 failed" in capfd.readouterr().out
    errors = read_answers(tmp_path / "run")["error"]
    assert errors.notna().sum() == 2 and "3.png" in errors[3]


def test_nothing_written_yet_is_said(table: Path, tmp_path: Path, capfd: Any) -> None:
    assert main(["batch", "export", str(table), "--model", "big", "--out", str(tmp_path / "run")]) == 0
    assert main(["batch", "import", str(table), str(tmp_path / "run")]) == 3
    assert "nothing that datatrove wrote" in capfd.readouterr().err
    with ChatServer() as server:
        assert datatrove(table, tmp_path / "other", server, "--executor", "cloud") == 2


def test_a_server_that_would_run_foreign_code_is_not_started_unasked(table: Path, tmp_path: Path, capfd: Any) -> None:
    assert main(["batch", "datatrove", str(table), "--model", "big", "--out", str(tmp_path / "run")]) == 2
    assert "--trust-remote-code" in capfd.readouterr().err
    assert not (tmp_path / "run").exists()
