"""vLLM's batch files: what is written is what a server would get, and whatever comes back is taken in once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pandas as pd
import pytest
from PIL import Image, ImageChops

from coinco_book.rehearsal.chat_server import ChatServer, answer_to, completion
from coinco_core.cli.app import main
from coinco_core.engines.server import ServerEngine
from coinco_core.engines.server_settings import ServerSettings
from coinco_core.labelling import label, read_answers
from coinco_core.labelling.batch_files import answer_of
from coinco_core.prompts import teacher_prompt
from coinco_core.samples import Box, boxed_image, read_samples, write_samples
from tiny_models import noise

pytest.importorskip("openai")


def vllm(path: Path) -> Path:
    """The output file that a batch runner writes for an input file, answered as the chat server would."""
    lines = []
    for line in path.read_text().splitlines():
        asked = json.loads(line)
        image, text = (part[part["type"]] for part in asked["body"]["messages"][0]["content"])
        body = completion(asked["body"], answer_to(image["url"], text))
        lines.append(
            {"id": "x", "custom_id": asked["custom_id"], "response": {"status_code": 200, "body": body}, "error": None}
        )
    out = path.with_name(path.name.replace("part", "out"))
    out.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return out


def export(table: Path, out: Path, *options: str) -> list[Path]:
    assert main(["batch", "export", str(table), "--model", "big", "--out", str(out), *options]) == 0
    return sorted((out / "batch").glob("part-*.jsonl"))


def take_in(table: Path, out: Path, *outputs: Path) -> int:
    return main(["batch", "import", str(table), str(out), *map(str, outputs)])


def test_what_is_asked_by_file_is_what_a_server_is_asked(table: Path, tmp_path: Path) -> None:
    files = export(table, tmp_path / "run", "--lines", "5", "--inline", "--prompt", "compact")
    assert [len(path.read_text().splitlines()) for path in files] == [5, 5, 2]
    lines = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    assert {(line["method"], line["url"], line["body"]["model"]) for line in lines} == {
        ("POST", "/v1/chat/completions", "big")
    }
    with ChatServer() as server:
        engine = ServerEngine("big", server.url, ServerSettings(dialect="vllm"))
        answers = label(read_samples(table), table, engine, teacher_prompt("compact"), tmp_path / "asked")
    sent = [{name: value for name, value in line["body"].items() if name != "messages"} for line in lines]
    assert all(body == asked for body, asked in zip(sent, server.bodies, strict=True))
    assert take_in(table, tmp_path / "run", *map(vllm, files)) == 0
    pd.testing.assert_frame_equal(read_answers(tmp_path / "run"), answers)
    first, second = (json.loads((tmp_path / name / "run.json").read_text()) for name in ("run", "asked"))
    assert first["fingerprint"] == second["fingerprint"]  # so that a job may change its way of travelling


def test_images_beside_the_lines_are_the_boxed_ones(table: Path, tmp_path: Path) -> None:
    (path,) = export(table, tmp_path / "run")
    for line, sample in zip(path.read_text().splitlines(), read_samples(table), strict=True):
        url = json.loads(line)["body"]["messages"][0]["content"][0]["image_url"]["url"]
        assert url.startswith("file:///")
        seen = Image.open(url2pathname(urlsplit(url).path))
        assert ImageChops.difference(seen, boxed_image(table, sample)).getbbox() is None


def test_models_share_a_folder_of_images_that_is_divided(table: Path, tmp_path: Path) -> None:
    shared, samples = tmp_path / "boxed", read_samples(table)
    moved = [replace(sample, sample_id=f"{sample.sample_id}b", box=Box(1, 2, 7, 5)) for sample in samples]
    write_samples(table, [*samples, *moved])  # each image twice, with another box
    written = []
    for model in ("big", "small"):
        export(table, tmp_path / model, "--images", str(shared), "--model", model)
        written.append({path: path.stat().st_mtime_ns for path in shared.rglob("*.png")})
    assert written[0] == written[1] and len(written[0]) == 2 * len(samples)
    assert all(path.parent.parent == shared and path.name.startswith(path.parent.name) for path in written[0])
    assert not list(tmp_path.glob("*/batch/images"))


def test_partial_outputs_count_and_only_the_rest_is_exported_again(table: Path, tmp_path: Path, capfd: Any) -> None:
    run = tmp_path / "run"
    (path,) = export(table, run)
    out = vllm(path)
    whole = out.read_bytes()
    out.write_bytes(whole[: whole.rfind(b"\n", 0, 3000) + 40])  # killed in the middle of a line
    answered = out.read_bytes().count(b"\n")
    assert 0 < answered < 12
    assert take_in(table, run, out) == 1
    assert f"{12 - answered} of 12 samples have no answer yet" in capfd.readouterr().err
    assert not (run / "table").exists()
    (rest,) = export(table, run)
    assert len(rest.read_text().splitlines()) == 12 - answered
    assert take_in(table, run, vllm(rest)) == 0
    answers = read_answers(run)
    assert len(answers) == 12 and answers["error"].isna().all()
    assert take_in(table, run, vllm(rest)) == 0  # once more: nothing new
    pd.testing.assert_frame_equal(read_answers(run), answers)


def test_failed_lines_are_rows_and_exported_again(table: Path, tmp_path: Path, capfd: Any) -> None:
    run = tmp_path / "run"
    (path,) = export(table, run)
    out = vllm(path)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    lines[0] |= {"response": None, "error": {"message": "engine died"}}
    lines[1]["response"] |= {"status_code": 400, "body": {"error": "too long"}}
    lines[2]["response"]["body"]["choices"] = []
    lines[3] = {"custom_id": "another", "response": None}
    text = "".join(json.dumps(line) + "\n" for line in lines)
    out.write_text(text.replace("\n", "\n[]\nno JSON\n", 1))
    assert take_in(table, run, out) == 1
    said = capfd.readouterr().out
    assert "8 answered, 3 failed, 0 known, 2 torn, 1 unknown, 4 left" in said
    (rest,) = export(table, run)
    assert len(rest.read_text().splitlines()) == 4
    assert take_in(table, run, vllm(rest)) == 0
    assert list(read_answers(run)["attempts"][:4]) == [2, 2, 2, 1]


def test_answers_to_another_job_are_refused(table: Path, tmp_path: Path, capfd: Any) -> None:
    (other,) = export(table, tmp_path / "other", "--prompt", "compact")
    export(table, tmp_path / "run")
    assert take_in(table, tmp_path / "run", vllm(other)) == 2
    assert "answers no question of" in capfd.readouterr().err
    assert take_in(table, tmp_path / "run", tmp_path / "none.jsonl") == 3
    assert take_in(table, tmp_path / "nowhere", vllm(other)) == 3


def test_an_image_that_cannot_be_read_is_a_failure_and_not_a_question(table: Path, tmp_path: Path) -> None:
    (table / "3.png").write_bytes(b"no image")
    (path,) = export(table, tmp_path / "run")
    assert len(path.read_text().splitlines()) == 11
    assert take_in(table, tmp_path / "run", vllm(path)) == 1
    assert list(read_answers(tmp_path / "run")["error"].notna()) == [i == 3 for i in range(12)]


def test_an_old_output_does_not_bring_back_what_was_said_of_an_old_image(table: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (first,) = export(table, run)
    old = vllm(first)
    kept = old.rename(tmp_path / "old.jsonl")
    assert take_in(table, run, kept) == 0
    noise(77, (32, 24)).save(table / "5.png")
    (second,) = export(table, run)
    assert len(second.read_text().splitlines()) == 1 and take_in(table, run, vllm(second)) == 0
    now = read_answers(run)
    assert take_in(table, run, kept) == 0
    pd.testing.assert_frame_equal(read_answers(run), now)


@pytest.mark.parametrize("odd", ["died", {"body": {"choices": ["x"]}}, {"body": {"choices": {}}}, {"body": 3}, None])
def test_a_reply_of_another_kind_is_a_failure(odd: object) -> None:
    answer = answer_of("k", {"custom_id": "k", "response": odd})
    assert answer.error and answer.text == ""
