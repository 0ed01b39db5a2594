"""A student's card: made of its record, whole, and uploaded with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from coinco_core.cards import CARD
from coinco_core.distillation.collator import StudentRows
from coinco_core.distillation.model_card import student_card
from coinco_core.distillation.training import Student, train_student
from coinco_core.errors import MissingError
from coinco_core.released.hub import upload
from distillation_rows import PROMPT, SMALL, colour_rows, tiny_base


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Student:
    base = tiny_base()
    rows = colour_rows(base.processor, 8)
    return train_student(base, StudentRows(PROMPT, rows, rows[:4]), tmp_path_factory.mktemp("card") / "student", SMALL)


def test_the_card_says_what_was_learned_and_how_well(student: Student) -> None:
    _, metadata, text = (student.folder / CARD).read_text(encoding="utf-8").split("---\n", 2)
    found = yaml.safe_load(metadata)
    assert found["library_name"] == "peft" and "size" in found["tags"] and found["license"] == "other"
    best = student.curve[student.curve["step"] == student.record["best_step"]].dropna(subset=["validation_loss"])
    assert f"{best['validation_loss'].iloc[-1]:.4f} nats" in text
    assert PROMPT.digest in text and '"lora_rank"' in text and "| training samples | 8," in text
    assert "{" not in text.split("```json")[0] and "## Limits" in text


class FakeApi:
    """What was asked of the hub; no network."""

    calls: list[tuple[str, dict[str, Any]]] = []

    def create_repo(self, name: str, **options: Any) -> None:
        self.calls.append((name, options))

    def upload_folder(self, **options: Any) -> None:
        self.calls.append((options.pop("repo_id"), options))


def test_a_student_is_uploaded_private_without_its_hidden_files(
    student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr("huggingface_hub.HfApi", FakeApi)
    assert upload(student.folder, "me/student") == "https://huggingface.co/me/student"
    (made, sent) = FakeApi.calls
    assert made == ("me/student", {"private": True, "exist_ok": True})
    assert sent == ("me/student", {"folder_path": student.folder, "ignore_patterns": [".*"]})


def test_offline_and_refused_uploads_say_so(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingError, match="set to be offline"):
        upload(student.folder, "me/student")

    def refused(self: FakeApi, name: str, **options: Any) -> None:
        raise PermissionError("401: not yours")

    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr("huggingface_hub.HfApi", FakeApi)
    monkeypatch.setattr(FakeApi, "create_repo", refused)
    with pytest.raises(MissingError, match="failed: 401: not yours; nothing here is lost"):
        upload(student.folder, "me/student")


@pytest.mark.parametrize(
    ("name", "shown", "linked"),
    [("Qwen/Qwen2.5-VL-3B-Instruct", "Qwen/Qwen2.5-VL-3B-Instruct", True), ("HERE/my-base", "my-base", False)],
)
def test_a_base_on_the_hub_is_linked_and_a_folder_is_not_told(
    student: Student, tmp_path: Path, name: str, shown: str, linked: bool
) -> None:
    (tmp_path / "my-base").mkdir()
    base = {**student.record["base"], "name": name.replace("HERE", str(tmp_path))}
    card = student_card({**student.record, "base": base}, student.curve)
    assert f"| base | {shown} (weights" in card and ("base_model:" in card) == linked and str(tmp_path) not in card
