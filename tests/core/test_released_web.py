"""A file from a plain address: whole, resumed, or refused; COCO's archives end where the profiles look for them."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from coinco_core import released
from coinco_core.errors import CheckError, MissingError
from coinco_core.released import fetching
from coinco_core.released.web import fetch_address

CONTENT = bytes(range(256)) * 40
MD5 = hashlib.md5(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT, from the middle where that is asked for; `asked` are the ranges."""

    asked: list[str | None] = []
    breaks_at: int | None = None

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        type(self).asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start : self.breaks_at])

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Handler, "asked", [])
    monkeypatch.setattr(Handler, "breaks_at", None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/val2017.zip"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_comes_whole_and_once(address: str, tmp_path: Path) -> None:
    target = tmp_path / "new" / "val2017.zip"
    for _ in range(2):
        fetch_address(address, target, MD5)
    assert target.read_bytes() == CONTENT and Handler.asked == [None] and len(list(target.parent.iterdir())) == 1


def test_a_download_that_broke_off_is_resumed(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "val2017.zip"
    monkeypatch.setattr(Handler, "breaks_at", 3000)
    with pytest.raises(MissingError, match="ended early; run the same command again to resume"):
        fetch_address(address, target, MD5)
    monkeypatch.setattr(Handler, "breaks_at", None)
    fetch_address(address, target, MD5)
    assert target.read_bytes() == CONTENT and Handler.asked == [None, "bytes=3000-"]


def test_what_had_arrived_whole_is_taken(address: str, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(CONTENT)
    fetch_address(address, tmp_path / "a", MD5)
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_another_file_is_refused_and_not_kept(address: str, tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="another file than expected"):
        fetch_address(address, tmp_path / "a", "0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_no_server_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="run the same command again to resume"):
        fetch_address("http://127.0.0.1:9/val2017.zip", tmp_path / "a", MD5)


def test_cocos_images_are_unpacked_and_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "COINCO_OFFLINE"):
        monkeypatch.delenv(name, raising=False)

    def bring(address: str, path: Path, md5: str) -> None:
        inside = "val2017/000000000139.jpg" if "zips" in address else "annotations/instances_val2017.json"
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(inside, b"{}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stream.getvalue())

    monkeypatch.setattr(fetching, "fetch_address", bring)
    entries = [released.released_file(name) for name in ("coco-images", "coco-annotations")]
    assert released.fetch(entries, tmp_path).fetched == ("coco-images", "coco-annotations")
    assert (tmp_path / "coco/val2017/000000000139.jpg").is_file()
    assert (tmp_path / "coco/annotations/instances_val2017.json").is_file()
    assert released.fetch(entries, tmp_path).here == ("coco-images", "coco-annotations")
    assert entries[0].download.endswith("archives/val2017.zip http://images.cocodataset.org/zips/val2017.zip")
