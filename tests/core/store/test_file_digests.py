"""Digests of many files: right however a file was changed, and each file read once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coinco_core.files import sha256_file
from coinco_core.store import file_digests as module
from coinco_core.store.file_digests import file_digest, file_digests


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three files in a cache of their own; what was written just now counts as settled."""
    monkeypatch.setenv("COINCO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "_SETTLED_NS", -(10**18))
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for i, path in enumerate(paths):
        path.write_bytes(bytes([i]) * 100)
    return paths


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are read to the end, as they are."""
    seen: list[Path] = []

    def reading(path: Path) -> str:
        seen.append(path)
        return sha256_file(path)

    monkeypatch.setattr(module, "sha256_file", reading)
    return seen


def test_each_file_is_read_once_and_one_that_is_gone_is_absent(files: list[Path], read: list[Path]) -> None:
    right = {path: sha256_file(path) for path in files}
    for _ in range(3):
        assert file_digests([*files, files[0].with_name("gone.png")]) == right
    assert sorted(read) == files


@pytest.mark.parametrize("how", ["other bytes", "other bytes, same size and time", "another file in its place"])
def test_a_file_that_was_changed_is_read_again(files: list[Path], read: list[Path], how: str) -> None:
    file_digests(files)
    path, before = files[1], files[1].stat()
    if how == "another file in its place":
        files[2].replace(path)
    else:
        path.write_bytes(b"x" * (100 if "same" in how else 7))
    if "same" in how:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file_digest(path) == sha256_file(path)
    assert read[3:] == [path]


def test_what_was_written_a_moment_ago_is_not_remembered(
    files: list[Path], read: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SETTLED_NS", 10**18)
    file_digests(files)
    file_digests(files)
    assert len(read) == 6


@pytest.mark.parametrize("damage", ["no database", "a folder"])
def test_a_memory_that_cannot_be_used_costs_only_time(files: list[Path], tmp_path: Path, damage: str) -> None:
    memory = tmp_path / "cache" / "file_digests.sqlite3"
    memory.parent.mkdir(exist_ok=True)
    if damage == "a folder":
        memory.mkdir()
    else:
        memory.write_text("no database at all" * 100)
    assert file_digests(files) == {path: sha256_file(path) for path in files}


def test_more_files_than_fit_into_one_question(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    file_digests(files)
    assert file_digests(files) == {path: sha256_file(path) for path in files}


def test_when_told_every_file_is_read_and_one_that_decayed_is_named(
    files: list[Path], read: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_state", lambda path: "as ever" if path.is_file() else "")  # as where bits rot
    file_digests(files)
    files[1].write_bytes(b"x" * 100)
    assert file_digest(files[1]) != sha256_file(files[1]) and len(read) == 3
    monkeypatch.setenv("COINCO_VERIFY", "1")
    assert file_digests(files) == {path: sha256_file(path) for path in files} and sorted(read[3:]) == files
    assert [str(path) in caplog.text for path in files] == [False, True, False]
    monkeypatch.delenv("COINCO_VERIFY")
    assert file_digest(files[1]) == sha256_file(files[1]) and len(read) == 6
