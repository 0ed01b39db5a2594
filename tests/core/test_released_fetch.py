"""Fetching: once, resumable, locked by digests, offline when told so; a stand-in for the hub brings the files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from coinco_core import released
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.files import sha256_file
from coinco_core.released import hub
from coinco_core.released.hub import Fetched

COMMIT, OTHER = "1" * 40, "2" * 40
ANSWERS = b",coco_index,response\n0,3,fine\n"
LABELS = b",coco_index,label\n0,3,5\n"


def packed(names: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return stream.getvalue()


TASK_DATA = packed(
    {f"task_data/objects_from_context_prediction/{part}_data.csv": LABELS for part in ("training", "testing")}
)


class FakeHub:
    """What the hub holds, what it was asked for, and how it fails: `breaks_after` that many files of a download."""

    def __init__(self) -> None:
        self.commit = COMMIT
        self.asked: list[tuple[str, str | None]] = []
        self.breaks_after: int | None = None
        self.files = {
            "COinCO/COinCO-dataset": {"context_reasoning/qwen/context_reasoning_qwen.csv": ANSWERS},
            "COinCO/COinCO-resources": {"task_data_part_aa": TASK_DATA[:99], "task_data_part_ab": TASK_DATA[99:]},
            "COinCO/Qwen2.5-VL-3B-Size": {"config.json": b"{}", "model/weights.safetensors": b"123"},
        }

    def __call__(
        self, repository: str, repo_type: str, patterns: Sequence[str], folder: Path, revision: str | None = None
    ) -> Fetched:
        self.asked.append((repository, revision))
        names = sorted(self.files[repository])
        for i, name in enumerate(names):
            if i == self.breaks_after:
                raise KeyboardInterrupt
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.files[repository][name])
        return Fetched(revision or self.commit, tuple(names))


@pytest.fixture
def hub_of_tests(monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("COINCO_OFFLINE", raising=False)
    fake = FakeHub()
    monkeypatch.setattr("coinco_core.released.fetching.download", fake)
    return fake


def fetch(folder: Path, *names: str, revision: str | None = None) -> released.FetchReport:
    return released.fetch([released.released_file(name) for name in names], folder, revision=revision)


def lock(folder: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((folder / "lock.json").read_text())["files"]
    return found


ANSWERS_PATH = "dataset/context_reasoning/qwen/context_reasoning_qwen.csv"


def test_a_table_is_fetched_once_and_locked(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    assert fetch(tmp_path, "answers-qwen").fetched == ("answers-qwen",)
    assert lock(tmp_path) == {
        ANSWERS_PATH: {
            "source": "answers-qwen",
            "repository": "COinCO/COinCO-dataset",
            "repo_type": "dataset",
            "revision": COMMIT,
            "bytes": len(ANSWERS),
            "sha256": sha256_file(tmp_path / ANSWERS_PATH),
        }
    }
    report = fetch(tmp_path, "answers-qwen")
    assert (report.fetched, report.here, report.missing) == ((), ("answers-qwen",), ())
    assert hub_of_tests.asked == [("COinCO/COinCO-dataset", None)]


@pytest.mark.parametrize("content", [ANSWERS + b"1,4,more\n", ANSWERS.replace(b"3", b"4")])
def test_a_file_that_differs_from_its_lock_is_refused(tmp_path: Path, hub_of_tests: FakeHub, content: bytes) -> None:
    fetch(tmp_path, "answers-qwen")
    (tmp_path / ANSWERS_PATH).write_bytes(content)
    says = "context_reasoning_qwen.csv is not the file that was locked .* delete it and fetch it again"
    with pytest.raises(CheckError, match=says):
        fetch(tmp_path, "answers-qwen")
    state = released.check_file(released.released_file("answers-qwen"), tmp_path)
    assert state.state == "wrong" and "not the file that was locked" in state.detail
    assert len(hub_of_tests.asked) == 1
    (tmp_path / ANSWERS_PATH).unlink()
    assert fetch(tmp_path, "answers-qwen").fetched == ("answers-qwen",)
    assert hub_of_tests.asked[-1] == ("COinCO/COinCO-dataset", COMMIT)  # what is locked, not what is newest
    assert released.check_file(released.released_file("answers-qwen"), tmp_path).state == "ok"


def test_another_version_on_the_hub_is_noticed(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    fetch(tmp_path, "answers-qwen")
    before = lock(tmp_path)
    with pytest.raises(CheckError, match="locked to commit 1111111, not 2222"):
        fetch(tmp_path, "answers-qwen", revision=OTHER)
    assert fetch(tmp_path, "answers-qwen", revision=COMMIT[:7]).here == ("answers-qwen",)
    (tmp_path / ANSWERS_PATH).unlink()
    hub_of_tests.files["COinCO/COinCO-dataset"][ANSWERS_PATH.removeprefix("dataset/")] = ANSWERS + b"1,4,new\n"
    with pytest.raises(CheckError, match="not the file that was locked"):
        fetch(tmp_path, "answers-qwen")
    assert lock(tmp_path) == before


def test_a_revision_can_be_asked_for(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    fetch(tmp_path, "answers-qwen", revision=OTHER)
    assert lock(tmp_path)[ANSWERS_PATH]["revision"] == OTHER


def test_a_table_that_was_there_is_locked_as_found(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    path = tmp_path / ANSWERS_PATH
    path.parent.mkdir(parents=True)
    path.write_bytes(ANSWERS)
    assert fetch(tmp_path, "answers-qwen").here == ("answers-qwen",)
    assert (lock(tmp_path)[ANSWERS_PATH]["revision"], hub_of_tests.asked) == (None, [])


def test_an_interrupted_fetch_leaves_no_lock_and_goes_on(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    for name in ("objects-testing", "student-size"):
        hub_of_tests.breaks_after = 1
        with pytest.raises(KeyboardInterrupt):
            fetch(tmp_path, name)
        assert not (tmp_path / "lock.json").exists()
        hub_of_tests.breaks_after = None
        assert fetch(tmp_path, name).fetched == (name,)
        assert released.check_file(released.released_file(name), tmp_path).state == "ok"
        (tmp_path / "lock.json").unlink()


def test_a_kill_while_unpacking_leaves_no_part_of_it(
    tmp_path: Path, hub_of_tests: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("coinco_core.released.archives.shutil.copyfileobj", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(tmp_path, "objects-testing")
    assert [path.name for path in (tmp_path / "resources").iterdir() if path.is_dir()] == []
    monkeypatch.setenv("COINCO_OFFLINE", "1")  # the parts are here, so that the rest needs no network
    assert fetch(tmp_path, "objects-testing").fetched == ("objects-testing",)
    assert len(hub_of_tests.asked) == 1


def test_an_archive_is_fetched_once_for_all_its_tables(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    names = ("objects-training", "objects-testing")
    assert fetch(tmp_path, *names).fetched == names
    assert len(hub_of_tests.asked) == 1
    tables = {
        f"resources/task_data/objects_from_context_prediction/{part}_data.csv" for part in ("training", "testing")
    }
    assert set(lock(tmp_path)) == {"resources/task_data_part_aa", "resources/task_data_part_ab", *tables}
    assert fetch(tmp_path, *names).here == names
    (tmp_path / sorted(tables)[0]).write_bytes(LABELS.replace(b"5", b"6"))
    with pytest.raises(CheckError, match="testing_data.csv is not the file that was locked"):
        fetch(tmp_path, "objects-training")


def test_a_whole_archive_beside_its_parts_is_taken_alone(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "task_data.zip").write_bytes(TASK_DATA)
    assert fetch(tmp_path, "objects-testing").fetched == ("objects-testing",)


def test_what_an_archive_does_not_hold_is_said(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    with pytest.raises(MissingError, match="'objects-validation' is not there as .*validation_data.csv; move it there"):
        fetch(tmp_path, "objects-validation")


def test_one_failure_does_not_keep_the_others_away(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    with pytest.raises(MissingError, match="'objects-validation' is not there .*And 1 more downloads failed"):
        fetch(tmp_path, "objects-validation", "inpainting-training", "student-size", "answers-qwen")
    assert fetch(tmp_path, "student-size", "answers-qwen").here == ("student-size", "answers-qwen")


def test_a_folder_is_whole_only_when_it_is_locked(tmp_path: Path, hub_of_tests: FakeHub) -> None:
    partly = tmp_path / "models/Qwen2.5-VL-3B-Size/config.json"
    partly.parent.mkdir(parents=True)
    partly.write_text("{}")
    assert fetch(tmp_path, "student-size").fetched == ("student-size",)
    assert fetch(tmp_path, "student-size").here == ("student-size",)
    (partly.parent / "model" / "weights.safetensors").unlink()
    assert fetch(tmp_path, "student-size").fetched == ("student-size",)
    assert [revision for _, revision in hub_of_tests.asked] == [None, COMMIT]


@pytest.mark.parametrize("switch", ["HF_HUB_OFFLINE", "COINCO_OFFLINE"])
def test_offline_nothing_is_tried(
    tmp_path: Path, hub_of_tests: FakeHub, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    fetch(tmp_path, "answers-qwen")
    monkeypatch.setenv(switch, "True")
    report = fetch(tmp_path, "answers-qwen", "objects-testing", "objects-training", "student-size")
    assert (report.here, report.fetched) == (("answers-qwen",), ())
    assert report.missing == ("objects-testing", "objects-training", "student-size")
    assert report.commands == (
        "hf download COinCO/COinCO-resources --repo-type dataset --include 'task_data_part_*' "
        f"--include 'task_data.zip' --local-dir {tmp_path}/resources",
        f"hf download COinCO/Qwen2.5-VL-3B-Size --local-dir {tmp_path}/models/Qwen2.5-VL-3B-Size",
    )
    assert len(hub_of_tests.asked) == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"files": {"a": {"bytes": 3}}}', '{"files": 1}'])
def test_a_broken_lock_is_a_sentence(tmp_path: Path, hub_of_tests: FakeHub, text: str) -> None:
    (tmp_path / "lock.json").write_text(text)
    with pytest.raises(InputError, match="lock.json is not"):
        fetch(tmp_path, "answers-qwen")
    assert hub_of_tests.asked == []


def test_a_failed_download_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> tuple[str, list[str]]:
        raise ConnectionError("no route\nto host.")

    monkeypatch.setattr(hub, "_download", fails)
    with pytest.raises(MissingError, match="Fetching from a/b failed: no route to host; run the same command again"):
        hub.download("a/b", "dataset", ["*"], tmp_path)
    monkeypatch.setattr(hub, "_download", lambda *_: (COMMIT, []))
    with pytest.raises(MissingError, match="a/b holds nothing called x or y at commit 1111111"):
        hub.download("a/b", "dataset", ["x", "y"], tmp_path)
