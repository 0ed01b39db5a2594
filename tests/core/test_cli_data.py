"""`coinco data` over files in the released layouts, and over a small server that speaks the hub's language."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas
import pytest
from PIL import Image

from coinco_core import released
from coinco_core.cli.app import main
from coinco_core.files import digest
from coinco_core.images import Box, box_mask
from coinco_core.samples import read_samples

COMMIT = "1234567" + "0" * 33


def prints(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    """The one JSON document that a call with --json prints."""
    assert main([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def fails(capsys: pytest.CaptureFixture[str], *arguments: object, code: int) -> str:
    """What a call that must fail says on standard error: one sentence."""
    assert main([str(argument) for argument in arguments]) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def put(folder: Path, name: str, content: dict[str, list[Any]]) -> Path:
    path = folder / released.released_file(name).path
    path.parent.mkdir(parents=True, exist_ok=True)
    pandas.DataFrame(content).to_csv(path)
    return path


@pytest.mark.parametrize("option", ["--data-dir", "--folder"])
def test_files_that_are_there_already_are_found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str
) -> None:
    put(tmp_path, "objects-testing", {"coco_index": [1], "label": [5]})
    for command in (["data", "list"], ["data", "check"]):
        rows = {row["name"]: row for row in prints(capsys, *command, option, tmp_path)}
        assert rows["objects-testing"]["state"] == "ok"
        assert rows["images-training"]["state"] == "missing"


def test_the_data_folder_can_come_from_the_environment(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "objects-testing", {"coco_index": [1], "label": [5]})
    monkeypatch.setenv("COINCO_DATA", str(tmp_path))
    assert {row["name"]: row["state"] for row in prints(capsys, "data", "list")}["objects-testing"] == "ok"


def test_list_says_what_for_and_how_large(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["data", "list", "--data-dir", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"latents-training +missing +latents .*\(section 5.2, size 3 GB\)", printed)
    assert re.search(r"student-co-occurrence +missing +.*size 7.5 GB", printed)


def test_another_count_than_the_papers_fails_only_when_strict(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    put(tmp_path, "objects-testing", {"coco_index": [1, 1, 2], "label": [5, 5, 6]})
    call = ["data", "check", "--data-dir", str(tmp_path)]
    assert main(call) == 0
    assert "3 rows, 1 of them repeat an index; 2 images, the paper 2,402" in capsys.readouterr().out
    assert "1 of the files cover another number of images than the paper: objects-testing" in fails(
        capsys, *call, "--strict", code=1
    )
    put(tmp_path, "objects-testing", {"coco_index": list(range(2_402)), "label": [5] * 2_402})
    assert main([*call, "--strict"]) == 0


def test_fetch_offline_names_the_commands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = prints(capsys, "data", "fetch", "--data-dir", tmp_path, code=3)
    assert set(found["missing"]) >= {"answers-molmo", "inpainting-testing"}
    assert not {"images-training", "objects-training", "student-size"} & set(found["missing"])
    everything = prints(capsys, "data", "fetch", "--all", "--data-dir", tmp_path, code=3)["missing"]
    assert everything == [entry.name for entry in released.FILES]
    assert list(tmp_path.iterdir()) == []
    put(tmp_path, "answers-qwen", {"coco_index": [1], "response": ["x"]})
    assert prints(capsys, "data", "fetch", "answers-qwen", "--data-dir", tmp_path)["here"] == ["answers-qwen"]


def test_fetch_refuses_what_there_is_not(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "Did you mean 'answers-qwen'" in fails(capsys, "data", "fetch", "answer-qwen", code=2)
    assert "never released" in fails(capsys, "data", "fetch", "answers-molmo-testing", code=3)


def test_unpack(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "task_data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("task_data/a.csv", "1")
    whole = path.read_bytes()
    parts = [tmp_path / "task_data_part_aa", tmp_path / "task_data_part_ab"]
    parts[0].write_bytes(whole[:40])
    parts[1].write_bytes(whole[40:])
    out = tmp_path / "out" / "task_data"
    assert prints(capsys, "data", "unpack", *parts, "--out", out) == {"folder": str(out), "files": 1}
    assert (out / "a.csv").read_text() == "1"
    assert "is there already" in fails(capsys, "data", "unpack", path, "--out", out, code=2)
    assert "cannot be unpacked" in fails(capsys, "data", "unpack", parts[0], "--out", tmp_path / "x", code=2)
    assert "There is no archive" in fails(capsys, "data", "unpack", tmp_path / "y.zip", "--out", tmp_path / "x", code=3)


def test_samples_in_the_authors_split(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    images, masks, data, out = (tmp_path / name for name in ("images", "masks", "data", "out"))
    for folder in (images, masks):
        folder.mkdir()
    for index in (1, 2):
        Image.new("RGB", (40, 30)).save(images / f"{index}.png")
        box_mask(Box(index, 2, 10, 5), (40, 30)).save(masks / f"{index}.png")
    objects = {"class_name": ["cat", "dog"], "object_index": [0, 1], "replacement_object": ["tv", "dog"]}
    put(data, "inpainting-training", {"coco_index": [1, 2], **objects})
    said = "Analysis:\nLocation: It stands.\n\nSummary:\nLocation: In-context\nSize: Out-of-context"
    put(data, "answers-qwen", {"coco_index": [2, 1], "response": [said, None]})
    for part, index in (("training", 1), ("validation", 2), ("testing", 1)):
        put(data, f"objects-{part}", {"coco_index": [index], "label": [15]})
    call = ["data", "samples", images, masks, "--out", out, "--data-dir", data]
    assert prints(capsys, *call) == {"folder": str(out), "samples": 2, "findings": 2}
    assert [sample.split for sample in read_samples(out)] == ["train", "train"]
    assert prints(capsys, *call)["samples"] == 2  # the same again
    assert "made of something else" in fails(capsys, *call, "--objects-split", code=2)
    assert [sample.split for sample in read_samples(out)] == ["train", "train"]
    prints(capsys, *call, "--objects-split", "--overwrite")
    assert [sample.split for sample in read_samples(out)] == ["train", "validation"]
    findings = pandas.read_parquet(out / "findings.parquet")
    assert findings["sample_id"].tolist() == ["training-000002", "training-000001"]
    assert findings["location"].tolist() == [True, pandas.NA]
    assert findings["location_reason"].tolist() == ["It stands.", ""]


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a download needs: the commit, the list of files, and each file with its digest.

    With `cut` a file's first answer breaks off after that many bytes.
    """

    files: dict[str, bytes]
    answered: list[str]
    cut: int
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        name = path.rpartition(f"/resolve/{COMMIT}/")[2]
        if name in self.files:
            content = self.files[name]
            self._send(content, {"ETag": f'"{digest(content)[:40]}"', "X-Repo-Commit": COMMIT})
        elif "/tree/" in path:
            rows = [{"type": "file", "path": n, "size": len(c), "oid": digest(c)[:40]} for n, c in self.files.items()]
            self._json(rows)
        elif path.startswith("/api/"):
            self._json({"id": "COinCO/COinCO-dataset", "sha": COMMIT, "siblings": [], "tags": [], "downloads": 0})
        else:
            self.send_error(404)

    def _json(self, content: object) -> None:
        self._send(json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _send(self, content: bytes, headers: dict[str, str]) -> None:
        start = int(re.sub(r"\D", "", self.headers.get("Range", "0")) or 0)
        self.answered.append(f"{self.command} {self.path} {start}")
        self.send_response(206 if start else 200)
        for name, value in ({"Content-Length": str(len(content) - start)} | headers).items():
            self.send_header(name, value)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            breaks = "ETag" in headers and self.cut
            self.wfile.write(content[start : breaks or None])
            if breaks:
                Hub.cut, self.close_connection = 0, True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Hub.files = {
        "context_reasoning/qwen/context_reasoning_qwen.csv": b",coco_index,response\n0,3,fine\n",
        "inpainting_info/training_inpainting_info.csv": b"not asked for",
    }
    Hub.answered, Hub.cut = [], 0
    running = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def call(tmp_path: Path, port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A call in its own process, since the hub's library reads where the hub is, and the switch, when it is loaded."""
    here = {"HF_ENDPOINT": f"http://127.0.0.1:{port}", "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf")}
    environment = os.environ | here | {"COINCO_OFFLINE": "0", "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [
        sys.executable,
        "-m",
        "coinco_core.cli",
        "data",
        *arguments,
        "--data-dir",
        str(tmp_path / "data"),
        "--json",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_the_hubs_own_library_fetches_one_table_of_many(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    done = call(tmp_path, server.server_port, "fetch", "answers-qwen")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["fetched"] == ["answers-qwen"]
    name = "context_reasoning/qwen/context_reasoning_qwen.csv"
    assert (tmp_path / "data" / "dataset" / name).read_bytes() == Hub.files[name]
    lock = json.loads((tmp_path / "data" / "lock.json").read_text())["files"]
    assert lock[f"dataset/{name}"]["revision"] == COMMIT
    assert not (tmp_path / "data" / "dataset" / "inpainting_info").exists()
    before = list(Hub.answered)
    assert json.loads(call(tmp_path, server.server_port, "fetch", "answers-qwen").stdout)["here"] == ["answers-qwen"]
    assert Hub.answered == before


def test_a_download_that_breaks_off_goes_on_where_it_was(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    name = "context_reasoning/qwen/context_reasoning_qwen.csv"
    Hub.files[name], Hub.cut = bytes(11 << 20), (10 << 20) + 9  # the library keeps what came in pieces of 10 MiB
    for _ in range(2):  # whether the library tries again by itself, or the same command does
        done = call(tmp_path, server.server_port, "fetch", "answers-qwen")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "dataset" / name).read_bytes() == Hub.files[name]
    assert [line.split()[-1] for line in Hub.answered if line.startswith("GET /datasets/")] == ["0", str(10 << 20)]


def test_what_the_hub_does_not_have_is_a_sentence(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    done = call(tmp_path, server.server_port, "fetch", "answers-molmo")
    assert done.returncode == 3
    assert "holds nothing called *context_reasoning_molmo.csv at commit 1234567" in done.stderr.splitlines()[-1]
    server.shutdown()
    server.server_close()
    done = call(tmp_path, server.server_port, "fetch", "answers-molmo")
    assert done.returncode == 3
    assert "coinco: Fetching from COinCO/COinCO-dataset failed:" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "data" / "lock.json").exists()
