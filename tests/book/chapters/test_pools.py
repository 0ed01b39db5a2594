"""The samples that the students' chapters share: read where the teachers' page left them, or a sentence."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coinco_book.chapters.pools import judged_pool, unmodified_images
from coinco_book.chapters.student_settings import student_config, student_recipe
from coinco_book.chapters.teacher_samples import drawn_pool, samples_folder
from coinco_core.distillation.answering import student_answers
from coinco_core.distillation.base_model import load_base
from coinco_core.distillation.examples import training_rows
from coinco_core.distillation.features import boxed_pixels
from coinco_core.distillation.judged import JudgedSamples, balanced_split, usable_labels
from coinco_core.errors import InputError, MissingError
from coinco_core.files import write_table
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import student_prompt
from coinco_core.samples import read_samples, write_samples
from coinco_core.splits import TEACHER, UNANIMOUS, SplitRecipe
from coinco_world.dataset import read_truth
from coinco_world.training.models import save_model
from tiny_models import noise, tiny_model

RECIPE = SplitRecipe("demo", UNANIMOUS, 12, 4, 4)
REASONING = {
    "data": "demo", "models": {"molmo": "demo", "qwen": "demo", "internvl": "demo"}, "prompt_version": "placed",
    "decoding": "greedy", "batch_size": 8, "processes": 1,
}  # fmt: skip
N = 160


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of runs after the page on LVLM reasoning: every teacher knows the truth, Molmo errs on size."""
    runs = tmp_path_factory.mktemp("runs")
    samples = drawn_pool(runs, REASONING, N, 0)
    truth = read_truth(runs / "teachers/world").reset_index()
    findings, labels = truth[["sample_id"]].copy(), truth[["sample_id"]].copy()
    for criterion in CRITERIA:
        findings[criterion] = truth[criterion].astype("boolean")
        findings[f"{criterion}_reason"] = truth[f"{criterion}_reason"]
        agreed = pd.Series(True, index=truth.index) if criterion != "size" else truth.index % 4 != 0
        labels[criterion] = truth[criterion].astype("boolean").where(agreed)
    for name, table in (("findings", findings), ("labels", labels)):
        write_table(runs / "lvlm_reasoning" / f"{name}.parquet", table)
    assert len(samples) == N
    return runs


@pytest.fixture
def pool(drawn: Path) -> JudgedSamples:
    return judged_pool(drawn, "demo")


def test_the_pool_is_what_the_teachers_page_left(pool: JudgedSamples, drawn: Path) -> None:
    assert len(pool.samples) == len(pool.findings) == N and pool.folder == samples_folder(drawn, "demo")
    assert pool.truth is not None and pool.labels is not None
    for criterion in CRITERIA:
        assert (pool.findings[criterion].to_numpy(bool) == pool.truth[criterion].to_numpy(bool)).all()


def test_without_the_teachers_page_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="run `coinco run lvlm_reasoning` first"):
        judged_pool(tmp_path, "demo")


def test_scenes_are_drawn_once_and_anew_for_other_settings(tmp_path: Path) -> None:
    first = drawn_pool(tmp_path, REASONING, 6, 0)
    (tmp_path / "teachers/answers").mkdir()
    assert drawn_pool(tmp_path, REASONING, 6, 0) == first and (tmp_path / "teachers/answers").is_dir()
    other = drawn_pool(tmp_path, REASONING | {"decoding": "published"}, 6, 0)
    assert other == first and not (tmp_path / "teachers/answers").exists()  # the scenes are the same, the answers not


def test_no_student_is_trained_on_what_another_is_tested_on(pool: JudgedSamples) -> None:
    splits = {criterion: balanced_split(pool, criterion, RECIPE, 0) for criterion in CRITERIA}
    places: dict[str, set[str]] = {}
    for split in splits.values():
        assert split.groupby("split")["in_context"].agg(["sum", "size"]).to_dict() == {
            "sum": {"train": 6, "validation": 2, "test": 2},
            "size": {"train": 12, "validation": 4, "test": 4},
        }
        for name, part in zip(split["sample_id"], split["split"], strict=True):
            places.setdefault(name, set()).add(part)
    assert all(len(parts) == 1 for parts in places.values())


def test_only_unanimous_labels_are_learnt_unless_the_recipe_says_otherwise(pool: JudgedSamples) -> None:
    assert pool.labels is not None
    divided = set(pool.labels.loc[pool.labels["size"].isna(), "sample_id"])
    unanimous = usable_labels(pool, RECIPE).set_index("sample_id")["size"]
    assert set(unanimous.index[unanimous.isna()]) == divided and len(divided) == N / 4
    alone = usable_labels(replace(pool, labels=None), replace(RECIPE, labels=TEACHER)).set_index("sample_id")
    assert alone["qwen_size"].notna().all() and "size" not in alone
    with pytest.raises(InputError, match="only the teacher's answers are here"):
        usable_labels(replace(pool, labels=None), RECIPE)


def test_a_label_that_the_teacher_argued_against_is_not_learnt(pool: JudgedSamples) -> None:
    assert pool.labels is not None
    turned = replace(pool, findings=pool.findings.assign(location=~pool.findings["location"]))
    assert usable_labels(turned, RECIPE)["location"].isna().all()
    assert usable_labels(turned, RECIPE)["size"].notna().any()


def test_a_verdict_without_a_reason_is_no_sample(pool: JudgedSamples) -> None:
    bare = pool.findings.assign(size_reason=pool.findings["size_reason"].mask(pool.findings["size"], ""))
    with pytest.raises(InputError, match="Too few labels to balance Size"):
        balanced_split(replace(pool, findings=bare), "size", RECIPE, 0)


