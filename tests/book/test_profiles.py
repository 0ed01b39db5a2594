"""Profiles: what they hold, how they build on the demo profile, and what is said about a wrong name."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinco_book.checkout import find_checkout
from coinco_book.profiles import load_profile, profile_names
from coinco_book.runs.notebooks import load_notebooks
from coinco_core.errors import InputError, MissingError

NAMES = ["demo", "paper", "released", "smoke"]
HEAD = "name: {}\ndescription: d\nmachine: m\nminutes: 1\noffline: true\n"


def _folder(tmp_path: Path, demo: str, other: str) -> Path:
    (tmp_path / "demo.yaml").write_text(HEAD.format("demo") + demo)
    (tmp_path / "other.yaml").write_text(HEAD.format("other") + other)
    return tmp_path


def test_the_four_profiles_are_there() -> None:
    assert profile_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_has_settings_for_every_notebook(name: str) -> None:
    profile = load_profile(name)
    demo = load_profile("demo")
    for notebook in load_notebooks(find_checkout()):
        assert set(profile.settings(notebook.id)) == set(demo.settings(notebook.id))


def test_smoke_is_smaller_than_demo() -> None:
    smoke, demo = load_profile("smoke"), load_profile("demo")
    counts = [(section, key) for section, s in demo.notebooks.items() for key in s if key.startswith("n_")]
    assert counts
    assert all(smoke.settings(s)[k] <= demo.settings(s)[k] for s, k in counts)


def test_the_paper_profile_has_the_papers_sizes() -> None:
    students = load_profile("paper").settings("students_location")
    assert (students["lora_rank"], students["lora_alpha"], students["epochs"]) == (256, 512, 3)
    assert load_profile("paper").settings("lvlm_reasoning")["n_samples"] == 97722


def test_the_demo_profiles_need_no_network_and_nothing_else() -> None:
    for name in ("smoke", "demo"):
        profile = load_profile(name)
        assert profile.offline
        profile.check_requirements(profile.notebooks, Path("nowhere"))


def test_the_data_folder_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COINCO_DATA", raising=False)
    usual = load_profile("released")
    monkeypatch.setenv("COINCO_DATA", str(tmp_path))
    moved = load_profile("released")
    assert usual.settings("lvlm_reasoning")["data"] == "data/released/samples"
    assert moved.settings("lvlm_reasoning")["data"] == (tmp_path / "samples").as_posix()
    assert all(need.path.startswith(tmp_path.as_posix()) for need in moved.requires)
    assert moved.settings("students_size")["base_model"] == usual.settings("students_size")["base_model"]


@pytest.mark.parametrize("name", ["released", "paper"])
def test_what_a_large_profile_lacks_is_named_with_how_to_get_it(name: str, tmp_path: Path) -> None:
    profile = load_profile(name)
    with pytest.raises(MissingError, match="coinco data fetch"):
        profile.check_requirements(profile.notebooks, tmp_path)
    profile.check_requirements(["world_tour", "labelling_cost"], tmp_path)


def test_the_analyses_of_the_released_answers_need_no_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COINCO_DATA", raising=False)
    (tmp_path / "data/released/dataset/context_reasoning").mkdir(parents=True)
    profile = load_profile("released")
    profile.check_requirements(["lvlm_reasoning"], tmp_path)
    with pytest.raises(MissingError, match="samples.parquet.*coinco data fetch coco-images"):
        profile.check_requirements(["lvlm_reasoning", "students_size"], tmp_path)


def test_a_profile_changes_only_what_it_names(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "notebooks: {a: {n: 5, m: 1}, b: {k: x}}", "notebooks: {a: {n: 2}}")
    profile = load_profile("other", folder)
    assert profile.settings("a") == {"n": 2, "m": 1}
    assert profile.settings("b") == {"k": "x"}


def test_executions_read_the_section_of_the_longest_fitting_name(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "notebooks: {a: {n: 1}, a_b: {n: 2}}", "")
    profile = load_profile("demo", folder)
    assert [profile.settings(name)["n"] for name in ("a", "a_x", "a_b", "a_b_c")] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ("notebooks: {a: {m: 2}}", "'m' in profiles/other.yaml, a.* Did you mean 'mm'"),
        ("notebooks: {lvl: {}}", "'lvl' in profiles/other.yaml.* Did you mean 'lvlm'"),
        ("notebook: {}", "'notebook' in profiles/other.yaml.* Did you mean 'notebooks'"),
    ],
)
def test_an_unknown_key_is_named_with_its_neighbours(tmp_path: Path, other: str, message: str) -> None:
    folder = _folder(tmp_path, "notebooks: {a: {mm: 5}, lvlm: {}}", other)
    with pytest.raises(InputError, match=message):
        load_profile("other", folder)


def test_an_unknown_profile_notebook_or_setting_is_named_with_its_neighbours() -> None:
    with pytest.raises(InputError, match=r"No profile is called 'dmo'.* Did you mean 'demo'"):
        load_profile("dmo")
    with pytest.raises(InputError, match=r"No notebook is called 'student'.* Did you mean 'students'"):
        load_profile("demo").settings("student")
    with pytest.raises(InputError, match=r"No setting is called 'epoch'.* Did you mean 'epochs'"):
        load_profile("demo").settings("students")["epoch"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("name: demo", "calls itself 'demo'"), ("", "holds no settings"), ("a: [", "is not YAML")],
)
def test_a_profile_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    folder = _folder(tmp_path, "notebooks: {a: {n: 1}}", "")
    (folder / "mine.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        load_profile("mine", folder)
