from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from coinco_core.distillation.adapters import CONFIG, WEIGHTS
from coinco_core.distillation.classifier import SETTINGS, ContextClassifier, classifier, loading
from coinco_core.distillation.classifier.finding import find_students
from coinco_core.engines import nf4
from coinco_core.engines.local import weights_digest
from coinco_core.engines.vision import tower_digest
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.files import read_json
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import student_prompt
from coinco_world.training.models import save_model
from student_folders import BOX, make_folder, whole_models
from tiny_models import noise, tiny_model


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "home")


def load(name: str | Path | dict[str, str], **options: object) -> ContextClassifier:
    given = name if isinstance(name, dict) else str(name)
    return ContextClassifier.from_pretrained(given, device="cpu", **options)  # type: ignore[arg-type]


def rename_weights(adapter: Path, old: str, new: str) -> None:
    """Stores an adapter's weights under other names."""
    stored = load_file(adapter / WEIGHTS)
    renamed = {key.replace(old, new): value for key, value in stored.items()}
    assert set(renamed).isdisjoint(stored)
    save_file(renamed, adapter / WEIGHTS)


def write_record(folder: Path, **record: object) -> None:
    """Writes what a student of this project keeps of its training."""
    (folder / "training.json").write_text(json.dumps(record))


def name_base(home: Path, base: str, criteria: tuple[str, ...] = CRITERIA) -> None:
    """Writes into adapters on which base they stand."""
    for criterion in criteria:
        path = home / criterion / CONFIG
        path.write_text(json.dumps(read_json(path) | {"base_model_name_or_path": base}))


def test_missing_parts_are_named(tmp_path: Path) -> None:
    make_folder(tmp_path, ["location", "size"])
    with pytest.raises(MissingError, match="no student for co_occurrence"):
        load(tmp_path)
    with pytest.raises(MissingError, match="nor 'demo'"):
        load("./nowhere")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"base": {"name": "b", "weights": "of another base"}}, "on another base"),
        ({"criterion": "location"}, "for another criterion"),
        ({"prompt": {"name": "student-size-compact", "sha256": "of another wording"}}, "on another prompt"),
        ({"chat_template_sha256": "of another template"}, "in another chat template"),
    ],
)
def test_a_student_that_was_trained_otherwise_than_it_is_asked_is_refused(
    home: Path, record: dict[str, object], told: str
) -> None:
    write_record(home / "size", **record)
    with pytest.raises(CheckError, match=f"trained {told}"):
        load(home)


def test_a_student_that_was_trained_as_it_is_asked_is_loaded(home: Path) -> None:
    base = {"name": "b", "weights": weights_digest(home / "base")}
    prompt = {"name": "student-size-compact", "sha256": student_prompt("size", "compact").digest}
    write_record(home / "size", criterion="size", base=base, prompt=prompt)
    assert load(home)(noise(1), "cow", BOX).object == "cow"


