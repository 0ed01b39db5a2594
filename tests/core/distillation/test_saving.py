"""Students are saved as they were loaded, read back to the same verdicts, and nothing is overwritten unasked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coinco_core.distillation.classifier import ContextClassifier
from coinco_core.errors import InputError, MissingError
from coinco_core.judgements import CRITERIA
from student_folders import BOX, make_folder, whole_models
from tiny_models import noise


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("students"))


def verdicts(folder: Path | str) -> Any:
    return ContextClassifier.from_pretrained(str(folder), device="cpu")(noise(3), "cow", BOX)


@pytest.mark.parametrize("whole", [False, True])
def test_what_was_saved_says_the_same_in_another_place(whole: bool, source: Path, tmp_path: Path) -> None:
    origin = whole_models(tmp_path / "origin", one_tower=False) if whole else source
    loaded = ContextClassifier.from_pretrained(str(origin), device="cpu", check=not whole)
    saved = loaded.save_pretrained(tmp_path / "saved")
    moved = saved.rename(tmp_path / "moved")
    again = ContextClassifier.from_pretrained(str(moved), device="cpu", check=not whole)
    assert again(noise(3), "cow", BOX) == loaded(noise(3), "cow", BOX)
    assert again.record["identity"]["students"] == loaded.record["identity"]["students"]


def test_the_demo_stays_the_demo(tmp_path: Path) -> None:
    saved = ContextClassifier.from_pretrained("demo", device="cpu").save_pretrained(tmp_path / "demo")
    again = ContextClassifier.from_pretrained(str(saved), device="cpu")
    assert again.demo and again.warning("unknown") and again.prompt_version == "placed"
    card = (saved / "README.md").read_text()
    assert "drawn scenes" in card and all(f"| {name}" in card for name in ("Location", "Co-occurrence", "Size"))


def test_a_base_on_the_hub_is_named_and_runnable_files_stay_behind(source: Path, tmp_path: Path) -> None:
    loaded = ContextClassifier.from_pretrained(str(source), device="cpu")
    assert loaded._found is not None
    for name in ("old.bin", "state.pt", ".hidden"):
        (source / "size" / name).write_bytes(b"x")
    (source / "size/checkpoint-3").mkdir()
    object.__setattr__(loaded._found, "base", "Qwen/Qwen2.5-VL-3B-Instruct")
    saved = loaded.save_pretrained(tmp_path / "saved")
    assert json.loads((saved / "classifier.json").read_text())["base"] == "Qwen/Qwen2.5-VL-3B-Instruct"
    assert sorted(path.name for path in saved.iterdir()) == sorted([*CRITERIA, "README.md", "classifier.json"])
    assert sorted(path.name for path in (saved / "size").iterdir()) == sorted(
        path.name for path in (saved / "location").iterdir()
    )


def test_nothing_is_overwritten_unasked(source: Path, tmp_path: Path) -> None:
    loaded = ContextClassifier.from_pretrained(str(source), device="cpu")
    saved = loaded.save_pretrained(tmp_path / "saved")
    with pytest.raises(InputError, match="holds a classifier already"):
        loaded.save_pretrained(saved)
    assert loaded.save_pretrained(saved, overwrite=True) == saved
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter.tex").touch()
    with pytest.raises(InputError, match="something else than a classifier"):
        loaded.save_pretrained(tmp_path / "thesis", overwrite=True)
    assert (tmp_path / "thesis/chapter.tex").exists()


def test_a_save_that_fails_leaves_nothing(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = ContextClassifier.from_pretrained(str(source), device="cpu")

    def full_disk(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("coinco_core.distillation.classifier.saving.write_text", full_disk)
    with pytest.raises(OSError, match="No space left"):
        loaded.save_pretrained(tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []


def test_students_that_lie_nowhere_cannot_be_saved(source: Path, tmp_path: Path) -> None:
    loaded = ContextClassifier.from_pretrained(str(source), device="cpu")
    loose = ContextClassifier(loaded.models, loaded.processor, "compact", demo=False)
    with pytest.raises(InputError, match="only those of from_pretrained"):
        loose.save_pretrained(tmp_path / "saved")


def test_what_is_uploaded_is_what_is_saved(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[list[str]] = []

    class FakeApi:
        def create_repo(self, name: str, **options: Any) -> None:
            assert name == "me/students" and options["private"]

        def upload_folder(self, *, folder_path: Path, **_: Any) -> None:
            sent.append(sorted(path.name for path in folder_path.iterdir()))

    loaded = ContextClassifier.from_pretrained(str(source), device="cpu")
    with pytest.raises(MissingError, match="offline"):
        loaded.push_to_hub("me/students")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr("huggingface_hub.HfApi", FakeApi)
    assert loaded.push_to_hub("me/students") == "https://huggingface.co/me/students"
    assert sent == [sorted([*CRITERIA, "base", "README.md", "classifier.json"])]