def test_rows_and_answers_come_from_the_pool(pool: JudgedSamples, tmp_path: Path) -> None:
    save_model(*tiny_model("qwen2_5_vl"), tmp_path / "base")
    base = load_base(str(tmp_path / "base"), device="cpu")
    split, prompt = balanced_split(pool, "size", RECIPE, 0), student_prompt("size", "compact")
    samples = [pool.samples[name] for name in split["sample_id"]]
    pixels = boxed_pixels(base.model, base.processor, pool.folder, samples, tmp_path / "features")
    rows = training_rows(base.processor, pool, split, pixels, prompt, "verdict")
    assert {name: len(part) for name, part in rows.parts.items()} == {"train": 12, "validation": 4}
    wanted = split[split["split"] == "train"]["in_context"].map({True: "In-context", False: "Out-of-context"})
    assert [row.target for row in rows.train] == [f"Final decision: {word}" for word in wanted]
    answers = student_answers(base.model, base.processor, samples[:3], pixels, prompt, limit=5)
    assert list(answers.columns) == ["sample_id", "text", "in_context", "reason", "probability", "finished"]
    assert answers["probability"].between(0, 1).all() and len(answers) == 3


def test_unmodified_scenes_are_all_in_context(tmp_path: Path) -> None:
    folder, samples = unmodified_images(tmp_path, {"unmodified": "demo", "n_unmodified": 6}, 0)
    assert len(samples) == 6 and not any(sample.modified for sample in samples)
    assert read_truth(folder)["in_context"].all()


def test_unmodified_images_come_from_cocos_validation_set(tmp_path: Path) -> None:
    coco = tmp_path / "coco"
    (coco / "annotations").mkdir(parents=True)
    (coco / "val2017").mkdir()
    for i in range(4):
        noise(i, (96, 96)).save(coco / f"val2017/{i}.png")
    box = {"iscrowd": 0, "bbox": [4, 4, 80, 80], "area": 6400, "segmentation": []}
    table = {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 96, "height": 96} for i in range(4)],
        "annotations": [{"id": 10 + i, "image_id": i, "category_id": 21, **box} for i in range(4)],
        "categories": [{"id": 21, "name": "cow"}],
    }
    (coco / "annotations/instances_val2017.json").write_text(json.dumps(table))
    settings = {"unmodified": str(coco), "n_unmodified": 3}
    folder, samples = unmodified_images(tmp_path / "run", settings, 0)
    assert len(samples) == 3 and {sample.object for sample in samples} == {"cow"}
    assert read_samples(folder) == samples and not any(sample.modified for sample in samples)
    shutil.rmtree(coco / "annotations")  # a table that is there is read again, and nothing is drawn anew
    assert unmodified_images(tmp_path / "run", settings, 0)[1] == samples


def settings_of_students(**changes: Any) -> dict[str, Any]:
    return {
        "labels": "unanimous", "split": "page", "n_train": 1200, "n_validation": 100, "n_test": 200, "epochs": 3,
        "batch_size": 32, "learning_rate": 0.002, "lora_rank": 16, "lora_alpha": 32, "lora_dropout": 0.0,
        "gradient_checkpointing": False, "micro_batch": 32, "evaluations": 6, "answer_tokens": 128, "first_seed": 42,
        "decoding": "greedy",
    } | changes  # fmt: skip


def test_a_profiles_settings_become_a_config_with_six_evaluations() -> None:
    config = student_config(settings_of_students(), seed=0)
    assert (config.batch_size, config.micro_batch, config.eval_steps, config.seed) == (32, 32, 18, 42)
    assert config.repetition_penalty == 1
    full = settings_of_students(n_train=16_000, batch_size=64, micro_batch=4, evaluations=0, decoding="published")
    config = student_config(full, seed=1)
    assert (config.micro_batch, config.eval_steps, config.answer_tokens, config.seed) == (4, 125, 128, 43)
    assert config.repetition_penalty == 1.05


def test_a_profile_names_labels_and_split() -> None:
    unset = dict.fromkeys(("n_train", "n_validation", "n_test"))
    page = student_recipe(settings_of_students(**unset))
    assert (page.labels, page.sizes) == ("unanimous", {"train": 20_000, "validation": 2_000, "test": 2_000})
    code = student_recipe(settings_of_students(**unset, split="code", labels="teacher"))
    assert (code.labels, code.sizes["train"], code.prefix) == ("teacher", 16_000, "qwen_")
    assert student_recipe(settings_of_students()).sizes == {"train": 1200, "validation": 100, "test": 200}
    with pytest.raises(InputError, match="'majority' is not a kind of labels"):
        student_recipe(settings_of_students(labels="majority"))


def test_a_given_folder_has_altered_samples_and_no_truth(pool: JudgedSamples, drawn: Path, tmp_path: Path) -> None:
    given, runs = tmp_path / "given", tmp_path / "runs"
    write_samples(given, [replace(s, modified=i > 0) for i, s in enumerate(list(pool.samples.values())[:6])])
    shutil.copytree(drawn / "lvlm_reasoning", runs / "lvlm_reasoning")
    found = judged_pool(runs, str(given))
    assert list(found.samples) == list(pool.samples)[1:6] and found.truth is None
    assert found.labels is not None
    assert set(found.findings["sample_id"]) == set(found.labels["sample_id"]) == set(found.samples)


def test_samples_of_one_image_stay_together(pool: JudgedSamples) -> None:
    pairs = {name: replace(s, image=f"{i // 2}.png") for i, (name, s) in enumerate(pool.samples.items())}
    split = balanced_split(replace(pool, samples=pairs), "location", RECIPE, 0)
    assert split.groupby("image")["split"].nunique().max() == 1