def test_no_weights_are_read_for_their_digest_twice(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for criterion in CRITERIA:
        write_record(home / criterion, base={"name": "b", "weights": weights_digest(home / "base")})
    whole = whole_models(tmp_path / "whole", one_tower=True)
    asked: list[str] = []

    def counted(folder: str | Path) -> str:
        asked.append(str(folder))
        return weights_digest(folder)

    for module in ("engines.local", "distillation.classifier.loading"):
        monkeypatch.setattr(f"coinco_core.{module}.weights_digest", counted)
    load(home)
    assert asked.count(str(home / "base")) == 1 and len(asked) == len(set(asked)) == 4
    asked.clear()
    load(whole)
    assert sorted(asked) == sorted(str(whole / criterion) for criterion in CRITERIA)


@pytest.fixture
def from_hub(monkeypatch: pytest.MonkeyPatch, home: Path) -> dict[str, str]:
    """The base comes from the hub under the name org/base, at the commit that is put into this dictionary."""
    commit: dict[str, str] = {}
    load_lvlm, load_processor = loading.load_lvlm, classifier.load_processor

    def network(source: str, *options: Any, **more: Any) -> Any:
        model = load_lvlm(str(home / "kept") if source == "org/base" else source, *options, **more)
        model.config._commit_hash = commit.get("hash")
        return model

    monkeypatch.setattr(loading, "load_lvlm", network)
    monkeypatch.setattr(
        classifier, "load_processor", lambda name: load_processor(str(home / "kept") if name == "org/base" else name)
    )
    shutil.move(home / "base", home / "kept")
    return commit


def test_a_base_from_the_hub_is_known_by_its_commit(home: Path, from_hub: dict[str, str]) -> None:
    from_hub["hash"] = "c0ffee"
    write_record(home / "size", base={"name": "org/base", "weights": "commit:c0ffee"})
    record = load(home, base="org/base").record
    assert record["identity"]["weights"] == "c0ffee" and record["notes"] == []
    from_hub["hash"] = "decaf"
    with pytest.raises(CheckError, match=r"on another base than 'org/base' \(commit:c0ffee, not commit:decaf\)"):
        load(home, base="org/base")


@pytest.mark.parametrize(
    ("recorded", "commit", "told"),
    [
        ("d1935", "c0ffee", "by the digest of its files, and this one is known by its commit"),
        ("commit:c0ffee", None, "by its commit, and this one is known by no commit that is known"),
        ("commit:unknown", "c0ffee", "by no commit that is known, and this one is known by its commit"),
        ("commit:unknown", None, "by no commit that is known, and this one is known by no commit"),
    ],
)
def test_what_cannot_be_compared_is_noted(
    home: Path, from_hub: dict[str, str], recorded: str, commit: str | None, told: str
) -> None:
    if commit:
        from_hub["hash"] = commit
    write_record(home / "size", base={"name": "org/base", "weights": recorded})
    [note] = load(home, base="org/base").record["notes"]
    assert note.startswith("Whether the adapter for size was trained on 'org/base' cannot be told") and told in note


def test_a_commit_and_a_folder_cannot_be_compared(home: Path) -> None:
    write_record(home / "size", base={"name": "org/base", "weights": "commit:c0ffee"})
    [note] = load(home).record["notes"]
    assert "by its commit, and this one is known by the digest of its files" in note


def test_a_folder_in_the_authors_layout_and_a_mapping_give_the_same_verdicts(home: Path, tmp_path: Path) -> None:
    (home / SETTINGS).unlink()
    for criterion in CRITERIA:
        write_record(home / criterion, seed=42)
        shutil.copytree(home / criterion, tmp_path / "lora" / f"{criterion}_lora")
    name_base(tmp_path / "lora", str(home / "base"), tuple(f"{criterion}_lora" for criterion in CRITERIA))
    mapping = {criterion: str(home / criterion) for criterion in CRITERIA}
    made = [load(home), load(tmp_path / "lora"), load(mapping, base=str(home / "base"))]
    assert {one.prompt_version for one in made} == {"full"}
    first, *others = [one(noise(1), "cow", BOX, reasons=False) for one in made]
    assert others == [first, first]


def test_where_nothing_names_the_base_it_is_asked_for(home: Path) -> None:
    shutil.move(home / "base", home / "elsewhere")
    with pytest.raises(MissingError, match="say with `base` where it lies"):
        load(home)
    name_base(home, "/somebody/elses/disk")
    with pytest.raises(MissingError, match="'/somebody/elses/disk' is not here"):
        load(home)
    name_base(home, "Qwen/Other", ("size",))
    with pytest.raises(CheckError, match="several bases"):
        load(home)
    assert load(home, base=str(home / "elsewhere"))(noise(1), "cow", BOX).object == "cow"


def test_a_mapping_names_each_criterion(home: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'location'"):
        load({"locations": str(home)})
    with pytest.raises(InputError, match="no student for co_occurrence and size"):
        load({"location": str(home / "location")})


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Released students are looked for in a data folder of the test."""
    monkeypatch.setenv("COINCO_DATA", str(tmp_path / "data"))
    return


@pytest.mark.usefixtures("published")
def test_released_students_lie_where_they_were_fetched_to(tmp_path: Path) -> None:
    whole_models(tmp_path / "made", one_tower=True)
    names = {"location": "Location", "co_occurrence": "Co_occurrence", "size": "Size"}
    for criterion, title in names.items():
        shutil.move(tmp_path / "made" / criterion, tmp_path / "data" / "models" / f"Qwen2.5-VL-3B-{title}")
    found = find_students("released")
    assert [found.folders[c].name for c in CRITERIA] == [f"Qwen2.5-VL-3B-{names[c]}" for c in CRITERIA]
    assert (found.prompt_version, found.max_new_tokens, found.base) == ("published", 512, "")


@pytest.mark.usefixtures("published")
def test_released_students_are_else_fetched_from_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def fetch(name: str) -> str:
        asked.append(name)
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    find_students("released")
    assert asked == ["COinCO/Qwen2.5-VL-3B-Location", "COinCO/Qwen2.5-VL-3B-Co_occurrence", "COinCO/Qwen2.5-VL-3B-Size"]


def test_the_prompt_version_is_the_settings_the_records_or_the_authors(home: Path) -> None:
    assert find_students(str(home)).prompt_version == "compact"
    (home / SETTINGS).unlink()
    assert find_students(str(home)).prompt_version == "published"
    for criterion in CRITERIA:
        write_record(home / criterion, seed=42)
    assert find_students(str(home)).prompt_version == "full"
    for criterion in CRITERIA:
        write_record(home / criterion, prompt={"name": f"student-{criterion}-placed"})
    assert find_students(str(home)).prompt_version == "placed"
    write_record(home / "size", prompt={"name": "student-size-compact"})
    with pytest.raises(CheckError, match=r"several prompts \(compact, placed\)"):
        load(home)


def test_names_of_before_are_renamed_and_reported(home: Path) -> None:
    before = load(home)
    rename_weights(home / "size", "model.language_model.layers.", "model.layers.")
    after = load(home)
    assert after(noise(1), "cow", BOX) == before(noise(1), "cow", BOX)
    assert before.record["notes"] == []
    assert after.record["notes"] == ["The adapter for size came under older names of the modules; they were renamed."]


def test_other_names_are_refused(home: Path) -> None:
    rename_weights(home / "size", "model.language_model.layers.", "language_model.layers.")
    with pytest.raises(CheckError, match="has no match"):
        load(home)


def test_an_adapter_that_changes_nothing_is_refused(home: Path) -> None:
    stored = load_file(home / "size" / WEIGHTS)
    save_file({k: torch.zeros_like(v) if "lora_B" in k else v for k, v in stored.items()}, home / "size" / WEIGHTS)
    with pytest.raises(CheckError, match="The student for Size changes nothing"):
        load(home)
    assert load(home, check=False)(noise(1), "cow", BOX).object == "cow"


def test_the_same_weights_twice_are_refused(home: Path) -> None:
    shutil.copy(home / "location" / WEIGHTS, home / "size" / WEIGHTS)
    with pytest.raises(CheckError, match="Location and Size are the same"):
        load(home)


def test_whole_models_are_told_apart_too(tmp_path: Path) -> None:
    whole = whole_models(tmp_path / "whole", one_tower=True)
    save_model(*tiny_model("qwen2_5_vl", 2), tmp_path / "plain")
    save_model(*tiny_model("qwen2_5_vl", 7), tmp_path / "other")
    assert load(whole)(noise(1), "cow", BOX) == load(whole, base=str(tmp_path / "other"))(noise(1), "cow", BOX)
    shutil.copy(whole / "size" / "model.safetensors", tmp_path / "plain" / "model.safetensors")
    with pytest.raises(CheckError, match="The student for Size changes nothing"):
        load(whole, base=str(tmp_path / "plain"))
    shutil.copy(whole / "size" / "model.safetensors", whole / "location" / "model.safetensors")
    with pytest.raises(CheckError, match="Location and Size are the same"):
        load(whole)


def test_the_record_names_all_that_decides_the_verdicts(home: Path) -> None:
    before = load(home).record["identity"]
    assert load(home).record["identity"] == before
    path = home / "size" / CONFIG
    path.write_text(json.dumps(read_json(path) | {"lora_alpha": 9}))
    assert load(home).record["identity"]["students"] != before["students"]
    (home / SETTINGS).write_text(json.dumps({"prompt_version": "placed", "max_new_tokens": 12}))
    after = load(home).record["identity"]
    assert after["prompts"] != before["prompts"] and after["sampling"] == before["sampling"]


def test_towers_are_known_by_their_weights() -> None:
    one, same, other = (tiny_model("qwen2_5_vl", seed)[0] for seed in (0, 0, 1))
    assert tower_digest(one) == tower_digest(same) != tower_digest(other)
    half = tiny_model("qwen2_5_vl", 0)[0].to(torch.bfloat16)
    assert tower_digest(half) != tower_digest(one)


def test_the_authors_evaluation_merges_each_adapter_and_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    penalties, answer = [], classifier.answer_questions

    def answering(*arguments: object, **options: object) -> object:
        penalties.append(options["repetition_penalty"])
        return answer(*arguments, **options)

    monkeypatch.setattr(nf4, "placement", lambda choice: {})  # full precision: what is merged is then the adapter's own
    monkeypatch.setattr(classifier, "answer_questions", answering)
    monkeypatch.setattr(loading, "package_versions", lambda names: dict.fromkeys(names, "0.50.2"))
    usual, theirs = load(home), load(home, in_nf4=True)
    assert theirs.record["made_on"]["packages"]["bitsandbytes"] == "0.50.2"
    assert "0.50.2" not in str(theirs.record["identity"])
    assert len({id(model) for model in theirs.models.values()}) == 3
    assert not any(hasattr(model, "peft_config") for model in theirs.models.values())
    question = (noise(1), "cow", BOX)
    one, other = (students(*question, reasons=False) for students in (usual, theirs))
    for criterion in CRITERIA:
        assert other.criterion(criterion).probability == pytest.approx(one.criterion(criterion).probability, abs=1e-4)
    for students in (usual, theirs):
        students(*question)
    assert penalties == [1.0, 1.05, 1.05, 1.05]
    identity = theirs.record["identity"]
    assert identity["precision"]["bnb_4bit_quant_type"] == "nf4" and identity["sampling"]["repetition_penalty"] == 1.05
    assert theirs.record["notes"] == [nf4.NOTE] and usual.record["notes"] == []
    assert {**usual.record["identity"], "sampling": 0, "precision": 0} == {**identity, "sampling": 0, "precision": 0}
    assert "precision" not in usual.record["identity"]


def test_whole_students_are_loaded_in_nf4_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(nf4, "placement", lambda choice: asked.append(choice.device) or {})
    assert load(whole_models(tmp_path, one_tower=True), in_nf4=True).record["notes"] == [nf4.NOTE]
    assert asked == ["cpu"] * 3


def test_a_student_that_changes_nothing_in_nf4_is_found_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nf4, "placement", lambda choice: {})
    monkeypatch.setattr(nf4, "merged", lambda adapted: adapted.unload())
    with pytest.raises(CheckError, match="changes nothing"):
        load(home, in_nf4=True)
