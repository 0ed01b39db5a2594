from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from transformers import TrainerCallback

from checkout_root import ROOT
from coinco_core.distillation import training
from coinco_core.distillation.adapters import WEIGHTS, load_adapter
from coinco_core.distillation.answering import answer_questions
from coinco_core.distillation.base_model import Base
from coinco_core.distillation.checkpoints import MADE_FROM, WRITERS, begun, last_checkpoint, training_folder
from coinco_core.distillation.collator import StudentRows, TrainingRow
from coinco_core.distillation.training import Student, train_student
from coinco_core.engines import vision
from coinco_core.engines.encoding import pixel_parts
from coinco_core.errors import InputError
from coinco_core.versions import PARTS, Part
from distillation_rows import PROMPT, QUESTION, SMALL, colour_rows, tiny_base
from tiny_models import FAMILIES, noise, tiny_model

CONFIG = replace(SMALL, lora_dropout=0.1, learning_rate=0.01, epochs=3, eval_steps=2, answer_tokens=4)  # 6 steps


class Killed(BaseException):
    """What no library catches, as a signal would not be."""


class Kill(TrainerCallback):  # type: ignore[misc]
    """Ends the process's work at a step; `when` is the event."""

    def __init__(self, step: int, when: str) -> None:
        self.step = step
        setattr(self, when, self._die)

    def _die(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == self.step:
            raise Killed


def train(out: Path, config: training.DistillConfig = CONFIG, family: str = "qwen2_5_vl", **options: Any) -> Student:
    base = tiny_base(family)
    rows = StudentRows(PROMPT, all_rows := colour_rows(base.processor, 8), all_rows[:4])
    if family != "qwen2_5_vl":  # whose students are trained on pixels here
        seen = vision.see(base.model, base.processor, [row.pixels for row in all_rows])
        all_rows = [replace(row, pixels=image) for row, image in zip(all_rows, seen, strict=True)]
        rows = StudentRows(PROMPT, all_rows, all_rows[:4])
    return train_student(base, rows, out, config, checkpoints=out / "checkpoints", **options)


def checkpoint(out: Path, step: int) -> Path:
    """A checkpoint of the one unfinished training in `out`."""
    [found] = (out / "checkpoints").glob(f"*/checkpoint-{step}")
    return found


def killed(
    out: Path,
    step: int,
    when: str,
    monkeypatch: pytest.MonkeyPatch,
    config: training.DistillConfig = CONFIG,
    family: str = "qwen2_5_vl",
) -> None:
    """A training that dies, and leaves what it had written."""

    class Dying(training.StudentTrainer):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.add_callback(Kill(step, when))

    with monkeypatch.context() as patched:
        patched.setattr(training, "StudentTrainer", Dying)
        with pytest.raises(Killed):
            train(out, config, family)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Student:
    return train(tmp_path_factory.mktemp("whole"))


def assert_same(student: Student, whole: Student) -> None:
    assert (student.folder / WEIGHTS).read_bytes() == (whole.folder / WEIGHTS).read_bytes()
    pd.testing.assert_frame_equal(student.curve, whole.curve, check_exact=True)
    assert student.record["best_step"] == whole.record["best_step"]
    assert not (student.folder / "checkpoints").exists()


@pytest.mark.parametrize(
    ("step", "when", "resumed"),
    [
        (1, "on_step_end", 0),  # before anything was saved
        (2, "on_evaluate", 0),
        (2, "on_save", 2),  # at the very end of a checkpoint
        (3, "on_step_end", 2),
        (5, "on_pre_optimizer_step", 4),  # between two steps
        (6, "on_step_end", 4),
    ],
)
def test_a_killed_training_gives_bitwise_the_same_student(
    whole: Student, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, when: str, resumed: int
) -> None:
    killed(tmp_path, step, when, monkeypatch)
    student = train(tmp_path)
    assert student.record["resumed_from_step"] == resumed
    assert_same(student, whole)


def test_killed_twice_and_within_a_save(whole: Student, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(tmp_path, 3, "on_step_end", monkeypatch)
    killed(tmp_path, 5, "on_step_end", monkeypatch)
    newest = checkpoint(tmp_path, 4)
    (newest / "trainer_state.json").write_text('{"global_step": 4, "log_')  # as a kill within the write leaves it
    student = train(tmp_path)
    assert student.record["resumed_from_step"] == 2
    assert_same(student, whole)


def test_early_stopping_remembers_how_long_it_has_waited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    still = replace(CONFIG, learning_rate=1e-9, epochs=10, patience=2)  # no progress after step 2
    undisturbed = train(tmp_path / "a", still)
    assert undisturbed.curve["step"].max() == 6
    killed(tmp_path / "b", 5, "on_step_end", monkeypatch, still)
    assert_same(train(tmp_path / "b", still), undisturbed)


def test_a_training_that_had_stopped_early_does_not_train_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    still = replace(CONFIG, learning_rate=1e-9, epochs=10, patience=2)
    undisturbed = train(tmp_path / "a", still)
    with monkeypatch.context() as patched:
        patched.setattr(training, "_keep", dies)
        with pytest.raises(Killed):
            train(tmp_path / "b", still)
    assert checkpoint(tmp_path / "b", 6).is_dir()
    assert_same(train(tmp_path / "b", still), undisturbed)


def dies(*_: Any) -> None:
    raise Killed


def test_a_folder_may_be_moved(whole: Student, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(training, "_keep", dies)
        with pytest.raises(Killed):
            train(tmp_path / "b")
    (tmp_path / "b").rename(tmp_path / "c")
    assert_same(train(tmp_path / "c"), whole)


def test_another_training_neither_goes_on_from_these_checkpoints_nor_deletes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(tmp_path / "b", 3, "on_step_end", monkeypatch)
    kept = checkpoint(tmp_path / "b", 2)
    other = replace(CONFIG, learning_rate=0.02)
    student = train(tmp_path / "b", other)
    assert student.record["resumed_from_step"] == 0 and kept.is_dir()
    assert (student.folder / WEIGHTS).read_bytes() == (train(tmp_path / "a", other).folder / WEIGHTS).read_bytes()


def test_what_decides_a_training_names_its_folder(tmp_path: Path) -> None:
    base = tiny_base()
    rows = colour_rows(base.processor, 8)

    def folder(rows: list[TrainingRow] = rows, base: Base = base, config: training.DistillConfig = CONFIG) -> Path:
        return training_folder(tmp_path, training._made_from(base, StudentRows(PROMPT, rows, rows[:4]), config))

    boxed = dict(rows[0].pixels)
    boxed["pixel_values"] = boxed["pixel_values"].copy()
    boxed["pixel_values"][0, 0] += 1
    other_template = tiny_base()
    other_template.processor.chat_template += " "
    changed = [
        folder(), folder([replace(rows[0], pixels=boxed), *rows[1:]]), folder(base=other_template),
        folder(base=replace(base, weights="others")), folder(config=replace(CONFIG, seed=9)),
    ]  # fmt: skip
    assert len(set(changed)) == 5 and folder() == changed[0] and (changed[0] / MADE_FROM).is_file()


def test_an_update_or_other_processes_cost_no_training_and_are_named(
    whole: Student, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(tmp_path, 3, "on_step_end", monkeypatch)
    monkeypatch.setattr(training, "package_versions", lambda names: {"torch": "9.9"})
    said: list[str] = []
    student = train(tmp_path, say=said.append)
    assert student.record["resumed_from_step"] == 2 and student.record["made_with"]["packages"] == {"torch": "9.9"}
    assert any("was begun under other conditions" in line and "is 9.9" in line for line in said)
    assert_same(student, whole)
    monkeypatch.setattr(training, "package_versions", lambda names: {"torch": "10.0"})
    train(tmp_path, say=said.append)
    assert "is finished under other conditions (torch was 9.9 and is 10.0)" in said[-1]


def test_unfinished_trainings_of_other_settings_are_named(tmp_path: Path) -> None:
    said: list[str] = []
    training_folder(tmp_path, {"a": 1}, said.append)
    assert said == []
    training_folder(tmp_path, {"a": 2}, said.append)
    assert "1 unfinished trainings of other settings" in said[0]


def test_a_checkpoint_counts_only_when_it_is_whole(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    files = ["adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth"]
    for step in (2, 10):
        for name in files:
            (tmp_path / f"checkpoint-{step}" / name).parent.mkdir(exist_ok=True)
            (tmp_path / f"checkpoint-{step}" / name).touch()
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text('{"best_global_step": 2}')
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-10"
    (tmp_path / "checkpoint-10" / "optimizer.pt").unlink()
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-2"
    assert not (tmp_path / "checkpoint-10").exists()
    (tmp_path / WRITERS).write_text("[[0, 2]]")
    assert last_checkpoint(tmp_path) is None  # a process's random state is missing


def test_no_checkpoint_is_lost_when_other_numbers_of_processes_take_turns(tmp_path: Path) -> None:
    def write(step: int, processes: int) -> None:
        """A checkpoint as Trainer writes it, in the place of all before it (`save_total_limit`)."""
        for old in tmp_path.glob("checkpoint-*"):
            shutil.rmtree(old)
        place = tmp_path / f"checkpoint-{step}"
        place.mkdir()
        own = ["rng_state.pth"] if processes == 1 else [f"rng_state_{i}.pth" for i in range(processes)]
        for name in ("adapter_model.safetensors", "optimizer.pt", "scheduler.pt", *own):
            (place / name).touch()
        (place / "trainer_state.json").write_text('{"best_global_step": null}')

    assert begun(tmp_path, {"processes": 1}) == {"processes": 1}
    write(10, 1)  # by a training of before writers were recorded
    for step, before, now in ((10, 1, 2), (20, 2, 8), (30, 8, 1), (40, 1, 1)):
        write(step, before)
        for _ in range(2):  # each process asks, and one that is killed before its first checkpoint asks again
            assert last_checkpoint(tmp_path, now) == tmp_path / f"checkpoint-{step}"
    write(50, 1)
    (tmp_path / "checkpoint-50" / "rng_state.pth").rename(tmp_path / "checkpoint-50" / "rng_state_0.pth")
    (tmp_path / "checkpoint-50" / "rng_state_1.pth").touch()
    assert last_checkpoint(tmp_path, 2) is None  # one process wrote it, whoever goes on


def test_a_checkpoint_without_the_best_one_is_of_no_use(tmp_path: Path) -> None:
    (tmp_path / "checkpoint-4").mkdir()
    for name in ("adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth"):
        (tmp_path / "checkpoint-4" / name).touch()
    (tmp_path / "checkpoint-4" / "trainer_state.json").write_text('{"best_global_step": 2}')
    assert last_checkpoint(tmp_path) is None


def test_a_finished_student_is_not_trained_again(whole: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(training, "_trained", dies)
        again = train(whole.folder)
        with pytest.raises(InputError, match="another finished student \\(config differ\\).*--overwrite"):
            train(whole.folder, replace(CONFIG, seed=9))
        with monkeypatch.context() as later:
            later.setitem(PARTS, "training", Part(PARTS["training"].version + 1, ()))
            with pytest.raises(InputError, match="another finished student \\(method differ\\)"):
                train(whole.folder)
    pd.testing.assert_frame_equal(again.curve, whole.curve)
    weights = {n: p for n, p in again.model.named_parameters() if "lora_" in n}
    assert weights and all(torch.equal(p, dict(whole.model.named_parameters())[n]) for n, p in weights.items())


def test_a_student_that_fails_its_check_leaves_the_last_one(
    whole: Student, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole.folder, tmp_path / "kept")
    before = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir() if path.is_file()}
    with monkeypatch.context() as patched:
        patched.setattr(training, "check_reload", dies)
        with pytest.raises(Killed):
            train(tmp_path / "kept", replace(CONFIG, seed=9), overwrite=True)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir() if path.is_file()}


def test_a_kill_signal_loses_nothing(whole: Student, tmp_path: Path) -> None:
    script = ROOT / "tests" / "killed_training.py"
    died = subprocess.run([sys.executable, str(script), str(tmp_path / "out")], timeout=120, check=False)
    assert died.returncode == -9
    assert checkpoint(tmp_path / "out", 4).is_dir()
    student = train(tmp_path / "out")
    assert student.record["resumed_from_step"] == 4
    assert_same(student, whole)
    shutil.rmtree(tmp_path / "out")


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "qwen2_5_vl"])
def test_a_student_of_every_family_resumes_to_the_same_weights_and_answers(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(CONFIG, epochs=2)  # 4 steps
    whole = train(tmp_path / "whole", config, family)
    killed(tmp_path / "killed", 3, "on_step_end", monkeypatch, config, family)
    resumed = train(tmp_path / "killed", config, family)
    assert resumed.record["resumed_from_step"] == 2
    assert_same(resumed, whole)
    model, processor = tiny_model(family)
    questions = [(QUESTION, pixel_parts(processor, noise(i, (96, 60 + 20 * i)))) for i in range(2)]
    seen = vision.see(model, processor, [pixels for _, pixels in questions])
    student = load_adapter(model, resumed.folder)
    from_pixels = answer_questions(student, processor, questions, max_new_tokens=6)
    asked = [(QUESTION, image) for image in seen]
    assert [reply.text for reply in answer_questions(student, processor, asked, max_new_tokens=6)] == [
        reply.text for reply in from_pixels
    ]
    assert all(reply.tokens > 0 for reply in from_pixels)
