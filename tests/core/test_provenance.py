"""A record says what made an artefact, names nothing of the user's machine, and is plain JSON."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import coinco_core
from checkout_root import ROOT
from coinco_core import provenance


@pytest.fixture(autouse=True)
def _forget_the_version():  # type: ignore[no-untyped-def]
    provenance.code_version.cache_clear()
    yield
    provenance.code_version.cache_clear()


def test_a_record_is_json_and_holds_what_was_given() -> None:
    record = provenance.record(profile="demo", seed=3, inputs={"samples": "abc"}, device="cpu", steps=5)
    assert json.loads(json.dumps(record)) == record
    assert record["profile"] == "demo"
    assert record["seed"] == 3
    assert record["inputs"] == {"samples": "abc"}
    assert (record["device"], record["steps"]) == ("cpu", 5)
    assert record["code_version"].startswith(coinco_core.__version__)
    assert record["time"].endswith("+00:00")
    assert record["packages"]["numpy"]


def test_a_record_names_no_folder_and_no_host() -> None:
    text = json.dumps(provenance.record(profile=None, seed=None))
    assert str(Path.home()) + "/" not in text
    assert str(ROOT) not in text


def test_changed_files_show_in_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "commit_of", lambda repository: ("a" * 40, True))
    assert provenance.code_version(Path("anywhere")) == f"{coinco_core.__version__}+{'a' * 12}.dirty"


def test_outside_git_the_sources_name_the_version(tmp_path: Path) -> None:
    (tmp_path / "coinco_core").mkdir()
    (tmp_path / "coinco_core" / "a.py").write_text("x = 1")
    assert provenance.commit_of(tmp_path) == (None, False)
    sources = provenance.source_digest(tmp_path / "coinco_core")
    assert provenance.code_version(tmp_path) == f"{coinco_core.__version__}+src.{sources[:12]}"


def test_the_source_digest_follows_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    first = provenance.source_digest(tmp_path)
    (tmp_path / "notes.txt").write_text("not code")
    assert provenance.source_digest(tmp_path) == first
    (tmp_path / "a.py").write_text("x = 2")
    second = provenance.source_digest(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({first, second, provenance.source_digest(tmp_path)}) == 3


def test_packages_that_are_not_installed_are_left_out() -> None:
    assert list(provenance.package_versions(("numpy", "no-such-package-here"))) == ["numpy"]


def test_what_a_hook_sets_does_not_lead_to_another_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = {}
    for name in ("own", "other"):
        (tmp_path / name).mkdir()
        call = ["git", "-C", str(tmp_path / name), "-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run([*call, "init", "-q"], check=True)
        subprocess.run([*call, "commit", "-q", "--allow-empty", "-m", name], check=True)
        commits[name] = provenance.commit_of(tmp_path / name)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other/.git/index"))
    assert provenance.commit_of(tmp_path / "own") == commits["own"] != commits["other"]
